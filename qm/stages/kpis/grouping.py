"""Tallies by quarter of an hour -> figures by group, with days and hours of any zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from qm.stages.kpis.measures import Measure, Tally

SLOT_MS = 900_000
"""A quarter of an hour: local days and hours of every zone begin at one."""

TIME_DIMENSIONS = frozenset({"day", "hour"})
DIMENSIONS = (
    "queue", "disposition", "team", "language", "channel", "agent", "hour", "day",
)  # fmt: skip

Group = tuple[str, ...]  #: values in the order of the dimensions that were asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Tallies of what began in one slot, for one set of values."""

    at: int  #: start of the slot, UTC ms; 0 where time was not asked for
    values: Mapping[str, str]  #: by dimension, those of time left out
    tallies: Mapping[str, Tally]  #: by measure


def grouped(
    cells: Iterable[Cell], by: Sequence[str], zone: tzinfo
) -> dict[Group, dict[str, Tally]]:
    """
    Add cells up by group.

    The hour that a clock shows twice is one hour, and a day of 23 or 25 hours is one day: slots are
    instants, and each has one place on the zone's clock.

    Args:
        cells: of whatever base; a measure may come from more than one cell.
        by: dimensions, in the order of the groups' values.
        zone: whose days and hours.
    """
    found: dict[Group, dict[str, Tally]] = {}
    for cell in cells:
        group = tuple(value_of(cell, dimension, zone) for dimension in by)
        tallies = found.setdefault(group, {})
        for name, tally in cell.tallies.items():
            tallies[name] = tallies.get(name, Tally()) + tally
    return found


def value_of(cell: Cell, dimension: str, zone: tzinfo) -> str:
    """Return a cell's value on one dimension: "2026-03-08" for a day, "00" to "23" for an hour."""
    if dimension not in TIME_DIMENSIONS:
        return cell.values[dimension]
    local = datetime.fromtimestamp(cell.at / 1000, UTC).astimezone(zone)
    return local.date().isoformat() if dimension == "day" else f"{local.hour:02}"


def slots_of_hour(span: tuple[int, int], hour: str, zone: tzinfo) -> tuple[int, ...]:
    """
    Return the slots (numbers since 1970) of one hour of the clock, of every day in a span.

    >>> slots_of_hour((0, 86_400_000), "02", UTC)
    (8, 9, 10, 11)
    """
    first, last = span[0] // SLOT_MS, -(-span[1] // SLOT_MS)
    return tuple(
        slot
        for slot in range(first, last)
        if f"{datetime.fromtimestamp(slot * SLOT_MS / 1000, UTC).astimezone(zone):%H}" == hour
    )


def allowed(measure: Measure, by: Iterable[str]) -> bool:
    """Return whether a measure may be asked for by these: waits and outcomes never by agent."""
    return measure.by_agent or "agent" not in by
