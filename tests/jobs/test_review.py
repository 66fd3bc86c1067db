"""The job of review, on calls as the worker leaves them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qm.io.store import flags, reviews
from qm.io.store.checkpoints import save
from qm.io.store.scopes import WHOLE_SITE
from qm.jobs.job import JobDeps
from qm.jobs.review import bounds, month_of, read_quiet_rules, review
from qm.types import Answer, CallMeta, CriticalFinding, Severity
from tests.io.store.samples import alert, closed, meta, roster, saved, scorecard, step, turn

DAY_MS = 86_400_000
NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)  # 13:00 in New York
NOW = int(NOON.timestamp() * 1000)
SURE = scorecard(critical=(), answers=())


@pytest.fixture
def deps(deps: JobDeps) -> JobDeps:
    """Ten reviews a day, four calls of each agent a month, nobody twice."""
    with deps.database.write() as conn:
        roster(conn)
    plan = {"review_sample": 4, "review_per_day": 10, "review_second_share": 0.0}
    return replace(deps, settings=deps.settings.model_copy(update=plan))


def finished(deps: JobDeps, call_id: str, *events: Any, **changes: Any) -> CallMeta:
    """Save a call of yesterday that has ended."""
    given = meta(call_id, **{"started_at": NOON - timedelta(days=1)} | changes)
    with deps.database.write() as conn:
        saved(conn, turn(0, call_id), turn(1, call_id), *events, closed(call_id), call=given)
    return given


def open_reviews(deps: JobDeps) -> list[reviews.ReviewRow]:
    with deps.database.read() as conn:
        return list(reviews.unassigned(conn, WHOLE_SITE, NOW))


def urgent(call_id: str, **changes: Any) -> Any:
    return alert(f"al-{call_id}", call_id, **changes)


def amber(call_id: str) -> Any:
    return urgent(call_id, severity=Severity.WARN)


def proposing(call_id: str) -> Any:
    found = CriticalFinding(question="right-person", state="proposed")
    return replace(SURE, call_id=call_id, critical=(found,))


def not_due(deps: JobDeps) -> JobDeps:
    """Nobody's plan asks for a call: what is queued is queued for its flags."""
    return replace(deps, settings=deps.settings.model_copy(update={"review_sample": 0}))


def test_a_call_with_an_alert_is_queued_with_its_reason(deps: JobDeps) -> None:
    deps = not_due(deps)
    finished(deps, "c1", urgent("c1"))
    finished(deps, "c2", replace(SURE, call_id="c2"))
    review(deps, NOW)
    (one,) = open_reviews(deps)
    assert (one.call_id, one.kind, one.reason, one.blind) == ("c1", "flag", "alert", False)
    assert one.due_at == NOW + 7 * DAY_MS


def test_the_reasons_of_a_flag_are_kept_with_the_rule_or_question(deps: JobDeps) -> None:
    unsure = Answer(question="hold", state="cannot_tell", answer=None, points=None, max_points=4,
                    who="M", source="label")  # fmt: skip
    finished(deps, "c1", replace(proposing("c1"), answers=(unsure,)), urgent("c1", rule="r1"))
    review(not_due(deps), NOW)
    with deps.database.read() as conn:
        found = flags.flags_of_calls(conn, ["c1"])["c1"]
    assert [(f.reason, f.detail) for f in found][:2] == [
        ("critical", "right-person"),
        ("alert", "r1"),
    ]


def test_a_rule_for_compliance_or_off_the_record_flags_nothing(deps: JobDeps) -> None:
    settings = deps.settings
    quiet = read_quiet_rules(settings.configs_dir, settings.rules_files)
    assert quiet
    for n, rule in enumerate(sorted(quiet)):
        finished(deps, f"c{n}", urgent(f"c{n}", rule=rule), replace(SURE, call_id=f"c{n}"))
    review(not_due(deps), NOW)
    assert open_reviews(deps) == []


def test_half_of_the_day_is_kept_for_the_sample_and_the_worst_come_first(deps: JobDeps) -> None:
    deps = not_due(deps)
    for n in range(8):
        finished(deps, f"c{n}", urgent(f"c{n}") if n >= 4 else amber(f"c{n}"))
    finished(deps, "worst", proposing("worst"))
    review(deps, NOW)
    queued = open_reviews(deps)
    assert len(queued) == 5  # of ten a day
    assert {one.call_id for one in queued} == {"worst", "c4", "c5", "c6", "c7"}
    with deps.database.read() as conn:
        left = flags.count_not_queued(conn, WHOLE_SITE, NOW - DAY_MS)
        assert sum(left.values()) == 4
        assert len(flags.list_not_queued(conn, WHOLE_SITE, NOW - DAY_MS)) == 4


def test_a_worse_call_takes_the_place_of_one_that_nobody_has_begun(deps: JobDeps) -> None:
    deps = not_due(deps)
    for n in range(5):
        finished(deps, f"c{n}", amber(f"c{n}"))
    review(deps, NOW)
    with deps.database.write() as conn:
        begun = reviews.unassigned(conn, WHOLE_SITE, NOW)[0]
        scope = replace(WHOLE_SITE, user_id="u1")
        reviews.claim(conn, scope, begun.review_id, NOW, 3_600_000)
    for n in range(5, 10):
        finished(deps, f"c{n}", proposing(f"c{n}"))
    review(deps, NOW + 1)
    waiting = {one.call_id for one in open_reviews(deps)}
    assert len(waiting) == 4  # of five: one is begun, and stays
    assert all(int(call_id[1:]) >= 5 for call_id in waiting)


def test_a_sample_is_drawn_from_the_day_before_once_an_agent(deps: JobDeps) -> None:
    for n in range(6):
        finished(deps, f"a{n}", replace(SURE, call_id=f"a{n}"), agent_id="a1")
        finished(deps, f"b{n}", replace(SURE, call_id=f"b{n}"), agent_id="a2")
    finished(deps, "today", replace(SURE, call_id="today"), started_at=NOON)
    review(deps, NOW)
    review(deps, NOW + 60_000)
    drawn = open_reviews(deps)
    assert Counter(one.agent_id for one in drawn) == {"a1": 1, "a2": 1}
    assert {(one.kind, one.blind, one.month) for one in drawn} == {("sample", True, "2026-03")}
    assert "today" not in {one.call_id for one in drawn}


def test_a_trial_draws_as_calls_end(deps: JobDeps) -> None:
    deps = replace(deps, settings=deps.settings.model_copy(update={"review_draw": "at_once"}))
    finished(deps, "today", replace(SURE, call_id="today"), started_at=NOON)
    review(deps, NOW)
    assert [one.kind for one in open_reviews(deps)] == ["sample"]


def test_a_flagged_call_is_as_likely_drawn_and_then_only_in_the_sample(deps: JobDeps) -> None:
    finished(deps, "c1", urgent("c1"))
    review(not_due(deps), NOW)
    assert [one.kind for one in open_reviews(deps)] == ["flag"]
    review(deps, NOW + 1)
    assert [one.kind for one in open_reviews(deps)] == ["sample"]


def test_some_of_the_sample_goes_to_a_second_person(deps: JobDeps) -> None:
    settings = deps.settings.model_copy(update={"review_second_share": 1.0})
    finished(deps, "c1", replace(SURE, call_id="c1"))
    review(replace(deps, settings=settings), NOW)
    assert Counter(one.kind for one in open_reviews(deps)) == {"sample": 1, "second": 1}


def test_a_practice_call_waits_for_a_person_and_is_in_no_plan(deps: JobDeps) -> None:
    finished(deps, "c1", urgent("c1"), practice=True)
    review(deps, NOW)
    review(deps, NOW + 1)
    (one,) = open_reviews(deps)
    assert (one.kind, one.blind, one.month) == ("practice", True, "")


def test_a_queue_without_a_form_is_neither_drawn_nor_queued(deps: JobDeps) -> None:
    finished(deps, "c1", urgent("c1"), queue="behavioral health")
    review(deps, NOW)
    assert open_reviews(deps) == []


def test_a_call_that_is_judged_anew_is_looked_through_anew(deps: JobDeps) -> None:
    deps = not_due(deps)
    given = finished(deps, "c1", replace(SURE, call_id="c1"))
    review(deps, NOW)
    with deps.database.write() as conn:
        save(conn, step(replace(proposing("c1"), pass_=1), call=given), NOW)
    review(deps, NOW + 1)
    assert [one.reason for one in open_reviews(deps)] == ["critical"]


def test_what_nobody_took_in_time_makes_room(deps: JobDeps) -> None:
    deps = not_due(deps)
    finished(deps, "c1", urgent("c1"))
    review(deps, NOW)
    review(deps, NOW + 15 * DAY_MS)
    assert open_reviews(deps) == []


def test_days_are_the_sites(deps: JobDeps) -> None:
    first, following = bounds(date(2026, 3, 8), ZoneInfo("America/New_York"))
    assert following - first == 23 * 3_600_000  # clocks go forward
    assert month_of(date(2026, 12, 31)).days == 31
