"""What is spelled is found, however the letters were written down."""

from __future__ import annotations

import pytest

from qm.engines.phi_spelling import find_spelled
from tests.engines.phi import reading, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W, H, I, T, E", "[NAME]"),
        ("It's W-H-I-T-E.", "It's [NAME]."),
        ("that's v a z q u e z", "that's [NAME]"),
        ("O as in octave, K as in key", "[NAME]"),
        ("R like rice, O, S, E", "[NAME]"),
        ("an M R I and an E R visit", "an M R I and an E R visit"),
        ("the B U N is fine", "the B U N is fine"),
        ("I, I don't know", "I, I don't know"),
        ("I like that, as you like", "I like that, as you like"),
    ],
)
def test_letters_in_a_row(text: str, expected: str) -> None:
    assert shown(reading(text), find_spelled) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T, table, ethlike, S, A", "[NAME]"),  # "T like table, S like ..." misheard
        ("It's OSEL, like lamp", "It's [NAME]"),
    ],
)
def test_what_was_garbled_between_letters_goes_with_them(text: str, expected: str) -> None:
    assert shown(reading(text, "NAME"), find_spelled) == expected
