"""
Who looked at or changed what, in a chain of hashes that shows rows altered, removed or moved.

The head row names the end of the chain, so that cutting off the last rows shows as well, and is
the lock: one append at a time.  Somebody who can write to the database *and* knows this code can
compute a whole new chain; only the head's hash, kept in another place, tells then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Text, false, insert, or_, select, update

from qm.io import tables as t
from qm.io.store.documents import decode, encode, storable
from qm.io.store.tombstones import id_hash
from qm.io.store.upsert import in_chunks

Value = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act.  Holds ids and codes, never words; search terms only as an HMAC."""

    user_id: str  #: "" for somebody who is not signed in
    action: str  #: view, play, export, search, sign_in, acknowledge, ...
    kind: str  #: of what: call, alert, user, rule, ...
    object_id: str = ""
    team: str = ""
    detail: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """An act as it was written down."""

    seq: int
    at: int  #: UTC ms
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """Where the chain breaks."""

    seq: int
    what: str  #: missing, altered, cut_off


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which acts; None means any."""

    user_id: str | None = None
    action: str | None = None
    kind: str | None = None
    object_id: str | None = None
    object_ids: Collection[str] | None = None  #: any of these
    since: int | None = None  #: UTC ms
    until: int | None = None


def append(conn: Connection, entry: Entry, now: int) -> int:
    """
    Write one act down and return its number.

    Commit before the response that it is about: what cannot be written down does not happen.
    """
    head = conn.execute(select(t.audit_head).with_for_update()).one()
    seq: int = head.seq + 1
    detail = entry.detail.items()
    row = {
        "seq": seq,
        "at": now,
        "user_id": storable(entry.user_id),
        "action": entry.action,
        "kind": entry.kind,
        "object_id": storable(entry.object_id),  # of an address that somebody typed
        "team": entry.team,
        "detail": encode({k: storable(v) if isinstance(v, str) else v for k, v in detail}),
        "previous": head.hash,
    }
    chained = _hash(row)
    conn.execute(insert(t.audit).values(**row, hash=chained))
    conn.execute(update(t.audit_head).values(seq=seq, hash=chained))
    return seq


def verify(conn: Connection) -> BadRow | None:
    """Return the first place where the chain breaks, or None where it holds."""
    expected, previous = 1, ""
    query = select(t.audit).order_by(t.audit.c.seq).execution_options(yield_per=1_000)
    for row in conn.execute(query).mappings():
        if row["seq"] != expected:
            return BadRow(seq=expected, what="missing")
        values = dict(row)
        stored = values.pop("hash")
        if values["previous"] != previous or _hash(values) != stored:
            return BadRow(seq=expected, what="altered")
        expected, previous = expected + 1, stored
    head = conn.execute(select(t.audit_head)).one_or_none()
    if head is None or (head.seq, head.hash) != (expected - 1, previous):
        return BadRow(seq=expected, what="cut_off")
    return None


def search(
    conn: Connection, wanted: AuditFilter, limit: int = 100, before: int | None = None
) -> tuple[AuditRow, ...]:
    """Return acts, newest first; ``before`` is the last number of the page before."""
    c = t.audit.c
    query = select(t.audit).order_by(c.seq.desc()).limit(limit)
    for name in ("user_id", "action", "kind", "object_id"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(c[name] == value)
    if wanted.object_ids is not None:
        some = [c.object_id.in_(chunk) for chunk in in_chunks(sorted(wanted.object_ids))]
        query = query.where(or_(false(), *some))
    if wanted.since is not None:
        query = query.where(c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(c.at < wanted.until)
    if before is not None:
        query = query.where(c.seq < before)
    return tuple(_row(row) for row in conn.execute(query))


def objects_of_customer(conn: Connection, customer_ref: str) -> frozenset[str]:
    """
    Return the ids by which the trail names a customer's calls and all that belongs to them.

    Alerts, reviews, clips and the like count with their call: whoever opened one has seen it.  Of
    erased calls the trail itself still knows whose they were, by a hash.
    """
    query = select(t.calls.c.call_id).where(t.calls.c.customer_ref == customer_ref)
    calls = set(conn.execute(query).scalars())
    erased = select(t.audit).where(t.audit.c.action == "erase", t.audit.c.kind == "call")
    hashed = id_hash("customer", customer_ref)
    for row in conn.execute(erased.where(t.audit.c.detail.contains(hashed, autoescape=True))):
        calls.add(row.object_id)
    found = set(calls)  # ids of different things never meet: they are random
    for table in t.metadata.sorted_tables:
        key = list(table.primary_key)
        if "call_id" not in table.c or len(key) != 1 or not isinstance(key[0].type, Text):
            continue  # a number is no name: it is found in other tables too
        for chunk in in_chunks(sorted(calls)):
            of_calls = select(key[0]).where(table.c.call_id.in_(chunk))
            found |= {str(one) for one in conn.execute(of_calls).scalars()}
    return frozenset(found)


def _row(row: Any) -> AuditRow:
    entry = Entry(
        user_id=row.user_id,
        action=row.action,
        kind=row.kind,
        object_id=row.object_id,
        team=row.team,
        detail=decode(row.detail, dict[str, Value]),
    )
    return AuditRow(seq=row.seq, at=row.at, entry=entry)


def _hash(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(encode(dict(row)).encode()).hexdigest()
