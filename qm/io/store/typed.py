"""
What people type about calls: sealed on arrival, shown to others only after redaction.

The page seals the text with the vault; the worker, which alone has the redactor, opens it, puts
what may be shown in its place and drops the original for good (``qm.worker.typed``).  Tables of
notes, reasons and titles hold the ``typed_id``.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, delete, select, update

from qm.io import tables as t
from qm.io.store.documents import storable
from qm.io.store.upsert import in_chunks
from qm.io.vault import SealBroken, Vault, unwrap, wrap

TypedState = Literal["waiting", "ready", "withheld"]

MOST_CHARACTERS = 4_000
"""Two pages: longer is no note, and the redactor holds its thread for as long as a text is long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Something a person typed, as far as it may be shown."""

    typed_id: str
    author: str  #: user_id
    at: int  #: UTC ms
    state: TypedState
    text: str = field(repr=False)  #: redacted; "" unless ready


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTyped:
    """A text that nobody has checked yet.  PHI."""

    typed_id: str
    call_id: str | None
    text: str | None = field(repr=False)  #: None: its seal does not open any more


def write_typed(  # noqa: PLR0913 - one row, all of it by name
    conn: Connection,
    vault: Vault,
    *,
    kind: str,
    call_id: str | None,
    author: str,
    text: str,
    now: int,
) -> str:
    """
    Keep a text sealed until the worker has redacted it.

    Args:
        conn: within a write.
        vault: seals it.
        kind: what it is: note, reason, title, ...
        call_id: the call it is about, with which it goes; None for none.
        author: user_id.
        text: as typed; cut at ``MOST_CHARACTERS``.
        now: UTC ms.

    Returns:
        Its new id.
    """
    typed_id = f"x{secrets.token_hex(12)}"
    text = storable(text.strip()[:MOST_CHARACTERS])
    row = {
        "typed_id": typed_id,
        "kind": kind,
        "call_id": call_id,
        "author": author,
        "sealed": wrap(vault, text.encode(), _purpose(typed_id)) if text else None,
        "text": "",
        "state": "waiting" if text else "ready",
        "at": now,
    }
    conn.execute(t.typed.insert().values(**row))
    return typed_id


def read_typed(conn: Connection, ids: Collection[str]) -> dict[str, Typed]:
    """Return the texts of ``ids`` that exist, each as far as it may be shown."""
    c = t.typed.c
    found: dict[str, Typed] = {}
    for some in in_chunks(sorted(set(ids))):
        query = select(c.typed_id, c.author, c.at, c.state, c.text).where(c.typed_id.in_(some))
        for row in conn.execute(query).mappings():
            found[row["typed_id"]] = Typed(**row)
    return found


def delete_typed(conn: Connection, ids: Collection[str]) -> None:
    """Remove texts for good; after the commit run ``Database.scrub``."""
    for some in in_chunks(sorted(set(ids))):
        conn.execute(delete(t.typed).where(t.typed.c.typed_id.in_(some)))


def waiting_typed(conn: Connection, vault: Vault, limit: int) -> tuple[WaitingTyped, ...]:
    """Return the oldest texts that wait for redaction, opened.  For the worker only."""
    c = t.typed.c
    query = (
        select(c.typed_id, c.call_id, c.sealed)
        .where(c.state == "waiting")
        .order_by(c.at, c.typed_id)
        .limit(limit)
    )
    return tuple(
        WaitingTyped(
            typed_id=row.typed_id,
            call_id=row.call_id,
            text=_opened(vault, row.typed_id, row.sealed),
        )
        for row in conn.execute(query)
    )


def settle_typed(conn: Connection, typed_id: str, text: str | None) -> None:
    """
    Put the redacted text in the place of the sealed one; None withholds it.

    Of two workers that had it the first settles it.
    """
    c = t.typed.c
    state = "withheld" if text is None else "ready"
    values = {"state": state, "text": storable(text or ""), "sealed": None}
    waiting = (c.typed_id == typed_id, c.state == "waiting")
    conn.execute(update(t.typed).where(*waiting).values(**values))


def _opened(vault: Vault, typed_id: str, sealed: bytes | None) -> str | None:
    try:
        return unwrap(vault, sealed or b"", _purpose(typed_id)).decode()
    except SealBroken:
        return None


def _purpose(typed_id: str) -> str:
    return f"typed {typed_id}"
