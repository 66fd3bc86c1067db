"""
All live calls of a worker: which requests form the next batch.

Pure but for the time it is told.  A request's deadline is the moment it was handed in plus the
patience of its stage; the batch begins with the earliest deadline and is filled with the requests
nearest to it in length, because a batch costs what its longest member costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qm.engines.base import Stage, Work
from qm.types import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLimits:
    """How a stage's requests are put together."""

    batch: int  #: most requests in a batch
    workers: int = 1  #: batches of this stage that may run at the same time
    patience_ms: int = 1_000  #: what a request may wait before it is late


DEFAULT_LIMITS: Mapping[Stage, StageLimits] = {
    # Detection costs about a millisecond a request and everything else waits for it.
    "speech": StageLimits(batch=64, patience_ms=100),
    # Past 4 the decoder falls out of the cache of a CPU (anchors: performance 4c).
    "asr": StageLimits(batch=4, patience_ms=1_000),
    "phi": StageLimits(batch=8, patience_ms=200),
    "labels": StageLimits(batch=8, patience_ms=400),
}

Name = tuple[CallId, Stage, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    """A request and when it must be answered."""

    work: Work = field(repr=False)
    deadline: float  #: seconds on the clock of the caller


class Scheduler:
    """
    Requests that wait and batches that run.

    >>> from qm.engines.base import AsrRequest, Work
    >>> import numpy as np
    >>> def work(call, length_ms):
    ...     request = AsrRequest(samples=np.zeros(1, np.float32), language="en")
    ...     return Work(call_id=call, stage="asr", key="0", length_ms=length_ms, request=request)
    >>> scheduler = Scheduler({"asr": StageLimits(batch=2)})
    >>> scheduler.add([work("a", 900), work("b", 9000), work("c", 1000)], now=0.0)
    >>> [w.call_id for w in scheduler.next_batch("asr")]
    ['a', 'c']
    >>> scheduler.next_batch("asr")  # one worker, and it is busy
    []
    """

    def __init__(self, limits: Mapping[Stage, StageLimits] = DEFAULT_LIMITS) -> None:
        self._limits = dict(limits)
        self._waiting: dict[Stage, dict[Name, Waiting]] = {stage: {} for stage in limits}
        self._running: dict[Stage, set[Name]] = {stage: set() for stage in limits}
        self._batches: dict[Stage, int] = dict.fromkeys(limits, 0)

    def add(self, works: Iterable[Work], now: float) -> None:
        """Take requests; those that wait or run already are left out."""
        for work in works:
            name = (work.call_id, work.stage, work.key)
            waiting = self._waiting[work.stage]
            if name not in waiting and name not in self._running[work.stage]:
                patience_s = self._limits[work.stage].patience_ms / 1000
                waiting[name] = Waiting(work=work, deadline=now + patience_s)

    def next_batch(self, stage: Stage) -> list[Work]:
        """Return the next batch of a stage and count it as running; empty when none may start."""
        limits, waiting = self._limits[stage], self._waiting[stage]
        if not waiting or self._batches[stage] >= limits.workers:
            return []
        first = min(waiting.values(), key=lambda w: w.deadline)
        nearest = sorted(
            waiting.items(),
            key=lambda item: (
                item[1] is not first,
                abs(item[1].work.length_ms - first.work.length_ms),
                item[1].deadline,
            ),
        )[: limits.batch]
        for name, _ in nearest:
            del waiting[name]
            self._running[stage].add(name)
        self._batches[stage] += 1
        return [w.work for _, w in nearest]

    def done(self, batch: Iterable[Work], stage: Stage) -> None:
        """Say that a batch has been answered or has failed."""
        self._batches[stage] -= 1
        for work in batch:
            self._running[stage].discard((work.call_id, work.stage, work.key))

    def again(self, stage: Stage) -> None:
        """Count one more batch of a stage as running: a part of one that failed."""
        self._batches[stage] += 1

    def forget(self, call_id: CallId) -> None:
        """Drop what waits for a call that is gone."""
        for waiting in self._waiting.values():
            for name in [n for n in waiting if n[0] == call_id]:
                del waiting[name]

    def waiting(self, stage: Stage) -> int:
        """Return how many requests of a stage wait."""
        return len(self._waiting[stage])

    def idle(self) -> bool:
        """Return whether nothing waits and nothing runs."""
        return not any(self._waiting.values()) and not any(self._batches.values())
