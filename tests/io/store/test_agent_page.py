"""What an agent's page is made of, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, update

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import audit
from qm.io.store.agent_page import (
    acknowledge_evaluation,
    evaluations_of_agent,
    looks_at,
    machine_checks,
)
from qm.io.store.evaluations import Evaluation, GivenAnswer, new_evaluation_id, submit
from qm.io.store.reviews import NewReview, add_review, send_to_another
from tests.io.store.coaching import COACH, OTHER, agent, cut, finished
from tests.io.store.samples import NOW, STARTED, closed, meta, saved, scorecard

BEGAN = int(STARTED.timestamp() * 1000)


def evaluate(conn: Connection, call_id: str = "c1", kind: Any = "sample", at: int = NOW) -> str:
    review_id = add_review(conn, NewReview(call_id=call_id, kind=kind, due_at=NOW), NOW)
    values = {"state": "submitted", "closed_by": "rita", "closed_at": at}
    conn.execute(update(t.reviews).where(t.reviews.c.review_id == review_id).values(**values))
    one = Evaluation(
        evaluation_id=new_evaluation_id(), call_id=call_id, review_id=review_id, kind=kind,
        reviewer="rita", form="patient-access@1", pass_=0, blind=True, percent=80.0, earned=16.0,
        possible=20.0, band="met", findings=(), not_judged=0, heard_share=1.0, begun_at=at,
        submitted_at=at, answers=(GivenAnswer(question="opening", state="answered", answer="yes"),),
    )  # fmt: skip
    submit(conn, one)
    return one.evaluation_id


def test_evaluations_of_own_calls_newest_first(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        finished(conn, "c2")
        finished(conn, "c3", agent_id="a2")
        first, second = evaluate(conn), evaluate(conn, "c2", "flag", NOW + 5)
        evaluate(conn, "c2", "second", NOW + 9)
        evaluate(conn, "c3")
        found = evaluations_of_agent(conn, agent("a1"), "a1")
        assert [one.evaluation_id for one in found] == [second, first]
        assert [one.counts for one in found] == [False, True]
        assert evaluations_of_agent(conn, OTHER, "a1") == ()
        assert evaluations_of_agent(conn, COACH, "") == ()


def test_what_is_seen_differently_counts_no_more_until_somebody_looked(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        evaluate(conn)
        send_to_another(conn, "c1", {"opening": "x1"}, NOW, NOW + 1)
        (one,) = evaluations_of_agent(conn, COACH, "a1")
        assert one.contest == "open" and not one.counts
        conn.execute(update(t.reviews).where(t.reviews.c.kind == "dispute").values(state="done"))
        evaluate(conn, kind="dispute", at=NOW + 9)
        newer, older = evaluations_of_agent(conn, COACH, "a1")
        assert newer.contest == older.contest == "answered"
        assert newer.counts and not older.counts


def test_an_evaluation_is_acknowledged_once_by_its_agent(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        evaluation_id = evaluate(conn)
        assert not acknowledge_evaluation(conn, agent("a2"), evaluation_id, NOW)
        assert not acknowledge_evaluation(conn, agent(""), evaluation_id, NOW)
        assert not acknowledge_evaluation(conn, agent("a1"), "none", NOW)
        assert acknowledge_evaluation(conn, agent("a1"), evaluation_id, NOW + 1)
        assert acknowledge_evaluation(conn, agent("a1"), evaluation_id, NOW + 2)
        (one,) = evaluations_of_agent(conn, agent("a1"), "a1")
    assert one.acknowledged_at == NOW + 1


def test_machine_checks_are_ranges_of_finished_calls(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        saved(conn, scorecard(), call=meta())
        finished(conn, "c2")
        nothing = {"percent": None, "percent_low": None, "percent_high": None}
        saved(conn, scorecard("c2", **nothing), closed("c2"), call=meta("c2"))
        finished(conn, "c3", practice=True)
        saved(conn, scorecard("c3"), call=meta("c3", practice=True))
        (check,) = machine_checks(conn, agent("a1"), "a1", BEGAN)
        assert (check.call_id, check.low, check.high) == ("c1", 78.0, 86.0)
        assert machine_checks(conn, agent("a1"), "a1", BEGAN + 1) == ()
        assert machine_checks(conn, OTHER, "a1", 0) == ()


@pytest.mark.parametrize("kind", ["call", "clip", "review"])
def test_who_looked_is_known_by_call_clip_and_review(database: Database, kind: str) -> None:
    with database.write() as conn:
        finished(conn)
        objects = {"call": "c1", "clip": cut(conn)}
        objects["review"] = add_review(
            conn, NewReview(call_id="c1", kind="sample", due_at=NOW), NOW
        )
        for user, at in (("sam", NOW), ("sam", NOW + 9), ("maria", NOW), ("", NOW)):
            entry = audit.Entry(user_id=user, action="view", kind=kind, object_id=objects[kind])
            audit.append(conn, entry, at)
        denied = audit.Entry(user_id="tom", action="denied", kind=kind, object_id=objects[kind])
        audit.append(conn, denied, NOW)
        (look,) = looks_at(conn, agent("a1"), "a1", NOW, but=["maria"])
        assert (look.user_id, look.call_id, look.at) == ("sam", "c1", NOW + 9)
        assert look.clip is (kind == "clip")
        assert looks_at(conn, agent("a1"), "a1", NOW + 10) == ()
        assert looks_at(conn, agent("a2"), "a2", 0) == ()
