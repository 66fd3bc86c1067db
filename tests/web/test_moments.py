"""Times as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.web.messages import catalogue
from qm.web.moments import Moments, day_bounds, span

ZONE = ZoneInfo("America/New_York")
NOW = int(datetime(2026, 11, 23, 19, 5, tzinfo=UTC).timestamp() * 1000)  # Monday 14:05 there
MOMENTS = Moments(ZONE, catalogue("en"), NOW)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("past_ms", "said"),
    [
        (0, "14:05"), (5 * HOUR, "09:05"), (15 * HOUR, "Sun 23:05"), (2 * DAY, "Sat 14:05"),
        (7 * DAY, "16 Nov 14:05"), (400 * DAY, "19 Oct 2025 15:05"), (-DAY, "24 Nov 14:05"),
    ],
)  # fmt: skip
def test_when(past_ms: int, said: str) -> None:
    assert MOMENTS.when(NOW - past_ms) == said


@pytest.mark.parametrize(
    ("past_ms", "said"),
    [
        (0, "0 s ago"), (12_400, "12 s ago"), (59_999, "59 s ago"), (MINUTE, "1 min ago"),
        (59 * MINUTE, "59 min ago"), (2 * HOUR, "2 h ago"), (7 * HOUR, "07:05"),
        (-5_000, "0 s ago"),
    ],
)  # fmt: skip
def test_ago(past_ms: int, said: str) -> None:
    assert MOMENTS.ago(NOW - past_ms) == said


def test_the_tooltip_is_exact_and_names_the_zone() -> None:
    assert MOMENTS.exact(NOW) == "2026-11-23 14:05:00 EST"
    assert MOMENTS.iso(NOW) == "2026-11-23T19:05:00+00:00"


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-11-23", 24), ("2026-11-01", 25), ("2026-03-08", 23)]
)
def test_a_day_is_the_sites_day_of_whatever_length(day: str, hours: int) -> None:
    first, following = day_bounds(date.fromisoformat(day), ZONE)
    assert (following - first) == hours * HOUR
    assert MOMENTS.local(first).strftime("%F %T") == f"{day} 00:00:00"


@given(st.dates(), st.sampled_from(["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kolkata", "UTC"]))
def test_every_day_has_bounds(day: date, zone: str) -> None:
    first, following = day_bounds(day, ZoneInfo(zone))
    assert 0 < following - first <= 2 * DAY


@given(st.integers(-10_000, 10**9))
def test_a_span_can_be_read_back(ms: int) -> None:
    seconds = 0
    for part in span(ms).split(":"):
        seconds = seconds * 60 + int(part)
    assert seconds == max(0, ms) // 1000
