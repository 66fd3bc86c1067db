"""Practice calls as a curve: how somebody new comes on, against the range of a team."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from qm.io.store.evaluations import hidden_checks
from qm.io.store.practice import PracticeCall, practice_calls, team_percents
from qm.io.store.scopes import Scope
from qm.stages.kpis import TeamRange, ramp, team_range
from qm.web.auth import Deps, Reach
from qm.web.frame import render
from qm.web.measures.charts import Scale

router = APIRouter(include_in_schema=False)

COMPARED_MS = 90 * 86_400_000  # a team changes: its range is that of the last quarter
PERCENT = Scale(low=0.0, step=20.0, steps=5)
MARGIN = 4.0  # per cent of the width left of the first call and right of the last


@dataclass(frozen=True, slots=True, kw_only=True)
class RampDot:
    """One practice call on the curve; coordinates as in ``charts``."""

    call: PracticeCall
    number: int
    x: float
    machine_y: float | None  #: None: no check, or not to be seen yet
    low: float
    high: float
    people_y: tuple[float, ...]
    hidden: bool  #: the machine's check waits until this person has scored the call


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """The practice calls of one person by one form."""

    agent_id: str
    name: str  #: "" for a candidate
    form: str
    dots: tuple[RampDot, ...]
    curve: str  #: points of the line, where anything can be seen
    team: str  #: "" for all teams
    range: TeamRange | None
    compared: int  #: real calls that the range is of, or that are too few for one
    range_low: float = 0.0
    range_middle: float = 0.0
    range_high: float = 0.0

    @property
    def seen(self) -> bool:
        """Whether there is anything to draw."""
        return any(dot.machine_y is not None or dot.people_y for dot in self.dots)

    @property
    def hides(self) -> bool:
        """Whether a check waits until this person has scored the call."""
        return any(dot.hidden for dot in self.dots)


@router.get("/measures/practice")
def show_practice(request: Request, deps: Deps, scope: Reach) -> Response:
    """Show the practice calls of candidates and trainees."""
    with deps.database.read() as conn:
        shown = ramps(conn, scope, deps.now())
    titles = {form.form: form.title for form in deps.forms}
    context = {"ramps": shown, "ticks": PERCENT.ticks, "titles": titles}
    return render(request, "practice.html", context)


def ramps(conn: Connection, scope: Scope, now: int) -> tuple[Ramp, ...]:
    """Return one curve a person and form, people by name, candidates last."""
    by_person: dict[tuple[str, str], list[PracticeCall]] = {}
    every = practice_calls(conn, scope)
    hidden = hidden_from(conn, scope, every)
    for call in every:
        by_person.setdefault((call.agent_id, call.form), []).append(call)
    found = [_ramp(conn, scope, now, calls, hidden) for calls in by_person.values()]
    return tuple(sorted(found, key=lambda one: (not one.name, one.name.casefold(), one.agent_id)))


def hidden_from(conn: Connection, scope: Scope, calls: Sequence[PracticeCall]) -> frozenset[str]:
    """
    Return the calls whose check and scores this person must not see yet.

    Who decides about a candidate sees no machine check before having scored the call; nor does a
    reviewer who has yet to score it.  A trainee is on the roster: what they practise is shown to
    those who train them.
    """
    judged = calls if "reviewer" in scope.roles else [c for c in calls if not c.agent_name]
    return hidden_checks(conn, scope, [call.call_id for call in judged])


def _ramp(
    conn: Connection,
    scope: Scope,
    now: int,
    calls: Sequence[PracticeCall],
    hidden: Collection[str],
) -> Ramp:
    last = calls[-1]
    percents = team_percents(conn, scope, last.form, last.team, now - COMPARED_MS)
    known = team_range(percents)
    dots = tuple(
        _dot(call, i, len(calls), hidden=call.call_id in hidden) for i, call in enumerate(calls)
    )
    told = ramp([_score(dot.call) for dot in dots])
    points = [(dot.x, _y(y)) for dot, y in zip(dots, told, strict=True) if y is not None]
    return Ramp(
        agent_id=last.agent_id,
        name=last.agent_name,
        form=last.form,
        dots=dots,
        curve=" ".join(f"{x:g},{y:g}" for x, y in points) if len(points) > 1 else "",
        team=last.team,
        range=known,
        compared=len(percents),
        range_low=_y(known.low) if known else 0.0,
        range_middle=_y(known.middle) if known else 0.0,
        range_high=_y(known.high) if known else 0.0,
    )


def _dot(call: PracticeCall, i: int, count: int, *, hidden: bool) -> RampDot:
    nothing = replace(call, percent=None, percent_low=None, percent_high=None, people=())
    seen = nothing if hidden else call
    even = (i + 0.5) / count
    return RampDot(
        call=seen,
        number=i + 1,
        x=round(MARGIN + even * (100 - 2 * MARGIN), 2),
        machine_y=None if seen.percent is None else _y(seen.percent),
        low=_y(seen.percent_low if seen.percent_low is not None else seen.percent or 0.0),
        high=_y(seen.percent_high if seen.percent_high is not None else seen.percent or 0.0),
        people_y=tuple(_y(percent) for _, percent in seen.people),
        hidden=hidden,
    )


def _score(call: PracticeCall) -> float | None:
    """Return what the curve follows: what people gave, else the machine's check."""
    given = [percent for _, percent in call.people]
    return sum(given) / len(given) if given else call.percent


def _y(percent: float) -> float:
    return round((1 - PERCENT.part(percent)) * 100, 2)
