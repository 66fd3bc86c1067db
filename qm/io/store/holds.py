"""Legal holds: what must be kept, whatever retention or a request to erase says."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from qm.io import tables as t
from qm.io.store.tombstones import id_hash

HoldKind = Literal["call", "customer", "queue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A reason to keep, and who gave it."""

    hold_id: str
    kind: str  #: call, customer, queue
    object_id: str  #: call id, hash of the customer's reference, name of the queue
    matter: str  #: number of the matter
    placed_by: str  #: user id
    placed_at: int  #: UTC ms
    lifted_by: str  #: "" while it holds
    lifted_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """All holds that hold, to be asked about many calls."""

    matters: Mapping[tuple[str, str], str]  #: (kind, object) -> number of the matter

    def of(self, call_id: str, customer_ref: str, queue: str) -> str:
        """Return the matter for which a call is kept; "" where it is free."""
        customer = id_hash("customer", customer_ref) if customer_ref else ""
        keys = (("call", call_id), ("customer", customer), ("queue", queue))
        return next((self.matters[key] for key in keys if key in self.matters), "")


def place(
    conn: Connection, kind: HoldKind, object_id: str, matter: str, user_id: str, now: int
) -> str:
    """
    Place a hold and return its id.

    Args:
        conn: within a write.
        kind: of what is held.
        object_id: call id, customer's opaque reference (its hash is kept) or queue.
        matter: its number; no names.
        user_id: who asks for it.
        now: UTC ms.
    """
    hold_id = f"h_{secrets.token_hex(8)}"
    held = id_hash("customer", object_id) if kind == "customer" else object_id
    row = {"hold_id": hold_id, "kind": kind, "object_id": held, "matter": matter}
    row |= {"placed_by": user_id, "lifted_by": ""}
    conn.execute(insert(t.holds).values(**row, placed_at=now))
    return hold_id


def lift(conn: Connection, hold_id: str, user_id: str, now: int) -> bool:
    """Lift a hold; False when none holds under this id."""
    c = t.holds.c
    holding = (c.hold_id == hold_id, c.lifted_at.is_(None))
    values = {"lifted_by": user_id, "lifted_at": now}
    return conn.execute(update(t.holds).where(*holding).values(**values)).rowcount == 1


def list_holds(conn: Connection) -> tuple[Hold, ...]:
    """Return all holds: those that hold, then the lifted, each newest first."""
    c = t.holds.c
    query = select(t.holds).order_by(c.lifted_at.is_not(None), c.placed_at.desc(), c.hold_id)
    return tuple(Hold(**row) for row in conn.execute(query).mappings())


def holding(conn: Connection) -> Holding:
    """Return what is held now."""
    c = t.holds.c
    query = select(c.kind, c.object_id, c.matter).where(c.lifted_at.is_(None)).order_by(c.placed_at)
    return Holding(matters={(row.kind, row.object_id): row.matter for row in conn.execute(query)})
