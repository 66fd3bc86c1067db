"""Calls as people look at them: lists, the live board, and all that is known of one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select

from qm.io import tables as t
from qm.io.store.alerts import WAITING, AlertFilter, AlertRow, list_alerts
from qm.io.store.documents import decode
from qm.io.store.scopes import Scope, listed, visible
from qm.types import (
    CallFacts,
    CallId,
    CallOutcome,
    Label,
    Mark,
    ModelRef,
    RedactedTurn,
    RedactedWord,
    Redaction,
    Role,
    Scorecard,
    TurnLabels,
)

MOST_LIVE = 1_000  # a board for more people than that needs another design


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call in a list."""

    call_id: str
    contact_id: str
    agent_id: str
    agent_name: str  #: "" where not on the roster
    team: str  #: of the agent at the time
    queue: str
    direction: str
    language: str  #: "" until known
    medium: str
    channels: tuple[str, ...]
    practice: bool
    customer_ref: str
    authenticated: str
    disposition: str
    started_at: int  #: UTC ms
    status: str  #: live, closed
    clock_ms: int  #: call time up to which it is heard
    duration_ms: int | None  #: None while live
    complete: bool
    held: bool  #: some text is withheld
    reason: str  #: why it closed
    pass_: int  #: the recognition that is shown
    alerts: int  #: live ones that are shown, whatever became of them
    waiting_alerts: int  #: those not closed
    form: str  #: of the newest scorecard; "" for none
    percent: float | None
    percent_low: float | None
    percent_high: float | None
    coverage: float | None
    not_scoreable: str
    resolution: str | None
    flags: int = 0  #: findings after the call, but of the filter's ``hidden_rules``
    access_group: str = ""  #: whose alone its words are; "": anybody's in whose scope it is


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls; None means any."""

    since: int | None = None  #: started at or after, UTC ms
    until: int | None = None  #: started before
    queue: str | None = None
    agent_id: str | None = None
    team: str | None = None
    language: str | None = None
    medium: str | None = None
    disposition: str | None = None
    status: str | None = None
    label: str | None = None  #: decided on some turn of the shown pass
    rule: str | None = None  #: raised an alert or a flag that is shown
    alerted: bool | None = None
    held: bool | None = None
    practice: bool | None = None
    customer_ref: str | None = None
    contact_id: str | None = None
    hidden_rules: Collection[str] = ()  #: whose findings are not for this reader: not even counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of a list, newest first."""

    limit: int = 50
    before: tuple[int, str] | None = None  #: (started_at, call_id) of the last row shown


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelHit:
    """A decided label of one turn."""

    turn_index: int
    start_ms: int
    label: str
    label_prob: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A row of the live board."""

    call: CallRow
    last_turn: RedactedTurn | None
    caller_labels: tuple[LabelHit, ...]  #: of the customer's turns only, by time
    alerts: tuple[AlertRow, ...]  #: shown and not closed, newest first


def list_calls(
    conn: Connection, scope: Scope, wanted: CallFilter, page: Page
) -> tuple[CallRow, ...]:
    """Return calls that ``scope`` sees, newest first."""
    c = t.calls.c
    query = _select(wanted.hidden_rules).where(visible(scope), *_conditions(wanted))
    if page.before is not None:
        at, call_id = page.before
        query = query.where((c.started_at < at) | ((c.started_at == at) & (c.call_id < call_id)))
    query = query.order_by(c.started_at.desc(), c.call_id.desc()).limit(page.limit)
    return tuple(_row(row) for row in conn.execute(query).mappings())


def count_calls(conn: Connection, scope: Scope, wanted: CallFilter) -> int:
    """Return how many calls the list has in all."""
    query = select(func.count()).select_from(t.calls).where(visible(scope), *_conditions(wanted))
    count: int = conn.execute(query).scalar_one()
    return count


def call_row(
    conn: Connection, scope: Scope, call_id: str, hidden_rules: Collection[str] = ()
) -> CallRow | None:
    """
    Return one call; None when there is none or it is not to be seen (do not tell which).

    Findings of ``hidden_rules`` are not counted.
    """
    query = _select(hidden_rules).where(t.calls.c.call_id == call_id, visible(scope))
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _row(row)


def live_calls(
    conn: Connection, scope: Scope, only: Collection[str] | None = None
) -> tuple[LiveCall, ...]:
    """
    Return the live board, longest call first, in four queries however many calls there are.

    A restricted call is there for everybody whose team it is, for outsiders without its words.

    Args:
        conn: within a read.
        scope: who looks.
        only: ids of the calls to look at, e.g. those that changed; None for all.
    """
    now_or_never = t.calls.c.medium.in_(("voice", "chat"))  # a letter is answered in its own time
    seen = and_(t.calls.c.status == "live", now_or_never, listed(scope))
    if only is not None:
        seen = and_(seen, t.calls.c.call_id.in_(only))
    query = _select().where(seen).order_by(t.calls.c.started_at, t.calls.c.call_id).limit(MOST_LIVE)
    rows = [_row(row) for row in conn.execute(query).mappings()]
    last = _last_turns(conn, and_(seen, visible(scope)))
    labels = _caller_labels(conn, and_(seen, visible(scope)))
    alerts: dict[str, list[AlertRow]] = {}
    wanted = AlertFilter(states=WAITING, live_calls=True, call_ids=only)
    for alert in list_alerts(conn, scope, wanted, limit=MOST_LIVE):
        alerts.setdefault(alert.alert.call_id, []).append(alert)
    return tuple(
        LiveCall(
            call=row,
            last_turn=last.get(row.call_id),
            caller_labels=tuple(labels.get(row.call_id, ())),
            alerts=tuple(alerts.get(row.call_id, ())),
        )
        for row in rows
    )


def turns(
    conn: Connection, scope: Scope, call_id: str, pass_: int | None = None
) -> tuple[RedactedTurn, ...]:
    """Return a call's turns in order; of the newest finished recognition unless told otherwise."""
    query = _of_pass(t.turns, scope, call_id, pass_).order_by(t.turns.c.turn_index)
    return tuple(_turn(row) for row in conn.execute(query).mappings())


def labels(
    conn: Connection, scope: Scope, call_id: str, pass_: int | None = None
) -> tuple[TurnLabels, ...]:
    """Return the labels of a call's turns in order, of the same recognition as :func:`turns`."""
    query = _of_pass(t.labels, scope, call_id, pass_).order_by(t.labels.c.turn_index)
    return tuple(
        TurnLabels(
            call_id=CallId(row["call_id"]),
            pass_=row["pass"],
            turn_index=row["turn_index"],
            labels=decode(row["labels"], tuple[Label, ...]),
            model=ModelRef(name=row["model"], version=row["model_version"]),
        )
        for row in conn.execute(query).mappings()
    )


def marks(conn: Connection, scope: Scope, call_id: str) -> tuple[Mark, ...]:
    """Return the holds, gaps and the like of a call."""
    query = select(t.calls.c.marks).where(t.calls.c.call_id == call_id, visible(scope))
    text = conn.execute(query).scalar_one_or_none()
    return () if text is None else decode(text, tuple[Mark, ...])


def facts(conn: Connection, scope: Scope, call_id: str) -> CallFacts | None:
    """Return what was counted in a call; None until it has ended."""
    text = conn.execute(_of_call(t.facts.c.facts, scope, call_id)).scalar_one_or_none()
    return None if text is None else decode(text, CallFacts)


def outcome(conn: Connection, scope: Scope, call_id: str) -> CallOutcome | None:
    """Return what a call came to; None until it has ended."""
    text = conn.execute(_of_call(t.outcomes.c.outcome, scope, call_id)).scalar_one_or_none()
    return None if text is None else decode(text, CallOutcome)


def scorecard(conn: Connection, scope: Scope, call_id: str) -> Scorecard | None:
    """Return a call's newest scorecard by machine."""
    c = t.scorecards.c
    query = _of_call(c.scorecard, scope, call_id).order_by(c.saved_at.desc(), c.form.desc())
    text = conn.execute(query.limit(1)).scalar_one_or_none()
    return None if text is None else decode(text, Scorecard)


def _of_call(column: Any, scope: Scope, call_id: str) -> Select[Any]:
    table = column.table
    return (
        select(column)
        .join(t.calls, t.calls.c.call_id == table.c.call_id)
        .where(t.calls.c.call_id == call_id, visible(scope))
    )


def _of_pass(table: Any, scope: Scope, call_id: str, pass_: int | None) -> Select[Any]:
    wanted = t.calls.c["pass"] if pass_ is None else pass_
    return (
        select(table)
        .join(t.calls, t.calls.c.call_id == table.c.call_id)
        .where(t.calls.c.call_id == call_id, visible(scope), table.c["pass"] == wanted)
    )


def _select(hidden_rules: Collection[str] = ()) -> Select[Any]:
    c, s, a = t.calls.c, t.scorecards, t.alerts.c
    newest = s.alias("newest")
    form = (
        select(newest.c.form)
        .where(newest.c.call_id == c.call_id)
        .order_by(newest.c.saved_at.desc(), newest.c.form.desc())
        .limit(1)
        .correlate(t.calls)
        .scalar_subquery()
    )
    shown = (
        select(func.count())
        .select_from(t.alerts)
        .where(a.call_id == c.call_id, a.silent.is_(False), a.rule.not_in(hidden_rules))
        .correlate(t.calls)
    )
    live = shown.where(a.when == "live")
    return (
        select(
            t.calls,
            func.coalesce(t.agents.c.name, "").label("agent_name"),
            live.scalar_subquery().label("alerts"),
            live.where(a.state.in_(WAITING)).scalar_subquery().label("waiting_alerts"),
            shown.where(a.when == "after").scalar_subquery().label("flags"),
            func.coalesce(s.c.form, "").label("form"),
            s.c.percent,
            s.c.percent_low,
            s.c.percent_high,
            s.c.coverage,
            func.coalesce(s.c.not_scoreable, "").label("not_scoreable"),
            t.outcomes.c.resolution,
        )
        .outerjoin(t.agents, t.agents.c.agent_id == c.agent_id)
        .outerjoin(s, and_(s.c.call_id == c.call_id, s.c.form == form))
        .outerjoin(t.outcomes, t.outcomes.c.call_id == c.call_id)
    )


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    c, h, a = t.calls.c, t.label_hits.c, t.alerts.c
    found: list[ColumnElement[bool]] = []
    for name in (
        "queue", "agent_id", "team", "language", "medium", "disposition", "status",
        "held", "practice", "customer_ref", "contact_id",
    ):  # fmt: skip
        if (value := getattr(wanted, name)) is not None:
            found.append(c[name] == value)
    if wanted.since is not None:
        found.append(c.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(c.started_at < wanted.until)
    if wanted.label is not None:
        same = (h.call_id == c.call_id, h["pass"] == c["pass"], h.label == wanted.label)
        found.append(exists().where(*same))
    if wanted.rule is not None:
        shown = (a.silent.is_(False), a.rule.not_in(wanted.hidden_rules))
        same_rule = (a.call_id == c.call_id, *shown, a.rule == wanted.rule)
        found.append(exists().where(*same_rule))
    if wanted.alerted is not None:
        shown = (a.silent.is_(False), a.rule.not_in(wanted.hidden_rules))
        some = exists().where(a.call_id == c.call_id, *shown)
        found.append(some if wanted.alerted else ~some)
    return found


def _last_turns(conn: Connection, seen: ColumnElement[bool]) -> dict[str, RedactedTurn]:
    c, u = t.calls.c, t.turns.c
    other = t.turns.alias("other")
    last = (
        select(func.max(other.c.turn_index))
        .where(other.c.call_id == c.call_id, other.c["pass"] == c["pass"])
        .correlate(t.calls)
        .scalar_subquery()
    )
    query = (
        select(t.turns)
        .join(t.calls, c.call_id == u.call_id)
        .where(seen, u["pass"] == c["pass"], u.turn_index == last)
    )
    return {row["call_id"]: _turn(row) for row in conn.execute(query).mappings()}


def _caller_labels(conn: Connection, seen: ColumnElement[bool]) -> dict[str, list[LabelHit]]:
    c, u, h = t.calls.c, t.turns.c, t.label_hits.c
    same = and_(u.call_id == h.call_id, u["pass"] == h["pass"], u.turn_index == h.turn_index)
    query = (
        select(h.call_id, h.turn_index, u.start_ms, h.label, h.label_prob)
        .join(t.calls, c.call_id == h.call_id)
        .join(t.turns, same)
        .where(seen, u.role == Role.CUSTOMER.value, h["pass"] == c["pass"])
        .order_by(u.start_ms, h.label)
    )
    found: dict[str, list[LabelHit]] = {}
    for call_id, turn_index, start_ms, label, prob in conn.execute(query):
        hit = LabelHit(turn_index=turn_index, start_ms=start_ms, label=label, label_prob=prob)
        found.setdefault(call_id, []).append(hit)
    return found


def _row(row: Any) -> CallRow:
    values = {name: row[name] for name in CallRow.__dataclass_fields__ if name in row}
    channels = tuple(row["channels"].split())
    return CallRow(**values | {"channels": channels, "pass_": row["pass"]})


def _turn(row: Any) -> RedactedTurn:
    names = (
        "speaker", "start_ms", "end_ms", "text", "withheld", "on_hold", "asr_confidence",
        "language", "medium", "revision", "redaction_version",
    )  # fmt: skip
    return RedactedTurn(
        call_id=CallId(row["call_id"]),
        pass_=row["pass"],
        index=row["turn_index"],
        role=Role(row["role"]),
        words=decode(row["words"], tuple[RedactedWord, ...]),
        redactions=decode(row["redactions"], tuple[Redaction, ...]),
        **{name: row[name] for name in names},
    )
