"""What the webhook is to be told of alerts, until it has taken it or nobody tries any more."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, func, select, update

from qm.io import tables as t
from qm.io.store.documents import encode
from qm.io.store.upsert import insert_new

WAITS_MS = (5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000)
"""After each attempt that failed; an alert that nobody was told of in 81 minutes is history."""

DeliveryEvent = Literal["raised", "handed_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Something to put into the outbox."""

    delivery_id: str
    call_id: str
    alert_id: str
    event: DeliveryEvent
    body: Mapping[str, str] = field(repr=False)  #: codes and a link


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to tell."""

    delivery_id: str
    body: str = field(repr=False)
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """How telling goes."""

    waiting: int
    sent: int
    given_up: int
    last_failure: str  #: code of the newest delivery that failed; "" for none


def delivery_id(alert_id: str, event: DeliveryEvent, step: int = 0) -> str:
    """Return the stable id of what is told: of an alert, or of its being handed on a time more."""
    return hashlib.sha256(f"qm {alert_id} {event} {step}".encode()).hexdigest()[:32]


def tell(conn: Connection, told: Telling, now: int) -> bool:
    """Put something into the outbox; False when it was there before."""
    row = {"delivery_id": told.delivery_id, "call_id": told.call_id, "alert_id": told.alert_id}
    body = encode({"id": told.delivery_id, **told.body})
    row |= {"event": told.event, "body": body, "state": "waiting", "failure": ""}
    times = {"attempts": 0, "due_at": now, "created_at": now}
    return insert_new(conn, t.deliveries, [row | times]) == 1


def told_since(conn: Connection, since: int) -> frozenset[str]:
    """Return the ids of what was put into the outbox at or after an instant."""
    d = t.deliveries.c
    return frozenset(conn.execute(select(d.delivery_id).where(d.created_at >= since)).scalars())


def due(conn: Connection, now: int, limit: int = 50) -> tuple[Delivery, ...]:
    """Return what is to be sent now, the oldest first."""
    d = t.deliveries.c
    query = (
        select(d.delivery_id, d.body, d.attempts)
        .where(d.state == "waiting", d.due_at <= now)
        .order_by(d.due_at, d.delivery_id)
        .limit(limit)
    )
    return tuple(Delivery(**row) for row in conn.execute(query).mappings())


def note(conn: Connection, delivery: Delivery, failure: str, now: int) -> None:
    """Write down what came of an attempt: sent, to be tried again, or given up."""
    attempts = delivery.attempts + 1
    values: dict[str, object] = {"attempts": attempts, "failure": failure}
    if not failure:
        values |= {"state": "sent", "sent_at": now}
    elif attempts > len(WAITS_MS):
        values |= {"state": "given_up"}
    else:
        values |= {"due_at": now + WAITS_MS[attempts - 1]}
    one = t.deliveries.c.delivery_id == delivery.delivery_id
    conn.execute(update(t.deliveries).where(one).values(**values))


def count(conn: Connection, since: int) -> DeliveryCounts:
    """Return how telling has gone since an instant."""
    d = t.deliveries.c
    query = select(d.state, func.count()).where(d.created_at >= since).group_by(d.state)
    states = {row[0]: row[1] for row in conn.execute(query)}
    failed = select(d.failure).where(d.failure != "", d.created_at >= since)
    newest = failed.order_by(d.created_at.desc()).limit(1)
    return DeliveryCounts(
        waiting=states.get("waiting", 0),
        sent=states.get("sent", 0),
        given_up=states.get("given_up", 0),
        last_failure=conn.execute(newest).scalar_one_or_none() or "",
    )
