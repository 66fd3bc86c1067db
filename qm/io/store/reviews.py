"""Tasks of review: who has which call, until when, and what came of it.  One person, one call."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from qm.io import tables as t
from qm.io.store.documents import decode, encode
from qm.io.store.scopes import Scope, visible

ReviewKind = Literal["sample", "flag", "second", "dispute", "practice"]
ReviewState = Literal["open", "submitted", "not_scoreable", "withdrawn"]
WhyNot = Literal[
    "wrong_number", "test", "nobody_there", "dropped", "too_short", "audio_missing", "language",
    "restricted",
]  # fmt: skip
WHY_NOT: tuple[WhyNot, ...] = get_args(WhyNot)
SAMPLED: tuple[ReviewKind, ...] = ("sample", "second")
BLIND: tuple[ReviewKind, ...] = ("sample", "second", "dispute", "practice")
"""Kinds that are answered before the machine's answers are seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A task with what a list says of its call."""

    review_id: str
    call_id: str
    kind: ReviewKind
    reason: str  #: of a flag
    severity: int
    blind: bool
    month: str
    day: str
    state: ReviewState
    why_not: str
    assigned_to: str
    claimed_by: str  #: "" for nobody; look at ``claimed_until`` too
    claimed_until: int | None
    detail: str  #: JSON
    made_at: int
    due_at: int
    closed_at: int | None
    closed_by: str
    agent_id: str
    agent_name: str
    team: str
    queue: str
    language: str
    medium: str
    started_at: int
    duration_ms: int | None
    practice: bool

    def holder(self, now: int) -> str:
        """Return the user who has it now; "" for nobody."""
        return self.claimed_by if (self.claimed_until or 0) > now else ""

    @property
    def contested(self) -> dict[str, str]:
        """Question -> typed_id of what the agent wrote about it."""
        return decode(self.detail, dict[str, str]) if self.detail else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReview:
    """A task to be made."""

    call_id: str
    kind: ReviewKind
    reason: str = ""
    severity: int = 0
    month: str = ""  #: of the plan
    day: str = ""  #: whose capacity it takes
    due_at: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What came of trying to change a task."""

    result: Literal["done", "taken", "closed", "missing", "own"]
    review: ReviewRow | None


def add_review(conn: Connection, new: NewReview, now: int) -> str:
    """Make a task and return its id."""
    review_id = f"r{secrets.token_hex(10)}"
    empty = dict.fromkeys(("why_not", "assigned_to", "claimed_by", "closed_by"), "")
    conn.execute(
        insert(t.reviews).values(
            review_id=review_id,
            call_id=new.call_id,
            kind=new.kind,
            reason=new.reason,
            severity=new.severity,
            blind=new.kind in BLIND,
            month=new.month,
            day=new.day,
            state="open",
            detail=new.detail,
            made_at=now,
            due_at=new.due_at,
            **empty,
        )
    )
    return review_id


def find_review(conn: Connection, scope: Scope, review_id: str) -> ReviewRow | None:
    """Return a task; None: there is none, or its call is not for this person."""
    row = conn.execute(_select(scope).where(t.reviews.c.review_id == review_id)).mappings()
    found = row.one_or_none()
    return None if found is None else _row(found)


def mine(conn: Connection, scope: Scope, now: int) -> tuple[ReviewRow, ...]:
    """Return the open tasks that this person has claimed or was given, the first due first."""
    c = t.reviews.c
    held = and_(c.claimed_by == scope.user_id, c.claimed_until > now)
    given = and_(c.assigned_to == scope.user_id, _free(now))
    query = _select(scope).where(c.state == "open", or_(held, given))
    return _rows(conn, query.order_by(c.due_at, c.severity.desc(), c.review_id))


def unassigned(conn: Connection, scope: Scope, now: int, limit: int = 200) -> tuple[ReviewRow, ...]:
    """
    Return the open tasks that this person may take, the most urgent first.

    A call that they have reviewed, or have in hand, is not among them.
    """
    c = t.reviews.c
    query = _select(scope).where(
        c.state == "open", c.assigned_to == "", _free(now), ~_knows(scope.user_id, now)
    )
    overdue = c.due_at < now
    order = (overdue.desc(), c.severity.desc(), c.due_at, c.review_id)
    return _rows(conn, query.order_by(*order).limit(limit))


def others(conn: Connection, scope: Scope, now: int) -> int:
    """Return how many open tasks other people have in hand."""
    c = t.reviews.c
    held = and_(c.claimed_by != scope.user_id, c.claimed_until > now, c.state == "open")
    given = and_(c.assigned_to.not_in(["", scope.user_id]), c.state == "open")
    query = _select(scope).where(or_(held, given)).subquery()
    count: int = conn.execute(select(func.count()).select_from(query)).scalar_one()
    return count


def reviews_of_call(conn: Connection, scope: Scope, call_id: str) -> tuple[ReviewRow, ...]:
    """Return every task with a call, the oldest first."""
    c = t.reviews.c
    query = _select(scope).where(c.call_id == call_id)
    return _rows(conn, query.order_by(c.made_at, c.review_id))


def claim(conn: Connection, scope: Scope, review_id: str, now: int, hold_ms: int) -> Change:
    """
    Take a task, or hold on to it; it ends by itself ``hold_ms`` after the last call of this.

    Returns:
        "taken" where somebody else has it, "own" where the person has reviewed, or is reviewing,
        the same call in another task.
    """
    found = find_review(conn, scope, review_id)
    if found is None or found.state != "open":
        return Change(result="missing" if found is None else "closed", review=found)
    c = t.reviews.c
    if found.holder(now) != scope.user_id:
        knows = select(_knows(scope.user_id, now)).select_from(t.reviews)
        if conn.execute(knows.where(c.review_id == review_id)).scalar_one():
            return Change(result="own", review=found)
    free = or_(_free(now), c.claimed_by == scope.user_id)
    given = c.assigned_to.in_(["", scope.user_id])
    changed = conn.execute(
        update(t.reviews)
        .where(c.review_id == review_id, c.state == "open", free, given)
        .values(claimed_by=scope.user_id, claimed_until=now + hold_ms)
    ).rowcount
    result: Literal["done", "taken"] = "done" if changed else "taken"
    return Change(result=result, review=find_review(conn, scope, review_id))


def release(conn: Connection, scope: Scope, review_id: str, now: int) -> Change:
    """Give a task back; what the person has answered so far stays with them."""
    found = find_review(conn, scope, review_id)
    if found is None or found.state != "open":
        return Change(result="missing" if found is None else "closed", review=found)
    if found.holder(now) != scope.user_id:
        return Change(result="taken", review=found)
    values = {"claimed_by": "", "claimed_until": None, "assigned_to": ""}
    conn.execute(update(t.reviews).where(t.reviews.c.review_id == review_id).values(**values))
    return Change(result="done", review=find_review(conn, scope, review_id))


def close(
    conn: Connection, scope: Scope, review_id: str, now: int, state: ReviewState, why_not: str = ""
) -> Change:
    """End a task of this person; drafts of it are removed."""
    found = find_review(conn, scope, review_id)
    if found is None or found.state != "open":
        return Change(result="missing" if found is None else "closed", review=found)
    if found.holder(now) != scope.user_id:
        return Change(result="taken", review=found)
    values = {"state": state, "why_not": why_not, "closed_at": now, "closed_by": scope.user_id}
    conn.execute(update(t.reviews).where(t.reviews.c.review_id == review_id).values(**values))
    conn.execute(delete(t.review_drafts).where(t.review_drafts.c.review_id == review_id))
    return Change(result="done", review=find_review(conn, scope, review_id))


def withdraw(conn: Connection, call_id: str, kind: ReviewKind, now: int) -> int:
    """Take back the tasks of a kind with a call that nobody has in hand; return how many."""
    c = t.reviews.c
    condition = (c.call_id == call_id, c.kind == kind, c.state == "open", _free(now))
    values = {"state": "withdrawn", "closed_at": now}
    return conn.execute(update(t.reviews).where(*condition).values(**values)).rowcount


def lapse(conn: Connection, before: int, now: int) -> int:
    """Take back flagged calls that were due before ``before`` and nobody has; return how many."""
    c = t.reviews.c
    condition = (c.kind == "flag", c.state == "open", c.due_at < before, _free(now))
    values = {"state": "withdrawn", "closed_at": now}
    return conn.execute(update(t.reviews).where(*condition).values(**values)).rowcount


def send_to_another(
    conn: Connection, call_id: str, contested: dict[str, str], now: int, due_at: int
) -> str:
    """
    Make a task for somebody who has not reviewed the call, because its agent sees it differently.

    Until it is submitted the call counts in no average; then its new evaluation counts.

    Args:
        conn: within a write.
        call_id: the call.
        contested: question -> typed_id of what the agent wrote about it.
        now: UTC ms.
        due_at: UTC ms.

    Returns:
        The id of the task; that of the open one where there is one already.
    """
    c = t.reviews.c
    waiting = (c.call_id == call_id, c.kind == "dispute", c.state == "open")
    known = conn.execute(select(c.review_id, c.detail).where(*waiting)).first()
    if known is not None:
        detail = encode(decode(known.detail, dict[str, str]) | contested)
        conn.execute(update(t.reviews).where(c.review_id == known.review_id).values(detail=detail))
        return str(known.review_id)
    new = NewReview(
        call_id=call_id, kind="dispute", severity=50, due_at=due_at, detail=encode(contested)
    )
    return add_review(conn, new, now)


def _free(now: int) -> ColumnElement[bool]:
    c = t.reviews.c
    return or_(c.claimed_by == "", c.claimed_until.is_(None), c.claimed_until <= now)


def _knows(user_id: str, now: int) -> ColumnElement[bool]:
    """Return the condition that a person has reviewed the task's call or has it in hand."""
    other = t.reviews.alias("other")
    done = and_(other.c.closed_by == user_id, other.c.state.in_(["submitted", "not_scoreable"]))
    held = and_(other.c.claimed_by == user_id, other.c.claimed_until > now, other.c.state == "open")
    same = other.c.call_id == t.reviews.c.call_id
    return exists().where(same, or_(done, held)).correlate(t.reviews)


def _select(scope: Scope) -> Select[Any]:
    c = t.calls.c
    return (
        select(
            t.reviews,
            c.agent_id,
            func.coalesce(t.agents.c.name, "").label("agent_name"),
            c.team,
            c.queue,
            c.language,
            c.medium,
            c.started_at,
            c.duration_ms,
            c.practice,
        )
        .join(t.calls, c.call_id == t.reviews.c.call_id)
        .outerjoin(t.agents, t.agents.c.agent_id == c.agent_id)
        .where(visible(scope))
    )


def _rows(conn: Connection, query: Select[Any]) -> tuple[ReviewRow, ...]:
    return tuple(_row(row) for row in conn.execute(query).mappings())


def _row(row: Any) -> ReviewRow:
    return ReviewRow(**{name: row[name] for name in ReviewRow.__dataclass_fields__})
