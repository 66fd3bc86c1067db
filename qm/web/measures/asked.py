"""What somebody asks of the measures, and the figures that answer it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from sqlalchemy import Connection

from qm.io.store.evaluations import hidden_checks
from qm.io.store.figures import catch_up, is_behind
from qm.io.store.measured import Wanted
from qm.io.store.measures import Behind, behind, cells
from qm.io.store.scopes import ALL_TEAMS, Scope
from qm.stages.kpis import BY_NAME, MEASURES, Figure, Measure, Tally, figure, grouped
from qm.web.calls import Day
from qm.web.deps import WebDeps
from qm.web.moments import day_bounds

USUAL_DAYS = 28  # whole weeks, so that a weekend weighs the same at both ends
MOST_DAYS = 366
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)  # beyond them there are no contacts
CATCH_UP_ROUNDS = 3  # a page counts at most some thousand new contacts; the job counts the rest
MACHINE_CHECK = "quality_score"
FIRST_MEASURE = "average_response_time_s"
ONE_AT_A_TIME = ("queue", "disposition", "team", "language", "channel", "hour", "agent")
UNREACHED = frozenset({"team", "disposition"})
"""What only a contact that somebody answered has: who left has neither team nor reason."""


def _known(name: str) -> str:
    if name not in BY_NAME:
        raise ValueError("no such measure")
    return name


Name = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(BY_NAME)})
]
"""Of a measure."""


class Filters(BaseModel):
    """Which contacts and calls.  Ids, dates and codes only: it is part of the address."""

    model_config = ConfigDict(extra="ignore")

    day: Day = Field(
        None, description="First local day; default four weeks before the last, 366 days at most."
    )
    until: Day = Field(None, description="Last local day, inclusive; default today.")
    queue: str = Field("", max_length=64)
    team: str = Field("", max_length=64)
    language: str = Field("", max_length=16)
    channel: str = Field("", max_length=16)

    @property
    def only(self) -> dict[str, str]:
        """The dimensions that are narrowed."""
        names = ("queue", "team", "language", "channel")
        return {name: value for name in names if (value := getattr(self, name))}

    def address(self, path: str, **more: str) -> str:
        """Return the address of the same choice with something changed."""
        given = {k: str(v) for k, v in self.model_dump().items() if v} | more
        return f"{path}?{urlencode({k: v for k, v in given.items() if v})}"


class Asked(Filters):
    """What the page shows."""

    measure: Name = FIRST_MEASURE
    by: str = Field("queue", pattern=f"^({'|'.join(ONE_AT_A_TIME)})$")
    group: str | None = Field(None, max_length=64, description="Value of ``by`` to look behind.")
    at: Day = Field(None, description="Day to look behind.")


AskedOf = Annotated[Asked, Query()]
FiltersOf = Annotated[Filters, Query()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Local days, both included."""

    first: date
    last: date

    @property
    def days(self) -> tuple[str, ...]:
        """All of them."""
        count = (self.last - self.first).days + 1
        return tuple((self.first + timedelta(days=i)).isoformat() for i in range(count))


Group = tuple[str, ...]
Figures = Mapping[Group, Mapping[str, Figure]]


def stretch(asked: Filters, deps: WebDeps) -> Stretch:
    """Return the days that are meant: in order, of this time, and no more than a year of them."""
    today = datetime.fromtimestamp(deps.now() / 1000, UTC).astimezone(deps.zone).date()
    usual = timedelta(days=USUAL_DAYS - 1)
    given = sorted(min(max(d, FIRST_DAY), LAST_DAY) for d in (asked.day, asked.until) if d)
    if len(given) == 2:
        return Stretch(first=max(given[0], given[1] - timedelta(days=MOST_DAYS - 1)), last=given[1])
    last = given[0] + usual if asked.day else given[0] if given else today
    return Stretch(first=last - usual, last=last)


def wanted(asked: Filters, deps: WebDeps, scope: Scope, by: Sequence[str] = ()) -> Wanted:
    """Return what the store is asked."""
    days = stretch(asked, deps)
    return Wanted(
        scope=scope,
        preset=deps.preset,
        by=tuple(by),
        since=day_bounds(days.first, deps.zone)[0],
        until=day_bounds(days.last, deps.zone)[1],
        only=asked.only,
    )


def on_day(given: Wanted, day: date, deps: WebDeps) -> Wanted:
    """Return the same of one local day."""
    since, until = day_bounds(day, deps.zone)
    return replace(given, since=since, until=until)


def figures_by(
    conn: Connection, given: Wanted, deps: WebDeps, measures: Collection[Measure] = MEASURES
) -> tuple[Figures, Mapping[str, Figure]]:
    """Return the figures by group, and those of everything together, from the same sums."""
    names = {measure.name for measure in measures}
    found = cells(conn, given, names)
    by_group = {
        group: {name: figure(BY_NAME[name], tally) for name, tally in tallies.items()}
        for group, tallies in sorted(grouped(found, given.by, deps.zone).items())
    }
    whole = grouped(found, (), deps.zone).get((), {})
    return by_group, {
        measure.name: figure(measure, whole.get(measure.name, Tally())) for measure in measures
    }


def behind_of(
    conn: Connection, given: Wanted, scope: Scope, measure: Measure
) -> tuple[Behind, ...]:
    """
    Return the newest contacts or calls behind a figure.

    A machine check that this person must not see yet, because they are to score the call first, is
    left out of the list; it stays in the figure.
    """
    rows = behind(conn, given, measure.name)
    if measure.name != MACHINE_CHECK:
        return rows
    hidden = hidden_checks(conn, scope, [row.call_id for row in rows])
    return tuple(row for row in rows if row.call_id not in hidden)


def count_new(deps: WebDeps) -> None:
    """Count what came since the last time, unless nothing did."""
    with deps.database.read() as conn:
        behind = is_behind(conn)
    if behind:
        catch_up(deps.database, deps.now(), rounds=CATCH_UP_ROUNDS)


def open_measures(scope: Scope, asked: Filters) -> tuple[Measure, ...]:
    """
    Return the measures that can be shown.

    Of some teams there are none of those that count callers whom no team has reached.
    """
    whole = ALL_TEAMS in scope.teams and not asked.team
    return tuple(m for m in MEASURES if whole or not m.needs_reached)


def dimensions_of(measure: Measure) -> tuple[str, ...]:
    """Return by what a page compares a measure: people by what they do, and by nothing else."""
    return tuple(
        name
        for name in ONE_AT_A_TIME
        if (name != "agent" or measure.about_people)
        and not (measure.needs_reached and name in UNREACHED)
    )
