"""
Records that a transaction decided to publish, until they are on their topic.

A record is written with the rows it tells of, sent afterwards, and removed when the broker has
acknowledged it: sent at least once, in order per key.  Readers drop repeats by the natural keys
that every result has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, insert, or_, select

from qm.io import tables as t
from qm.io.store.documents import decode, encode
from qm.io.store.upsert import in_chunks
from qm.io.wire import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record that waits to be sent."""

    seq: int
    at: int  #: UTC ms at which it was decided
    outgoing: Outgoing = field(repr=False)


def append(conn: Connection, outgoing: Outgoing, now: int, *, partition: int | None = None) -> None:
    """
    Add a record, in the transaction that decides it.

    Args:
        conn: within a write.
        outgoing: the record.
        now: UTC ms.
        partition: of the records it came from, so that their owner sends it and keeps the order.
    """
    values = {
        "partition": partition,
        "topic": outgoing.topic,
        "key": (outgoing.key or b"").decode(),
        "value": outgoing.value,
        "headers": encode([(name, value.decode()) for name, value in outgoing.headers]),
        "at": now,
    }
    conn.execute(insert(t.outbox), values)


def pending(
    conn: Connection, limit: int = 500, partitions: Collection[int] | None = None
) -> tuple[Record, ...]:
    """
    Return the oldest records that wait, in the order in which they were decided.

    Args:
        conn: within a read.
        limit: at most so many.
        partitions: those that the caller owns (and records of none); None for all.
    """
    c = t.outbox.c
    query = select(t.outbox).order_by(c.seq).limit(limit)
    if partitions is not None:
        query = query.where(or_(c.partition.in_(partitions), c.partition.is_(None)))
    return tuple(
        Record(
            seq=row.seq,
            at=row.at,
            outgoing=Outgoing(
                row.topic,
                row.key.encode() or None,
                row.value,
                tuple((n, v.encode()) for n, v in decode(row.headers, list[tuple[str, str]])),
            ),
        )
        for row in conn.execute(query)
    )


def sent(conn: Connection, seqs: Sequence[int]) -> None:
    """Remove records that the broker has acknowledged."""
    for chunk in in_chunks(seqs):
        conn.execute(delete(t.outbox).where(t.outbox.c.seq.in_(chunk)))


def waiting(conn: Connection) -> int:
    """Return how many records wait."""
    return conn.execute(select(func.count()).select_from(t.outbox)).scalar_one()
