"""The scheduler: who goes first, with whom, and how many at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.base import AsrRequest, Work
from qm.scheduler import DEFAULT_LIMITS, Scheduler, StageLimits
from qm.types import CallId


def work(call, length_ms=1000, stage="asr", key="0"):
    request = AsrRequest(samples=np.zeros(1, np.float32), language="en")
    return Work(call_id=CallId(call), stage=stage, key=key, length_ms=length_ms, request=request)


def calls_of(batch):
    return [w.call_id for w in batch]


def test_the_earliest_deadline_leads_the_batch():
    scheduler = Scheduler({"asr": StageLimits(batch=1)})
    scheduler.add([work("late")], now=1.0)
    scheduler.add([work("early")], now=0.0)

    assert calls_of(scheduler.next_batch("asr")) == ["early"]


def test_the_rest_of_a_batch_is_nearest_in_length():
    scheduler = Scheduler({"asr": StageLimits(batch=3)})
    scheduler.add([work("a", 5000), work("b", 900), work("c", 4800), work("d", 5100)], now=0.0)

    assert set(calls_of(scheduler.next_batch("asr"))) == {"a", "c", "d"}


def test_a_request_waits_and_runs_once():
    scheduler = Scheduler({"asr": StageLimits(batch=4, workers=2)})
    scheduler.add([work("a")], now=0.0)
    scheduler.add([work("a")], now=0.1)
    batch = scheduler.next_batch("asr")
    scheduler.add([work("a")], now=0.2)

    assert calls_of(batch) == ["a"]
    assert scheduler.next_batch("asr") == []


def test_a_busy_stage_does_not_hold_up_another():
    scheduler = Scheduler(DEFAULT_LIMITS)
    scheduler.add([work("a"), work("b", stage="speech")], now=0.0)
    scheduler.next_batch("asr")

    assert calls_of(scheduler.next_batch("speech")) == ["b"]


def test_after_an_answer_the_next_batch_may_start():
    scheduler = Scheduler({"asr": StageLimits(batch=1)})
    scheduler.add([work("a"), work("b")], now=0.0)
    first = scheduler.next_batch("asr")
    assert scheduler.next_batch("asr") == []

    scheduler.done(first, "asr")

    assert calls_of(scheduler.next_batch("asr")) == ["b"]


def test_what_waits_for_a_call_that_is_gone_is_dropped():
    scheduler = Scheduler({"asr": StageLimits(batch=4)})
    scheduler.add([work("a"), work("b")], now=0.0)

    scheduler.forget(CallId("a"))

    assert calls_of(scheduler.next_batch("asr")) == ["b"]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(100, 12_000)), min_size=1, max_size=60),
    st.integers(1, 8),
)
def test_nobody_is_lost_and_nobody_starves(requests, batch_size):
    scheduler = Scheduler({"asr": StageLimits(batch=batch_size)})
    for number, (at, length_ms) in enumerate(requests):
        scheduler.add([work(f"call-{number}", length_ms)], now=float(at))
    served, leaders = [], []
    while batch := scheduler.next_batch("asr"):
        assert len(batch) <= batch_size
        leaders.append(requests[int(batch[0].call_id.split("-")[1])][0])
        served += calls_of(batch)
        scheduler.done(batch, "asr")

    assert sorted(served) == sorted(f"call-{n}" for n in range(len(requests)))
    assert leaders == sorted(leaders)
    assert scheduler.idle()
