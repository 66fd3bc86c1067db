"""The page of measures: tiles, the chosen measure over days and by group, the calls behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from qm.io.store import people
from qm.io.store.measured import Wanted
from qm.io.store.measures import Behind, last_seen, values_of
from qm.io.store.scopes import Scope
from qm.stages.kpis import BY_NAME, Figure, Measure, Preset
from qm.web.auth import Deps, Reach
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.measures import charts
from qm.web.measures.asked import (
    Asked,
    AskedOf,
    Stretch,
    behind_of,
    count_new,
    dimensions_of,
    figures_by,
    on_day,
    open_measures,
    stretch,
    wanted,
)
from qm.web.measures.export import COLUMNS
from qm.web.measures.values import said, said_between, said_count, said_tick
from qm.web.messages import Catalogue

router = APIRouter(include_in_schema=False)

TOPICS = ("reach", "time", "outcome", "behaviour")
FEW = 10
"""Below it a group is drawn hollow: its interval is so wide that nearly everything fits in."""
DAY_LABELS = 5
BOUNDS: Mapping[str, tuple[float, float]] = {
    "share": (0.0, 1.0), "percent": (0.0, 100.0), "per_100": (0.0, 100.0), "of_five": (1.0, 5.0),
    "seconds": (0.0, float("inf")),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One measure in short."""

    measure: Measure
    figure: Figure
    spark: tuple[str, ...]
    target: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One group beside the others."""

    value: str
    label: str
    dot: charts.Dot
    few: bool


@router.get("/measures")
def show_measures(request: Request, deps: Deps, scope: Reach, asked: AskedOf) -> Response:
    """Show the measures of some weeks."""
    count_new(deps)
    words = words_of(request)
    with deps.database.read() as conn:
        context = _context(conn, deps, scope, asked, words)
    return render(request, "measures.html", context)


def _context(
    conn: Connection, deps: WebDeps, scope: Scope, asked: Asked, words: Catalogue
) -> dict[str, Any]:
    days = stretch(asked, deps)
    shown = open_measures(scope, asked)
    measure = BY_NAME[asked.measure] if BY_NAME[asked.measure] in shown else shown[0]
    by = asked.by if asked.by in dimensions_of(measure) else dimensions_of(measure)[0]
    by_day, whole = figures_by(conn, wanted(asked, deps, scope, ("day",)), deps, shown)
    groups, _ = figures_by(conn, wanted(asked, deps, scope, (by,)), deps, (measure,))
    labels = _labels(conn, deps, scope, by, words)
    rows = _behind(conn, deps, scope, asked, (measure, by))
    target = deps.preset.targets.get(measure.name)
    return {
        "asked": asked.model_copy(update={"measure": measure.name, "by": by}),
        "days": days,
        "measure": measure,
        "whole": whole[measure.name],
        "target": target,
        "tiles": [
            (topic, [_tile(m, by_day, whole, days, deps.preset) for m in shown if m.topic == topic])
            for topic in TOPICS
        ],
        "hidden": len(shown) < len(BY_NAME),
        "line": _line(measure, by_day, days, target),
        "daily": [(d, by_day[d,][measure.name]) for d in days.days if _has(by_day, d, measure)],
        "day_labels": _spread(days.days),
        "compared": _compared(measure, groups, labels, whole[measure.name]),
        "axis": _axis(measure, groups, whole[measure.name]),
        "dimensions": dimensions_of(measure),
        "behind": rows,
        "behind_label": _label(asked.group, labels, words) if asked.group is not None else "",
        "choices": {name: values_of(conn, wanted(asked, deps, scope), name)
                    for name in ("queue", "team", "language", "channel")},
        "last_event": last_seen(conn),
        "preset": deps.preset,
        "columns": COLUMNS,
        "formula": {"service": deps.preset.service_level_s, "short": deps.preset.short_abandon_s,
                    "window": deps.preset.fcr_window_days},
        "anything": any(one.n for one in whole.values()),
        "say": said, "tick": said_tick, "between": said_between, "count": said_count,
    }  # fmt: skip


def _tile(
    measure: Measure, by_day: Any, whole: Mapping[str, Figure], days: Stretch, preset: Preset
) -> Tile:
    return Tile(
        measure=measure,
        figure=whole[measure.name],
        spark=charts.spark([by_day.get((day,), {}).get(measure.name) for day in days.days]),
        target=preset.targets.get(measure.name),
    )


def _line(measure: Measure, by_day: Any, days: Stretch, target: float | None) -> charts.Line:
    figures = [by_day.get((day,), {}).get(measure.name) for day in days.days]
    more = [] if target is None else [target]
    scale = charts.scale_of(
        [f for f in figures if f], BOUNDS[measure.unit], *more, rounded=_steps(measure)
    )
    return charts.line(days.days, figures, scale, target)


def _has(by_day: Any, day: str, measure: Measure) -> bool:
    one = by_day.get((day,), {}).get(measure.name)
    return one is not None and one.n > 0


def _spread(days: Sequence[str]) -> list[date]:
    """Return the days that stand below the line: the ends, and some between at even steps."""
    last = len(days) - 1
    places = sorted({round(i * last / (DAY_LABELS - 1)) for i in range(DAY_LABELS)})
    return [date.fromisoformat(days[i]) for i in places]


def _axis(measure: Measure, groups: Any, whole: Figure) -> charts.Scale:
    figures = [one for row in groups.values() if (one := row[measure.name]).n]
    return charts.scale_of([*figures, whole], BOUNDS[measure.unit], rounded=_steps(measure))


def _steps(measure: Measure) -> Callable[[float], float]:
    return charts.round_time if measure.unit == "seconds" else charts.round_step


def _compared(
    measure: Measure, groups: Any, labels: Mapping[str, str], whole: Figure
) -> list[Compared]:
    """Return the groups in the order of their names: never in that of their values."""
    scale = _axis(measure, groups, whole)
    found = [
        Compared(
            value=value,
            label=labels.get(value, value),
            dot=charts.dot(value, row[measure.name], scale),
            few=row[measure.name].n < FEW,
        )
        for (value,), row in groups.items()
        if row.get(measure.name) is not None and row[measure.name].n
    ]
    return sorted(found, key=lambda one: (not one.value, one.label.casefold()))


def _labels(
    conn: Connection, deps: WebDeps, scope: Scope, by: str, words: Catalogue
) -> dict[str, str]:
    found = {"": words.say("measures.not_said")}
    if by == "agent":
        agents = people.list_agents(conn, scope, deps.now())
        found |= {one.agent_id: one.name or one.agent_id for one in agents}
    if by == "hour":
        found |= {f"{hour:02}": f"{hour:02}:00" for hour in range(24)}
    if by in ("language", "channel"):
        prefix = f"{by}."
        found |= {k.removeprefix(prefix): v for k, v in words.texts.items() if k.startswith(prefix)}
    return found


def _label(value: str, labels: Mapping[str, str], words: Catalogue) -> str:
    return labels.get(value) or value or words.say("measures.not_said")


def _behind(
    conn: Connection, deps: WebDeps, scope: Scope, asked: Asked, chosen: tuple[Measure, str]
) -> Sequence[Behind]:
    """Return the newest contacts or calls behind the point that was chosen."""
    measure, by = chosen
    given: Wanted = wanted(asked, deps, scope)
    if asked.at:
        given = on_day(given, asked.at, deps)
    if asked.group is not None:
        given = given.narrowed(by, asked.group, deps.zone)
    return behind_of(conn, given, scope, measure)
