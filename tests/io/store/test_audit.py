"""What is written down stays as it was: every way to change the trail shows."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import audit
from qm.io.store.audit import AuditFilter, BadRow, Entry, append, search, verify
from qm.io.store.tombstones import id_hash
from tests.io.store.samples import NOW, alert, meta, saved

ROWS = 5


def fill(conn: Connection) -> None:
    for i in range(ROWS):
        entry = Entry(
            user_id=f"u{i % 2}",
            action="play" if i == 3 else "view",
            kind="call",
            object_id=f"c{i}",
            team="A",
            detail={"from_ms": i * 1_000, "original": i == 4, "why": "review"},
        )
        append(conn, entry, NOW + i)


def test_an_untouched_trail_holds(database: Database) -> None:
    with database.write() as conn:
        assert verify(conn) is None
        fill(conn)
        assert verify(conn) is None


OTHER: dict[str, Any] = {
    "at": NOW - 1,
    "user_id": "somebody-else",
    "action": "export",
    "kind": "user",
    "object_id": "c9",
    "team": "",
    "detail": "{}",
    "previous": "0" * 64,
    "hash": "0" * 64,
}


def test_every_column_is_in_the_table_below() -> None:
    assert {*OTHER, "seq"} == {column.name for column in t.audit.columns}


@pytest.mark.parametrize("seq", [1, 3, ROWS], ids=["first", "middle", "last"])
@pytest.mark.parametrize("column", OTHER)
def test_a_changed_column_shows(sqlite_database: Database, column: str, seq: int) -> None:
    with sqlite_database.write() as conn:
        fill(conn)
        change = update(t.audit).where(t.audit.c.seq == seq).values({column: OTHER[column]})
        conn.execute(change)
        assert verify(conn) == BadRow(seq=seq, what="altered")


def test_a_row_that_is_altered_with_a_fitting_hash_breaks_the_next(database: Database) -> None:
    from qm.io.store.audit import _hash

    with database.write() as conn:
        fill(conn)
        row = dict(conn.execute(select(t.audit).where(t.audit.c.seq == 3)).mappings().one())
        row.pop("hash")
        row["user_id"] = "somebody-else"
        values = {"user_id": row["user_id"], "hash": _hash(row)}
        conn.execute(update(t.audit).where(t.audit.c.seq == 3).values(**values))
        assert verify(conn) == BadRow(seq=4, what="altered")


TAMPERED = {
    "the first row removed": (delete(t.audit).where(t.audit.c.seq == 1), 1, "missing"),
    "a middle row removed": (delete(t.audit).where(t.audit.c.seq == 3), 3, "missing"),
    "the last row removed": (delete(t.audit).where(t.audit.c.seq == 5), 5, "cut_off"),
    "all rows removed": (delete(t.audit), 1, "cut_off"),
    "a row renumbered": (update(t.audit).where(t.audit.c.seq == 5).values(seq=9), 5, "missing"),
    "the head moved": (update(t.audit_head).values(seq=4), 6, "cut_off"),
    "the head removed": (delete(t.audit_head), 6, "cut_off"),
}


@pytest.mark.parametrize(("act", "seq", "what"), TAMPERED.values(), ids=TAMPERED.keys())
def test_a_changed_order_shows(database: Database, act: Any, seq: int, what: str) -> None:
    with database.write() as conn:
        fill(conn)
        conn.execute(act)
        assert verify(conn) == BadRow(seq=seq, what=what)


def test_two_rows_that_change_places_show(database: Database) -> None:
    with database.write() as conn:
        fill(conn)
        for old, new in ((2, 99), (3, 2), (99, 3)):
            conn.execute(update(t.audit).where(t.audit.c.seq == old).values(seq=new))
        assert verify(conn) == BadRow(seq=2, what="altered")


def test_an_act_that_is_rolled_back_leaves_no_hole(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as conn:
        fill(conn)
        _ = 1 // 0
    with database.write() as conn:
        assert append(conn, Entry(user_id="u1", action="view", kind="call"), NOW) == 1
        assert verify(conn) is None


def test_appends_from_many_threads_make_one_chain(database: Database) -> None:
    def run() -> None:
        for _ in range(5):
            with database.write() as conn:
                append(conn, Entry(user_id="u1", action="view", kind="call"), NOW)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as conn:
        assert verify(conn) is None
        assert len(search(conn, AuditFilter())) == 20


def test_acts_come_back_newest_first_and_page_by_page(database: Database) -> None:
    with database.write() as conn:
        fill(conn)
        first = search(conn, AuditFilter(), limit=2)
        rest = search(conn, AuditFilter(), before=first[-1].seq)
    assert [row.seq for row in first + rest] == [5, 4, 3, 2, 1]
    assert first[0].entry == Entry(
        user_id="u0",
        action="view",
        kind="call",
        object_id="c4",
        team="A",
        detail={"from_ms": 4_000, "original": True, "why": "review"},
    )


FILTERS = {
    "by user": (AuditFilter(user_id="u1"), [4, 2]),
    "by action": (AuditFilter(action="play"), [4]),
    "by object": (AuditFilter(kind="call", object_id="c2"), [3]),
    "by time": (AuditFilter(since=NOW + 1, until=NOW + 3), [3, 2]),
    "by nothing that is there": (AuditFilter(kind="user"), []),
}


@pytest.mark.parametrize(("wanted", "seqs"), FILTERS.values(), ids=FILTERS.keys())
def test_acts_are_found(database: Database, wanted: AuditFilter, seqs: list[int]) -> None:
    with database.write() as conn:
        fill(conn)
        assert [row.seq for row in search(conn, wanted)] == seqs


def test_an_address_that_somebody_typed_cannot_stop_the_trail(database: Database) -> None:
    odd = Entry(
        user_id="", action="view", kind="call", object_id="\x00\ud800", detail={"q": "\x00"}
    )
    with database.write() as conn:
        append(conn, odd, NOW)
        assert verify(conn) is None


def test_who_opened_any_call_of_a_customer_is_one_query_also_when_it_is_erased(
    database: Database,
) -> None:
    with database.write() as conn:
        saved(conn, alert("al1", "c1"), call=meta("c1", customer_ref="r1"))
        saved(conn, call=meta("c2", customer_ref="r2"))
        detail: dict[str, audit.Value] = {"customer": id_hash("customer", "r1")}
        for action, kind, object_id, said in (
            ("view", "call", "c1", {}), ("view", "call", "c2", {}), ("claim", "alert", "al1", {}),
            ("view", "call", "c0", {}), ("erase", "call", "c0", detail), ("view", "calls", "", {}),
        ):  # fmt: skip
            audit.append(conn, Entry(user_id="u", action=action, kind=kind, object_id=object_id,
                                     detail=said), NOW)  # fmt: skip
        found = audit.objects_of_customer(conn, "r1")
        rows = audit.search(conn, AuditFilter(object_ids=found))
        assert {row.entry.object_id for row in rows} == {"c1", "al1", "c0"}
        assert audit.search(conn, AuditFilter(object_ids=())) == ()
