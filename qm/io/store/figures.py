"""Measures by group: what `qm kpi`, the pages and the API all say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, func, or_, select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store.contacts import refresh_calls, refresh_contacts
from qm.io.store.measured import Wanted
from qm.io.store.measures import cells
from qm.stages.kpis import MEASURES, Figure, Measure, Tally, allowed, figure, grouped

AT_ONCE = 2_000  # contacts a transaction: others may write in between
MOST_ROUNDS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure of one group."""

    group: dict[str, str]  #: by dimension, in the order asked for
    measure: Measure
    figure: Figure


def figures(
    conn: Connection, wanted: Wanted, zone: ZoneInfo, measures: Sequence[Measure] = MEASURES
) -> tuple[Row, ...]:
    """
    Return the figures of every group, groups in their order; the whole, where ``by`` is empty.

    Args:
        conn: within a read, after :func:`catch_up`.
        wanted: what, by what, of whom.
        zone: whose days and hours.
        measures: which; those that may not be asked for by these dimensions are left out.
    """
    found = grouped(cells(conn, wanted, {measure.name for measure in measures}), wanted.by, zone)
    if not wanted.by:
        found.setdefault((), {})
    return tuple(
        Row(
            group=dict(zip(wanted.by, group, strict=True)),
            measure=measure,
            figure=figure(measure, tallies.get(measure.name, Tally())),
        )
        for group, tallies in sorted(found.items())
        for measure in measures
        if allowed(measure, wanted.by)
    )


def catch_up(database: Database, now: int, rounds: int = MOST_ROUNDS) -> int:
    """
    Count what is new of contacts and calls, in short transactions; return how many were counted.

    Args:
        database: whose.
        now: UTC ms.
        rounds: transactions at most; what is left is counted by whoever comes next.
    """
    counted = 0
    for _ in range(rounds):
        with database.write() as conn:
            contacts = refresh_contacts(conn, AT_ONCE)
        counted += contacts
        if contacts < AT_ONCE:
            break
    for _ in range(rounds):
        with database.write() as conn:
            calls, new = refresh_calls(conn, now, AT_ONCE)
        counted += calls
        if new < AT_ONCE:
            break
    return counted


def is_behind(conn: Connection) -> bool:
    """Return whether there are contacts or finished calls that are not counted yet."""
    c, f = t.calls.c, t.call_figures.c
    newest = select(func.max(f.call_updated_at)).scalar_subquery()
    missing = exists().where(c.status == "closed", c.updated_at > func.coalesce(newest, -1))
    some = select(or_(exists().select_from(t.contact_changes), missing))
    return bool(conn.execute(some).scalar_one())


def days(first: date | None, last: date | None, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """
    Return the instants (UTC ms) at which a stretch of local days begins and is over.

    >>> days(date(2026, 3, 8), date(2026, 3, 8), ZoneInfo("America/New_York"))
    (1772946000000, 1773028800000)
    """

    def begins(day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)

    since = None if first is None else begins(first)
    return since, None if last is None else begins(last + timedelta(days=1))
