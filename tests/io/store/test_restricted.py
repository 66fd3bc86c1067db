"""Calls of restricted queues and customers show to the members of their group alone."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from qm.io.database import Database
from qm.io.store import calls
from qm.io.store.calls import CallFilter, Page
from qm.io.store.feed import last_seq, since
from qm.io.store.queues import Queue, save_queue
from qm.io.store.restricted import (
    DEFAULT_GROUP,
    list_customers,
    release_customer,
    restrict_customer,
)
from qm.io.store.scopes import WHOLE_SITE, Scope
from tests.io.store.samples import NOW, meta, saved, scope, turn

OUTSIDER = scope()
MEMBER = replace(OUTSIDER, groups=frozenset({DEFAULT_GROUP}))
CRISIS = Queue(queue="Crisis line", settings={"restricted": True, "access_group": "crisis"})


def seen(conn: Connection, who: Scope) -> set[str]:
    return {row.call_id for row in calls.list_calls(conn, who, CallFilter(), Page())}


def call(conn: Connection, call_id: str, **changes: str) -> None:
    saved(conn, turn(0, call_id), call=meta(call_id, **changes))


def test_a_call_of_a_restricted_queue_is_for_its_group_whatever_the_role(
    database: Database,
) -> None:
    with database.write() as conn:
        save_queue(conn, CRISIS)
        call(conn, "c1", queue="Crisis line")
        call(conn, "c2")
        assert seen(conn, OUTSIDER) == {"c2"}
        assert seen(conn, MEMBER) == {"c2"}, "another group than the queue's"
        assert seen(conn, replace(OUTSIDER, groups=frozenset({"crisis"}))) == {"c1", "c2"}
        assert seen(conn, WHOLE_SITE) == {"c1", "c2"}
        assert calls.turns(conn, OUTSIDER, "c1") == ()
        assert calls.call_row(conn, OUTSIDER, "c1") is None


def test_a_restriction_counts_for_calls_that_are_there_and_those_to_come(
    database: Database,
) -> None:
    with database.write() as conn:
        call(conn, "c1", customer_ref="r1")
        restrict_customer(conn, "r1", DEFAULT_GROUP, "u1", NOW)
        call(conn, "c2", customer_ref="r1")
        call(conn, "c3", customer_ref="r2")
        assert seen(conn, OUTSIDER) == {"c3"}
        assert seen(conn, MEMBER) == {"c1", "c2", "c3"}


def test_a_customer_is_listed_by_a_hash_and_released_by_it(database: Database) -> None:
    with database.write() as conn:
        call(conn, "c1", customer_ref="r1")
        hashed = restrict_customer(conn, "r1", DEFAULT_GROUP, "u1", NOW)
        (listed,) = list_customers(conn)
        assert (listed.customer_hash, "r1" in hashed) == (hashed, False)
        before = last_seq(conn)
        assert release_customer(conn, hashed, NOW)
        assert not release_customer(conn, hashed, NOW)
        assert seen(conn, OUTSIDER) == {"c1"}
        assert [row.call_id for row in since(conn, before)] == ["c1"], "open pages are told"


def test_a_restricted_customer_in_an_open_queue_and_the_other_way_round(
    database: Database,
) -> None:
    with database.write() as conn:
        save_queue(conn, CRISIS)
        restrict_customer(conn, "r1", "staff", "u1", NOW)
        call(conn, "c1", queue="Crisis line", customer_ref="r1")
        assert seen(conn, replace(OUTSIDER, groups=frozenset({"staff"}))) == {"c1"}
        assert seen(conn, replace(OUTSIDER, groups=frozenset({"crisis"}))) == set()


def test_the_board_shows_that_a_restricted_call_is_there_and_none_of_its_words(
    database: Database,
) -> None:
    with database.write() as conn:
        save_queue(conn, CRISIS)
        call(conn, "c1", queue="Crisis line")
        (row,) = calls.live_calls(conn, OUTSIDER)
        assert (row.call.call_id, row.last_turn, row.caller_labels) == ("c1", None, ())
        assert row.call.access_group == "crisis"
        (row,) = calls.live_calls(conn, replace(OUTSIDER, groups=frozenset({"crisis"})))
        assert row.last_turn is not None


def test_a_queue_that_is_opened_again_shows_its_calls(database: Database) -> None:
    with database.write() as conn:
        save_queue(conn, CRISIS)
        call(conn, "c1", queue="Crisis line")
        save_queue(conn, replace(CRISIS, settings={}), NOW)
        assert seen(conn, OUTSIDER) == {"c1"}
