"""Each call has one key; it moves to a new key-encryption key, and is gone when deleted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import select, update

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import keys, users
from qm.io.store.keys import call_key, delete_call_key, find_call_key, rewrap, wrapped_by
from qm.io.store.users import NewUser, add_user
from qm.io.vault import SealBroken, Vault, add_key, open_vault, retire_key
from tests.io.store.samples import NOW

OLD = Vault(current="k1", keys={"k1": bytes(32)})


def test_a_call_keeps_the_key_it_was_given(database: Database) -> None:
    with database.write() as conn:
        assert find_call_key(conn, OLD, "c1") is None
        first = call_key(conn, OLD, "c1", NOW)
        assert call_key(conn, OLD, "c1", NOW) == find_call_key(conn, OLD, "c1") == first
        assert call_key(conn, OLD, "c2", NOW) != first
        assert first not in conn.execute(select(t.call_keys.c.wrapped)).scalars().first()
    assert len(first) == 32


def test_of_workers_that_ask_at_once_all_get_the_same(database: Database) -> None:
    found: list[bytes] = []

    def run() -> None:
        with database.write() as conn:
            found.append(call_key(conn, OLD, "c1", NOW))

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5
    assert len(set(found)) == 1


def test_a_key_does_not_open_in_the_row_of_another_call(database: Database) -> None:
    with database.write() as conn:
        call_key(conn, OLD, "c1", NOW)
        conn.execute(update(t.call_keys).values(call_id="c2"))
        with pytest.raises(SealBroken):
            find_call_key(conn, OLD, "c2")


def test_a_deleted_key_is_gone(database: Database) -> None:
    with database.write() as conn:
        call_key(conn, OLD, "c1", NOW)
        assert delete_call_key(conn, "c1")
        assert not delete_call_key(conn, "c1")
        assert find_call_key(conn, OLD, "c1") is None


def test_keys_move_to_a_new_key_bit_by_bit_and_the_old_one_can_go(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "kek"
    before = open_vault(path, create=True)
    with database.write() as conn:
        plain = {f"c{i}": call_key(conn, before, f"c{i}", NOW) for i in range(5)}
        new = NewUser(name="ann", shown_as="", password_hash=None, grants=frozenset())
        user_id = add_user(conn, new, NOW)
        users.set_totp(conn, user_id, "JBSWY3DPEHPK3PXP", before)
    after = add_key(path)
    with database.write() as conn:
        assert wrapped_by(conn, before.current) == 6
        assert [rewrap(conn, after, limit=2) for _ in range(4)] == [3, 2, 1, 0]
        assert (wrapped_by(conn, before.current), wrapped_by(conn, after.current)) == (0, 6)
    alone = retire_key(path, before.current)
    with database.read() as conn:
        assert {c: find_call_key(conn, alone, c) for c in plain} == plain
        assert users.totp_secret(conn, user_id, alone) == "JBSWY3DPEHPK3PXP"


def test_a_call_reads_the_same_in_the_middle_of_a_rotation(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "kek"
    before = open_vault(path, create=True)
    with database.write() as conn:
        plain = [call_key(conn, before, f"c{i}", NOW) for i in range(4)]
    after = add_key(path)
    with database.write() as conn:
        keys.rewrap(conn, after, limit=2)
    with database.read() as conn:
        assert [find_call_key(conn, after, f"c{i}") for i in range(4)] == plain
