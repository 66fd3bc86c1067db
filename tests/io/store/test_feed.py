"""A reader of the feed gets every change once, whatever the order of commits."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import Connection, delete, insert, select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import feed
from qm.io.store.feed import GAP_MS, Cursor, FeedRow, follow
from tests.io.store.samples import NOW


def row(ref: str) -> FeedRow:
    return FeedRow(seq=0, at=NOW, kind="turn", call_id="c1", team="A", agent_id="a1", ref=ref)


def put(conn: Connection, seq: int) -> None:
    """Write a row under a given number, as a transaction that took it earlier does."""
    values = {"at": NOW, "kind": "turn", "call_id": "c1", "team": "", "agent_id": "", "ref": ""}
    conn.execute(insert(t.feed).values(seq=seq, **values))


def seqs(rows: tuple[FeedRow, ...]) -> list[int]:
    return [each.seq for each in rows]


def test_changes_are_numbered_upwards_and_never_twice(database: Database) -> None:
    with database.write() as conn:
        assert feed.last_seq(conn) == 0
        feed.append(conn, [row("0:0"), row("0:1")])
        first = feed.since(conn, 0)
        conn.execute(delete(t.feed))
        feed.append(conn, [row("0:2")])
        (later,) = feed.since(conn, 0)
    assert [each.ref for each in first] == ["0:0", "0:1"]
    assert later.seq > first[-1].seq > first[0].seq


def test_a_long_feed_is_read_in_pieces(database: Database) -> None:
    with database.write() as conn:
        feed.append(conn, [row(str(i)) for i in range(10)])
        start = feed.since(conn, 0, limit=4)
        assert [r.ref for r in start] == ["0", "1", "2", "3"]
        assert [r.ref for r in feed.since(conn, start[-1].seq)] == [str(i) for i in range(4, 10)]


def test_old_changes_are_trimmed(database: Database) -> None:
    with database.write() as conn:
        feed.append(conn, [row("0:0")])
        assert feed.trim(conn, NOW) == 0
        assert feed.trim(conn, NOW + 1) == 1
        assert feed.since(conn, 0) == ()


def test_a_number_that_was_skipped_is_delivered_when_it_comes(database: Database) -> None:
    with database.write() as conn:
        put(conn, 1)
        put(conn, 4)
        rows, cursor = follow(conn, Cursor(seq=0), NOW)
        assert seqs(rows) == [1, 4]
        assert cursor == Cursor(seq=4, gaps=((2, NOW), (3, NOW)))
        put(conn, 3)
        rows, cursor = follow(conn, cursor, NOW + 5)
        assert (seqs(rows), cursor) == ([3], Cursor(seq=4, gaps=((2, NOW),)))
        put(conn, 5)
        put(conn, 2)
        rows, cursor = follow(conn, cursor, NOW + 9)
        assert (seqs(rows), cursor) == ([2, 5], Cursor(seq=5))


def test_a_number_that_never_comes_is_given_up(database: Database) -> None:
    with database.write() as conn:
        put(conn, 1)
        put(conn, 3)
        _, cursor = follow(conn, Cursor(seq=0), NOW)
        _, cursor = follow(conn, cursor, NOW + GAP_MS - 1)
        assert cursor.gaps == ((2, NOW),)
        _, cursor = follow(conn, cursor, NOW + GAP_MS)
        assert cursor.gaps == ()


def test_a_reader_far_behind_does_not_wait_for_what_was_trimmed(database: Database) -> None:
    with database.write() as conn:
        put(conn, 1_000_000)
        rows, cursor = follow(conn, Cursor(seq=3), NOW)
    assert (seqs(rows), cursor) == ([1_000_000], Cursor(seq=1_000_000))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_order_each_change_comes_once(sqlite_database: Database, seed: int) -> None:
    chance = random.Random(seed)
    numbers = list(range(1, 61))
    order = sorted(numbers, key=lambda n: n + chance.uniform(0, 12))  # commits late by up to 12
    got: list[int] = []
    cursor = Cursor(seq=0)
    with sqlite_database.write() as conn:
        for at, number in enumerate(order):
            put(conn, number)
            if chance.random() < 0.5:
                rows, cursor = follow(conn, cursor, NOW + at, limit=chance.randint(1, 9))
                got += seqs(rows)
        while (step := follow(conn, cursor, NOW + 99))[0]:
            rows, cursor = step
            got += seqs(rows)
    assert sorted(got) == numbers


@pytest.mark.postgres
def test_two_writers_that_commit_in_the_wrong_order(postgres_database: Database) -> None:
    with postgres_database.write() as early:
        feed.append(early, [row("early")])
        early.execute(select(t.feed)).all()
        with postgres_database.write() as late:
            feed.append(late, [row("late")])
        with postgres_database.read() as conn:
            rows, cursor = follow(conn, Cursor(seq=0), NOW)
        assert [each.ref for each in rows] == ["late"]
    with postgres_database.read() as conn:
        rows, cursor = follow(conn, cursor, NOW)
    assert [each.ref for each in rows] == ["early"]
    assert cursor.gaps == ()
