"""What can be counted without a model, as a specification."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.facts import backchannel, facts, merge, silences
from qm.types import (
    WITHHELD,
    CallFacts,
    CallId,
    CallMeta,
    CallView,
    Mark,
    Medium,
    RedactedTurn,
    RedactedWord,
    Role,
    SpeechSpan,
)

AGENT, CUSTOMER, INTERPRETER = Role.AGENT, Role.CUSTOMER, Role.INTERPRETER
WORD_MS = 300


def words(start_ms: int, text: str) -> tuple[RedactedWord, ...]:
    """Words of 300 ms without a pause; a word in brackets is a placeholder."""
    return tuple(
        RedactedWord(
            start_ms=start_ms + i * WORD_MS,
            end_ms=start_ms + (i + 1) * WORD_MS,
            text=w,
            entity=w.strip("[]") if w.startswith("[") and w != WITHHELD else "",
        )
        for i, w in enumerate(text.split())
    )


def turn(role: Role, start_ms: int, text: str, *, on_hold: bool = False) -> RedactedTurn:
    said = words(start_ms, text)
    return RedactedTurn(
        call_id=CallId("c"),
        pass_=0,
        index=0,
        role=role,
        speaker=0 if role is AGENT else 1,
        start_ms=start_ms,
        end_ms=said[-1].end_ms,
        text=text,
        words=said,
        withheld=text == WITHHELD,
        on_hold=on_hold,
    )


def view(*turns: RedactedTurn, marks: tuple[Mark, ...] = (), medium: Medium = "voice") -> CallView:

    return CallView(
        meta=CallMeta(
            call_id=CallId("c"),
            started_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
            contact_id="k",
            channels=("agent", "customer"),
            medium=medium,
        ),
        turns=tuple(replace(t, index=i) for i, t in enumerate(turns)),
        labels={},
        marks=marks,
        clock_ms=100_000,
        ended=True,
    )


def counted(*turns: RedactedTurn, marks: tuple[Mark, ...] = (), ms: int = 20_000) -> CallFacts:
    return facts(view(*turns, marks=marks), ms)


@pytest.mark.parametrize(
    ("text", "listening"),
    [
        ("Mm-hm.", True),
        ("Uh-huh, uh huh.", True),
        ("Okay. Yeah, yeah.", True),
        ("I see.", True),
        ("Ajá.", True),
        ("Sí, claro.", True),
        ("Así es.", True),
        ("Yes.", False),  # answers a question
        ("Sí.", False),
        ("Okay?", False),  # asks one
        ("No.", False),
        ("I", False),
        ("Okay, but", False),
        ("Right [NAME]", False),
        ("Right, right, right, right, right.", False),  # five say something
    ],
)
def test_a_backchannel_only_says_i_am_listening(text: str, listening: bool) -> None:
    assert backchannel(words(0, text)) is listening


def test_no_words_are_no_backchannel() -> None:
    assert not backchannel(())


def test_talk_counts_speech_with_its_short_pauses_only() -> None:
    long_pause = turn(AGENT, 0, "one two")
    later = words(3_000, "three")
    with_pause = [*long_pause.words, *later]

    said = replace(long_pause, words=tuple(with_pause), end_ms=3_300)
    assert counted(said).talk_ms == {"agent": 900}


def test_two_voices_at_once_overlap_once_and_each_talks() -> None:
    both = counted(turn(AGENT, 0, "a b c d e"), turn(CUSTOMER, 600, "f g h"))
    assert both.talk_ms == {"agent": 1_500, "customer": 900}
    assert both.overlap_ms == 900


def test_agent_speech_while_the_caller_holds_counts_nowhere_but_breaks_silence() -> None:
    held = counted(
        turn(AGENT, 0, "one moment"),
        turn(AGENT, 5_000, "can you believe him", on_hold=True),
        marks=(Mark(kind="hold", start_ms=1_000, end_ms=16_000),),
    )
    assert held.talk_ms == {"agent": 600}
    assert held.words == {"agent": 2}
    assert (held.hold_ms, held.holds) == (15_000, 1)
    assert held.non_talk_ms == 15_000 + 4_000


def test_words_count_placeholders_but_not_what_was_withheld() -> None:
    said = counted(turn(AGENT, 0, "hello [NAME] bye"), turn(CUSTOMER, 2_000, WITHHELD))
    assert said.words == {"agent": 3, "customer": 0}
    assert (said.redacted_words, said.withheld_turns) == (1, 1)
    assert said.words_per_minute["agent"] == 200.0


def test_turns_leave_out_backchannels() -> None:
    said = counted(turn(AGENT, 0, "well you see"), turn(CUSTOMER, 300, "mm-hm"))
    assert said.turns == {"agent": 1}


@pytest.mark.parametrize(
    ("pause_ms", "found"), [(2_999, 0), (3_000, 1)], ids=["just short", "exactly 3 s"]
)
def test_a_silence_lasts_at_least_the_preset(pause_ms: int, found: int) -> None:
    talk = view(turn(AGENT, 0, "a"), turn(CUSTOMER, 300 + pause_ms, "b"))
    assert len(silences(talk, 600 + pause_ms)) == found


@pytest.mark.parametrize(("preset", "found"), [("3s", 2), ("5s", 1)])
def test_presets_differ_in_the_shortest_silence(preset: str, found: int) -> None:
    talk = view(turn(AGENT, 0, "a"), turn(CUSTOMER, 4_300, "b"), turn(AGENT, 10_600, "c"))
    assert len(facts(talk, 10_900, preset).silences) == found


@pytest.mark.parametrize("kind", ["hold", "capture_off", "gap"])
def test_what_could_not_be_heard_is_no_silence(kind: str) -> None:
    unheard = (Mark(kind=kind, start_ms=4_300, end_ms=8_300),)  # type: ignore[arg-type]
    talk = view(turn(AGENT, 0, "a"), turn(CUSTOMER, 10_300, "b"), marks=unheard)
    assert silences(talk, 10_600) == (SpeechSpan(start_ms=300, end_ms=4_300),)


def test_silence_reaches_to_the_edges_of_the_call() -> None:
    talk = view(turn(AGENT, 4_000, "a"))
    assert [s.start_ms for s in silences(talk, 9_000)] == [0, 4_300]


def test_a_hold_that_lasts_to_the_end_is_cut_there() -> None:
    assert (
        counted(turn(AGENT, 0, "a"), marks=(Mark(kind="hold", start_ms=5_000),)).hold_ms == 15_000
    )


def test_lost_audio_counts_once_even_when_both_channels_lack_it() -> None:
    lost = (
        Mark(kind="gap", start_ms=1_000, end_ms=2_000, channel="agent"),
        Mark(kind="gap", start_ms=1_500, end_ms=2_500, channel="customer"),
    )
    assert counted(marks=lost).lost_ms == 1_500


FIVE = "one two three four five six seven eight nine"


@pytest.mark.parametrize(
    ("begins_ms", "text", "by"),
    [
        (1_200, "wait a minute stop", {"customer": 1}),
        (1_200, "wait a bit", {}),  # 900 ms together
        (1_200, "mm-hm okay yeah sure", {}),
        (200, "well I think so", {}),  # began together
        (2_000, "and that is it then", {}),  # 700 ms of the other's speech were left
        (2_700, "my turn now at last", {}),
    ],
    ids=["cut in", "too short", "listening", "together", "yielding", "after"],
)
def test_interruption_needs_a_taken_floor_and_more_than_a_second_together(
    begins_ms: int, text: str, by: dict[str, int]
) -> None:
    assert counted(turn(AGENT, 0, FIVE), turn(CUSTOMER, begins_ms, text)).interruptions == by


def test_response_is_the_wait_before_the_other_answers() -> None:
    said = counted(
        turn(AGENT, 0, "a"),
        turn(CUSTOMER, 1_300, "b"),  # after 1,000 ms
        turn(AGENT, 1_500, "c d"),  # overlaps: 0
        turn(CUSTOMER, 4_100, "e"),  # after 2,000 ms
    )
    assert said.mean_response_ms == {"customer": 1_500, "agent": 0}


def test_response_does_not_count_a_hold_or_an_interpreter() -> None:
    said = counted(
        turn(AGENT, 0, "a"),
        turn(INTERPRETER, 2_300, "b"),
        turn(CUSTOMER, 4_000, "c"),
        turn(AGENT, 9_000, "d"),
        marks=(Mark(kind="hold", start_ms=5_000, end_ms=8_000),),
    )
    assert said.mean_response_ms == {}


def test_text_channels_have_no_talk_time_and_no_silence() -> None:
    chat = facts(view(turn(CUSTOMER, 0, "hello there"), medium="chat"), 60_000)
    assert (chat.talk_ms, chat.silences, chat.turns) == ({"customer": 0}, (), {"customer": 1})


def test_an_empty_call_is_one_silence() -> None:
    assert counted().longest_silence_ms == 20_000


spans = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=8)


@given(spans)
def test_merged_spans_hold_the_same_milliseconds_in_order(
    given_spans: list[tuple[int, int]],
) -> None:
    joined = merge(given_spans)
    assert {t for a, b in joined for t in range(a, b)} == {
        t for a, b in given_spans for t in range(a, b)
    }
    assert all(a[1] < b[0] for a, b in itertools.pairwise(joined))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30_000)), max_size=8))
def test_speech_and_silence_never_exceed_the_call(said: list[tuple[bool, int]]) -> None:
    turns = [
        turn(AGENT if a else CUSTOMER, at, "x y z") for a, at in sorted(said, key=lambda p: p[1])
    ]
    found = facts(view(*turns), 40_000)
    union = sum(found.talk_ms.values()) - found.overlap_ms
    assert found.non_talk_ms + max(found.talk_ms.values(), default=0) <= 40_000
    assert union <= 40_000
    assert found.longest_silence_ms <= found.non_talk_ms
