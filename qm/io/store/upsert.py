"""Inserting what may be there already, the same way on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(conn: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert ``row``, or overwrite the row that has the same primary key."""
    key = [column.name for column in table.primary_key]
    insert = _insert(conn, table).values(**row)
    others = {name: insert.excluded[name] for name in row if name not in key}
    conn.execute(insert.on_conflict_do_update(index_elements=key, set_=others))


def insert_new(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose key is not taken and return how many those were."""
    counted = {"preserve_rowcount": True}  # else PostgreSQL's driver does not tell for an insert
    statements = (_insert(conn, table).values(**row).on_conflict_do_nothing() for row in rows)
    return sum(conn.execute(each, execution_options=counted).rowcount for each in statements)


def in_chunks(values: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    """Cut ``values`` so that one statement binds fewer than SQLite's 32 766 values."""
    return (values[i : i + size] for i in range(0, len(values), size))


def _insert(conn: Connection, table: Table) -> Any:
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
