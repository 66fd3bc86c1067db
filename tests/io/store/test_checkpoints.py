"""A step is saved once however often it is sent, and only by the owner of its partition."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select

from qm.errors import StoreError
from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import calls, checkpoints, feed, outbox
from qm.io.store.calls import CallFilter, Page
from qm.io.store.checkpoints import Fenced, Step, claim_partition, find_checkpoint, open_calls, save
from qm.io.wire import DeadLetter, decode_event
from qm.types import Event, Mark
from tests.io.store.samples import (
    NOW,
    TOPIC,
    alert,
    checkpoint,
    closed,
    facts,
    labelled,
    meta,
    outcome,
    roster,
    saved,
    scope,
    scorecard,
    step,
    turn,
)

ALL = scope()
EVERYTHING = (
    turn(0), turn(1), labelled(1, anger=0.9), alert(), facts(), outcome(), scorecard(), closed(),
)  # fmt: skip


def content(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    return {
        name: sorted(conn.execute(select(table)).all(), key=repr)
        for name, table in t.metadata.tables.items()
    }


# ------------------------------------------------------------------------------- ownership


def test_each_claim_of_a_partition_has_a_higher_epoch(database: Database) -> None:
    with database.write() as conn:
        epochs = [claim_partition(conn, TOPIC, 3, "b1", NOW) for _ in range(3)]
        assert claim_partition(conn, TOPIC, 4, "b1", NOW) == 1
        assert claim_partition(conn, "qm.messages.v1", 3, "b1", NOW) == 1
    assert epochs == [1, 2, 3]


def test_a_former_owner_writes_nothing_any_more(database: Database) -> None:
    with database.write() as conn:
        claim_partition(conn, TOPIC, 3, "b1", NOW)
        saved(conn, turn(0))
        claim_partition(conn, TOPIC, 3, "b1", NOW)
    with database.read() as conn:
        before = content(conn)
    with pytest.raises(Fenced) as caught, database.write() as conn:
        saved(conn, turn(1))
    assert isinstance(caught.value, StoreError)
    assert not caught.value.retriable
    with database.read() as conn:
        assert content(conn) == before
    with database.write() as conn:  # the new owner goes on
        saved(conn, turn(1), checkpoint=checkpoint(epoch=2))


@pytest.mark.postgres
def test_a_claim_waits_for_the_step_that_is_being_saved(postgres_database: Database) -> None:
    with postgres_database.write() as conn:
        claim_partition(conn, TOPIC, 3, "b1", NOW)
    order: list[str] = []

    def claim() -> None:
        with postgres_database.write() as conn:
            claim_partition(conn, TOPIC, 3, "b1", NOW)
        order.append("claimed")

    with postgres_database.write() as conn:
        saved(conn, turn(0))
        thread = threading.Thread(target=claim)
        thread.start()
        time.sleep(0.2)
        order.append("saved")
    thread.join()
    assert order == ["saved", "claimed"]


# ------------------------------------------------------------------------------ checkpoints


def test_open_calls_of_a_partition_come_back_as_they_were_saved(database: Database) -> None:
    late = checkpoint("c1", first_offset=120)
    early = checkpoint("c2", first_offset=90, blob=bytes(range(256)))
    other = checkpoint("c3", partition=4)
    done = checkpoint("c4", closed=True, blob=None)
    with database.write() as conn:
        for each in (late, early, other, done):
            saved(conn, call=meta(each.call_id), checkpoint=each)
    with database.read() as conn:
        assert open_calls(conn, TOPIC, 3) == (early, late)
        assert open_calls(conn, "qm.messages.v1", 3) == ()
        assert find_checkpoint(conn, "c4") == done
        assert find_checkpoint(conn, "c9") is None


def test_saved_state_is_in_no_repr() -> None:
    assert "sealed" not in repr(checkpoint())


# ------------------------------------------------------------------------------------ steps

some_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        turn,
        st.integers(0, 3),
        pass_=st.integers(0, 1),
        revision=st.integers(0, 3),
        redaction_version=st.integers(0, 1),
        withheld=st.booleans(),
    ),
    st.builds(labelled, st.integers(0, 3), anger=st.sampled_from([0.6, 0.9])),
    st.builds(alert, st.sampled_from(["al1", "al2"]), closed_ms=st.sampled_from([None, 99_000])),
    st.just(facts()),
    st.builds(outcome, resolution=st.sampled_from(["resolved", None])),
    st.builds(scorecard, percent=st.sampled_from([None, 50.0]), pass_=st.integers(0, 1)),
    st.builds(closed, held=st.booleans()),
)
some_steps = st.builds(
    lambda events, clock_ms, reopened: step(*events, clock_ms=clock_ms, reopened=reopened),
    st.lists(some_events, max_size=5),
    st.integers(0, 200_000),
    st.booleans(),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(some_steps, min_size=1, max_size=4))
def test_a_step_saved_again_changes_nothing(database: Database, steps: list[Step]) -> None:
    with database.write() as conn:
        for table in (t.calls, t.feed, t.outbox):
            conn.execute(delete(table))
    for each in steps:
        with database.write() as conn:
            save(conn, each, NOW)
            before = content(conn)
            save(conn, replace(each, events=single_valued(each.events)), NOW + 1)
            after = content(conn)
        for rows in (before, after):  # the instants of the last save are meant to differ
            rows.pop("checkpoints")
            rows["calls"] = [row[:-1] for row in rows["calls"]]
        assert after == before


def single_valued(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return the last event of each key: a step that says two things of one row ends with one."""
    last: dict[object, Event] = {}
    for event in events:
        names = ("pass_", "index", "turn_index", "alert_id", "form")
        key = (type(event), *(getattr(event, name, None) for name in names))
        kept = last.get(key)
        if kept is not None and version(kept) > version(event):
            continue
        last[key] = event
    return tuple(last.values())


def version(event: Event) -> tuple[int, ...]:
    """Return what decides which of two turns or scorecards stays."""
    names = ("redaction_version", "revision") if hasattr(event, "revision") else ("pass_",)
    return tuple(getattr(event, name, 0) for name in names)


def test_a_step_is_all_or_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as conn:
        save(conn, step(*EVERYTHING), NOW)
        _ = 1 // 0
    with database.read() as conn:
        rows = content(conn)
    assert not any(rows.pop(name) for name in sorted(rows) if name != "audit_head")


def test_a_call_is_live_until_it_is_closed_and_again_when_audio_comes(database: Database) -> None:
    def status() -> tuple[str, int | None, str]:
        with database.read() as conn:
            row = calls.call_row(conn, ALL, "c1")
            assert row is not None
            return row.status, row.duration_ms, row.reason

    with database.write() as conn:
        saved(conn, turn(0))
    assert status() == ("live", None, "")
    with database.write() as conn:
        saved(conn, closed(reason="inactive"))
        saved(conn, turn(0, pass_=1))  # the final pass goes on after the end
    assert status() == ("closed", 141_000, "inactive")
    with database.write() as conn:
        saved(conn, turn(1), reopened=True)
    assert status() == ("live", None, "")


def test_a_call_with_a_withheld_turn_is_held_until_its_last_word(database: Database) -> None:
    held = []
    with database.write() as conn:
        for events in ([turn(0)], [turn(1, withheld=True)], [turn(2)], [closed(held=False)]):
            saved(conn, *events)
            held.append(calls.list_calls(conn, ALL, CallFilter(), Page())[0].held)
    assert held == [False, True, True, False]


def test_a_call_keeps_the_team_its_agent_had_unless_the_agent_changes(database: Database) -> None:
    with database.write() as conn:
        roster(conn)
        saved(conn, turn(0), call=meta(agent_id=""))
        saved(conn, turn(1), call=meta(agent_id="a1"))
        conn.execute(t.team_members.update().values(team="B"))
        saved(conn, turn(2), call=meta(agent_id="a1"))
        row = calls.call_row(conn, ALL, "c1")
    assert row is not None
    assert (row.team, row.agent_name) == ("A", "Agent a1")


def test_marks_are_saved_with_the_call(database: Database) -> None:
    marks = (Mark(kind="hold", start_ms=5, end_ms=9), Mark(kind="gap", start_ms=7, channel="agent"))
    with database.write() as conn:
        saved(conn, marks=marks)
        assert calls.marks(conn, ALL, "c1") == marks


def test_the_feed_tells_what_changed_and_nothing_else(database: Database) -> None:
    with database.write() as conn:
        roster(conn)
        saved(conn, *EVERYTHING)
        first = feed.since(conn, 0)
        saved(conn, *EVERYTHING, turn(2), clock_ms=20_000)
        second = feed.since(conn, feed.last_seq(conn) - 1)
    assert [(row.kind, row.ref) for row in first] == [
        ("call", ""), ("turn", "0:0"), ("turn", "0:1"), ("labels", "0:1"), ("alert", "al1"),
        ("facts", ""), ("outcome", ""), ("scorecard", "patient-access@1"),
    ]  # fmt: skip
    assert {(row.call_id, row.team, row.agent_id) for row in first} == {("c1", "A", "a1")}
    assert [(row.kind, row.ref) for row in second] == [("turn", "0:2")]


def test_each_result_goes_out_once_as_it_is(database: Database) -> None:
    with database.write() as conn:
        saved(conn, *EVERYTHING)
        saved(conn, *EVERYTHING)
        records = outbox.pending(conn)
    out = [r.outgoing for r in records]
    decoded = [decode_event(o.topic, o.key, o.value, o.headers) for o in out]
    assert decoded == list(EVERYTHING)


def test_what_a_silent_rule_found_is_kept_and_goes_nowhere(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert(silent=True))
        assert outbox.pending(conn) == ()
        assert conn.execute(select(t.alerts.c.silent)).scalars().all() == [True]


# --------------------------------------------------------------------------- bad records


def test_attempts_at_one_offset_are_counted_until_another_is_tried(database: Database) -> None:
    with database.write() as conn:
        counts = [checkpoints.count_attempt(conn, TOPIC, 3, o, NOW) for o in (7, 7, 7, 8, 7)]
    assert counts == [1, 2, 3, 1, 1]


def test_a_dead_letter_counts_once(database: Database) -> None:
    one = DeadLetter(topic=TOPIC, partition=3, offset=7, reason="bad_json")
    with database.write() as conn:
        new = [
            checkpoints.dead_letter(conn, letter, NOW)
            for letter in (one, one, replace(one, offset=8), replace(one, offset=9, reason="empty"))
        ]
        assert checkpoints.dead_letters(conn) == {"bad_json": 2, "empty": 1}
    assert new == [True, False, True, True]
