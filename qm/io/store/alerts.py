"""Alerts: who has which, what came of it, and how soon somebody saw it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from sqlalchemy import Connection, Select, case, func, select, update

from qm.io import tables as t
from qm.io.store import feed
from qm.io.store.documents import decode
from qm.io.store.scopes import WHOLE_SITE, Scope, listed
from qm.types import Alert, CallId, Evidence, Severity

AlertState = Literal["open", "claimed", "acknowledged", "closed"]
WAITING: tuple[AlertState, ...] = ("open", "claimed", "acknowledged")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert with its call and its fate."""

    alert: Alert
    state: AlertState
    raised_at: int  #: UTC ms, like all instants here
    broker_at: int | None  #: of the record that decided it
    seen_at: int | None  #: first browser that showed it
    claimed_by: str  #: user ids; "" for nobody
    claimed_at: int | None
    acknowledged_by: str
    acknowledged_at: int | None
    closed_by: str  #: "" on a closed one: the awaited step was heard
    closed_at: int | None
    outcome: str
    useful: Literal["", "yes", "no"]
    useful_reason: str
    rated_by: str
    agent_id: str
    agent_name: str
    team: str
    queue: str
    call_started_at: int
    call_status: str
    access_group: str = ""  #: of a restricted call: others are told of the alert, not of its words
    asked: int = 0  #: how often it was handed on because nobody had claimed it
    asked_at: int | None = None  #: when last
    answered_at: int | None = None  #: when somebody first claimed, acknowledged or closed it

    @property
    def late_ms(self) -> int | None:
        """From the broker's time stamp of what decided it to the alert; None where unknown."""
        return None if self.broker_at is None else max(0, self.raised_at - self.broker_at)

    @property
    def answer_ms(self) -> int | None:
        """From the alert to the first answer of a person; None while there is none."""
        return None if self.answered_at is None else max(0, self.answered_at - self.raised_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts; None means any."""

    states: tuple[AlertState, ...] | None = None
    since: int | None = None  #: raised at or after, UTC ms
    rule: str | None = None
    call_id: str | None = None
    call_ids: Collection[str] | None = None
    when: Literal["live", "after"] | None = None
    live_calls: bool = False  #: only of calls that are live
    silent: bool = False  #: those of rules not turned on as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What came of an attempt to change an alert."""

    result: Literal["done", "taken", "closed", "missing", "needs_outcome"]
    alert: AlertRow | None  #: as it is now; None when missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From the broker's time stamp of the deciding record to the first browser, ms."""

    n: int
    p50_ms: float | None  #: None when n is 0
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How a rule has done."""

    rule: str
    raised: int  #: shown ones
    silent: int  #: those that were counted only
    useful: int
    not_useful: int
    answered: int = 0  #: by a person, of live ones
    answer_p50_ms: float | None = None  #: to the first answer; None where none was answered
    answer_p95_ms: float | None = None


def list_alerts(
    conn: Connection, scope: Scope, wanted: AlertFilter, limit: int = 100
) -> tuple[AlertRow, ...]:
    """
    Return alerts of calls in the teams of ``scope``, newest first.

    Those of restricted calls are among them: somebody must act, and the alert has no words.
    """
    a, c = t.alerts.c, t.calls.c
    query = _select().where(listed(scope)).order_by(a.raised_at.desc(), a.alert_id).limit(limit)
    for column, value in (
        (a.rule, wanted.rule),
        (a.call_id, wanted.call_id),
        (a.when, wanted.when),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.states is not None:
        query = query.where(a.state.in_(wanted.states))
    if wanted.since is not None:
        query = query.where(a.raised_at >= wanted.since)
    if wanted.call_ids is not None:
        query = query.where(a.call_id.in_(wanted.call_ids))
    if wanted.live_calls:
        query = query.where(c.status == "live")
    if not wanted.silent:
        query = query.where(a.silent.is_(False))
    return tuple(_row(row) for row in conn.execute(query).mappings())


def alerts_of(
    conn: Connection, scope: Scope, call_id: str, silent: bool = False
) -> tuple[AlertRow, ...]:
    """Return the alerts of one call by their time in it."""
    wanted = AlertFilter(call_id=call_id, silent=silent)
    rows = list_alerts(conn, scope, wanted, limit=1_000)  # rules fire once per cause and call
    return tuple(sorted(rows, key=lambda row: (row.alert.at_ms, row.alert.alert_id)))


def find_alert(conn: Connection, scope: Scope, alert_id: str) -> AlertRow | None:
    """Return one alert; None when there is none or its call is not to be seen."""
    query = _select().where(t.alerts.c.alert_id == alert_id, listed(scope))
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _row(row)


def claim(
    conn: Connection, scope: Scope, alert_id: str, now: int, *, take_over: bool = False
) -> Change:
    """
    Take an alert.

    Args:
        conn: within a write.
        scope: of the user who takes it.
        alert_id: which.
        now: UTC ms.
        take_over: also from somebody else who has it.
    """
    found = _for_change(conn, scope, alert_id)
    if found is None or found.state == "closed":
        return _refused(found)
    if found.claimed_by == scope.user_id:
        return Change(result="done", alert=found)
    if found.claimed_by and not take_over:
        return Change(result="taken", alert=found)
    state = "claimed" if found.state == "open" else found.state
    return _set(conn, scope, found, now, state=state, claimed_by=scope.user_id, claimed_at=now)


def acknowledge(conn: Connection, scope: Scope, alert_id: str, now: int) -> Change:
    """Say that one acts on an alert; takes it where nobody has."""
    found = _for_change(conn, scope, alert_id)
    if found is None or found.state == "closed":
        return _refused(found)
    if found.claimed_by not in ("", scope.user_id):
        return Change(result="taken", alert=found)
    if found.state == "acknowledged":
        return Change(result="done", alert=found)
    values: dict[str, Any] = {"acknowledged_by": scope.user_id, "acknowledged_at": now}
    if not found.claimed_by:
        values |= {"claimed_by": scope.user_id, "claimed_at": now}
    return _set(conn, scope, found, now, state="acknowledged", **values)


def close(conn: Connection, scope: Scope, alert_id: str, outcome: str, now: int) -> Change:
    """
    Close an alert with what came of it (a code).

    An urgent one needs an outcome: one that nobody answered for must not look settled.
    """
    found = _for_change(conn, scope, alert_id)
    if found is None or found.state == "closed":
        return _refused(found)
    if found.claimed_by not in ("", scope.user_id):
        return Change(result="taken", alert=found)
    if found.alert.severity is Severity.URGENT and not outcome:
        return Change(result="needs_outcome", alert=found)
    values = {"closed_by": scope.user_id, "closed_at": now, "outcome": outcome}
    return _set(conn, scope, found, now, state="closed", **values)


def rate(
    conn: Connection, scope: Scope, alert_id: str, useful: bool, reason: str, now: int
) -> Change:
    """Say whether an alert was useful and why (a code); the last word counts."""
    found = _for_change(conn, scope, alert_id)
    if found is None:
        return _refused(found)
    values = {"useful": "yes" if useful else "no", "useful_reason": reason}
    return _set(conn, scope, found, now, rated_by=scope.user_id, **values)


def hand_on(conn: Connection, alert_id: str, asked: int, now: int) -> bool:
    """
    Ask the next recipient of an alert that nobody has claimed.

    Args:
        conn: within a write.
        alert_id: which.
        asked: how often it was handed on, this time included.
        now: UTC ms.

    Returns:
        False when somebody has it by now, or was asked already.
    """
    found = _for_change(conn, WHOLE_SITE, alert_id)
    if found is None or found.state != "open" or found.asked >= asked:
        return False
    _set(conn, WHOLE_SITE, found, now, asked=asked, asked_at=now)
    return True


def mark_seen(conn: Connection, scope: Scope, alert_id: str, at: int) -> bool:
    """Note that a browser shows an alert; False when one did before, or it is not to be seen."""
    a = t.alerts.c
    if find_alert(conn, scope, alert_id) is None:
        return False
    condition = (a.alert_id == alert_id, a.seen_at.is_(None), a.silent.is_(False))
    return conn.execute(update(t.alerts).where(*condition).values(seen_at=at)).rowcount == 1


def latency(conn: Connection, since: int) -> Latency:
    """Return how soon live alerts raised at or after ``since`` were on a screen."""
    a = t.alerts.c
    query = select(a.seen_at - a.broker_at).where(
        a.raised_at >= since,
        a.when == "live",
        a.silent.is_(False),
        a.seen_at.is_not(None),
        a.broker_at.is_not(None),
    )
    waits = np.array(conn.execute(query).scalars().all(), dtype=np.float64)
    if not waits.size:
        return Latency(n=0, p50_ms=None, p95_ms=None, p99_ms=None)
    p50, p95, p99 = (float(p) for p in np.percentile(waits, (50, 95, 99)))
    return Latency(n=waits.size, p50_ms=p50, p95_ms=p95, p99_ms=p99)


def rule_counts(conn: Connection, since: int) -> tuple[RuleCount, ...]:
    """Return how each rule has done since an instant, by name; idle rules are left out."""
    a = t.alerts.c
    answers: dict[str, list[int]] = {}
    in_time = (a.raised_at >= since, a.when == "live", a.silent.is_(False))
    answered = select(a.rule, a.answered_at - a.raised_at).where(*in_time)
    for rule, answer_ms in conn.execute(answered.where(a.answered_at.is_not(None))):
        answers.setdefault(rule, []).append(max(0, answer_ms))

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    query = (
        select(
            a.rule,
            count(a.silent.is_(False)),
            count(a.silent.is_(True)),
            count(a.useful == "yes"),
            count(a.useful == "no"),
        )
        .where(a.raised_at >= since)
        .group_by(a.rule)
        .order_by(a.rule)
    )
    found: list[RuleCount] = []
    for rule, raised, silent, useful, not_useful in conn.execute(query):
        waits = np.array(answers.get(rule, ()), dtype=np.float64)
        p50, p95 = np.percentile(waits, (50, 95)) if waits.size else (None, None)
        found.append(
            RuleCount(
                rule=rule,
                raised=raised,
                silent=silent,
                useful=useful,
                not_useful=not_useful,
                answered=waits.size,
                answer_p50_ms=None if p50 is None else float(p50),
                answer_p95_ms=None if p95 is None else float(p95),
            )
        )
    return tuple(found)


def _select() -> Select[Any]:
    c = t.calls.c
    return (
        select(
            t.alerts,
            c.agent_id,
            func.coalesce(t.agents.c.name, "").label("agent_name"),
            c.team,
            c.queue,
            c.started_at.label("call_started_at"),
            c.status.label("call_status"),
            c.access_group,
        )
        .join(t.calls, c.call_id == t.alerts.c.call_id)
        .outerjoin(t.agents, t.agents.c.agent_id == c.agent_id)
    )


def _for_change(conn: Connection, scope: Scope, alert_id: str) -> AlertRow | None:
    """Find an alert and hold it until the transaction ends: of two claims the second sees one."""
    a = t.alerts.c
    conn.execute(select(a.alert_id).where(a.alert_id == alert_id).with_for_update())
    return find_alert(conn, scope, alert_id)


def _set(conn: Connection, scope: Scope, found: AlertRow, now: int, **values: Any) -> Change:
    alert_id = found.alert.alert_id
    if found.answered_at is None and {"claimed_at", "acknowledged_at", "closed_at"} & values.keys():
        values["answered_at"] = now
    change = feed.FeedRow(
        seq=0,
        at=now,
        kind="alert",
        call_id=found.alert.call_id,
        team=found.team,
        agent_id=found.agent_id,
        ref=alert_id,
    )
    feed.append(conn, [change])
    conn.execute(update(t.alerts).where(t.alerts.c.alert_id == alert_id).values(**values))
    return Change(result="done", alert=find_alert(conn, scope, alert_id))


def _refused(found: AlertRow | None) -> Change:
    return Change(result="missing" if found is None else "closed", alert=found)


def _row(row: Any) -> AlertRow:
    alert = Alert(
        alert_id=row["alert_id"],
        call_id=CallId(row["call_id"]),
        rule=row["rule"],
        rule_version=row["rule_version"],
        severity=Severity(row["severity"]),
        at_ms=row["at_ms"],
        evidence=decode(row["evidence"], tuple[Evidence, ...]),
        act=row["act"],
        when=cast(Literal["live", "after"], row["when"]),
        silent=row["silent"],
        closed_ms=row["closed_ms"],
    )
    names = [name for name in AlertRow.__dataclass_fields__ if name != "alert"]
    return AlertRow(alert=alert, **{name: row[name] for name in names})
