"""What people type lies sealed until it is settled, once, and goes with its call."""

from __future__ import annotations

from sqlalchemy import select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store.checkpoints import save
from qm.io.store.erasing import erase_call
from qm.io.store.typed import (
    MOST_CHARACTERS,
    delete_typed,
    read_typed,
    settle_typed,
    waiting_typed,
    write_typed,
)
from qm.io.vault import Vault
from tests.io.store.samples import NOW, meta, step

VAULT = Vault(current="k1", keys={"k1": bytes(32)})
SECRET = "Maria Ortega, 555-0142"


def typed(database: Database, text: str = SECRET, call_id: str | None = None) -> str:
    with database.write() as conn:
        return write_typed(
            conn, VAULT, kind="note", call_id=call_id, author="u1", text=text, now=NOW
        )


def test_until_it_is_settled_nobody_sees_it_and_it_is_nowhere_in_the_clear(
    database: Database,
) -> None:
    note = typed(database)
    with database.read() as conn:
        found = read_typed(conn, [note, "x-none"])
        row = conn.execute(select(t.typed)).mappings().one()
        waiting = waiting_typed(conn, VAULT, 10)
    assert list(found) == [note]
    assert (found[note].state, found[note].text, found[note].author) == ("waiting", "", "u1")
    assert SECRET.encode() not in row["sealed"]
    assert [w.text for w in waiting] == [SECRET]
    assert SECRET not in repr(waiting)


def test_settling_drops_the_original_and_happens_once(database: Database) -> None:
    note = typed(database)
    with database.write() as conn:
        settle_typed(conn, note, "[NAME], [PHONE]")
        settle_typed(conn, note, "by another worker")
        row = conn.execute(select(t.typed)).mappings().one()
        assert waiting_typed(conn, VAULT, 10) == ()
    assert (row["state"], row["text"], row["sealed"]) == ("ready", "[NAME], [PHONE]", None)


def test_what_cannot_be_judged_is_withheld_for_good(database: Database) -> None:
    note = typed(database)
    with database.write() as conn:
        settle_typed(conn, note, None)
        found = read_typed(conn, [note])[note]
    assert (found.state, found.text) == ("withheld", "")


def test_the_oldest_waits_least(database: Database) -> None:
    with database.write() as conn:
        for at, text in ((NOW + 5, "b"), (NOW, "a"), (NOW + 9, "c")):
            write_typed(conn, VAULT, kind="note", call_id=None, author="u1", text=text, now=at)
        assert [w.text for w in waiting_typed(conn, VAULT, 2)] == ["a", "b"]


def test_nothing_is_ready_at_once_and_too_much_is_cut(database: Database) -> None:
    empty, long = typed(database, "  "), typed(database, "a" * (MOST_CHARACTERS + 1))
    with database.read() as conn:
        found = read_typed(conn, [empty, long])
        assert [len(w.text or "") for w in waiting_typed(conn, VAULT, 9)] == [MOST_CHARACTERS]
    assert (found[empty].state, found[long].state) == ("ready", "waiting")


def test_it_goes_with_its_call_and_by_itself(database: Database) -> None:
    with database.write() as conn:
        save(conn, step(), NOW)
    with_call, alone = typed(database, call_id=meta().call_id), typed(database)
    with database.write() as conn:
        erase_call(conn, meta().call_id)
        assert list(read_typed(conn, [with_call, alone])) == [alone]
        delete_typed(conn, [alone])
        assert read_typed(conn, [alone]) == {}
