"""
What was erased, as hashes of opaque ids: a late record must not make it again.

A hash tells nobody which call it was, and still answers whether a call is one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection, delete, select

from qm.io import tables as t
from qm.io.store.upsert import in_chunks, insert_new

HASH_CHARACTERS = 32  # 128 bits: no two ids of a site meet

Kind = Literal["call", "contact", "customer"]


def id_hash(kind: Kind, opaque_id: str) -> str:
    """
    Return what stands for an id.

    >>> id_hash("call", "c1") == id_hash("contact", "c1"), len(id_hash("call", "c1"))
    (False, 32)
    """
    return hashlib.sha256(f"qm {kind} {opaque_id}".encode()).hexdigest()[:HASH_CHARACTERS]


def bury(conn: Connection, kind: Kind, ids: Iterable[str], now: int) -> None:
    """Note that these were erased."""
    rows = [{"id_hash": id_hash(kind, one), "erased_at": now} for one in ids if one]
    insert_new(conn, t.tombstones, rows)


def buried(conn: Connection, kind: Kind, ids: Iterable[str]) -> frozenset[str]:
    """Return which of these were erased."""
    by_hash = {id_hash(kind, one): one for one in ids if one}
    found: set[str] = set()
    for chunk in in_chunks(sorted(by_hash)):
        query = select(t.tombstones.c.id_hash).where(t.tombstones.c.id_hash.in_(chunk))
        found |= {by_hash[one] for one in conn.execute(query).scalars()}
    return frozenset(found)


def is_erased(conn: Connection, call_id: str) -> bool:
    """Return whether a call, or a text conversation, was erased."""
    return bool(buried(conn, "call", [call_id]))


def forget_before(conn: Connection, before: int) -> int:
    """Drop what was noted before an instant: no topic keeps records for so long."""
    return conn.execute(delete(t.tombstones).where(t.tombstones.c.erased_at < before)).rowcount
