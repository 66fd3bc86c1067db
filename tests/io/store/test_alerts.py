"""One alert, one person: what each act does in each state, who may, and what is counted."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from qm.io.database import Database
from qm.io.store import alerts, feed
from qm.io.store.alerts import AlertFilter, Change, Latency, RuleCount, find_alert
from qm.io.store.scopes import Scope
from qm.types import Severity
from tests.io.store.samples import NOW, alert, meta, roster, saved, scope

ANN = scope(user_id="ann")
BOB = scope(user_id="bob")
Act = Callable[[Connection, Scope], Change]


def claim(conn: Connection, who: Scope) -> Change:
    return alerts.claim(conn, who, "al1", NOW)


def take_over(conn: Connection, who: Scope) -> Change:
    return alerts.claim(conn, who, "al1", NOW, take_over=True)


def acknowledge(conn: Connection, who: Scope) -> Change:
    return alerts.acknowledge(conn, who, "al1", NOW)


def close(conn: Connection, who: Scope) -> Change:
    return alerts.close(conn, who, "al1", "stepped_in", NOW)


def close_without(conn: Connection, who: Scope) -> Change:
    return alerts.close(conn, who, "al1", "", NOW)


def rate(conn: Connection, who: Scope) -> Change:
    return alerts.rate(conn, who, "al1", True, "acted", NOW)


ACTS: dict[str, tuple[list[tuple[Act, Scope]], str, str, str]] = {
    # what was done -> result of the last, state, who has it
    "claim": ([(claim, ANN)], "done", "claimed", "ann"),
    "claim again": ([(claim, ANN), (claim, ANN)], "done", "claimed", "ann"),
    "claim another's": ([(claim, ANN), (claim, BOB)], "taken", "claimed", "ann"),
    "take over": ([(claim, ANN), (take_over, BOB)], "done", "claimed", "bob"),
    "claim a closed one": ([(close, ANN), (claim, BOB)], "closed", "closed", ""),
    "acknowledge": ([(acknowledge, ANN)], "done", "acknowledged", "ann"),
    "acknowledge again": ([(acknowledge, ANN)] * 2, "done", "acknowledged", "ann"),
    "acknowledge own": ([(claim, ANN), (acknowledge, ANN)], "done", "acknowledged", "ann"),
    "acknowledge another's": ([(claim, ANN), (acknowledge, BOB)], "taken", "claimed", "ann"),
    "take over acknowledged": (
        [(acknowledge, ANN), (take_over, BOB)], "done", "acknowledged", "bob",
    ),
    "close": ([(close, ANN)], "done", "closed", ""),
    "close own": ([(claim, ANN), (close, ANN)], "done", "closed", "ann"),
    "close another's": ([(claim, ANN), (close, BOB)], "taken", "claimed", "ann"),
    "close again": ([(close, ANN), (close, ANN)], "closed", "closed", ""),
    "close an urgent one without an outcome": (
        [(claim, ANN), (close_without, ANN)], "needs_outcome", "claimed", "ann",
    ),
    "rate": ([(rate, BOB)], "done", "open", ""),
    "rate a closed one": ([(close, ANN), (rate, BOB)], "done", "closed", ""),
}  # fmt: skip


@pytest.mark.parametrize(
    ("acts", "result", "state", "holder"), ACTS.values(), ids=[k.replace(" ", "-") for k in ACTS]
)
def test_what_an_act_does(
    database: Database, acts: list[tuple[Act, Scope]], result: str, state: str, holder: str
) -> None:
    with database.write() as conn:
        saved(conn, alert())
        for act, who in acts:
            change = act(conn, who)
    assert change.result == result
    assert change.alert is not None
    assert (change.alert.state, change.alert.claimed_by) == (state, holder)


def test_who_did_what_is_kept(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert())
        claim(conn, ANN)
        acknowledge(conn, ANN)
        close(conn, ANN)
        alerts.rate(conn, BOB, "al1", False, "heard_wrong", NOW)
        row = find_alert(conn, ANN, "al1")
    assert row is not None
    assert (row.claimed_by, row.acknowledged_by, row.closed_by, row.rated_by) == (
        "ann", "ann", "ann", "bob",
    )  # fmt: skip
    assert (row.claimed_at, row.acknowledged_at, row.closed_at) == (NOW, NOW, NOW)
    assert (row.outcome, row.useful, row.useful_reason) == ("stepped_in", "no", "heard_wrong")


def test_a_lesser_alert_closes_without_an_outcome(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert(severity=Severity.WARN))
        assert close_without(conn, ANN).result == "done"


def test_other_teams_alerts_are_missing_to_every_act(database: Database) -> None:
    stranger = scope(("supervisor", "B"), user_id="eve")
    with database.write() as conn:
        roster(conn)
        saved(conn, alert())
        for act in (claim, take_over, acknowledge, close, rate):
            assert act(conn, stranger) == Change(result="missing", alert=None)
        assert find_alert(conn, stranger, "al1") is None
        assert not alerts.mark_seen(conn, stranger, "al1", NOW)
        assert alerts.claim(conn, ANN, "al9", NOW) == Change(result="missing", alert=None)


def test_of_two_who_claim_at_once_one_has_it(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert())
    results: list[str] = []

    def run(who: Scope) -> None:
        with database.write() as conn:
            results.append(claim(conn, who).result)

    threads = [threading.Thread(target=run, args=(scope(user_id=f"u{i}"),)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done"] + ["taken"] * 5


def test_every_change_is_in_the_feed(database: Database) -> None:
    with database.write() as conn:
        roster(conn)
        saved(conn, alert())
        start = feed.last_seq(conn)
        claim(conn, ANN)
        claim(conn, BOB)  # taken: no change
        close(conn, ANN)
        rows = feed.since(conn, start)
    assert [(r.kind, r.ref, r.team, r.call_id) for r in rows] == [("alert", "al1", "A", "c1")] * 2


FILTERS = {
    "all": (AlertFilter(), ["late", "early", "after"]),
    "silent ones too": (AlertFilter(silent=True), ["late", "early", "after", "hidden"]),
    "by state": (AlertFilter(states=("open",)), ["late", "after"]),
    "since": (AlertFilter(since=NOW + 5), ["late"]),
    "by rule": (AlertFilter(rule="left-waiting"), ["early"]),
    "by call": (AlertFilter(call_id="c2"), ["late"]),
    "flags after the call": (AlertFilter(when="after"), ["after"]),
    "of live calls": (AlertFilter(live_calls=True), ["late", "early", "after"]),
}


@pytest.mark.parametrize(("wanted", "ids"), FILTERS.values(), ids=FILTERS.keys())
def test_alerts_are_found(database: Database, wanted: AlertFilter, ids: list[str]) -> None:
    from qm.io.store.checkpoints import save
    from tests.io.store.samples import step

    with database.write() as conn:
        saved(conn, alert("early", rule="left-waiting"), alert("hidden", silent=True))
        saved(conn, alert("after", when="after"))
        late = step(alert("late", "c2"), call=meta("c2"))
        save(conn, late, NOW + 5)
        alerts.claim(conn, ANN, "early", NOW)
        found = [row.alert.alert_id for row in alerts.list_alerts(conn, ANN, wanted)]
    assert sorted(found) == sorted(ids)
    if "late" in ids:
        assert found[0] == "late"


def test_alerts_of_a_call_come_by_their_time_in_it(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert("b", at_ms=9), alert("a", at_ms=20), alert("s", at_ms=1, silent=True))
        assert [r.alert.alert_id for r in alerts.alerts_of(conn, ANN, "c1")] == ["b", "a"]
        assert len(alerts.alerts_of(conn, ANN, "c1", silent=True)) == 3


def test_the_first_browser_that_shows_an_alert_counts(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert(), alert("hidden", silent=True))
        assert alerts.mark_seen(conn, ANN, "al1", NOW + 10)
        assert not alerts.mark_seen(conn, BOB, "al1", NOW + 20)
        assert not alerts.mark_seen(conn, ANN, "hidden", NOW)
        row = find_alert(conn, ANN, "al1")
    assert row is not None
    assert row.seen_at == NOW + 10


def test_latency_is_from_the_brokers_time_to_the_first_browser(database: Database) -> None:
    with database.write() as conn:
        assert alerts.latency(conn, 0) == Latency(n=0, p50_ms=None, p95_ms=None, p99_ms=None)
        for i in range(101):
            saved(conn, alert(f"a{i}"), broker_at=NOW)
            alerts.mark_seen(conn, ANN, f"a{i}", NOW + i * 10)
        saved(conn, alert("unseen"), broker_at=NOW)
        saved(conn, alert("no broker"))
        saved(conn, alert("after", when="after"), broker_at=NOW)
        for other in ("no broker", "after"):
            alerts.mark_seen(conn, ANN, other, NOW + 99_999)
        assert alerts.latency(conn, 0) == Latency(n=101, p50_ms=500, p95_ms=950, p99_ms=990)
        assert alerts.latency(conn, NOW + 1).n == 0


def test_rules_are_counted(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert("a"), alert("b"), alert("c"), alert("d", silent=True))
        saved(conn, alert("e", rule="left-waiting"))
        alerts.rate(conn, ANN, "a", True, "acted", NOW)
        alerts.rate(conn, ANN, "b", False, "heard_wrong", NOW)
        counts = alerts.rule_counts(conn, 0)
        assert alerts.rule_counts(conn, NOW + 1) == ()
    assert counts == (
        RuleCount(rule="left-waiting", raised=1, silent=0, useful=0, not_useful=0),
        RuleCount(rule="supervisor-asked", raised=3, silent=1, useful=1, not_useful=1),
    )


def test_the_first_answer_of_a_person_counts(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert())
        alerts.claim(conn, ANN, "al1", NOW + 7_000)
        alerts.claim(conn, BOB, "al1", NOW + 9_000, take_over=True)
        found = find_alert(conn, ANN, "al1")
        (count,) = alerts.rule_counts(conn, 0)
    assert found is not None
    assert (found.answered_at, found.answer_ms) == (NOW + 7_000, 7_000)
    assert (count.answered, count.answer_p50_ms, count.answer_p95_ms) == (1, 7_000.0, 7_000.0)


def test_an_alert_is_handed_on_while_nobody_has_it(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert())
        assert alerts.hand_on(conn, "al1", 1, NOW + 30_000)
        assert not alerts.hand_on(conn, "al1", 1, NOW + 31_000)
        assert feed.since(conn, 0)[-1].ref == "al1"
        alerts.claim(conn, ANN, "al1", NOW + 40_000)
        assert not alerts.hand_on(conn, "al1", 2, NOW + 90_000)
        found = find_alert(conn, ANN, "al1")
    assert found is not None
    assert (found.asked, found.asked_at) == (1, NOW + 30_000)
