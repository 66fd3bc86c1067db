"""The runtime: calls share batches, and one bad request takes nobody along."""

import threading
from dataclasses import replace

import pytest

from qm import calls
from qm.calls import Step
from qm.engines.base import Work
from qm.runtime.drive import Engines, Runtime
from qm.types import CallClosed, RedactedTurn
from tests.calls.machine import (
    PARAMS,
    TALK_LENGTH_MS,
    TALK_TRACKS,
    answer,
    begun,
    end_record,
    meta,
    records,
)


class Scripted:
    """All engines at once; counts batches and fails where told."""

    model = PARAMS.labels_model
    labels = ("greeting",)

    def __init__(self, fail=lambda stage, request: False):
        self.batches = []
        self.fail = fail
        self.lock = threading.Lock()

    def ask(self, stage, requests):
        with self.lock:
            self.batches.append((stage, len(requests)))
        if any(self.fail(stage, r) for r in requests):
            raise RuntimeError("secret words")
        return [
            answer(Work(call_id="x", stage=stage, key="agent-0", length_ms=0, request=r))
            for r in requests
        ]

    def detect(self, batch):
        return self.ask("speech", batch)

    def recognize(self, batch):
        return self.ask("asr", batch)

    def find(self, request):
        return self.ask("phi", [request])[0]

    def classify(self, batch):
        return self.ask("labels", batch)


@pytest.fixture
def drive():
    running = []

    def build(engine):
        engines = Engines(detector=engine, recognizer=engine, redactor=engine, classifier=engine)
        runtime = Runtime(engines, PARAMS)
        running.append(runtime)
        return runtime

    yield build
    for runtime in running:
        runtime.close()


def run(runtime, count):
    events = {}

    def took(step):
        events.setdefault(step.state.meta.call_id, []).extend(step.events)

    everything = [*records(TALK_TRACKS, TALK_LENGTH_MS), end_record(TALK_LENGTH_MS)]
    names = [f"call-{i}" for i in range(count)]
    for name in names:
        state = calls.start(meta())
        state = _renamed(state, name)
        runtime.put(Step(state=state))
    for record in everything:
        for name in names:
            state = runtime.calls[name]
            step = (
                calls.end(state, PARAMS, duration_ms=record.duration_ms)
                if not hasattr(record, "payload")
                else calls.feed(state, record, PARAMS)
            )
            took(runtime.put(step))
        for step in runtime.poll():
            took(step)
    runtime.drain(took)
    return events


def _renamed(state, name):
    return replace(state, meta=replace(state.meta, call_id=name))


def test_several_calls_all_close(drive):
    events = run(drive(Scripted()), 5)

    assert len(events) == 5
    assert all(isinstance(e[-1], CallClosed) for e in events.values())


def test_requests_of_different_calls_share_batches(drive):
    engine = Scripted()
    run(drive(engine), 5)

    assert max(size for stage, size in engine.batches if stage == "speech") > 1


def test_a_request_that_fails_alone_takes_nobody_along(drive):
    poisoned = {"count": 0}

    def fail(stage, request):
        if stage != "asr" or len(request.samples) < 40_000:
            return False
        poisoned["count"] += 1
        return True

    events = run(drive(Scripted(fail)), 3)

    assert poisoned["count"] > 0
    for of_call in events.values():
        texts = {e.index: e.text for e in of_call if isinstance(e, RedactedTurn)}
        assert any("[withheld]" in t for t in texts.values())
        assert any("today" in t for t in texts.values())


def test_the_text_of_an_engine_error_is_not_logged(drive, capfd):
    run(drive(Scripted(lambda stage, _: stage == "phi")), 1)

    logged = capfd.readouterr().err
    assert "RuntimeError" in logged
    assert "secret words" not in logged


def test_a_single_call_gives_what_the_machine_gives(drive):
    events = run(drive(Scripted()), 1)["call-0"]
    machine = begun().run([*records(TALK_TRACKS, TALK_LENGTH_MS), end_record(TALK_LENGTH_MS)])

    assert [type(e) for e in events] == [type(e) for e in machine.events]
