"""An erased call is in no table, in no index and in no byte of the files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import audit, calls, erasures, events
from qm.io.store.erasing import (
    Erasable,
    Kept,
    calls_of_customer,
    erase_call,
    erase_contacts,
    forget_words,
    plan,
)
from qm.io.store.erasures import Report
from qm.io.store.holds import Holding
from qm.io.store.keys import call_key, find_call_key
from qm.io.vault import Vault
from qm.types import ContactEvent, RedactedTurn, RedactedWord
from tests.io.store.samples import (
    NOW,
    STARTED,
    alert,
    closed,
    facts,
    labelled,
    meta,
    outcome,
    saved,
    scope,
    scorecard,
    turn,
)

VAULT = Vault(current="k1", keys={"k1": bytes(32)})
ALL = scope()
DAY = 86_400_000
KEPT = {"audit", "audit_head", "tombstones"}
WORD = "zyzzogeton"  # in no other text, so that finding it means finding this call


def spoken(index: int = 0, call_id: str = "c1", **changes: object) -> RedactedTurn:
    words = (RedactedWord(start_ms=0, end_ms=9, text=WORD),)
    return turn(index, call_id, text=f"my {WORD} hurts", words=words, redactions=(), **changes)


def found(database: Database, word: str) -> int:
    """Count turns that the full-text index has under a word."""
    if database.dialect == "sqlite":
        query = "SELECT count(*) FROM turns_text WHERE turns_text MATCH :word"
    else:
        query = (
            "SELECT count(*) FROM turns WHERE "
            "to_tsvector('simple', text) @@ plainto_tsquery('simple', :word)"
        )
    with database.read() as conn:
        return conn.execute(text(query), {"word": word}).scalar_one()


def in_files(database: Database, word: str) -> bool:
    folder = Path(str(database.engine.url.database)).parent
    return any(word.encode() in file.read_bytes() for file in folder.iterdir())


def test_nothing_of_an_erased_call_is_left_in_any_table(database: Database) -> None:
    with database.write() as conn:
        saved(conn, turn(0), labelled(0, apology=0.9), alert(), facts(), outcome(), scorecard())
        saved(conn, closed())
        call_key(conn, VAULT, "c1", NOW)
        hold = ContactEvent(event_id="e1", contact_id="k-c1", at=STARTED, kind="hold", call_id="c1")
        events.insert(conn, [hold], NOW)
        audit.append(conn, audit.Entry(user_id="u", action="erase", kind="call"), NOW)
    with database.write() as conn:
        assert erase_call(conn, "c1")
        assert not erase_call(conn, "c1")
        left = {
            name
            for name, table in t.metadata.tables.items()
            if conn.execute(select(table).limit(1)).first()
        }
        assert find_call_key(conn, VAULT, "c1") is None
    assert left == KEPT


def test_other_calls_stay(database: Database) -> None:
    with database.write() as conn:
        saved(conn, spoken())
        saved(conn, turn(0, "c2"), labelled(0, "c2", apology=0.9), call=meta("c2"))
        erase_call(conn, "c1")
        assert calls.turns(conn, ALL, "c2") == (turn(0, "c2"),)
        assert len(calls.labels(conn, ALL, "c2")) == 1
    assert found(database, WORD) == 0
    assert found(database, "sentence") == 1


def test_the_index_follows_the_text(database: Database) -> None:
    with database.write() as conn:
        saved(conn, spoken())
    assert found(database, WORD.upper()) == 1
    with database.write() as conn:
        saved(conn, turn(0, text="my [CONDITION] hurts", redaction_version=1))
    assert (found(database, WORD), found(database, "hurts")) == (0, 1)


def test_erased_words_cannot_be_read_from_the_files(sqlite_database: Database) -> None:
    with sqlite_database.write() as conn:
        for i in range(20):
            saved(conn, spoken(i))
            saved(conn, turn(i, "c2"), call=meta("c2"))
    sqlite_database.scrub()
    assert in_files(sqlite_database, WORD)
    with sqlite_database.write() as conn:
        erase_call(conn, "c1")
    sqlite_database.scrub()
    assert not in_files(sqlite_database, WORD)
    assert in_files(sqlite_database, "sentence")


def test_words_redacted_late_cannot_be_read_from_the_files(sqlite_database: Database) -> None:
    with sqlite_database.write() as conn:
        saved(conn, spoken())
        conn.execute(t.outbox.delete())  # it was sent
    with sqlite_database.write() as conn:
        saved(conn, turn(0, text="my [CONDITION] hurts", redaction_version=1))
        forget_words(conn)
    sqlite_database.scrub()
    assert not in_files(sqlite_database, WORD)


def erasable(call_id: str, **changes: Any) -> Erasable:
    given = Erasable(
        call_id=call_id, contact_id="k", queue="Q", customer_ref="r", started_at=NOW - 10 * DAY,
        updated_at=NOW - DAY, live=False,
    )  # fmt: skip
    return replace(given, **changes)


def test_a_hold_and_the_minimum_retention_win_over_erasing() -> None:
    held = Holding(matters={("call", "c1"): "M-1"})
    found = [erasable("c1"), erasable("c2"), erasable("c3", queue="Kept long")]
    made = plan(found, held, {"Q": 5 * DAY, "Kept long": 30 * DAY}, NOW)
    assert [one.call_id for one in made.erase] == ["c2"]
    assert made.kept == (
        Kept(call_id="c1", why="hold", matter="M-1"),
        Kept(call_id="c3", why="minimum", until=NOW + 20 * DAY),
    )


def test_a_call_that_goes_on_or_has_just_ended_waits() -> None:
    found = [erasable("c1", live=True), erasable("c2", updated_at=NOW - 1)]
    made = plan(found, Holding(matters={}), {}, NOW)
    assert (made.erase, made.kept) == ((), ())
    assert [one.call_id for one in made.live] == ["c1", "c2"]


def test_a_customers_events_go_but_those_of_a_call_that_is_kept(database: Database) -> None:
    with database.write() as conn:
        saved(conn, turn(0), call=meta("c1", contact_id="k1", customer_ref="r"))
        found = [
            ContactEvent(event_id=f"e-{k}", contact_id=k, at=STARTED, kind="offered",
                                customer_ref="r")
            for k in ("k1", "k2")
        ]  # fmt: skip
        events.insert(conn, found, NOW)
        assert [one.call_id for one in calls_of_customer(conn, "r")] == ["c1"]
        assert calls_of_customer(conn, "") == ()
        assert erase_contacts(conn, "r", NOW) >= 1
        assert events.events_of(conn, "k2") == ()
        assert len(events.events_of(conn, "k1")) == 1


def test_a_request_keeps_the_reference_no_longer_than_it_needs_it(database: Database) -> None:
    with database.write() as conn:
        first = erasures.ask(conn, "r", "u1", NOW)
        assert erasures.ask(conn, "r", "u2", NOW + 1) == first
        kept = (Kept(call_id="c1", why="hold", matter="M-1"),)
        erasures.note(conn, first, Report(calls=2, rows={"turns": 9}, kept=kept), NOW + 2)
        assert erasures.list_erasures(conn, waiting=True) == ()
        (done,) = erasures.list_erasures(conn)
    assert (done.customer_ref, done.report.rows, done.report.kept) == ("", {"turns": 9}, kept)
