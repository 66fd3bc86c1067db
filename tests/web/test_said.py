"""Redacted words as pages show them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qm.types import RedactedWord
from qm.web.messages import catalogue
from qm.web.said import last_pieces, pieces, quote
from tests.web.site import turn

ENGLISH = catalogue("en")
GIVEN = turn("c1", 0, "customer", "It is [DATE_1] and my referral")


def test_a_placeholder_is_a_block_that_says_what_and_how_long() -> None:
    word = RedactedWord(start_ms=1_000, end_ms=3_100, text="[DATE_1],", entity="DATE")
    block = pieces(replace(GIVEN, words=(word,)), ENGLISH)[0]
    assert (block.kind, block.seconds) == ("date", "2.1 s")


def test_a_very_short_block_says_no_length() -> None:
    assert [p.seconds for p in pieces(GIVEN, ENGLISH) if p.kind] == [""]


@pytest.mark.parametrize(("prob", "unsure"), [(0.49, True), (0.5, False), (0.97, False)])
def test_a_word_as_likely_wrong_as_right_is_marked(prob: float, unsure: bool) -> None:
    word = RedactedWord(start_ms=0, end_ms=200, text="maybe", word_prob=prob)
    assert pieces(replace(GIVEN, words=(word,)), ENGLISH)[0].unsure is unsure


def test_words_can_be_played_from_where_their_times_are_known() -> None:
    assert all(piece.seek for piece in pieces(GIVEN, ENGLISH))
    typed = replace(GIVEN, words=(), medium="chat")
    assert [p.text for p in pieces(typed, ENGLISH)] == GIVEN.text.split()
    assert not any(piece.seek for piece in pieces(typed, ENGLISH))


def test_a_withheld_turn_is_one_block() -> None:
    held = replace(GIVEN, withheld=True, text="[withheld]")
    assert [p.kind for p in pieces(held, ENGLISH)] == ["withheld"]


def test_the_board_shows_the_end_of_what_was_said() -> None:
    assert [p.text for p in last_pieces(GIVEN, ENGLISH, 2)] == ["my", "referral"]


def test_a_quote_is_what_was_said_between_two_times() -> None:
    said = quote([GIVEN], 300, 900, ENGLISH)
    assert [p.text for p in said] == ["is", "[DATE_1]"]


def test_a_long_quote_is_cut_and_shows_it() -> None:
    said = quote([GIVEN], 0, 60_000, ENGLISH, most=3)
    assert [p.text for p in said] == ["It", "is", "[DATE_1]", "…"]


def test_no_text_is_in_any_repr() -> None:
    assert "referral" not in repr(pieces(GIVEN, ENGLISH))
