"""Streets, units, cities and ZIP codes."""

from __future__ import annotations

import pytest

from qm.engines.phi_addresses import find_addresses
from tests.engines.phi import reading, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at nine oh six South Elm Street, apartment six", "at [LOCATION]"),
        ("i live at twelve oh four mill creek road", "i live at [LOCATION]"),
        ("eighteen fifty one seventy second place", "[LOCATION]"),
        ("on Soncy Road by the school", "on [LOCATION] by the school"),
        ("Nine twenty-one County Road Twelve.", "[LOCATION]."),
        ("thirty-one Quarry Hill", "[LOCATION]"),
        ("zip code five five four oh three", "zip code [LOCATION]"),
        ("Texas seven eight seven oh one", "Texas [LOCATION]"),
        ("P O box three one seven", "[LOCATION]"),
        ("she lives in Brattleboro, near Amarillo", "she lives in [LOCATION], near [LOCATION]"),
        ("we moved to plano last spring", "we moved to [LOCATION] last spring"),
        ("at our Bellhaven office", "at our [LOCATION] office"),
        ("Mesa County clerk", "[LOCATION] clerk"),
    ],
)
def test_a_place(text: str, expected: str) -> None:
    assert shown(reading(text), find_addresses) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I live in Texas, in north carolina before",
        "it's a forty minute drive",
        "down to one lane on the highway",
        "a two way street, no way",
        "on Monday in March",
        "Meridian Specialty Pharmacy",
    ],
)
def test_no_place(text: str) -> None:
    assert shown(reading(text), find_addresses) == text
