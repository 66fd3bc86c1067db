"""Requests to erase a customer, and what came of each."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, update

from qm.io import tables as t
from qm.io.store.documents import decode, encode
from qm.io.store.erasing import Kept
from qm.io.store.tombstones import id_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was removed and what was kept, with the reason.  Ids of kept calls only."""

    calls: int = 0  #: calls and conversations erased
    rows: Mapping[str, int] = field(default_factory=dict)  #: by table
    objects: int = 0  #: recordings and clips deleted from the object store
    events: int = 0  #: contact events without a call
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A request and its report."""

    erasure_id: str
    customer_ref: str  #: "" once it is done
    customer_hash: str
    asked_by: str  #: user id
    asked_at: int  #: UTC ms
    done_at: int | None  #: None while it waits
    report: Report


def ask(conn: Connection, customer_ref: str, user_id: str, now: int) -> str:
    """Ask for a customer to be erased and return the request's id; the job carries it out."""
    e = t.erasures.c
    waiting = select(e.erasure_id).where(e.customer_ref == customer_ref, e.done_at.is_(None))
    same: str | None = conn.execute(waiting).scalars().first()
    if same is not None:
        return same
    erasure_id = f"e_{secrets.token_hex(8)}"
    row = {"erasure_id": erasure_id, "customer_ref": customer_ref, "asked_by": user_id}
    row |= {"customer_hash": id_hash("customer", customer_ref), "report": ""}
    conn.execute(insert(t.erasures).values(**row, asked_at=now))
    return erasure_id


def note(conn: Connection, erasure_id: str, report: Report, done_at: int | None) -> None:
    """Write down how far a request has come; when it is done the reference is dropped."""
    values: dict[str, object] = {"report": encode(report)}
    if done_at is not None:
        values |= {"customer_ref": "", "done_at": done_at}
    one = t.erasures.c.erasure_id == erasure_id
    conn.execute(update(t.erasures).where(one).values(**values))


def list_erasures(conn: Connection, *, waiting: bool = False) -> tuple[Erasure, ...]:
    """Return the requests, the newest first; with ``waiting`` those to be carried out."""
    c = t.erasures.c
    query = select(t.erasures).order_by(c.asked_at.desc(), c.erasure_id)
    if waiting:
        query = query.where(c.done_at.is_(None))
    return tuple(
        Erasure(**{**row, "report": decode(row["report"], Report) if row["report"] else Report()})
        for row in conn.execute(query).mappings()
    )
