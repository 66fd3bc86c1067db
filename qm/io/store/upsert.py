"""Inserting what may be there already, the same way on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(conn: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert ``row``, or overwrite the row that has the same primary key."""
    conn.execute(_overwriting(table, conn.dialect.name, tuple(row)), dict(row))


def upsert_all(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns, or overwrite those that have the same primary key."""
    if rows:
        names = tuple(rows[0])
        conn.execute(_overwriting(table, conn.dialect.name, names), [dict(row) for row in rows])


def insert_new(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose key is not taken and return how many those were."""
    counted = {"preserve_rowcount": True}  # else PostgreSQL's driver does not tell for an insert
    statement = _insert(table, conn.dialect.name).on_conflict_do_nothing()
    return sum(conn.execute(statement, dict(r), execution_options=counted).rowcount for r in rows)


def in_chunks(values: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    """Cut ``values`` so that one statement binds fewer than SQLite's 32 766 values."""
    return (values[i : i + size] for i in range(0, len(values), size))


@cache  # a handful of statements, each built once: building costs more than running
def _overwriting(table: Table, dialect: str, names: tuple[str, ...]) -> Any:
    key = [column.name for column in table.primary_key]
    insert = _insert(table, dialect)
    others = {name: insert.excluded[name] for name in names if name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=others)


def _insert(table: Table, dialect: str) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)
