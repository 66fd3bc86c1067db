"""Named groups of users: who alerts go to, and who may see restricted calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, select

from qm.io import tables as t
from qm.io.store.upsert import insert_new


def set_members(conn: Connection, name: str, user_ids: Collection[str]) -> None:
    """Say who is in a group, in place of who was; without members there is no group."""
    conn.execute(delete(t.group_members).where(t.group_members.c.name == name))
    insert_new(conn, t.group_members, [{"name": name, "user_id": one} for one in sorted(user_ids)])


def list_groups(conn: Connection) -> Mapping[str, frozenset[str]]:
    """Return the user ids of each group, by its name."""
    found: dict[str, set[str]] = {}
    query = select(t.group_members).order_by(t.group_members.c.name)
    for row in conn.execute(query):
        found.setdefault(row.name, set()).add(row.user_id)
    return {name: frozenset(members) for name, members in found.items()}
