"""The figures of a month of contact events are those of a second, naive count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qm.io.database import Database
from qm.io.store import events
from qm.io.store.figures import catch_up, days, figures
from qm.io.store.measured import Wanted
from qm.io.store.scopes import WHOLE_SITE
from qm.stages.kpis import Figure, Preset
from qm.types import ContactEvent
from tests.io.store.month import ZONE, Told, interval, month, naive
from tests.io.store.samples import NOW

PRESET = Preset(name="default", title="Default")
OF_EVENTS = (
    "average_response_time_s", "service_level", "dropout_rate", "average_handle_time_s", "talk_s",
    "hold_s", "wrapup_s", "transfer_rate", "fcr_repeat", "csat", "survey_response_rate",
)  # fmt: skip


def store(database: Database, told: list[Told]) -> None:
    """Store events in the order in which they come, counting now and then as the service does."""
    for i in range(0, len(told), 700):
        batch = [ContactEvent(**one) for one in told[i : i + 700]]
        with database.write() as conn:
            events.insert(conn, batch, NOW + i)
        if i % 2:
            catch_up(database, NOW)
    catch_up(database, NOW)


def counted(database: Database, by: tuple[str, ...] = (), **more: Any) -> dict[Any, Figure]:
    """Return figures by (values of the group, measure)."""
    wanted = Wanted(scope=WHOLE_SITE, preset=PRESET, by=by, **more)
    with database.read() as conn:
        rows = figures(conn, wanted, ZONE)
    return {(*row.group.values(), row.measure.name): row.figure for row in rows}


def differences(found: Mapping[Any, Figure], again: Mapping[Any, Any], grouped: bool) -> list[Any]:
    """Return every figure of events that is not the one counted again."""
    wrong = []
    groups = set(again) | {key[0] for key in found if grouped}
    for group in groups:
        for name in OF_EVENTS:
            values = again.get(group, {}).get(name, [])
            one = found.get((group, name) if grouped else (name,))
            if one is None or not matches(name, one, values):
                wrong.append((group, name, one, len(values), sum(values)))
    return wrong


def matches(name: str, one: Figure, values: list[float]) -> bool:
    bounds = interval(name, values)
    known = pytest.approx(bounds, rel=1e-6, abs=1e-6) if bounds else (None, None)
    return (
        one.n == one.denominator == len(values)
        and one.numerator == pytest.approx(sum(values), abs=1e-6)
        and (one.low, one.high) == known
        and (one.value is None or one.value == pytest.approx(sum(values) / len(values)))
    )


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return month(seed=20260301, contacts=4_000)


def test_a_month_counted_twice(database: Database, told: list[Told]) -> None:
    store(database, told)
    assert differences(counted(database), naive(told), grouped=False) == []
    for by in ("queue", "disposition", "language", "channel", "day", "hour"):
        assert differences(counted(database, (by,)), naive(told, by), grouped=True) == [], by
    by_agent = {
        key: one for key, one in counted(database, ("agent",)).items() if key[1] in OF_EVENTS
    }
    again = naive(told, "agent")
    assert {name for _, name in by_agent} == {
        "average_handle_time_s", "talk_s", "hold_s", "wrapup_s",
    }  # fmt: skip
    assert all(matches(name, one, again[agent][name]) for (agent, name), one in by_agent.items())


def test_as_of_decides_what_has_ended_and_which_windows_have_passed(
    sqlite_database: Database, told: list[Told]
) -> None:
    store(sqlite_database, told)
    middle = datetime(2026, 3, 17, 12, tzinfo=UTC)
    found = counted(sqlite_database, as_of=int(middle.timestamp() * 1000))
    assert differences(found, naive(told, as_of=middle), grouped=False) == []


def test_a_contact_belongs_to_the_local_day_of_its_first_event(
    sqlite_database: Database, told: list[Told]
) -> None:
    store(sqlite_database, told)
    day = date(2026, 3, 8)
    since, until = days(day, day, ZONE)
    assert since is not None and until is not None and until - since == 23 * 3_600_000
    found = counted(sqlite_database, since=since, until=until)
    again = naive(told, "day")["2026-03-08"]
    assert differences(found, {"": again}, grouped=False) == []


def test_days_add_up_to_the_month_in_every_zone(
    sqlite_database: Database, told: list[Told]
) -> None:
    store(sqlite_database, told)
    whole = counted(sqlite_database)
    wanted = Wanted(scope=WHOLE_SITE, preset=PRESET, by=("day",))
    for zone in ("UTC", "Asia/Kathmandu", "Pacific/Chatham"):
        with sqlite_database.read() as conn:
            rows = figures(conn, wanted, ZoneInfo(zone))
        for name in OF_EVENTS:
            of_days = [row.figure for row in rows if row.measure.name == name]
            assert sum(one.n for one in of_days) == whole[(name,)].n
            assert sum(one.numerator for one in of_days) == pytest.approx(whole[(name,)].numerator)


def test_events_that_come_after_the_figures_change_them(sqlite_database: Database) -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def event(seconds: int, kind: Any, **more: Any) -> ContactEvent:
        when = at + timedelta(seconds=seconds)
        return ContactEvent(event_id=f"{kind}", contact_id="k", at=when, kind=kind, **more)

    store_now(sqlite_database, event(0, "queued"), event(20, "answered", agent="a1"))
    assert counted(sqlite_database)[("talk_s",)].n == 0
    store_now(sqlite_database, event(80, "ended"))
    assert counted(sqlite_database)[("talk_s",)].value == 60.0
    store_now(sqlite_database, event(50, "hold"))
    assert counted(sqlite_database)[("hold_s",)].value == 30.0


def store_now(database: Database, *given: ContactEvent) -> None:
    with database.write() as conn:
        events.insert(conn, given, NOW)
    catch_up(database, NOW)
