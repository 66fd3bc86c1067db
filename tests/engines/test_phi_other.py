"""Ages over 89 and employers."""

from __future__ import annotations

import pytest

from qm.engines.phi_other import find_other
from tests.engines.phi import reading, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm ninety-one", "I'm [AGE_90_PLUS]"),
        ("she is 93 years old", "she is [AGE_90_PLUS] years old"),
        ("my mother turned ninety", "my mother turned [AGE_90_PLUS]"),
        ("I'm eighty-nine", "I'm eighty-nine"),
        ("I'm ninety percent sure", "I'm ninety percent sure"),
        ("it is ninety days", "it is ninety days"),
        ("it's one twenty over ninety", "it's one twenty over ninety"),
    ],
)
def test_only_ages_over_89_identify(text: str, expected: str) -> None:
    assert shown(reading(text), find_other) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I work at Halden Foundry now", "I work at [EMPLOYER] now"),
        ("i work at tyson foods that's all", "i work at [EMPLOYER] that's all"),
        ("a shift manager at Brill and Sons", "a shift manager at [EMPLOYER]"),
        ("I work at night", "I work at night"),
        ("my job is fine", "my job is fine"),
    ],
)
def test_who_somebody_works_for(text: str, expected: str) -> None:
    assert shown(reading(text), find_other) == expected
