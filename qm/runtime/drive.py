"""Drive calls through the engines: hand out batches, apply what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from structlog import get_logger

from qm import calls
from qm.calls import CallParams, CallState, Step
from qm.engines.base import (
    Diarizer,
    Outcome,
    Recognizer,
    Redactor,
    SpeechDetector,
    Stage,
    TurnClassifier,
    Work,
)
from qm.observe import STAGE_FAILURES, STAGE_REQUESTS, STAGE_SECONDS
from qm.scheduler import DEFAULT_LIMITS, Scheduler, StageLimits
from qm.types import CallId, RedactedTurn

log = get_logger()

TRIES = 2
"""A request that failed in a batch is tried once more by itself: one bad utterance must not take
its neighbours along, and a second failure is final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The models of a worker."""

    detector: SpeechDetector
    recognizer: Recognizer
    redactor: Redactor
    classifier: TurnClassifier
    versions: Mapping[str, str] = field(default_factory=dict)  #: asr, redaction, labels -> version


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Work that an engine has in hand."""

    stage: Stage
    works: tuple[Work, ...] = field(repr=False)
    tries: int = 1


class Runtime:
    """
    All live calls of a process, their engines, and the scheduler between them.

    Not thread-safe: one thread feeds and polls; the engines run on threads of their own.
    """

    def __init__(
        self,
        engines: Engines,
        params: CallParams,
        limits: Mapping[Stage, StageLimits] = DEFAULT_LIMITS,
    ) -> None:
        self.params = params
        self.calls: dict[CallId, CallState] = {}
        self._scheduler = Scheduler(limits)
        self._limits = limits
        self._pools = {
            stage: ThreadPoolExecutor(limit.workers, thread_name_prefix=f"qm-{stage}")
            for stage, limit in limits.items()
        }
        self._running: dict[Future[list[Outcome]], Batch] = {}
        self._ask: dict[Stage, Callable[[list[Work]], list[Outcome]]] = {
            "speech": lambda batch: list(engines.detector.detect(_requests(batch))),
            "asr": lambda batch: list(engines.recognizer.recognize(_requests(batch))),
            "phi": lambda batch: [engines.redactor.find(r) for r in _requests(batch)],
            "labels": lambda batch: list(engines.classifier.classify(_requests(batch))),
        }

    def put(self, step: Step) -> Step:
        """Take a call's new state and hand in the work it is due."""
        state = step.state
        self.calls[state.meta.call_id] = state
        self._scheduler.add(calls.due(state, self.params), time.monotonic())
        return step

    def drop(self, call_id: CallId) -> None:
        """Forget a call."""
        self.calls.pop(call_id, None)
        self._scheduler.forget(call_id)

    def poll(self, timeout_s: float = 0.0) -> list[Step]:
        """
        Start the batches that may start, wait for one, and apply every answer there is.

        Returns:
            One step for each answer, in the order applied; ``calls`` holds the newest states.
        """
        self._start()
        if not self._running:
            return []
        done, _ = wait(self._running, timeout=timeout_s, return_when=FIRST_COMPLETED)
        steps: list[Step] = []
        for future in done:
            batch = self._running.pop(future)
            for work, outcome in zip(batch.works, self._answers(batch, future), strict=False):
                state = self.calls.get(work.call_id)
                if state is not None:
                    steps.append(self.put(calls.apply(state, work, outcome, self.params)))
        self._start()
        return steps

    def idle(self) -> bool:
        """Return whether no work waits or runs."""
        return self._scheduler.idle()

    def drain(self, take: Callable[[Step], None]) -> None:
        """Poll until nothing is left to do, giving every step to ``take``."""
        while not self.idle():
            for step in self.poll(timeout_s=1.0):
                take(step)

    def close(self) -> None:
        """Let running batches end and stop the threads."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> None:
        for stage in self._limits:
            while works := self._scheduler.next_batch(stage):
                self._submit(Batch(stage=stage, works=tuple(works)))

    def _submit(self, batch: Batch) -> None:
        self._running[self._pools[batch.stage].submit(self._run, batch)] = batch

    def _run(self, batch: Batch) -> list[Outcome]:
        with STAGE_SECONDS.labels(batch.stage).time():
            return self._ask[batch.stage](list(batch.works))

    def _answers(self, batch: Batch, future: Future[list[Outcome]]) -> list[Outcome]:
        """Return the answers of a batch; none yet where it failed and is tried again."""
        error = future.exception()
        if error is None:
            STAGE_REQUESTS.labels(batch.stage).inc(len(batch.works))
            self._scheduler.done(batch.works, batch.stage)
            return future.result()
        # The text of the error is not logged: a library's message may quote what was said.
        log.warning("batch_failed", stage=batch.stage, count=len(batch.works), exc_info=error)
        if batch.tries >= TRIES:
            STAGE_FAILURES.labels(batch.stage).inc(len(batch.works))
            self._scheduler.done(batch.works, batch.stage)
            return [None] * len(batch.works)
        for work in batch.works:
            self._scheduler.again(work.stage)
            self._submit(Batch(stage=batch.stage, works=(work,), tries=batch.tries + 1))
        self._scheduler.done((), batch.stage)
        return []


def _requests(batch: list[Work]) -> list[Any]:
    return [work.request for work in batch]


def newest(turns: list[RedactedTurn]) -> list[RedactedTurn]:
    """Return the last revision of each turn, by index."""
    latest = {turn.index: turn for turn in turns}
    return [latest[index] for index in sorted(latest)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a process that hears calls needs."""

    runtime: Runtime
    engines: Engines
    diarizer: Callable[[], Diarizer] | None = None  #: loads at its first use; None: no second pass
