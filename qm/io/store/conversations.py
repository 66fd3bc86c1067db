"""
Written conversations: which messages were taken in, what is due, and the inbox of the REST API.

The conversation itself is a call like any other, with its state in ``checkpoints``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, delete, exists, or_, select, update

from qm.io import tables as t
from qm.io.store.upsert import insert_new, upsert
from qm.io.topics import MESSAGES
from qm.io.vault import SealBroken, Vault, unwrap, wrap


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A conversation to be looked at."""

    call_id: str
    last_at: int  #: of the newest message, UTC ms
    partition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A message in the inbox, opened.  PHI."""

    conversation_id: str
    message_id: str
    value: bytes | None = field(repr=False)  #: its JSON; None: its seal does not open any more


def is_known(conn: Connection, conversation_id: str, message_id: str) -> bool:
    """Return whether a message has been taken in."""
    c = t.messages.c
    condition = and_(c.call_id == conversation_id, c.message_id == message_id)
    return bool(conn.execute(select(exists().where(condition))).scalar_one())


def note_message(
    conn: Connection, conversation_id: str, message_id: str, turn_index: int, at: int
) -> None:
    """Note that a message was taken in; its conversation must have been saved."""
    row = {"call_id": conversation_id, "message_id": message_id, "turn_index": turn_index, "at": at}
    insert_new(conn, t.messages, [row])


def schedule(conn: Connection, call_id: str, last_at: int, due_at: int | None) -> None:
    """Say when a conversation must be looked at next; None: not before its next message."""
    upsert(conn, t.conversations, {"call_id": call_id, "last_at": last_at, "due_at": due_at})


def due(
    conn: Connection, partitions: Collection[int], now: int, limit: int = 100
) -> tuple[Due, ...]:
    """Return the conversations of these partitions that are due, the longest due first."""
    c, k = t.conversations.c, t.checkpoints.c
    query = (
        select(c.call_id, c.last_at, k.partition)
        .join(t.checkpoints, k.call_id == c.call_id)
        .where(k.topic == MESSAGES, k.partition.in_(sorted(partitions)), c.due_at <= now)
        .order_by(c.due_at, c.call_id)
        .limit(limit)
    )
    return tuple(Due(**row) for row in conn.execute(query).mappings())


def forget_state(conn: Connection, call_id: str) -> None:
    """Drop the raw state of a conversation that may not go on any more."""
    c = t.checkpoints.c
    conn.execute(update(t.checkpoints).where(c.call_id == call_id).values(blob=None))
    d = t.conversations.c
    conn.execute(update(t.conversations).where(d.call_id == call_id).values(due_at=None))


# ------------------------------------------------------------------------------------ inbox


def receive(
    conn: Connection, vault: Vault, conversation_id: str, message_id: str, value: bytes, now: int
) -> bool:
    """
    Keep a message sealed until the worker has put it on its topic.

    Returns:
        False where the same message was received or taken in before: it counts once.
    """
    if is_known(conn, conversation_id, message_id):
        return False
    row = {
        "call_id": conversation_id,
        "message_id": message_id,
        "sealed": wrap(vault, value, _purpose(conversation_id, message_id)),
        "at": now,
    }
    return insert_new(conn, t.inbox, [row]) == 1


def received(conn: Connection, vault: Vault, limit: int = 100) -> tuple[Sealed, ...]:
    """Return the oldest messages of the inbox, opened.  For the worker only."""
    c = t.inbox.c
    query = select(t.inbox).order_by(c.at, c.call_id, c.message_id).limit(limit)
    return tuple(
        Sealed(
            conversation_id=row.call_id,
            message_id=row.message_id,
            value=_opened(vault, row.call_id, row.message_id, row.sealed),
        )
        for row in conn.execute(query)
    )


def handed_on(conn: Connection, messages: Collection[Sealed]) -> None:
    """Remove messages that are on their topic now."""
    c = t.inbox.c
    keys = [and_(c.call_id == m.conversation_id, c.message_id == m.message_id) for m in messages]
    if keys:
        conn.execute(delete(t.inbox).where(or_(*keys)))


def _opened(vault: Vault, conversation_id: str, message_id: str, sealed: bytes) -> bytes | None:
    try:
        return unwrap(vault, sealed, _purpose(conversation_id, message_id))
    except SealBroken:
        return None


def _purpose(conversation_id: str, message_id: str) -> str:
    return f"message {conversation_id} {message_id}"
