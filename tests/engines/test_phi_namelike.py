"""What can be part of a name, and how far a name reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.phi_namelike import beyond, drug, organisation, possible, stretches, sure_name
from tests.engines.phi import reading


def capitals(text: str) -> list[str]:
    read = reading(text)
    return [
        text[read.tokens[first].start : read.tokens[stop - 1].end]
        for first, stop in stretches(read)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee and Bob", ["Ann Lee", "Bob"]),
        ("Ann, Bob", ["Ann", "Bob"]),
        ("Lamar D Quick called", ["Lamar D Quick"]),
        ("Sun-hee Pak", ["Sun-hee Pak"]),
        ("Maria de la Cruz went", ["Maria de la Cruz"]),
        ("Ludwig van der Berg", ["Ludwig van der Berg"]),
        ("Ana de los Santos", ["Ana de los Santos"]),
        ("Winston page.", ["Winston page"]),
        ("we met on March 9th", ["March"]),
        ("since March nine", []),
        ("Well-known Ann", ["Ann"]),
        ("NASA and IRS in North Carolina", []),
    ],
)
def test_a_stretch_of_capitals(text: str, expected: list[str]) -> None:
    assert capitals(text) == expected


@given(st.text(max_size=60))
def test_stretches_are_in_order_and_apart(text: str) -> None:
    read = reading(text)
    last = 0
    for first, stop in stretches(read):
        assert last <= first < stop <= len(read.tokens)
        last = stop


@pytest.mark.parametrize(
    ("text", "can"),
    [
        ("Odalys", True),
        ("Jesus", True),
        ("O'Dell", True),
        ("Nakasone", True),  # built as a drug is, but people are called so
        ("lisinopril", False),
        ("somebody'll", False),
        ("Texas", False),
        ("Tuesday", False),
        ("seventh", False),
        ("forty", False),
        ("Medicare", False),
        ("FMLA", False),
        ("x", False),
        ("555", False),
    ],
)
def test_a_word_by_itself_can_be_a_name(text: str, can: bool) -> None:
    assert possible(reading(text), 0) is can


def test_two_words_of_a_state_are_no_name() -> None:
    assert not possible(reading("north carolina"), 1)
    assert possible(reading("Aunt Carolina"), 1)


def test_no_token_beyond_the_ends_is_a_name() -> None:
    assert not possible(reading("Ann"), -1)
    assert not possible(reading("Ann"), 1)


@pytest.mark.parametrize(
    ("text", "at"),
    [("de la Cruz", 2), ("van Gent", 1), ("-Lee", 1), ("de los Santos", 2), ("los Santos", -1)],
)
def test_particles_lead_to_the_next_part(text: str, at: int) -> None:
    assert beyond(reading(text), 0) == at


@pytest.mark.parametrize("word", ["atorvastatin", "esomeprazole", "lisinopril", "arthroscopy"])
def test_drugs_and_procedures_are_known_by_their_endings(word: str) -> None:
    assert drug(word)


@pytest.mark.parametrize("word", ["martin", "caroline", "nadine", "stevenson", "tide", "vir"])
def test_common_names_are_no_drugs(word: str) -> None:
    assert not drug(word)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("Caprock Clinic", True), ("Norbert Rusk", False), ("Copper Pharmacy", True)],
)
def test_one_word_makes_an_organisation(text: str, is_one: bool) -> None:
    assert organisation(reading(text), 0, 2) is is_one


def test_the_word_behind_makes_one_too() -> None:
    assert organisation(reading("Caprock clinic"), 0, 1)


def test_a_strange_word_is_a_name_only_where_a_dictionary_could_know_it() -> None:
    assert not sure_name(reading("Wibblert."), 0)
    assert sure_name(reading("ask Wibblert."), 1)
