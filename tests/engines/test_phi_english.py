"""English numbers and letters, and lists that a token can match."""

from __future__ import annotations

import pytest

from qm.engines.phi_english import ENGLISH
from qm.engines.phi_pieces import pieces_of
from qm.engines.phi_words import tokens_of, without_accents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("naught", "0"),
        ("niner", "9"),
        ("ninety nine", "99"),
        ("fourty two", "42"),
        ("one hundred", "100"),
        ("triple four", "444"),
        ("zed", "z"),
        ("foxtrot", "f"),
        ("H as in Harry", "h"),
    ],
)
def test_a_word_stands_for(text: str, value: str) -> None:
    assert [p.value for p in pieces_of(tokens_of(text), ENGLISH)] == [value]


@pytest.mark.parametrize("text", ["page", "march", "jan", "first", "the", "okay", "hundred"])
def test_a_word_is_no_number(text: str) -> None:
    assert pieces_of(tokens_of(text), ENGLISH) == ()


def test_words_stand_in_the_form_that_tokens_have() -> None:
    for table in (ENGLISH.digits, ENGLISH.teens, ENGLISH.tens, ENGLISH.months, ENGLISH.letters):
        assert all(without_accents(w.lower()) == w and " " not in w for w in table)


def test_the_nato_alphabet_is_whole() -> None:
    assert set(ENGLISH.letters.values()) == set("abcdefghijklmnopqrstuvwxyz")


def test_every_month_and_day_is_there() -> None:
    assert set(ENGLISH.months.values()) == set(range(1, 13))
    assert len(ENGLISH.weekdays) == 7
    assert ENGLISH.modal_months < set(ENGLISH.months)
