"""Lists hold what was asked for and what one may see, and the board is one look at live calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event

from qm.io.database import Database
from qm.io.store import alerts, calls
from qm.io.store.audio import find_audio
from qm.io.store.calls import CallFilter, LabelHit, Page, count_calls, list_calls, live_calls
from qm.io.store.people import list_agents, list_teams
from qm.io.store.scopes import Scope
from qm.types import Role
from tests.io.store.samples import (
    NOW,
    STARTED,
    STARTED_MS,
    alert,
    closed,
    facts,
    labelled,
    meta,
    outcome,
    roster,
    saved,
    scope,
    scorecard,
    turn,
)

ALL = scope()


def three_calls(conn: Connection) -> None:
    """A closed call of a1 (team A), a live one of a2 (team B), a practice chat of nobody."""
    roster(conn)
    saved(conn, turn(0), turn(1), labelled(1, anger=0.9), alert("flag", when="after"), closed())
    saved(conn, outcome(), scorecard())
    second = meta("c2", agent_id="a2", queue="nurse", started_at=STARTED + timedelta(hours=1))
    saved(conn, turn(0, "c2", withheld=True), alert("quiet", "c2", silent=True), call=second)
    third = meta(
        "c3",
        agent_id="",
        queue="chat",
        language=None,
        medium="chat",
        practice=True,
        disposition="refill",
        customer_ref="x1",
        contact_id="k-3",
        started_at=STARTED + timedelta(hours=2),
    )
    saved(conn, call=third)


HOUR = 3_600_000
FILTERS = {
    "all, newest first": (CallFilter(), ["c3", "c2", "c1"]),
    "since": (CallFilter(since=STARTED_MS + HOUR), ["c3", "c2"]),
    "until": (CallFilter(until=STARTED_MS + HOUR), ["c1"]),
    "queue": (CallFilter(queue="nurse"), ["c2"]),
    "agent": (CallFilter(agent_id="a1"), ["c1"]),
    "team": (CallFilter(team="B"), ["c2"]),
    "language": (CallFilter(language="en"), ["c2", "c1"]),
    "medium": (CallFilter(medium="chat"), ["c3"]),
    "disposition": (CallFilter(disposition="refill"), ["c3"]),
    "live": (CallFilter(status="live"), ["c3", "c2"]),
    "label": (CallFilter(label="anger"), ["c1"]),
    "label not decided": (CallFilter(label="apology"), []),
    "rule": (CallFilter(rule="supervisor-asked"), ["c1"]),
    "with alerts": (CallFilter(alerted=True), ["c1"]),
    "without alerts": (CallFilter(alerted=False), ["c3", "c2"]),
    "held": (CallFilter(held=True), ["c2"]),
    "practice": (CallFilter(practice=True), ["c3"]),
    "no practice": (CallFilter(practice=False), ["c2", "c1"]),
    "customer": (CallFilter(customer_ref="x1"), ["c3"]),
    "contact": (CallFilter(contact_id="k-3"), ["c3"]),
    "two at once": (CallFilter(status="live", queue="chat"), ["c3"]),
}


def test_each_filter_finds_its_calls_and_counts_them(database: Database) -> None:
    with database.write() as conn:
        three_calls(conn)
    with database.read() as conn:
        for name, (wanted, ids) in FILTERS.items():
            found = [row.call_id for row in list_calls(conn, ALL, wanted, Page())]
            assert (name, found) == (name, ids)
            assert (name, count_calls(conn, ALL, wanted)) == (name, len(ids))


def test_a_list_goes_on_where_the_page_before_ended(database: Database) -> None:
    with database.write() as conn:
        for i in range(7):
            saved(conn, call=meta(f"c{i}", started_at=STARTED + timedelta(minutes=i // 2)))
        seen: list[str] = []
        page = Page(limit=3)
        while rows := list_calls(conn, ALL, CallFilter(), page):
            seen += [row.call_id for row in rows]
            page = Page(limit=3, before=(rows[-1].started_at, rows[-1].call_id))
    assert seen == ["c6", "c5", "c4", "c3", "c2", "c1", "c0"]


def test_a_row_sums_up_its_call(database: Database) -> None:
    with database.write() as conn:
        three_calls(conn)
        saved(conn, alert("open"))
        saved(conn, scorecard(form="other@2", percent=None, not_scoreable="too short"))
        first = calls.call_row(conn, ALL, "c1")
        last = calls.call_row(conn, ALL, "c3")
    assert first is not None
    assert last is not None
    assert (first.agent_name, first.team, first.channels) == (
        "Agent a1",
        "A",
        ("agent", "customer"),
    )
    assert (first.alerts, first.waiting_alerts, first.flags) == (1, 1, 1)
    assert (first.resolution, first.duration_ms, first.started_at) == (
        "resolved",
        141_000,
        STARTED_MS,
    )
    assert first.form in ("other@2", "patient-access@1")
    assert (last.agent_name, last.team, last.language, last.form) == ("", "", "", "")
    assert (last.percent, last.coverage, last.resolution) == (None, None, None)


SCOPES = {
    "a supervisor of all teams": (scope(("supervisor", "*")), ["c3", "c2", "c1"]),
    "a supervisor of team A": (scope(("supervisor", "A")), ["c1"]),
    "a reviewer of A and coach of B": (scope(("reviewer", "A"), ("coach", "B")), ["c2", "c1"]),
    "compliance": (scope(("compliance", "*")), ["c3", "c2", "c1"]),
    "a supervisor of a team that is not there": (scope(("supervisor", "Z")), []),
    "a supervisor of no team": (scope(("supervisor", "")), []),
    "an agent": (scope(("agent", "*"), agent_id="a2"), ["c2"]),
    "an agent who is not on the roster": (scope(("agent", "*")), []),
    "an agent who coaches another team": (
        scope(("agent", "A"), ("coach", "B"), agent_id="a1"),
        ["c2", "c1"],
    ),
    "a user who is an agent no more": (scope(("admin", "*"), agent_id="a1"), []),
    "an administrator": (scope(("admin", "*")), []),
    "nobody in particular": (Scope(user_id="u", grants=frozenset(), agent_id="a1"), []),
}


@pytest.mark.parametrize(("who", "ids"), SCOPES.values(), ids=SCOPES.keys())
def test_who_sees_which_calls(sqlite_database: Database, who: Scope, ids: list[str]) -> None:
    with sqlite_database.write() as conn:
        three_calls(conn)
        for call_id, agent_id in (("c1", "a1"), ("c2", "a2"), ("c3", "")):
            hours = timedelta(hours=int(call_id[1]) - 1)
            call = meta(call_id, agent_id=agent_id, started_at=STARTED + hours)
            saved(conn, turn(0, call_id), labelled(0, call_id), facts(call_id), call=call)
            saved(
                conn, outcome(call_id), scorecard(call_id), alert(f"x{call_id}", call_id), call=call
            )
    with sqlite_database.read() as conn:
        assert [r.call_id for r in list_calls(conn, who, CallFilter(), Page())] == ids
        assert count_calls(conn, who, CallFilter()) == len(ids)
        assert {c.call.call_id for c in live_calls(conn, who)} == set(ids) & {"c2", "c3"}
        assert {
            r.alert.call_id for r in alerts.list_alerts(conn, who, alerts.AlertFilter(silent=True))
        } == set(ids)
        for call_id in ("c1", "c2", "c3"):
            seen = call_id in ids
            assert (calls.call_row(conn, who, call_id) is not None) == seen
            for read in (calls.turns, calls.labels, calls.facts, calls.outcome, calls.scorecard):
                assert bool(read(conn, who, call_id)) == seen, read.__name__
            assert bool(alerts.alerts_of(conn, who, call_id)) == seen
            assert find_audio(conn, who, call_id, "redacted") is None
            team, agent = {"c1": ("A", "a1"), "c2": ("B", "a2")}.get(call_id, ("", ""))
            assert who.sees(team, agent) == seen


def test_rosters_show_as_far_as_calls_do(database: Database) -> None:
    with database.write() as conn:
        roster(conn)
    with database.read() as conn:
        a = scope(("supervisor", "A"))
        assert [x.agent_id for x in list_agents(conn, ALL, NOW)] == ["a1", "a2"]
        assert [x.agent_id for x in list_agents(conn, a, NOW)] == ["a1"]
        assert [x.team for x in list_teams(conn, ALL)] == ["A", "B"]
        assert [x.team for x in list_teams(conn, a)] == ["A"]


def test_the_board_shows_each_live_call_with_its_last_words_and_open_alerts(
    database: Database,
) -> None:
    with database.write() as conn:
        roster(conn)
        late = meta("c2", started_at=STARTED + timedelta(minutes=3))
        saved(conn, turn(0, "c2"), call=late)
        saved(conn, turn(0), turn(1), labelled(0, negative_language=0.8), labelled(1, anger=0.9))
        saved(conn, alert("open"), alert("quiet", silent=True), alert("gone", closed_ms=99_000))
        saved(conn, closed("c3"), call=meta("c3"))
    with database.read() as conn:
        board = live_calls(conn, ALL)
        assert live_calls(conn, ALL, only=["c2", "c3", "c9"]) == board[1:]
        assert live_calls(conn, ALL, only=()) == ()
    assert [row.call.call_id for row in board] == ["c1", "c2"]
    first = board[0]
    assert first.last_turn == turn(1)
    assert first.caller_labels == (
        LabelHit(turn_index=1, start_ms=4_000, label="anger", label_prob=0.9),
    )
    assert [row.alert.alert_id for row in first.alerts] == ["open"]
    assert board[1].alerts == ()
    assert turn(0).role is Role.AGENT  # whose labels no board shows


def test_the_board_costs_the_same_few_queries_however_many_calls_there_are(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as conn:
        for i in range(30):
            saved(conn, turn(0, f"c{i}"), alert(f"a{i}", f"c{i}"), call=meta(f"c{i}"))
    queries: list[str] = []
    with sqlite_database.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda _c, _k, text, *_: queries.append(text))
        assert len(live_calls(conn, ALL)) == 30
    assert len(queries) == 4


def test_findings_that_are_not_for_the_reader_are_neither_counted_nor_found(
    database: Database,
) -> None:
    with database.write() as conn:
        saved(conn, alert("a1", rule="possible-disclosure", when="after"))
        hidden = CallFilter(hidden_rules=("possible-disclosure",))
        (row,) = list_calls(conn, ALL, hidden, Page())
        assert (row.alerts, row.flags) == (0, 0)
        assert list_calls(conn, ALL, replace(hidden, alerted=True), Page()) == ()
        assert list_calls(conn, ALL, replace(hidden, rule="possible-disclosure"), Page()) == ()
        (row,) = list_calls(conn, ALL, CallFilter(alerted=True), Page())
        assert (row.alerts, row.waiting_alerts, row.flags) == (0, 0, 1)
