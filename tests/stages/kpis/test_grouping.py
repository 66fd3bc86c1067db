"""Slots of a quarter of an hour add up to days and hours of any zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.kpis import BY_NAME, SLOT_MS, Cell, Tally, allowed, grouped
from qm.stages.kpis.measures import MEASURES

NEW_YORK = ZoneInfo("America/New_York")
ONE = Tally(n=1, total=1.0)


def cell(at: str, queue: str = "billing") -> Cell:
    slot = int(datetime.fromisoformat(at).timestamp() * 1000) // SLOT_MS * SLOT_MS
    return Cell(at=slot, values={"queue": queue}, tallies={"dropout_rate": ONE})


PLACES = [
    ("2026-03-08T06:59:00+00:00", "2026-03-08", "01"),  # the hour before clocks go forward
    ("2026-03-08T07:00:00+00:00", "2026-03-08", "03"),  # and the one after: there is no 02
    ("2026-11-01T05:30:00+00:00", "2026-11-01", "01"),
    ("2026-11-01T06:30:00+00:00", "2026-11-01", "01"),  # the hour that comes twice is one
    ("2026-11-02T04:59:00+00:00", "2026-11-01", "23"),
    ("2026-11-02T05:00:00+00:00", "2026-11-02", "00"),
]


@pytest.mark.parametrize(("at", "day", "hour"), PLACES)
def test_each_slot_has_one_place_on_the_clock(at: str, day: str, hour: str) -> None:
    assert set(grouped([cell(at)], ("day", "hour"), NEW_YORK)) == {(day, hour)}


def test_zones_off_by_a_quarter_of_an_hour_have_their_own_midnight() -> None:
    late, early = cell("2026-03-01T18:14:00+00:00"), cell("2026-03-01T18:15:00+00:00")
    kathmandu = ZoneInfo("Asia/Kathmandu")
    assert set(grouped([late, early], ("day",), kathmandu)) == {("2026-03-01",), ("2026-03-02",)}


def test_groups_have_their_values_in_the_order_asked_for() -> None:
    found = grouped([cell("2026-03-01T18:14:00+00:00")], ("hour", "queue"), UTC)
    assert found == {("18", "billing"): {"dropout_rate": ONE}}


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 5), st.floats(0, 1e6))))
def test_groups_add_up_to_the_whole(told: list[tuple[int, int, float]]) -> None:
    cells = [
        Cell(at=at // SLOT_MS * SLOT_MS, values={}, tallies={"talk_s": Tally(n=n, total=total)})
        for at, n, total in told
    ]
    by_day = grouped(cells, ("day", "hour"), NEW_YORK)
    assert sum(t["talk_s"].n for t in by_day.values()) == sum(n for _, n, _ in told)
    whole = sum(t["talk_s"].total for t in by_day.values())
    assert whole == pytest.approx(sum(total for *_, total in told))


def test_waits_and_outcomes_are_never_by_agent() -> None:
    names = {m.name for m in MEASURES if allowed(m, ("agent",))}
    assert {"talk_s", "average_handle_time_s", "negative_language_per_100"} <= names
    assert not names & {
        "average_response_time_s", "service_level", "dropout_rate", "transfer_rate", "fcr_repeat",
        "fcr_label", "csat", "effort", "first_response_time_s", "survey_response_rate",
    }  # fmt: skip
    assert all(allowed(m, ("queue", "day")) for m in MEASURES)


def test_pages_show_by_agent_what_agents_do_and_nothing_else() -> None:
    assert not any(BY_NAME[n].about_people for n in ("talk_s", "effort", "fcr_label", "csat"))
