"""Removing calls for good, and words that should not have been kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from qm.io import tables as t
from qm.io.store.holds import Holding
from qm.io.store.keys import delete_call_key
from qm.io.store.tombstones import bury

SETTLING_MS = 30_000  # a step of a call that has just ended may still be on its way
KEPT_FOR_GOOD = frozenset({"audit", "audit_head", "tombstones"})
"""What is never erased with a call: who did what, and that it must not come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasable:
    """What is to be known of a call before it is erased."""

    call_id: str
    contact_id: str
    queue: str
    customer_ref: str
    started_at: int  #: UTC ms
    updated_at: int
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A call that may not be erased, and why."""

    call_id: str
    why: str  #: hold, minimum
    matter: str = ""  #: of the hold
    until: int | None = None  #: UTC ms, the end of the minimum retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which calls go, which must stay, and which cannot go yet."""

    erase: tuple[Erasable, ...]
    kept: tuple[Kept, ...]
    live: tuple[Erasable, ...]


def calls_of_customer(conn: Connection, customer_ref: str) -> tuple[Erasable, ...]:
    """Return all calls and conversations of a customer, the oldest first."""
    return _erasable(conn, t.calls.c.customer_ref == customer_ref) if customer_ref else ()


def calls_before(conn: Connection, queue: str, before: int) -> tuple[Erasable, ...]:
    """Return the calls of a queue that began before an instant, the oldest first."""
    return _erasable(conn, t.calls.c.queue == queue, t.calls.c.started_at < before)


def queues_of_calls(conn: Connection) -> tuple[str, ...]:
    """Return the queues that have calls, by name."""
    query = select(t.calls.c.queue).distinct().order_by(t.calls.c.queue)
    return tuple(conn.execute(query).scalars())


def plan(
    found: Collection[Erasable], holding: Holding, minimum_ms: Mapping[str, int], now: int
) -> Plan:
    """
    Say what becomes of calls that somebody or the clock wants erased.

    Args:
        found: the calls.
        holding: what is held.
        minimum_ms: how long a queue's calls must be kept; a queue that is not in it: not at all.
        now: UTC ms.
    """
    erase: list[Erasable] = []
    kept: list[Kept] = []
    live: list[Erasable] = []
    for one in found:
        until = one.started_at + minimum_ms.get(one.queue, 0)
        if matter := holding.of(one.call_id, one.customer_ref, one.queue):
            kept.append(Kept(call_id=one.call_id, why="hold", matter=matter))
        elif until > now and one.queue in minimum_ms:
            kept.append(Kept(call_id=one.call_id, why="minimum", until=until))
        elif one.live or now - one.updated_at < SETTLING_MS:
            live.append(one)
        else:
            erase.append(one)
    return Plan(erase=tuple(erase), kept=tuple(kept), live=tuple(live))


def erase_call(conn: Connection, call_id: str, now: int = 0) -> Counter[str]:
    """
    Remove all that is stored of a call, its key first.  What was audited stays audited.

    After the commit run ``Database.scrub`` and delete the call's objects (they no longer open).

    Returns:
        How many rows went, by table; empty (false) when there was nothing.
    """
    return erase_calls(conn, [call_id], now)


def erase_calls(conn: Connection, call_ids: Collection[str], now: int) -> Counter[str]:
    """Remove all that is stored of calls, as :func:`erase_call` does of one."""
    erased: Counter[str] = Counter()
    for call_id in call_ids:
        erased += _erase(conn, call_id, now)
    forget_words(conn)
    return erased


def erase_contacts(conn: Connection, customer_ref: str, now: int) -> int:
    """
    Remove a customer's contacts, those with a call that is kept excepted.

    Returns:
        How many rows of contacts went.
    """
    e, c = t.events.c, t.calls.c
    kept = select(c.contact_id).where(c.customer_ref == customer_ref)
    query = select(e.contact_id).where(e.customer_ref == customer_ref, e.contact_id.not_in(kept))
    contacts = sorted(set(conn.execute(query).scalars()) - {""})
    return sum(_erase_contact(conn, one, now).total() for one in contacts)


def forget_words(conn: Connection) -> None:
    """
    Drop from the full-text index the words of text that was deleted or corrected.

    FTS5 only marks them until its segments are merged; PostgreSQL needs the VACUUM that
    ``Database.scrub`` runs.
    """
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO turns_text (turns_text) VALUES ('optimize')")


def _erase(conn: Connection, call_id: str, now: int) -> Counter[str]:
    c = t.calls.c
    contact_id = conn.execute(select(c.contact_id).where(c.call_id == call_id)).scalar_one_or_none()
    erased = Counter({"call_keys": int(delete_call_key(conn, call_id))})
    erased["outbox"] = conn.execute(delete(t.outbox).where(t.outbox.c.key == call_id)).rowcount
    for table in reversed(t.metadata.sorted_tables):  # what points to a row goes before it
        if "call_id" in table.c and table.name not in KEPT_FOR_GOOD:
            gone = conn.execute(delete(table).where(table.c.call_id == call_id)).rowcount
            erased[table.name] += gone
    if erased := +erased:
        bury(conn, "call", [call_id], now)
    if contact_id and not conn.execute(select(c.call_id).where(c.contact_id == contact_id)).first():
        erased += _erase_contact(conn, contact_id, now)
    return +erased


def _erase_contact(conn: Connection, contact_id: str, now: int) -> Counter[str]:
    """Remove what is stored of a contact that has no call (any more)."""
    erased: Counter[str] = Counter()
    for table in reversed(t.metadata.sorted_tables):
        if "contact_id" in table.c and table is not t.calls:
            of_contact = delete(table).where(table.c.contact_id == contact_id)
            erased[table.name] += conn.execute(of_contact).rowcount
    bury(conn, "contact", [contact_id], now)
    return +erased


def _erasable(conn: Connection, *conditions: object) -> tuple[Erasable, ...]:
    c = t.calls.c
    names = ("call_id", "contact_id", "queue", "customer_ref", "started_at", "updated_at")
    query = select(*(c[name] for name in names), c.status).where(*conditions)  # type: ignore[arg-type]
    return tuple(
        Erasable(**{name: row[name] for name in names}, live=row["status"] == "live")
        for row in conn.execute(query.order_by(c.started_at, c.call_id)).mappings()
    )
