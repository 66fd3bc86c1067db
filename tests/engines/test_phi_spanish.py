"""Spanish numbers are built with "y", hundreds are words of their own."""

from __future__ import annotations

import pytest

from qm.engines.phi_numbers import runs_of
from qm.engines.phi_pieces import pieces_of
from qm.engines.phi_spanish import SPANISH
from qm.engines.phi_words import tokens_of, without_accents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("veintidós", "22"),
        ("veintiún", "21"),
        ("cuarenta y dos", "42"),
        ("doscientos ocho", "208"),
        ("ciento uno", "101"),
        ("dos mil uno", "2001"),
        ("mil novecientos ochenta y tres", "1983"),
        ("dos millones", "2000000"),
        ("doble cero", "00"),
        ("hache", "h"),
        ("B de burro", "b"),
    ],
)
def test_words_stand_for(text: str, value: str) -> None:
    assert [p.value for p in pieces_of(tokens_of(text), SPANISH)] == [value]


@pytest.mark.parametrize("text", ["cien dólares", "diez pastillas", "dos semanas"])
def test_a_quantity(text: str) -> None:
    (piece,) = pieces_of(tokens_of(text), SPANISH)
    assert piece.quantity


@pytest.mark.parametrize(
    "text",
    [
        "cinco cinco y cinco, eh, cero uno cuatro dos",
        "cincuenta y cinco cinco, luego cero uno cuarenta y dos",
        "triple cinco guion cero uno cuatro dos",
    ],
)
def test_a_number_goes_on_over_links(text: str) -> None:
    tokens = tokens_of(text)
    runs = runs_of(tokens, pieces_of(tokens, SPANISH), SPANISH)
    assert [run.value for run in runs] == ["5550142"]


def test_y_is_a_letter_only_beside_letters() -> None:
    tokens = tokens_of("G, A, R, A, Y")
    assert [run.value for run in runs_of(tokens, pieces_of(tokens, SPANISH), SPANISH)] == ["garay"]


def test_words_stand_in_the_form_that_tokens_have() -> None:
    for table in (SPANISH.digits, SPANISH.teens, SPANISH.tens, SPANISH.big, SPANISH.letters):
        assert all(without_accents(w.lower()) == w and " " not in w for w in table)


def test_every_month_and_day_is_there() -> None:
    assert set(SPANISH.months.values()) == set(range(1, 13))
    assert len(SPANISH.weekdays) == 7
