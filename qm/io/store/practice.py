"""Practice calls of candidates and trainees: their scores, and those of a team to compare."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from qm.io import tables as t
from qm.io.store.scopes import Scope, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCall:
    """A practice call and what it was given.  Instants are UTC ms."""

    call_id: str
    agent_id: str
    agent_name: str  #: "" for somebody who is not on the roster: a candidate
    team: str
    started_at: int
    form: str  #: "name@version"; "" where no form is meant for it
    percent: float | None  #: the machine's check
    percent_low: float | None
    percent_high: float | None
    people: tuple[tuple[str, float], ...]  #: (user id, percent) of each evaluation, by time


def practice_calls(conn: Connection, scope: Scope) -> tuple[PracticeCall, ...]:
    """Return the finished practice calls that ``scope`` sees, the oldest first."""
    c, s = t.calls.c, t.scorecards.c
    query = (
        select(
            c.call_id, c.agent_id, c.team, c.started_at, t.agents.c.name.label("agent_name"),
            s.form, s.percent, s.percent_low, s.percent_high, s.saved_at,
        )
        .outerjoin(t.agents, t.agents.c.agent_id == c.agent_id)
        .outerjoin(t.scorecards, s.call_id == c.call_id)
        .where(c.practice, c.status == "closed", visible(scope))
        .order_by(c.started_at, c.call_id, s.saved_at)
    )  # fmt: skip
    newest = {row["call_id"]: dict(row) for row in conn.execute(query).mappings()}
    people = _evaluated(conn, scope)
    return tuple(
        PracticeCall(
            **{
                name: row[name]
                for name in PracticeCall.__dataclass_fields__
                if name not in ("people", "agent_name", "form")
            },
            agent_name=row["agent_name"] or "",
            form=row["form"] or "",
            people=tuple(people.get(call_id, ())),
        )
        for call_id, row in newest.items()
    )


def team_percents(
    conn: Connection, scope: Scope, form: str, team: str, since: int
) -> tuple[float, ...]:
    """
    Return the machine's percents of a team's real calls by the same form.

    Args:
        conn: within a read.
        scope: who asks.
        form: "name@version".
        team: whose; "" for all teams that ``scope`` sees: a candidate has none.
        since: UTC ms.
    """
    c, s = t.calls.c, t.scorecards.c
    query = (
        select(s.percent)
        .join(t.calls, c.call_id == s.call_id)
        .where(s.form == form, s.percent.is_not(None), visible(scope))
        .where(c.practice.is_(False), c.status == "closed", c.started_at >= since)
    )
    if team:
        query = query.where(c.team == team)
    return tuple(conn.execute(query).scalars())


def _evaluated(conn: Connection, scope: Scope) -> dict[str, list[tuple[str, float]]]:
    c, e = t.calls.c, t.evaluations.c
    query = (
        select(e.call_id, e.reviewer, e.percent)
        .join(t.calls, c.call_id == e.call_id)
        .where(c.practice, e.percent.is_not(None), visible(scope))
        .order_by(e.submitted_at, e.evaluation_id)
    )
    found: dict[str, list[tuple[str, float]]] = {}
    for call_id, reviewer, percent in conn.execute(query):
        found.setdefault(call_id, []).append((reviewer, percent))
    return found
