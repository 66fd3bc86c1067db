"""Spans of a call: what may be cut and what is said in one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.clips import LONGEST_MS, SHORTEST_MS, Span, fault, parse_moment, said_within
from qm.types import CallId, RedactedTurn, RedactedWord, Role


def turn(index: int, start_ms: int, text: str) -> RedactedTurn:
    words = tuple(
        RedactedWord(start_ms=start_ms + i * 300, end_ms=start_ms + i * 300 + 250, text=word)
        for i, word in enumerate(text.split())
    )
    return RedactedTurn(
        call_id=CallId("c1"), pass_=0, index=index, role=Role.AGENT, speaker=0, start_ms=start_ms,
        end_ms=words[-1].end_ms, text=text, words=words,
    )  # fmt: skip


TURNS = (turn(0, 0, "good morning how can I help"), turn(1, 4_000, "I lost my card"))


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "why"),
    [
        (0, 10_000, ""),
        (5_000, 5_000, "backwards"),
        (9_000, 4_000, "backwards"),
        (0, SHORTEST_MS - 1, "too_short"),
        (0, SHORTEST_MS, ""),
        (0, LONGEST_MS, ""),
        (0, LONGEST_MS + 1, "too_long"),
        (-1, 5_000, "outside"),
        (299_000, 300_001, "outside"),
        (299_000, 300_000, ""),
    ],
)
def test_what_may_be_cut_from_five_minutes(start_ms: int, end_ms: int, why: str) -> None:
    assert fault(Span(start_ms=start_ms, end_ms=end_ms), 300_000) == why


@pytest.mark.parametrize(
    ("typed", "ms"),
    [("0", 0), ("12", 12_000), (" 12.34 ", 12_340), ("1:02", 62_000), ("1:02.5", 62_500),
     ("1:00:00", 3_600_000), ("", None), ("-1", None), ("1:", None), ("soon", None),
     ("1.2.3", None), ("٣", 3_000)],
)  # fmt: skip
def test_moments_as_people_type_them(typed: str, ms: int | None) -> None:
    assert parse_moment(typed) == ms


@given(st.text(max_size=12))
def test_any_text_is_a_moment_or_none(typed: str) -> None:
    ms = parse_moment(typed)
    assert ms is None or ms >= 0


def test_words_are_in_a_span_by_their_middle() -> None:
    found = said_within(TURNS, Span(start_ms=426, end_ms=4_300))
    assert [one.text for one in found] == ["how can I help", "I"]
    assert (found[0].start_ms, found[0].end_ms) == (600, 1_750)


def test_a_withheld_turn_is_there_whole_or_not() -> None:
    held = replace(TURNS[1], withheld=True, text="[withheld]")
    assert said_within([held], Span(start_ms=0, end_ms=4_100)) == ()
    assert said_within([held], Span(start_ms=0, end_ms=5_000)) == (held,)


@given(st.integers(0, 6_000), st.integers(0, 6_000), st.integers(0, 6_000))
def test_two_spans_that_touch_hold_each_word_once(a: int, b: int, c: int) -> None:
    low, middle, high = sorted((a, b, c))

    def words(start_ms: int, end_ms: int) -> list[str]:
        return [
            word
            for one in said_within(TURNS, Span(start_ms=start_ms, end_ms=end_ms))
            for word in one.text.split()
        ]

    assert words(low, middle) + words(middle, high) == words(low, high)
