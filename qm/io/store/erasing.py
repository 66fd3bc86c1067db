"""Removing a call for good, and words that should not have been kept."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from qm.io import tables as t
from qm.io.store.keys import delete_call_key


def erase_call(conn: Connection, call_id: str) -> bool:
    """
    Remove all that is stored of a call, its key first.  What was audited stays audited.

    After the commit run ``Database.scrub`` and delete the call's objects (they no longer open).

    Returns:
        Whether there was anything.
    """
    had_key = delete_call_key(conn, call_id)
    conn.execute(delete(t.outbox).where(t.outbox.c.key == call_id))
    conn.execute(delete(t.feed).where(t.feed.c.call_id == call_id))
    conn.execute(delete(t.events).where(t.events.c.call_id == call_id))
    erased = conn.execute(delete(t.calls).where(t.calls.c.call_id == call_id)).rowcount == 1
    forget_words(conn)
    return erased or had_key


def forget_words(conn: Connection) -> None:
    """
    Drop from the full-text index the words of text that was deleted or corrected.

    FTS5 only marks them until its segments are merged; PostgreSQL needs the VACUUM that
    ``Database.scrub`` runs.
    """
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO turns_text (turns_text) VALUES ('optimize')")
