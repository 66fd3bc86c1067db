"""Words are found the same way in both databases, and only those that may be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from qm.io.database import Database
from qm.io.store.search import TurnFilter, count_turns, find_turns
from qm.stages.terms import parse_terms
from qm.types import RedactedWord
from tests.io.store.samples import (
    STARTED,
    closed,
    labelled,
    meta,
    roster,
    saved,
    scope,
    scorecard,
    turn,
)

LINES = (
    "Good morning, how can I help you?",
    "I called twice about my referral and nobody called me back",
    "I'm so sorry, that must be frustrating. I will call you at twelve-thirty",
    "My name is [NAME_1], mañana está bien",
)


def spoken(index: int, line: str, call_id: str = "c1", **changes: Any) -> Any:
    words = tuple(RedactedWord(start_ms=0, end_ms=9, text=w) for w in line.split())
    return turn(index, call_id, text=line, words=words, redactions=(), **changes)


def fill(database: Database, call_id: str = "c1", *more: Any, **changes: Any) -> None:
    turns = [spoken(i, line, call_id) for i, line in enumerate(LINES)]
    labels = [labelled(2, call_id, empathy_strong=0.9, apology=0.7)]
    given = meta(call_id, **changes)
    with database.write() as conn:
        roster(conn)
        saved(conn, *turns, *labels, *more, closed(call_id), call=given)


def found(database: Database, typed: str = "", who: Any = None, **wanted: Any) -> list[Any]:
    filtered = TurnFilter(terms=parse_terms(typed), **wanted)
    with database.read() as conn:
        hits = find_turns(conn, who or scope(), filtered, 50)
        assert count_turns(conn, who or scope(), filtered) == len(hits)
    return [(hit.call.call_id, hit.turn.index) for hit in hits]


@pytest.mark.parametrize(
    ("typed", "turns"),
    [
        ("referral", [1]),
        ("REFERRAL called", [1]),
        ("refer", []),
        ("refer*", [1]),
        ('"call you"', [2]),
        ('"you call"', []),
        ("call", [2]),
        ("call*", [1, 2]),
        ("call* -sorry", [1]),
        ("-sorry", [0, 1, 3]),
        ("manana esta", [3]),
        ("MAÑANA", [3]),
        ("thirty", [2]),
        ('"at twelve-thirty"', [2]),
        ('"at twelve"', [2]),
        ("I'm", [2]),
        ("zebra", []),
        ("", [0, 1, 2, 3]),
    ],
)
def test_words_find_turns(database: Database, typed: str, turns: list[int]) -> None:
    fill(database)
    assert found(database, typed) == [("c1", index) for index in turns]


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [
        ({"agent_id": "a2"}, ["c2"]),
        ({"team": "B"}, ["c2"]),
        ({"queue": "nurse"}, ["c2"]),
        ({"language": "es"}, ["c2"]),
        ({"disposition": "refill"}, ["c2"]),
        ({"since": int(STARTED.timestamp() * 1000) + 1}, ["c2"]),
        ({"until": int(STARTED.timestamp() * 1000) + 1}, ["c1"]),
        ({"score_from": 90}, ["c2"]),
        ({"score_to": 90}, ["c1"]),
        ({"longest_ms": 100_000}, []),
        ({"longest_ms": 141_000}, ["c2", "c1"]),
        ({}, ["c2", "c1"]),
    ],
)
def test_filters_narrow(database: Database, wanted: dict[str, Any], calls: list[str]) -> None:
    fill(database, "c1", scorecard("c1"))
    fill(
        database, "c2", scorecard("c2", percent_low=91.0, percent_high=99.0), agent_id="a2",
        queue="nurse", language="es", disposition="refill", started_at=STARTED + timedelta(hours=1),
    )  # fmt: skip
    assert found(database, "sorry", **wanted) == [(call_id, 2) for call_id in calls]


def test_roles_and_labels_narrow(database: Database) -> None:
    fill(database)
    assert found(database, role="customer") == [("c1", 1), ("c1", 3)]
    assert found(database, label="empathy_strong") == [("c1", 2)]
    assert found(database, label="anger") == []
    assert found(database, "sorry", role="agent", label="apology") == [("c1", 2)]


def test_the_surest_example_of_a_label_comes_first_when_asked(database: Database) -> None:
    fill(database, "c1", labelled(0, empathy_strong=0.99))
    assert found(database, label="empathy_strong") == [("c1", 0), ("c1", 2)]
    fill(database, "c2", started_at=STARTED + timedelta(hours=1))
    surest = found(database, label="empathy_strong", order="surest")
    assert surest == [("c1", 0), ("c2", 2), ("c1", 2)]


def test_what_stands_around_a_turn_comes_with_it(database: Database) -> None:
    fill(database)
    with database.read() as conn:
        hit, *_ = find_turns(conn, scope(), TurnFilter(terms=parse_terms("referral")), 5)
    assert [x.index for x in (*hit.before, hit.turn, *hit.after)] == [0, 1, 2]
    assert hit.call.agent_name == "Agent a1"


def test_pages_hold_each_turn_once(database: Database) -> None:
    fill(database)
    with database.read() as conn:
        pages = [find_turns(conn, scope(), TurnFilter(), 3, offset) for offset in (0, 3, 6)]
    assert [hit.turn.index for page in pages for hit in page] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "hidden", [{"withheld": True, "text": "[withheld]", "words": ()}, {"on_hold": True}]
)
def test_words_that_may_not_be_shown_are_not_found(
    database: Database, hidden: dict[str, Any]
) -> None:
    fill(database, "c1", replace(spoken(4, "zebra secret"), **hidden))
    assert found(database, "zebra") == found(database, "withheld") == []
    assert len(found(database)) == 4


def test_words_of_an_older_recognition_are_not_found(database: Database) -> None:
    fill(database)
    with database.write() as conn:
        second = spoken(0, "another hearing", pass_=1)
        saved(conn, second, closed(), call=meta())
    assert found(database, "referral") == []
    assert found(database, "hearing") == [("c1", 0)]


def test_calls_of_candidates_and_live_calls_are_not_found(database: Database) -> None:
    fill(database, "c1", practice=True)
    with database.write() as conn:
        saved(conn, spoken(0, "sorry", "c2"), call=meta("c2"))
    assert found(database, "sorry") == []


def test_calls_of_other_teams_are_not_found(database: Database) -> None:
    fill(database, "c1", agent_id="a1")
    assert found(database, "sorry", scope(("coach", "B"))) == []
    assert found(database, "sorry", scope(("coach", "A"))) == [("c1", 2)]
    assert found(database, "sorry", scope(("admin", "*"))) == []


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
@given(typed=st.text(max_size=40))
def test_any_text_may_be_asked(database: Database, typed: str) -> None:
    with database.read() as conn:
        assert find_turns(conn, scope(), TurnFilter(terms=parse_terms(typed)), 5) == ()


def test_a_corrected_word_is_found_no_more(database: Database) -> None:
    fill(database)
    with database.write() as conn:
        saved(conn, spoken(1, "I called twice about [OTHER_ID]"), call=meta())
    assert found(database, "referral") == []


@pytest.mark.postgres
def test_postgresql_answers_from_the_index(postgres_database: Database) -> None:
    fill(postgres_database)
    from qm.io.store.search import FOLDED

    query = (
        f"EXPLAIN SELECT id FROM turns WHERE to_tsvector('simple', {FOLDED})"
        " @@ to_tsquery('simple', 'sorry')"
    )
    with postgres_database.read() as conn:
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(conn.exec_driver_sql(query).scalars())
    assert "turns_text" in plan
