"""Turns: who has the floor, and what stands in the text."""

from hypothesis import given
from hypothesis import strategies as st

from qm.stages.turns import FRESH_START_MS, LONGEST_WORDS, Draft, build, place, revise, withheld
from qm.types import (
    WITHHELD,
    CallId,
    RedactedUtterance,
    RedactedWord,
    Role,
    Turn,
    Word,
)

CALL = CallId("call-1")
BACKCHANNELS = {"mm-hm", "okay", "yeah"}


def backchannel(words):
    return all(w.text in BACKCHANNELS for w in words)


def said(number, role, start_ms, text, **more):
    words = tuple(
        RedactedWord(
            start_ms=start_ms + 300 * i,
            end_ms=start_ms + 300 * i + 250,
            text=w,
            word_prob=0.5,
            entity=w.strip("[]").rstrip("_0123456789") if w.startswith("[") else "",
        )
        for i, w in enumerate(text.split())
    )
    return RedactedUtterance(
        utterance=number,
        role=role,
        speaker=0 if role is Role.AGENT else 1,
        language="en",
        words=words,
        **more,
    )


def turns_of(*utterances):
    drafts = ()
    for utterance in utterances:
        drafts, _ = place(drafts, utterance, backchannel)
    return [build(d, CALL, 0) for d in drafts]


A, C = Role.AGENT, Role.CUSTOMER


class TestFloor:
    def test_one_person_speaking_on_is_one_turn(self):
        turns = turns_of(said(0, A, 0, "good morning"), said(1, A, 1500, "how can I help"))

        assert [t.text for t in turns] == ["good morning how can I help"]

    def test_the_other_taking_the_floor_ends_it(self):
        turns = turns_of(
            said(0, A, 0, "your name please"),
            said(1, C, 1500, "it is a long story"),
            said(2, A, 4000, "go on"),
        )

        assert [(t.role, t.index) for t in turns] == [(A, 0), (C, 1), (A, 2)]

    def test_a_backchannel_does_not_end_it(self):
        turns = turns_of(
            said(0, C, 0, "I called on Monday"),
            said(1, A, 1200, "mm-hm"),
            said(2, C, 2000, "and nobody called back"),
        )

        assert [t.text for t in turns] == ["I called on Monday and nobody called back", "mm-hm"]

    def test_speech_under_the_other_is_a_turn_of_its_own(self):
        turns = turns_of(
            said(0, A, 0, "so what I will do now is send it"),
            said(1, C, 900, "wait no"),
            said(2, A, 3000, "to the pharmacy"),
        )

        assert [t.text for t in turns] == [
            "so what I will do now is send it to the pharmacy",
            "wait no",
        ]

    def test_after_a_long_silence_the_same_person_begins_anew(self):
        turns = turns_of(
            said(0, A, 0, "let me look"), said(1, A, 850 + FRESH_START_MS, "I have it")
        )

        assert len(turns) == 2

    def test_just_below_a_long_silence_it_goes_on(self):
        turns = turns_of(
            said(0, A, 0, "let me look"), said(1, A, 849 + FRESH_START_MS, "I have it")
        )

        assert len(turns) == 1

    def test_what_is_withheld_or_said_on_hold_does_not_join_what_is_not(self):
        turns = turns_of(
            said(0, A, 0, "one moment"),
            said(1, A, 1000, WITHHELD, withheld=True, on_hold=True),
            said(2, A, 2000, "thanks for waiting"),
        )

        assert [t.on_hold for t in turns] == [False, True, False]

    def test_a_monologue_is_cut(self):
        long = " ".join(["word"] * 100)
        turns = turns_of(*(said(i, C, i * 31_000, long) for i in range(4)))

        assert all(len(t.words) <= LONGEST_WORDS for t in turns)
        assert len(turns) == 2


class TestBuild:
    def test_a_placeholder_is_one_word_and_its_offsets_say_where_it_stands(self):
        (turn,) = turns_of(said(0, C, 0, "this is [NAME_1] calling"))

        (redaction,) = turn.redactions
        assert turn.text[redaction.start : redaction.end] == "[NAME_1]"
        assert (redaction.entity, redaction.start_ms, redaction.end_ms) == ("NAME", 600, 850)

    def test_confidence_is_of_the_spoken_words_only(self):
        (turn,) = turns_of(said(0, C, 0, "this is [NAME_1]"))

        assert turn.asr_confidence == 0.5

    def test_revision_grows_with_the_turn(self):
        first, second = said(0, A, 0, "good"), said(1, A, 400, "morning")
        drafts, index = place((), first, backchannel)
        assert build(drafts[index], CALL, 0).revision == 0

        drafts, index = place(drafts, second, backchannel)
        assert build(drafts[index], CALL, 0).revision == 1

    @given(st.lists(st.sampled_from([A, C]), min_size=1, max_size=20), st.randoms())
    def test_every_word_is_in_exactly_one_turn_in_order(self, roles, random):
        utterances = []
        clock = 0
        for number, role in enumerate(roles):
            clock += random.randrange(300, 7000)
            utterances.append(said(number, role, clock, f"w{number} [DATE] mm-hm"))

        turns = turns_of(*utterances)

        spoken = sorted((w for t in turns for w in t.words), key=lambda w: w.start_ms)
        assert spoken == sorted((w for u in utterances for w in u.words), key=lambda w: w.start_ms)
        for turn in turns:
            assert all(turn.text[r.start : r.end] == "[DATE]" for r in turn.redactions)
            assert len(turn.redactions) == turn.text.count("[DATE]")


class TestRevise:
    def test_a_late_discovery_changes_only_its_utterance(self):
        drafts: tuple[Draft, ...] = ()
        for utterance in (said(0, C, 0, "ask for Rosario"), said(1, C, 1200, "at the desk")):
            drafts, _ = place(drafts, utterance, backchannel)

        drafts, index = revise(drafts, said(0, C, 0, "ask for [NAME_2]"))

        turn = build(drafts[index], CALL, 0)
        assert turn.text == "ask for [NAME_2] at the desk"
        assert (turn.redaction_version, turn.revision) == (1, 2)

    def test_an_unknown_utterance_changes_nothing(self):
        drafts, _ = place((), said(0, C, 0, "hello"), backchannel)

        assert revise(drafts, said(7, C, 0, "hello")) == (drafts, None)


def test_withheld_keeps_times_and_no_words():
    words = (Word(start_ms=100, end_ms=300, text="my"), Word(start_ms=400, end_ms=900, text="ssn"))
    turn = Turn(call_id=CALL, utterance=3, role=C, speaker=1, language="fr", words=words)

    clean = withheld(turn)

    assert [w.text for w in clean.words] == [WITHHELD]
    assert (clean.words[0].start_ms, clean.words[0].end_ms, clean.withheld) == (100, 900, True)
