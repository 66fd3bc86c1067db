"""What changed, in order: pages follow it.  Rows hold ids only, and are trimmed after a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, or_, select

from qm.io import tables as t

FeedKind = Literal["call", "turn", "labels", "facts", "outcome", "alert", "scorecard"]

GAP_MS = 60_000  # database.IDLE_MS ends any transaction by then: a number still missing never comes
MOST_GAPS = 1_000  # more were not left by writers at work, but by a trimmed feed


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One change."""

    seq: int
    at: int  #: UTC ms
    kind: FeedKind
    call_id: str
    team: str
    agent_id: str
    ref: str  #: turn and labels: "pass:index"; alert: its id; scorecard: its form


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a reader has come, and which numbers before that it has not seen."""

    seq: int
    gaps: tuple[tuple[int, int], ...] = ()  #: (seq, UTC ms at which it was found missing)


def append(conn: Connection, rows: Sequence[FeedRow]) -> None:
    """Write changes, in the transaction that makes them; their ``seq`` is given by the database."""
    values = [
        {
            "at": row.at,
            "kind": row.kind,
            "call_id": row.call_id,
            "team": row.team,
            "agent_id": row.agent_id,
            "ref": row.ref,
        }
        for row in rows
    ]
    if values:
        conn.execute(insert(t.feed), values)


def since(conn: Connection, seq: int, limit: int = 500) -> tuple[FeedRow, ...]:
    """Return the changes after ``seq``, oldest first."""
    return _rows(conn, t.feed.c.seq > seq, limit)


def last_seq(conn: Connection) -> int:
    """Return the newest number; 0 when nothing has happened yet."""
    newest: int | None = conn.execute(select(func.max(t.feed.c.seq))).scalar_one()
    return newest or 0


def follow(
    conn: Connection, cursor: Cursor, now: int, limit: int = 500
) -> tuple[tuple[FeedRow, ...], Cursor]:
    """
    Return each change once, also those whose transaction commits after a later-numbered one.

    PostgreSQL numbers rows when they are written and shows them when they are committed, so a
    reader that only asks for what is above its last number misses some.  The cursor remembers the
    numbers it skipped and asks for them again until none can come any more.

    Returns:
        The changes by number, and the cursor for the next call.
    """
    gaps = [seq for seq, _ in cursor.gaps]
    rows = _rows(conn, or_(t.feed.c.seq > cursor.seq, t.feed.c.seq.in_(gaps)), limit + len(gaps))
    seen = {row.seq for row in rows}
    new = sorted(seq for seq in seen if seq > cursor.seq)
    if not new:
        newest, missing = cursor.seq, []
    else:
        newest = new[-1]
        # A reader far behind meets trimmed rows: nothing before its first row is on its way.
        start = cursor.seq + 1 if new[0] - cursor.seq <= MOST_GAPS else new[0]
        missing = [seq for seq in range(start, newest) if seq not in seen][-MOST_GAPS:]
    waiting = [(s, at) for s, at in cursor.gaps if s not in seen and now - at < GAP_MS]
    found = tuple(waiting) + tuple((s, now) for s in missing)
    return rows, Cursor(seq=newest, gaps=found[-MOST_GAPS:])


def trim(conn: Connection, before: int) -> int:
    """Delete the changes older than ``before`` (UTC ms) and return how many."""
    return conn.execute(delete(t.feed).where(t.feed.c.at < before)).rowcount


def _rows(conn: Connection, condition: object, limit: int) -> tuple[FeedRow, ...]:
    query = select(t.feed).where(condition).order_by(t.feed.c.seq).limit(limit)  # type: ignore[arg-type]
    return tuple(FeedRow(**row) for row in conn.execute(query).mappings())
