"""
Restricted queues and customers: their calls carry the name of the group that alone may see them.

A queue is restricted by its settings (``restricted``, ``access_group``), a customer by a hash of
their reference.  Where both are, the customer's group counts: it is the narrower reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, update

from qm.io import tables as t
from qm.io.store import feed
from qm.io.store.documents import decode
from qm.io.store.tombstones import id_hash
from qm.io.store.upsert import in_chunks, upsert

DEFAULT_GROUP = "restricted"
"""Who may see what is restricted where nobody named another group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedCustomer:
    """A customer whose calls are for few eyes.  Their reference is not kept, only its hash."""

    customer_hash: str
    access_group: str
    restricted_by: str  #: user id
    restricted_at: int  #: UTC ms


def group_of(conn: Connection, queue: str, customer_ref: str) -> str:
    """Return the group of a call of this queue and customer; "" where anybody in scope may."""
    return _customer_groups(conn).get(id_hash("customer", customer_ref), "") or _queue_groups(
        conn
    ).get(queue, "")


def restrict_customer(
    conn: Connection, customer_ref: str, access_group: str, user_id: str, now: int
) -> str:
    """Restrict a customer's calls, past and to come, and return the hash they are listed by."""
    hashed = id_hash("customer", customer_ref)
    row = {"customer_hash": hashed, "access_group": access_group}
    upsert(conn, t.restricted_customers, row | {"restricted_by": user_id, "restricted_at": now})
    remark(conn, t.calls.c.customer_ref == customer_ref, now)
    return hashed


def release_customer(conn: Connection, customer_hash: str, now: int) -> bool:
    """Restrict a customer no more; False when they were not."""
    c = t.restricted_customers.c.customer_hash
    gone = conn.execute(delete(t.restricted_customers).where(c == customer_hash)).rowcount
    if gone:
        remark(conn, t.calls.c.access_group != "", now)
    return gone == 1


def list_customers(conn: Connection) -> tuple[RestrictedCustomer, ...]:
    """Return the restricted customers, the newest first."""
    c = t.restricted_customers.c
    query = select(t.restricted_customers).order_by(c.restricted_at.desc(), c.customer_hash)
    return tuple(RestrictedCustomer(**row) for row in conn.execute(query).mappings())


def remark(conn: Connection, which: ColumnElement[bool], now: int) -> int:
    """Write the group that counts now into calls, tell the pages, and return how many changed."""
    queues, customers, c = _queue_groups(conn), _customer_groups(conn), t.calls.c
    columns = (c.call_id, c.queue, c.customer_ref, c.team, c.agent_id, c.access_group)
    changed: dict[str, list[feed.FeedRow]] = {}
    for row in conn.execute(select(*columns).where(which)).all():
        group = customers.get(id_hash("customer", row.customer_ref), "") if customers else ""
        group = group or queues.get(row.queue, "")
        if group != row.access_group:
            changed.setdefault(group, []).append(
                feed.FeedRow(seq=0, at=now, kind="call", call_id=row.call_id, team=row.team,
                             agent_id=row.agent_id, ref="")
            )  # fmt: skip
    for group, rows in changed.items():
        for chunk in in_chunks([row.call_id for row in rows]):
            conn.execute(update(t.calls).where(c.call_id.in_(chunk)).values(access_group=group))
        feed.append(conn, rows)
    return sum(len(rows) for rows in changed.values())


def _queue_groups(conn: Connection) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in conn.execute(select(t.queues.c.queue, t.queues.c.settings)):
        settings = decode(row.settings, dict[str, str | int | float | bool])
        if settings.get("restricted") is True:
            found[row.queue] = str(settings.get("access_group") or DEFAULT_GROUP)
    return found


def _customer_groups(conn: Connection) -> dict[str, str]:
    c = t.restricted_customers.c
    rows = conn.execute(select(c.customer_hash, c.access_group))
    return {row.customer_hash: row.access_group for row in rows}
