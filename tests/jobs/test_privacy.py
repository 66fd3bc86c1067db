"""What retention and people ask for is erased everywhere; what must be kept is, and it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from qm.io.store import audit, calls, events
from qm.io.store.audit import AuditFilter
from qm.io.store.calls import CallFilter, Page
from qm.io.store.erasing import SETTLING_MS
from qm.io.store.erasures import Erasure, ask, list_erasures
from qm.io.store.holds import lift, place
from qm.io.store.keys import call_key, find_call_key
from qm.io.store.queues import Queue, save_queue
from qm.io.store.scopes import WHOLE_SITE
from qm.jobs.job import JobDeps
from qm.jobs.privacy import DAY_MS, erase_customers, retain
from qm.types import ContactEvent
from tests.io.store.samples import NOW, STARTED, closed, meta, saved, turn

LATER = NOW + SETTLING_MS


def call(deps: JobDeps, call_id: str, days_ago: int = 0, *, live: bool = False, **of: str) -> None:
    given = meta(call_id, started_at=STARTED - timedelta(days=days_ago), **of)
    with deps.database.write() as conn:
        saved(conn, turn(0, call_id), *([] if live else [closed(call_id)]), call=given)
        key = call_key(conn, deps.vault, call_id, NOW)
    deps.blobs.of_call(call_id, key).put("redacted", b"sound")


def left(deps: JobDeps) -> set[str]:
    with deps.database.read() as conn:
        rows = calls.list_calls(conn, WHOLE_SITE, CallFilter(), Page())
    return {row.call_id for row in rows}


def request(deps: JobDeps) -> Erasure:
    with deps.database.read() as conn:
        (one,) = list_erasures(conn)
    return one


def test_calls_go_when_their_queues_days_are_over(deps: JobDeps) -> None:
    with deps.database.write() as conn:
        save_queue(conn, Queue(queue="Short", settings={"retention_days": 30}))
        save_queue(conn, Queue(queue="Plan", settings={"retention_days": 30, "minimum_days": 90}))
        save_queue(conn, Queue(queue="Ever", settings={"retention_days": 0}))
    for queue in ("Short", "Plan", "Ever", "Other"):
        for days in (20, 40, 100, 400):
            call(deps, f"{queue}-{days}", days, queue=queue)
    retain(deps, LATER)
    gone = {"Short-40", "Short-100", "Short-400", "Plan-100", "Plan-400", "Other-400"}
    everything = {
        f"{q}-{d}" for q in ("Short", "Plan", "Ever", "Other") for d in (20, 40, 100, 400)
    }
    assert left(deps) == everything - gone


def test_a_hold_wins_over_retention_until_it_is_lifted(deps: JobDeps) -> None:
    call(deps, "c1", 400)
    with deps.database.write() as conn:
        hold = place(conn, "call", "c1", "M-1", "u1", NOW)
    retain(deps, LATER)
    assert left(deps) == {"c1"}
    with deps.database.write() as conn:
        lift(conn, hold, "u1", NOW)
    retain(deps, LATER)
    assert left(deps) == set()


def test_nothing_of_an_erased_customer_is_left(deps: JobDeps) -> None:
    call(deps, "c1", customer_ref="r1")
    call(deps, "c2", 40, customer_ref="r1")
    call(deps, "c3", customer_ref="r2")
    survey = ContactEvent(event_id="e1", contact_id="k9", at=STARTED, kind="survey", score=5,
                          customer_ref="r1")  # fmt: skip
    with deps.database.write() as conn:
        events.insert(conn, [survey], NOW)
        ask(conn, "r1", "u1", NOW)
    erase_customers(deps, LATER)
    assert left(deps) == {"c3"}
    with deps.database.read() as conn:
        assert find_call_key(conn, deps.vault, "c1") is None
        assert events.events_of(conn, "k9") == ()
        erased = audit.search(conn, AuditFilter(action="erase", kind="call"))
    assert deps.blobs.delete_call("c1") == 0
    done = request(deps)
    assert (done.done_at, done.customer_ref) == (LATER, "")
    assert (done.report.calls, done.report.objects, done.report.kept) == (2, 2, ())
    assert (done.report.rows["turns"], done.report.rows["calls"]) == (2, 2)
    assert {row.entry.object_id for row in erased} == {"c1", "c2"}
    assert erased[0].entry.detail["customer"] == done.customer_hash


def test_what_is_held_or_must_be_kept_stays_and_the_report_says_so(deps: JobDeps) -> None:
    with deps.database.write() as conn:
        save_queue(conn, Queue(queue="Plan", settings={"minimum_days": 3_650}))
        place(conn, "call", "c1", "M-1", "u1", NOW)
    for call_id, queue in (("c1", "New"), ("c2", "Plan"), ("c3", "New")):
        call(deps, call_id, queue=queue, customer_ref="r1")
    with deps.database.write() as conn:
        ask(conn, "r1", "u1", NOW)
    erase_customers(deps, LATER)
    assert left(deps) == {"c1", "c2"}
    kept = {one.call_id: one for one in request(deps).report.kept}
    assert (kept["c1"].why, kept["c1"].matter) == ("hold", "M-1")
    assert (kept["c2"].why, kept["c2"].until) == ("minimum", kept["c2"].until)
    assert kept["c2"].until is not None and kept["c2"].until > NOW + 3_600 * DAY_MS
    assert request(deps).report.calls == 1


def test_a_live_call_is_waited_for_and_then_counted_with_the_rest(deps: JobDeps) -> None:
    call(deps, "c1", customer_ref="r1")
    call(deps, "c2", live=True, customer_ref="r1")
    with deps.database.write() as conn:
        ask(conn, "r1", "u1", NOW)
    erase_customers(deps, LATER)
    assert left(deps) == {"c2"}
    assert (request(deps).done_at, request(deps).report.calls) == (None, 1)
    with deps.database.write() as conn:
        saved(conn, closed("c2"), call=meta("c2", customer_ref="r1"))
    erase_customers(deps, LATER)
    assert left(deps) == set()
    assert request(deps).report.calls == 2


def test_a_late_record_makes_nothing_again(deps: JobDeps) -> None:
    call(deps, "c1", customer_ref="r1")
    with deps.database.write() as conn:
        ask(conn, "r1", "u1", NOW)
    erase_customers(deps, LATER)
    with deps.database.write() as conn:
        saved(conn, turn(1, "c1"), call=meta("c1", customer_ref="r1"))
    assert left(deps) == set()


def test_without_a_limit_nothing_goes_by_itself(deps: JobDeps) -> None:
    call(deps, "c1", 4_000)
    never = deps.settings.model_copy(update={"retention_days": 0})
    retain(replace(deps, settings=never), LATER)
    assert left(deps) == {"c1"}
