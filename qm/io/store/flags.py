"""Finished calls before review: which were looked through, flagged, drawn, and had no room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
)

from qm.io import tables as t
from qm.io.store.scopes import Grant, Scope, visible
from qm.io.store.upsert import upsert
from qm.stages.flags import Flag
from qm.stages.forms import Form, form_for
from qm.stages.sampling import Flagged, Month, lot
from qm.types import Direction, Medium

EVERYBODY = Scope(user_id="", grants=frozenset({Grant(role="compliance")}))
"""The whole site without what is restricted to a group: that is drawn and queued for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A finished call that was not looked through as it stands now."""

    call_id: str
    seen: str  #: what to note as looked at
    practice: bool
    queue: str
    direction: Direction
    medium: Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A finished call that may be drawn."""

    call_id: str
    agent_id: str
    queue: str
    direction: Direction
    medium: Medium
    started_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedCall:
    """A flagged call that there was no room for."""

    call_id: str
    severity: int
    reason: str
    agent_id: str
    agent_name: str
    queue: str
    language: str
    started_at: int
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How much of a day's capacity is used."""

    sampled: int  #: drawn at random, second reviewers included
    flags_taken: int  #: flagged calls that somebody has begun or done
    flags_waiting: tuple[Flagged, ...]  #: queued today, nobody has them


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """How far an agent's plan of a month is."""

    agent_id: str
    drawn: int
    done: int


def not_looked_at(conn: Connection, limit: int = 200) -> tuple[Finished, ...]:
    """Return finished calls that were never looked through, or have changed since, oldest first."""
    c, f = t.calls.c, t.flag_states.c
    query = (
        select(c.call_id, c.practice, c.queue, c.direction, c.medium, _seen().label("seen"))
        .outerjoin(t.flag_states, f.call_id == c.call_id)
        .where(c.status == "closed", func.coalesce(f.seen, "") != _seen())
        .order_by(c.started_at, c.call_id)
        .limit(limit)
    )
    return tuple(Finished(**row) for row in conn.execute(query).mappings())


def set_flags(conn: Connection, call_id: str, flags: Sequence[Flag], seen: str, now: int) -> None:
    """Note why a call should be looked at, in place of what was noted before."""
    conn.execute(delete(t.flags).where(t.flags.c.call_id == call_id))
    for flag in flags:
        row = {"reason": flag.reason, "detail": flag.detail, "severity": flag.severity}
        conn.execute(insert(t.flags).values(call_id=call_id, flagged_at=now, **row))
    worst = flags[0] if flags else None
    row = {
        "call_id": call_id,
        "severity": worst.severity if worst else 0,
        "reason": worst.reason if worst else "",
        "seen": seen,
        "looked_at": now,
    }
    upsert(conn, t.flag_states, row)


def flags_of_calls(conn: Connection, call_ids: Collection[str]) -> Mapping[str, tuple[Flag, ...]]:
    """Return the flags of some calls, the worst first."""
    f = t.flags.c
    query = select(t.flags).where(f.call_id.in_(call_ids)).order_by(f.severity.desc(), f.reason)
    found: dict[str, list[Flag]] = defaultdict(list)
    for row in conn.execute(query):
        flag = Flag(reason=row.reason, severity=row.severity, detail=row.detail)
        found[row.call_id].append(flag)
    return {call_id: tuple(flags) for call_id, flags in found.items()}


def drawable(
    conn: Connection, since: int, until: int, agent_id: str | None = None
) -> tuple[Candidate, ...]:
    """
    Return finished calls that began in [since, until), UTC ms, and nobody has drawn.

    Whether a call is flagged, or was reviewed for that, makes no difference: a sample without the
    flagged calls would show a better center than there is.
    """
    c = t.calls.c
    query = (
        select(c.call_id, c.agent_id, c.queue, c.direction, c.medium, c.started_at)
        .where(visible(EVERYBODY))
        .where(c.status == "closed", c.practice.is_(False), c.agent_id != "")
        .where(c.started_at >= since, c.started_at < until, ~_has(("sample", "second")))
        .where(~_not_scoreable())
    )
    if agent_id is not None:
        query = query.where(c.agent_id == agent_id)
    return tuple(Candidate(**row) for row in conn.execute(query).mappings())


def drawn_days(conn: Connection, month: str) -> Mapping[str, list[int]]:
    """Return agent -> starts (UTC ms) of the calls that count for a month's plan."""
    c, r = t.calls.c, t.reviews.c
    query = (
        select(c.agent_id, c.started_at)
        .join(t.reviews, r.call_id == c.call_id)
        .where(r.month == month, r.kind == "sample", r.state.in_(["open", "submitted"]))
    )
    found: dict[str, list[int]] = defaultdict(list)
    for row in conn.execute(query):
        found[row.agent_id].append(row.started_at)
    return found


def plan_of(conn: Connection, scope: Scope, month: str) -> tuple[PlanRow, ...]:
    """Return how far the plan of each agent is who has a drawn call that ``scope`` sees."""
    c, r = t.calls.c, t.reviews.c
    query = (
        select(c.agent_id, r.state, func.count().label("n"))
        .join(t.reviews, r.call_id == c.call_id)
        .where(visible(scope), r.month == month, r.kind == "sample")
        .where(r.state.in_(["open", "submitted"]))
        .group_by(c.agent_id, r.state)
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in conn.execute(query):
        counts[row.agent_id][row.state] = row.n
    return tuple(
        PlanRow(agent_id=agent_id, drawn=sum(states.values()), done=states.get("submitted", 0))
        for agent_id, states in sorted(counts.items())
    )


def day_count(conn: Connection, day: str, now: int) -> DayCount:
    """Return what is queued for a day."""
    r = t.reviews.c
    query = select(
        r.call_id, r.kind, r.state, r.severity, r.made_at, r.claimed_by, r.claimed_until
    ).where(r.day == day, r.kind.in_(["sample", "second", "flag"]))
    sampled, taken = 0, 0
    waiting: list[Flagged] = []
    for row in conn.execute(query):
        if row.state in ("withdrawn", "not_scoreable"):
            continue
        if row.kind != "flag":
            sampled += 1
        elif row.state == "submitted" or (row.claimed_until or 0) > now:
            taken += 1
        else:
            waiting.append(Flagged(call_id=row.call_id, severity=row.severity, at=row.made_at))
    return DayCount(sampled=sampled, flags_taken=taken, flags_waiting=tuple(waiting))


def flagged_not_queued(conn: Connection, since: int) -> tuple[Flagged, ...]:
    """Return flagged calls that nobody has to look at yet, flagged at or after ``since``."""
    f = t.flag_states.c
    query = (
        select(f.call_id, f.severity, f.looked_at)
        .join(t.calls, t.calls.c.call_id == f.call_id)
        .where(*_not_queued(since))
    )
    return tuple(
        Flagged(call_id=row.call_id, severity=row.severity, at=row.looked_at)
        for row in conn.execute(query)
    )


def count_not_queued(conn: Connection, scope: Scope, since: int) -> Mapping[str, int]:
    """Return reason -> how many flagged calls there was no room for."""
    f = t.flag_states.c
    query = (
        select(f.reason, func.count().label("n"))
        .join(t.calls, t.calls.c.call_id == f.call_id)
        .where(visible(scope), *_not_queued(since))
        .group_by(f.reason)
        .order_by(func.max(f.severity).desc())
    )
    return {row.reason: row.n for row in conn.execute(query)}


def list_not_queued(
    conn: Connection, scope: Scope, since: int, limit: int = 100
) -> tuple[FlaggedCall, ...]:
    """Return flagged calls that there was no room for, the most severe first."""
    return _flagged_calls(conn, _not_queued_query(scope, since).limit(limit))


def one_not_queued(conn: Connection, scope: Scope, since: int, call_id: str) -> FlaggedCall | None:
    """Return one of them; None where it is none (any more), or not for this person."""
    query = _not_queued_query(scope, since).where(t.calls.c.call_id == call_id)
    return next(iter(_flagged_calls(conn, query)), None)


def _not_queued_query(scope: Scope, since: int) -> Select[Any]:
    c, f = t.calls.c, t.flag_states.c
    return (
        select(
            f.call_id, f.severity, f.reason, c.agent_id, c.queue, c.language, c.started_at,
            c.duration_ms, func.coalesce(t.agents.c.name, "").label("agent_name"),
        )
        .join(t.calls, c.call_id == f.call_id)
        .outerjoin(t.agents, t.agents.c.agent_id == c.agent_id)
        .where(visible(scope), *_not_queued(since))
        .order_by(f.severity.desc(), f.looked_at, f.call_id)
    )  # fmt: skip


def _flagged_calls(conn: Connection, query: Select[Any]) -> tuple[FlaggedCall, ...]:
    return tuple(FlaggedCall(**row) for row in conn.execute(query).mappings())


def _not_queued(since: int) -> tuple[ColumnElement[bool], ...]:
    f = t.flag_states.c
    anyone = exists().where(
        t.reviews.c.call_id == t.calls.c.call_id, t.reviews.c.state != "withdrawn"
    )
    return (
        f.severity > 0,
        f.looked_at >= since,
        visible(EVERYBODY),
        t.calls.c.practice.is_(False),
        ~anyone.correlate(t.calls),
    )


def _has(kinds: Sequence[str]) -> ColumnElement[bool]:
    r = t.reviews.c
    return exists().where(r.call_id == t.calls.c.call_id, r.kind.in_(kinds)).correlate(t.calls)


def _not_scoreable() -> ColumnElement[bool]:
    """Return the condition that there is nothing to score, as the machine or a person found."""
    s, r = t.scorecards.c, t.reviews.c
    by_machine = exists().where(s.call_id == t.calls.c.call_id, s.not_scoreable != "")
    by_person = exists().where(r.call_id == t.calls.c.call_id, r.state == "not_scoreable")
    return by_machine.correlate(t.calls) | by_person.correlate(t.calls)


def _seen() -> ColumnElement[str]:
    """Return what says that a call is as it was: its recognition, and when it was last judged."""
    s = t.scorecards.c
    judged = (
        select(func.coalesce(func.max(s.saved_at), 0))
        .where(s.call_id == t.calls.c.call_id)
        .correlate(t.calls)
        .scalar_subquery()
    )
    seen: ColumnElement[str] = cast(t.calls.c["pass"], Text) + ":" + cast(judged, Text)
    return seen


def draw_another(
    conn: Connection, month: Month, since: int, until: int, agent_id: str, forms: Sequence[Form]
) -> str | None:
    """
    Return the call of an agent that is drawn in the place of one that nobody can score.

    Args:
        conn: within a write.
        month: of the plan.
        since: first instant of the stretch to draw from, UTC ms.
        until: the instant after its last.
        agent_id: whose.
        forms: all of them: a call without one cannot be scored.
    """
    offered = [
        c.call_id
        for c in drawable(conn, since, until, agent_id)
        if form_for(forms, c.queue, c.direction, c.medium) is not None
    ]
    return min(offered, key=lambda call_id: lot(call_id, month), default=None)
