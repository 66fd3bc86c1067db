"""What measures are made of, summed by the database, and the contacts and calls behind a figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, literal, literal_column, select

from qm.io import tables as t
from qm.io.store.measured import (
    Counted,
    Rows,
    Sum,
    Wanted,
    call_rows,
    contact_rows,
    labelled_rows,
    leg_rows,
    reviewed_rows,
)
from qm.io.store.scopes import Scope, visible
from qm.stages.kpis import BY_NAME, SLOT_MS, Cell, Tally


def last_seen(conn: Connection) -> int | None:
    """Return when the last event happened (UTC ms); None where there is none."""
    at: int | None = conn.execute(select(func.max(t.events.c.at))).scalar_one()
    return at


def counted(wanted: Wanted, measures: Collection[str] = frozenset(BY_NAME)) -> list[Counted]:
    """
    Return the rows that some measures are counted over, each with what it adds to those.

    By agent there are none of contacts: waits and outcomes are no agent's.
    """
    by_leg = bool({"agent", "team"} & {*wanted.by, *wanted.only})
    every = [contact_rows(wanted, times=not by_leg), labelled_rows(wanted), call_rows(wanted)]
    every += [leg_rows(wanted)] if by_leg else []
    every.append(reviewed_rows(wanted))
    chosen = [
        (rows, {name: one for name, one in sums.items() if name in measures})
        for rows, sums in every
        if {*wanted.columns, *wanted.only} <= rows.dimensions.keys()
    ]
    return [(rows, sums) for rows, sums in chosen if sums]


def cells(
    conn: Connection, wanted: Wanted, measures: Collection[str] = frozenset(BY_NAME)
) -> tuple[Cell, ...]:
    """Return everything that ``measures`` by ``wanted.by`` are made of."""
    wanted = replace(wanted, last_event=last_seen(conn))
    return tuple(
        cell
        for rows, sums in counted(wanted, measures)
        for cell in _summed(conn, wanted, rows, sums)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One row that a figure is made of."""

    at: int  #: when it began, UTC ms
    contact_id: str
    call_id: str  #: "" where there is no call that the person may open
    queue: str
    n: int  #: what it adds to the denominator
    total: float  #: and to the numerator, before scaling


def behind(conn: Connection, wanted: Wanted, measure: str, limit: int = 20) -> tuple[Behind, ...]:
    """Return the newest rows that a figure is made of."""
    wanted = replace(wanted, last_event=last_seen(conn), by=())
    found: list[Behind] = []
    for rows, sums in counted(wanted, {measure}):
        one = sums[measure]
        columns = {
            "at": rows.start, "contact_id": rows.contact_id, "queue": rows.dimensions["queue"],
            "n": one.n, "total": one.total,
        }  # fmt: skip
        if rows.call_id is not None:
            columns["call_id"] = rows.call_id
        query = (
            select(*(column.label(name) for name, column in columns.items()))
            .select_from(rows.source)
            .where(*rows.conditions, *_only(rows, wanted), one.n > 0)
            .order_by(rows.start.desc(), rows.contact_id)
            .limit(limit)
        )
        found += [Behind(**{"call_id": "", **row}) for row in conn.execute(query).mappings()]
    calls = _calls_of(conn, wanted.scope, {row.contact_id for row in found if not row.call_id})
    return tuple(
        replace(row, total=float(row.total), call_id=row.call_id or calls.get(row.contact_id, ""))
        for row in found
    )


def values_of(conn: Connection, wanted: Wanted, dimension: str) -> tuple[str, ...]:
    """Return the values that a dimension has in a stretch of time, whatever else is narrowed."""
    wanted = replace(wanted, by=(dimension,), only={}, last_event=last_seen(conn))
    found = {
        value
        for rows, _ in counted(wanted, {"transfer_rate", "talk_s", "negative_language_per_100"})
        for value in conn.execute(
            select(rows.dimensions[dimension])
            .select_from(rows.source)
            .where(*rows.conditions)
            .distinct()
        ).scalars()
    }
    return tuple(sorted(value for value in found if value))


def _calls_of(conn: Connection, scope: Scope, contact_ids: Collection[str]) -> dict[str, str]:
    """Return the first call of each contact that may be opened."""
    c = t.calls.c
    query = (
        select(c.contact_id, c.call_id)
        .where(c.contact_id.in_(sorted(contact_ids)), visible(scope))
        .order_by(c.started_at.desc())
    )
    return {row.contact_id: row.call_id for row in conn.execute(query)}


def _only(rows: Rows, wanted: Wanted) -> list[Any]:
    return [rows.dimensions[name] == value for name, value in wanted.only.items()]


def _summed(
    conn: Connection, wanted: Wanted, rows: Rows, sums: Mapping[str, Sum]
) -> tuple[Cell, ...]:
    """Run one query and return its rows as cells."""
    dimensions = rows.dimensions
    groups = [dimensions[name].label(f"by_{name}") for name in wanted.columns]
    if wanted.timed:
        groups.append((rows.start // literal(SLOT_MS)).label("slot"))
    selected = [
        func.coalesce(func.sum(part), 0).label(f"{name}_{key}")
        for name, one in sums.items()
        for key, part in (("n", one.n), ("t", one.total), ("s", one.squares))
        if part is not None
    ]
    query = select(*groups, *selected).select_from(rows.source)
    query = query.where(*rows.conditions, *_only(rows, wanted))
    if groups:
        query = query.group_by(*(literal_column(str(i + 1)) for i in range(len(groups))))
    return tuple(_cell(row, wanted, sums) for row in conn.execute(query).mappings())


def _cell(row: Any, wanted: Wanted, sums: Mapping[str, Sum]) -> Cell:
    return Cell(
        at=int(row["slot"]) * SLOT_MS if wanted.timed else 0,
        values={name: row[f"by_{name}"] or "" for name in wanted.columns},
        tallies={
            name: Tally(
                n=int(row[f"{name}_n"]),
                total=float(row[f"{name}_t"]),
                squares=float(row.get(f"{name}_s") or 0.0),
            )
            for name in sums
        },
    )
