"""An agent's page: what people said of their calls, what the machine checked, who looked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    exists,
    func,
    literal,
    select,
    union_all,
)

from qm.io import tables as t
from qm.io.store.evaluations import hidden_checks
from qm.io.store.reviews import ReviewKind
from qm.io.store.scopes import Scope, visible
from qm.io.store.upsert import insert_new

MOST_ROWS = 100
"""What fits on a page; the averages count all."""

LOOKS = ("view", "play", "watch")
"""Acts by which somebody sees or hears a call."""

Contest = Literal["", "open", "answered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A person's evaluation of one of the agent's calls, in a list."""

    evaluation_id: str
    call_id: str
    kind: ReviewKind
    form: str
    percent: float | None
    started_at: int  #: of the call
    submitted_at: int
    queue: str
    acknowledged_at: int | None
    contest: Contest  #: whether the agent sees the call's score differently
    newest: bool  #: of this call

    @property
    def counts(self) -> bool:
        """Whether it is of the kind that averages are made of."""
        return self.kind in ("sample", "dispute") and self.contest != "open" and self.newest


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCheck:
    """The machine's check of a call: a range, and how much it could judge."""

    call_id: str
    started_at: int
    queue: str
    low: float  #: percent
    high: float
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody opened or played a call, or a clip of it; the last time they did."""

    user_id: str
    call_id: str
    clip: bool
    started_at: int  #: of the call
    at: int


def evaluations_of_agent(conn: Connection, scope: Scope, agent_id: str) -> tuple[Evaluated, ...]:
    """Return what people submitted on an agent's calls that ``scope`` sees, newest first."""
    e, c, r, a = t.evaluations.c, t.calls.c, t.reviews.c, t.acknowledgements.c
    dispute = exists().where(r.call_id == c.call_id, r.kind == "dispute").correlate(t.calls)
    later = t.evaluations.alias("later")
    newer = exists().where(
        later.c.call_id == e.call_id, later.c.submitted_at > e.submitted_at
    ).correlate(t.evaluations)  # fmt: skip
    query = (
        select(
            e.evaluation_id, e.call_id, e.kind, e.form, e.percent, e.submitted_at,
            c.started_at, c.queue, a.acknowledged_at,
            dispute.where(r.state == "open").label("waits"),
            dispute.where(r.state == "submitted").label("answered"),
            (~newer).label("newest"),
        )
        .join(t.calls, c.call_id == e.call_id)
        .outerjoin(t.acknowledgements, a.evaluation_id == e.evaluation_id)
        .where(visible(scope), c.agent_id == agent_id, c.agent_id != "", e.kind != "second")
        .order_by(e.submitted_at.desc(), e.evaluation_id)
        .limit(MOST_ROWS)
    )  # fmt: skip
    return tuple(
        Evaluated(
            evaluation_id=row.evaluation_id,
            call_id=row.call_id,
            kind=row.kind,
            form=row.form,
            percent=row.percent,
            started_at=row.started_at,
            submitted_at=row.submitted_at,
            queue=row.queue,
            acknowledged_at=row.acknowledged_at,
            contest="open" if row.waits else "answered" if row.answered else "",
            newest=bool(row.newest),
        )
        for row in conn.execute(query)
    )


def acknowledge_evaluation(conn: Connection, scope: Scope, evaluation_id: str, now: int) -> bool:
    """Write down that the agent has read an evaluation of their own call; the first time counts."""
    c, e = t.calls.c, t.evaluations.c
    own = select(e.evaluation_id).join(t.calls, c.call_id == e.call_id)
    own = own.where(e.evaluation_id == evaluation_id, c.agent_id == scope.agent_id, visible(scope))
    if not scope.agent_id or conn.execute(own).first() is None:
        return False
    row = {
        "evaluation_id": evaluation_id,
        "agent_id": scope.agent_id,
        "acknowledged_at": now,
    }
    insert_new(conn, t.acknowledgements, [row])
    return True


def machine_checks(
    conn: Connection, scope: Scope, agent_id: str, since: int, limit: int = MOST_ROWS
) -> tuple[MachineCheck, ...]:
    """Return the machine's checks of an agent's calls since then, newest call first."""
    c, s = t.calls.c, t.scorecards.c
    query = (
        select(
            c.call_id, c.started_at, c.queue, s.percent_low.label("low"),
            s.percent_high.label("high"), s.coverage,
        )
        .join(t.scorecards, s.call_id == c.call_id)
        .where(visible(scope), c.agent_id == agent_id, c.agent_id != "", c.practice.is_(False))
        .where(c.status == "closed", c.started_at >= since)
        .where(s.percent_low.is_not(None), s.percent_high.is_not(None))
        .order_by(c.started_at.desc(), c.call_id)
        .limit(limit)
    )  # fmt: skip
    found = [MachineCheck(**row) for row in conn.execute(query).mappings()]
    hidden = hidden_checks(conn, scope, [check.call_id for check in found])
    return tuple(check for check in found if check.call_id not in hidden)


def looks_at(
    conn: Connection, scope: Scope, agent_id: str, since: int, but: Collection[str] = ()
) -> tuple[Look, ...]:
    """
    Return who opened an agent's calls and clips since then, the newest first.

    Args:
        conn: within a read.
        scope: who asks.
        agent_id: whose calls.
        since: UTC ms.
        but: users to leave out: the agent themselves.
    """
    c, a = t.calls.c, t.audit.c
    last = func.max(a.at).label("at")

    def looks(kind: str, source: FromClause, object_id: ColumnElement[str]) -> Select[Any]:
        clip = literal(kind == "clip").label("clip")
        return (
            select(a.user_id, c.call_id, clip, c.started_at, last)
            .select_from(source)
            .join(t.audit, a.object_id == object_id)
            .where(visible(scope), c.agent_id == agent_id, c.agent_id != "")
            .where(a.kind == kind, a.action.in_(LOOKS), a.at >= since)
            .where(a.user_id.not_in(["", *but]))
            .group_by(a.user_id, c.call_id, c.started_at)
        )

    both = union_all(
        looks("call", t.calls, c.call_id),
        looks("clip", t.calls.join(t.clips), t.clips.c.clip_id),
        looks("review", t.calls.join(t.reviews), t.reviews.c.review_id),
    ).subquery()
    query = select(both).order_by(both.c.at.desc(), both.c.call_id).limit(MOST_ROWS)
    return tuple(
        Look(
            user_id=row.user_id,
            call_id=row.call_id,
            clip=bool(row.clip),
            started_at=row.started_at,
            at=row.at,
        )
        for row in conn.execute(query)
    )
