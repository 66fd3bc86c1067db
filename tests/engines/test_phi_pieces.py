"""Pieces: one number or letter, and whether it only counts something."""

from __future__ import annotations

import pytest

from qm.engines.phi_english import ENGLISH
from qm.engines.phi_pieces import phrase_at, pieces_of
from qm.engines.phi_words import tokens_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seven", ("digit", "7")),
        ("oh", ("digit", "0")),
        ("nineteen", ("number", "19")),
        ("forty two", ("number", "42")),
        ("forty-two", ("number", "42")),
        ("two hundred and five", ("big", "205")),
        ("two thousand twelve", ("big", "2012")),
        ("double oh", ("digit", "00")),
        ("0142", ("number", "0142")),
        ("double u", ("maybe", "w")),
        ("K", ("letter", "k")),
        ("B as in banana", ("letter", "b")),
        ("zulu", ("maybe", "z")),
        ("x99", ("mixed", "x99")),
    ],
)
def test_what_one_number_or_letter_stands_for(text: str, expected: tuple[str, str]) -> None:
    (piece,) = pieces_of(tokens_of(text), ENGLISH)
    assert (piece.kind, piece.value) == expected
    assert not piece.quantity


@pytest.mark.parametrize(
    "text",
    ["ten dollars", "$10", "10%", "10:30", "1,240.50", "98.6", "ten o'clock", "ten refills", "b12"],
)
def test_a_quantity(text: str) -> None:
    (piece,) = pieces_of(tokens_of(text), ENGLISH)
    assert piece.quantity


def test_a_quantity_takes_its_decimals_along() -> None:
    (piece,) = pieces_of(tokens_of("1,240.50"), ENGLISH)
    assert (piece.first, piece.stop) == (0, 5)


@pytest.mark.parametrize("text", ["twenty-first", "22nd", "1990s", "I mean it"])
def test_no_number(text: str) -> None:
    assert pieces_of(tokens_of(text), ENGLISH) == ()


def test_the_longest_phrase_is_found() -> None:
    tokens = tokens_of("no wait three")
    assert phrase_at(tokens, 0, ENGLISH.corrections) == 2
    assert phrase_at(tokens, 2, ENGLISH.corrections) == 0
