"""One call: what comes out follows from the records alone, whatever order the models answer in."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm import calls
from qm.errors import DecodeError
from qm.types import (
    WITHHELD,
    CallClosed,
    CallFacts,
    CallOutcome,
    Mark,
    RedactedTurn,
    Role,
    TurnLabels,
)
from tests.calls.machine import (
    CALL,
    PARAMS,
    RATE,
    SECRET,
    TALK_LENGTH_MS,
    TALK_TRACKS,
    answer,
    begun,
    end_record,
    meta,
    records,
)

TALK, LENGTH_MS = TALK_TRACKS, TALK_LENGTH_MS
EVERYTHING = [*records(TALK, LENGTH_MS), end_record(LENGTH_MS)]


def undisturbed():
    return begun().run(EVERYTHING)


def turns(machine):
    latest = {e.index: e for e in machine.events if isinstance(e, RedactedTurn)}
    return [latest[i] for i in sorted(latest)]


class TestWholeCall:
    def test_each_utterance_becomes_a_turn_of_its_channel_in_order(self):
        assert [t.role for t in turns(undisturbed())] == [
            Role.AGENT,
            Role.CUSTOMER,
            Role.AGENT,
            Role.CUSTOMER,
            Role.AGENT,
        ]

    def test_words_carry_call_time(self):
        first = turns(undisturbed())[1]

        assert 3000 <= first.start_ms <= 3600

    def test_nothing_of_an_identifier_is_in_any_event(self):
        machine = undisturbed()

        assert all(SECRET not in t.text and SECRET not in repr(t.words) for t in turns(machine))
        assert all("[NAME_" in t.text for t in turns(machine))

    def test_it_closes_with_facts_outcome_and_last_word(self):
        kinds = [type(e) for e in undisturbed().events[-3:]]

        assert kinds == [CallFacts, CallOutcome, CallClosed]

    def test_every_turn_is_labelled(self):
        machine = undisturbed()

        labelled = {e.turn_index for e in machine.events if isinstance(e, TurnLabels)}
        assert labelled == {t.index for t in turns(machine)}

    @settings(max_examples=25, deadline=None)
    @given(st.randoms(use_true_random=False))
    def test_the_order_of_answers_changes_nothing(self, random):
        machine = begun()
        for record in EVERYTHING:
            machine.feed(record)
            for _ in range(random.randrange(4)):
                machine.work(random.choice)
        machine.drain(random.choice)

        assert machine.events == undisturbed().events

    @settings(max_examples=25, deadline=None)
    @given(st.sets(st.integers(0, len(EVERYTHING) - 1), max_size=6))
    def test_saving_and_restoring_at_any_record_changes_nothing(self, stops):
        machine = begun()
        for number, record in enumerate(EVERYTHING):
            machine.feed(record)
            if number in stops:
                machine.saved_and_restored()
            machine.drain()

        assert machine.events == undisturbed().events

    def test_the_state_does_not_grow_with_silence(self):
        machine = begun()
        silence = records({"agent": [], "customer": []}, 60_000)

        machine.run(silence)

        assert sum(len(c.audio) for c in machine.state.channels) < 2 * 16_000


class TestOrder:
    def test_a_record_seen_before_is_left_out(self):
        doubled = [r for record in EVERYTHING[:-1] for r in (record, record)]
        machine = begun().run([*doubled, EVERYTHING[-1]])

        assert machine.events == undisturbed().events
        assert set(machine.rejected) == {"duplicate"}

    def test_a_sequence_number_that_goes_back_is_refused(self):
        machine = begun().run(EVERYTHING[:20])

        machine.feed(EVERYTHING[4])

        assert machine.rejected == ["seq_back"]

    def test_a_hole_is_silence_and_marked(self):
        without = [r for r in EVERYTHING[:-1] if not (r.channel == "agent" and 5 <= r.seq < 10)]
        machine = begun().run([*without, EVERYTHING[-1]])

        (mark,) = machine.state.marks
        assert (mark.kind, mark.start_ms, mark.end_ms, mark.channel) == ("gap", 1000, 2000, "agent")
        later = [t for t in turns(machine) if t.start_ms > 3000]
        assert [t.start_ms for t in later] == [
            t.start_ms for t in turns(undisturbed()) if t.start_ms > 3000
        ]

    def test_a_dead_leg_does_not_stop_the_call(self):
        one_sided = [r for r in EVERYTHING[:-1] if r.channel == "agent"]
        machine = begun().run([*one_sided, EVERYTHING[-1]])

        assert {t.role for t in turns(machine)} == {Role.AGENT}
        assert machine.state.closed
        assert isinstance(machine.events[-1], CallClosed) and not machine.events[-1].complete

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"channel": "mixed"}, "unknown_channel"),
            ({"offset_ms": 99_999_999}, "offset_jump"),
        ],
    )
    def test_what_cannot_be_is_refused_and_changes_nothing(self, changes, reason):
        machine = begun().run(EVERYTHING[:10])
        before = machine.state

        machine.feed(replace(EVERYTHING[10], **changes))

        assert machine.rejected == [reason]
        assert machine.state is before

    def test_audio_after_the_end_is_refused(self):
        machine = undisturbed()

        machine.feed(replace(EVERYTHING[-2], seq=999))

        assert machine.rejected == ["after_end"]


class TestFailClosed:
    def failing(self, stage):
        machine = begun()
        scripted = machine.answers
        machine.answers = lambda work: None if work.stage == stage else scripted(work)
        return machine.run(EVERYTHING)

    def test_without_a_redactor_every_text_is_withheld_and_the_call_is_held(self):
        machine = self.failing("phi")

        assert {t.text for t in turns(machine)} == {WITHHELD}
        assert machine.events[-1].held

    def test_without_a_recogniser_speech_is_withheld_and_muted(self):
        machine = self.failing("asr")

        assert {t.text for t in turns(machine)} == {WITHHELD}
        plan = calls.muting(machine.state)
        assert any(s.start_ms <= 3300 and s.end_ms >= 5000 for s in plan["customer"])

    def test_without_a_classifier_turns_come_unlabelled(self):
        machine = self.failing("labels")

        assert len(turns(machine)) == 5
        assert not any(isinstance(e, TurnLabels) for e in machine.events)

    def test_without_a_detector_everything_is_heard(self):
        machine = self.failing("speech")

        assert turns(machine)
        assert machine.state.closed

    def test_a_language_that_is_not_validated_is_withheld(self):
        machine = begun(language="fr").run(EVERYTHING)

        assert {t.text for t in turns(machine)} == {WITHHELD}

    def test_without_a_language_text_waits_until_it_is_found(self):
        machine = begun(language=None).run(EVERYTHING)

        assert machine.state.language == "en"
        assert len(turns(machine)) == 5

    def test_text_that_waited_ten_seconds_for_its_language_is_withheld_and_later_text_is_not(self):
        def slow_to_tell(work):
            found = answer(work)
            if work.stage != "asr":
                return found
            told = work.request.language or work.key.startswith("customer-")
            return replace(found, language_prob=0.99 if told else 0.5)

        machine = begun(language=None)
        machine.answers = slow_to_tell
        long_wait = {"agent": [(400, 2400), (13000, 15000)], "customer": [(15500, 17700)]}
        machine.run([*records(long_wait, LENGTH_MS), end_record(LENGTH_MS)])

        assert machine.state.language == "en"
        assert [t.text == WITHHELD for t in turns(machine)] == [True, False, False]

    def test_words_that_come_late_are_no_sign_of_an_unknown_language(self):
        machine = begun(language=None)
        for record in EVERYTHING:
            machine.feed(record)
        # all speech of the call is found before its first word is recognised
        machine.drain(lambda works: next((w for w in works if w.stage == "speech"), works[0]))

        assert machine.state.language == "en"
        assert WITHHELD not in {t.text for t in turns(machine)}


class TestMarks:
    def test_what_the_agent_says_on_hold_is_withheld(self):
        machine = begun()
        machine.took(
            calls.note(machine.state, (Mark(kind="hold", start_ms=5500, end_ms=9500),), PARAMS)
        )
        machine.run(EVERYTHING)

        held = [t for t in turns(machine) if t.on_hold]
        assert [(t.role, t.text) for t in held] == [(Role.AGENT, WITHHELD)]
        assert not machine.events[-1].held

    def test_what_must_not_be_captured_is_not_decoded(self):
        decoded = []

        def decode(codec, rate_hz, payload, before):
            decoded.append(len(payload))
            return np.frombuffer(payload, "<i2").copy()

        machine = begun(params=replace(PARAMS, decode=decode))
        marks = (Mark(kind="capture_off", start_ms=2800, end_ms=5600),)
        machine.took(calls.note(machine.state, marks, machine.params))
        machine.run(EVERYTHING)

        assert all(t.start_ms < 2800 or t.start_ms >= 5600 for t in turns(machine))
        assert len(decoded) == len(EVERYTHING) - 1 - 2 * 14  # 2.8 s of both channels

    def test_news_that_come_late_withhold_what_was_captured(self):
        machine = begun().run(EVERYTHING[:80])  # eight seconds
        marks = (Mark(kind="capture_off", start_ms=2800, end_ms=5600),)

        machine.took(calls.note(machine.state, marks, PARAMS))

        assert [t.text for t in turns(machine)][1] == WITHHELD
        plan = calls.muting(machine.state)
        assert any(s.start_ms == 2800 and s.end_ms == 5600 for s in plan["agent"])

    def test_the_same_news_again_changes_nothing(self):
        marks = (Mark(kind="hold", start_ms=100, end_ms=None),)
        machine = begun()
        machine.took(calls.note(machine.state, marks, PARAMS))
        before = machine.state

        machine.took(calls.note(machine.state, marks, PARAMS))

        assert machine.state is before


class TestEnding:
    def test_a_call_that_falls_silent_is_closed_and_incomplete(self):
        machine = begun().run(EVERYTHING[:60])

        machine.took(calls.end(machine.state, PARAMS, reason="inactive"))
        machine.drain()

        last = machine.events[-1]
        assert (last.reason, last.complete) == ("inactive", False)

    def test_it_goes_on_when_audio_comes_after_all(self):
        machine = begun().run(EVERYTHING[:60])
        machine.took(calls.end(machine.state, PARAMS, reason="inactive"))
        machine.drain()

        machine.state = calls.reopened(machine.state)
        machine.run(EVERYTHING[60:])

        assert machine.events[-1].complete
        assert len(turns(machine)) >= 5

    def test_the_second_pass_names_the_speakers_of_a_mono_call(self):
        machine = begun("mixed").run(
            [*records({"mixed": TALK["agent"]}, LENGTH_MS), end_record(LENGTH_MS)]
        )
        assert {t.role for t in turns(machine)} == {Role.UNKNOWN}
        parts = [
            (i % 2, Role.AGENT if i % 2 == 0 else Role.CUSTOMER, turn.words)
            for i, turn in enumerate(machine.state.spoken)
        ]
        machine.events.clear()

        machine.took(calls.final_pass(machine.state, parts, PARAMS))
        machine.drain()

        assert [t.role for t in turns(machine)] == [Role.AGENT, Role.CUSTOMER, Role.AGENT]
        assert {t.pass_ for t in turns(machine)} == {1}
        assert isinstance(machine.events[-1], CallClosed)

    def test_the_second_pass_starts_with_what_the_redactor_learned_in_the_first(self):
        machine = undisturbed()
        parts = [(0, Role.AGENT, turn.words) for turn in machine.state.spoken]
        seen = machine.state.memory

        again = calls.final_pass(machine.state, parts, replace(PARAMS, reread=lambda m: b"+" + m))

        assert seen
        assert again.state.memory == b"+" + seen
        assert calls.final_pass(machine.state, parts, PARAMS).state.memory == b""

    def test_two_ends_are_one(self):
        machine = undisturbed()
        before = machine.state

        machine.feed(end_record(LENGTH_MS))

        assert machine.state is before


class TestSaved:
    def test_the_state_comes_back_bit_for_bit(self):
        machine = begun().run(EVERYTHING[:61])

        again = calls.restore(calls.save(machine.state))

        assert calls.save(again) == calls.save(machine.state)

    @pytest.mark.parametrize("data", [b"", b"\x00abc", b"\x01not zlib", b"\x01x\x9c"])
    def test_other_bytes_are_refused(self, data):
        with pytest.raises(DecodeError, match="checkpoint"):
            calls.restore(data)

    def test_no_words_are_in_the_repr(self):
        machine = begun().run(EVERYTHING[:61])

        assert SECRET not in repr(machine.state)


def test_meta_is_kept():
    state = calls.start(meta(queue="billing"))

    assert (state.meta.call_id, state.meta.queue, state.clock_ms) == (CALL, "billing", 0)
    assert state.meta.started_at + timedelta(milliseconds=state.clock_ms) == state.meta.started_at
    assert RATE == 8000
