"""The words around a number say what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.phi_cues import BEFORE, Cue, cue_at, cues_in


def cue(text: str, language: str = "en") -> Cue | None:
    """Return the cue of the number that the sentence writes as "#"."""
    at = text.index("#")
    return cue_at(text, at, at + 1, language)


def entity(text: str, language: str = "en") -> str:
    found = cue(text, language)
    return found.entity if found else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my member number is #", "HEALTH_PLAN_ID"),
        ("call me back at #", "PHONE"),
        ("faxing it to #", "FAX"),
        ("the last four of his social are #", "SSN"),
        ("the chart lists #", "MRN"),
        ("on the visa it says #", "ACCOUNT"),
        ("my license is #", "LICENSE"),
        ("the plate reads #", "VEHICLE"),
        ("the serial is #", "DEVICE"),
        ("my voice print is #", "BIOMETRIC"),
        ("the claim is #", "OTHER_ID"),
        ("the number is #", "WEAK"),
        ("i have #", ""),
        ("antisocial #", ""),
    ],
)
def test_a_cue_before(text: str, expected: str) -> None:
    assert entity(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# is my policy number", "HEALTH_PLAN_ID"),
        ("#, that's my social", "SSN"),
        ("# was the fax", "FAX"),
        ("#. the visa is lost", ""),
    ],
)
def test_a_cue_behind_needs_a_link(text: str, expected: str) -> None:
    assert entity(text) == expected


def test_the_nearest_strong_cue_wins() -> None:
    assert entity("my member id is a, and the fax is #") == "FAX"


def test_a_weak_cue_gives_way_to_a_strong_one() -> None:
    assert entity("the fax number ends in #") == "FAX"
    assert entity("the number is # and that is it") == "WEAK"


def test_a_cue_before_wins_over_one_behind() -> None:
    assert entity("the fax is # is my policy") == "FAX"


def test_a_cue_far_away_does_not_count() -> None:
    assert entity("fax " + "so " * (BEFORE // 3) + "#") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mi numero de miembro es #", "HEALTH_PLAN_ID"),
        ("# es mi numero de poliza", "HEALTH_PLAN_ID"),
        ("numero de seguro social #", "SSN"),
        ("llameme al #", "PHONE"),
        ("le llamo del #", "PHONE"),
        ("la placa es #", "VEHICLE"),
        ("el expediente dice #", "MRN"),
        ("el numero es #", "WEAK"),
        ("quiero #", ""),
    ],
)
def test_spanish(text: str, expected: str) -> None:
    assert entity(text, "es") == expected


def test_distance_is_counted_in_characters() -> None:
    found = cue("fax is #")
    assert found is not None and found.distance == len(" is ") and found.strong


def test_cues_of_a_text_come_in_order_without_weak_ones() -> None:
    assert cues_in("member id and fax and code", "en") == ("HEALTH_PLAN_ID", "FAX")


@given(st.text(alphabet="abcdefghi jklmnopqrstu'.,?", max_size=120), st.integers(0, 119))
def test_any_text_has_a_cue_or_none(text: str, at: int) -> None:
    start = min(at, len(text))
    found = cue_at(text, start, start, "en")
    assert found is None or 0 <= found.distance <= BEFORE
