"""Results are read back as they were written, and an older one never replaces a newer."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import calls, outbox
from qm.io.store.alerts import alerts_of
from qm.io.store.results import Result, write_result
from qm.types import RedactedTurn, RedactedWord
from tests.io.store.samples import (
    NOW,
    alert,
    closed,
    facts,
    labelled,
    outcome,
    saved,
    scope,
    scorecard,
    turn,
)

ALL = scope()


def write(conn: Connection, *results: Result) -> list[str | None]:
    return [write_result(conn, result, NOW, None) for result in results]


def stored_turn(conn: Connection) -> RedactedTurn:
    (only,) = calls.turns(conn, ALL, "c1")
    return only


def test_results_are_read_back_as_they_were_written(database: Database) -> None:
    with database.write() as conn:
        saved(conn, turn(0), turn(1), labelled(1, anger=0.91, abuse=0.7), facts(), outcome())
        saved(conn, scorecard(), alert())
    with database.read() as conn:
        assert calls.turns(conn, ALL, "c1") == (turn(0), turn(1))
        assert calls.labels(conn, ALL, "c1") == (labelled(1, anger=0.91, abuse=0.7),)
        assert calls.facts(conn, ALL, "c1") == facts()
        assert calls.outcome(conn, ALL, "c1") == outcome()
        assert calls.scorecard(conn, ALL, "c1") == scorecard()
        assert [row.alert for row in alerts_of(conn, ALL, "c1")] == [alert()]


VERSIONS = {
    # (stored redaction, revision), (new redaction, revision) -> new wins
    "a later growth": ((0, 1), (0, 2), True),
    "an earlier growth": ((0, 2), (0, 1), False),
    "the same growth": ((0, 2), (0, 2), True),
    "a corrected redaction": ((0, 2), (1, 2), True),
    "a corrected redaction of an earlier growth": ((0, 5), (1, 2), True),
    "a later growth with the old redaction": ((1, 2), (0, 5), False),
}


@pytest.mark.parametrize(("old", "new", "wins"), VERSIONS.values(), ids=VERSIONS.keys())
def test_a_turn_is_replaced_by(
    database: Database, old: tuple[int, int], new: tuple[int, int], wins: bool
) -> None:
    before = turn(redaction_version=old[0], revision=old[1], text="before")
    after = turn(redaction_version=new[0], revision=new[1], text="after")
    with database.write() as conn:
        saved(conn, before)
        assert write(conn, after) == (["0:0"] if wins else [None])
        assert stored_turn(conn) == (after if wins else before)


def test_writing_again_says_that_nothing_changed(database: Database) -> None:
    results = (
        turn(0), labelled(0, apology=0.9), alert(), facts(), outcome(), scorecard(),
    )  # fmt: skip
    with database.write() as conn:
        saved(conn)
        assert None not in write(conn, *results)
        assert write(conn, *results) == [None] * len(results)


def test_labels_that_went_off_are_found_no_more(database: Database) -> None:
    def hits(conn: Connection) -> set[str]:
        return set(conn.execute(select(t.label_hits.c.label)).scalars())

    with database.write() as conn:
        saved(conn, turn(1), labelled(1, anger=0.9, abuse=0.8))
        assert hits(conn) == {"anger", "abuse"}
        write(conn, labelled(1, anger=0.7))
        assert hits(conn) == {"anger"}


def test_a_scorecard_of_the_final_pass_is_not_replaced_by_a_live_one(database: Database) -> None:
    with database.write() as conn:
        saved(conn)
        done = write(conn, scorecard(pass_=0), scorecard(pass_=1, percent=70.0), scorecard(pass_=0))
        assert done == ["patient-access@1", "patient-access@1", None]
        card = calls.scorecard(conn, ALL, "c1")
    assert card is not None
    assert card.percent == 70.0


def test_an_alert_closes_by_itself_once(database: Database) -> None:
    heard = alert(closed_ms=99_000)
    with database.write() as conn:
        saved(conn)
        assert write(conn, alert(), heard, heard, alert()) == ["al1", "al1", None, None]
        (row,) = alerts_of(conn, ALL, "c1")
    assert (row.state, row.closed_by, row.alert.closed_ms) == ("closed", "", 99_000)


def test_the_finished_recognition_is_the_one_that_shows(database: Database) -> None:
    with database.write() as conn:
        saved(conn, turn(0), closed())
        saved(conn, turn(0, pass_=1))
        assert stored_turn(conn).pass_ == 0  # pass 1 is still being written
        saved(conn, closed())
        assert stored_turn(conn).pass_ == 1
        assert calls.turns(conn, ALL, "c1", 0) == (turn(0),)


def test_text_that_no_database_takes_is_made_storable(database: Database) -> None:
    odd = "nul \x00 and a lone \ud800"
    word = RedactedWord(start_ms=0, end_ms=1, text=odd)
    with database.write() as conn:
        saved(conn, turn(text=odd, words=(word,), redactions=()))
        got = stored_turn(conn)
        (record,) = outbox.pending(conn)
    assert got.text == got.words[0].text == "nul \ufffd and a lone \ufffd"
    assert "a lone \ufffd" in record.outgoing.value.decode()
