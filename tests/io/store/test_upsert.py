"""The two ways of writing what may be there already."""

from __future__ import annotations

from sqlalchemy import select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store.upsert import in_chunks, insert_new, upsert

FIRST = {"team": "A", "site": "north", "supervisor": "s1"}


def test_upsert_overwrites_the_row_of_the_same_key(database: Database) -> None:
    with database.write() as conn:
        upsert(conn, t.teams, FIRST)
        upsert(conn, t.teams, FIRST | {"site": "south"})
        assert conn.execute(select(t.teams)).all() == [("A", "south", "s1")]


def test_insert_new_leaves_it_and_counts_the_others(database: Database) -> None:
    with database.write() as conn:
        assert insert_new(conn, t.teams, [FIRST, FIRST, FIRST | {"team": "B"}]) == 2
        assert insert_new(conn, t.teams, [FIRST | {"site": "south"}]) == 0
        assert insert_new(conn, t.teams, []) == 0
        assert len(conn.execute(select(t.teams)).all()) == 2


def test_chunks_have_all_values_in_order() -> None:
    assert [list(chunk) for chunk in in_chunks(range(5), 2)] == [[0, 1], [2, 3], [4]]
