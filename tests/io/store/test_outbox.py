"""Records wait in order until the broker has them, each for the owner of its partition."""

from __future__ import annotations

from qm.io.database import Database
from qm.io.store.outbox import append, pending, sent, waiting
from qm.io.wire import Outgoing
from tests.io.store.samples import NOW


def record(value: bytes, key: bytes | None = b"c1") -> Outgoing:
    return Outgoing("qm.turns.v1", key, value, (("v", b"1"), ("type", b"turn")))


def test_records_come_back_as_they_were_in_the_order_of_their_decision(database: Database) -> None:
    given = [record(b"one"), record(b"\x00\xff"), record(b"three", key=None)]
    with database.write() as conn:
        for each in given:
            append(conn, each, NOW)
        records = pending(conn)
        assert [r.outgoing for r in records] == given
        assert [r.outgoing for r in pending(conn, limit=2)] == given[:2]
        assert "one" not in repr(records)


def test_what_is_sent_does_not_wait(database: Database) -> None:
    with database.write() as conn:
        for i in range(1_200):  # more than one statement binds
            append(conn, record(str(i).encode()), NOW)
        seqs = [r.seq for r in pending(conn, limit=1_199)]
        sent(conn, seqs)
        sent(conn, seqs)
        sent(conn, [])
        assert waiting(conn) == 1
        assert [r.outgoing.value for r in pending(conn)] == [b"1199"]


def test_each_owner_sends_its_own_and_what_nobody_owns(database: Database) -> None:
    with database.write() as conn:
        for partition in (1, 2, None):
            append(conn, record(str(partition).encode()), NOW, partition=partition)
        values = [r.outgoing.value for r in pending(conn, partitions={1})]
        assert values == [b"1", b"None"]
        assert len(pending(conn, partitions=())) == 1
        assert len(pending(conn)) == 3
