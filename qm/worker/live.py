"""What the worker keeps beside the states of its live calls: places in the stream, and timing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from qm.calls import CallState, Step
from qm.io.kafka import Place
from qm.runtime.drive import Runtime
from qm.types import AudioChunk, CallId, Event

REMEMBERED = 1_500
"""Arrivals kept for latency: five minutes of two channels in 200 ms records, more than any rule's
window is long."""


@dataclass(slots=True, kw_only=True)
class LiveCall:
    """A live call's bookkeeping.  Mutable, and the worker's own: no other thread sees it."""

    place: Place
    next_offset: int  #: of the first record not yet fed
    saved_offset: int  #: ``next_offset`` of the last checkpoint: a crash replays from here
    saved_at: float  #: monotonic
    last_record_at: float  #: monotonic
    events: list[Event] = field(default_factory=list)  #: not yet saved
    chunks: list[AudioChunk] = field(default_factory=list, repr=False)  #: not yet kept
    _ends: list[int] = field(default_factory=list)
    _stamps: list[int] = field(default_factory=list)

    def arrived(self, end_ms: int, stamp_ms: int) -> None:
        """Remember the broker's time stamp of the record that holds audio up to ``end_ms``."""
        if not self._ends or end_ms > self._ends[-1]:
            self._ends.append(end_ms)
            self._stamps.append(stamp_ms)
        if len(self._ends) > 2 * REMEMBERED:
            del self._ends[:REMEMBERED], self._stamps[:REMEMBERED]

    def stamp_of(self, at_ms: int) -> int | None:
        """
        Return the broker's time stamp (UTC ms) of the record that holds the sample at ``at_ms``.

        None where nothing has arrived, as right after a restart.
        """
        if not self._ends:
            return None
        return self._stamps[min(bisect_left(self._ends, at_ms), len(self._stamps) - 1)]


class Desk:
    """The live calls of a worker: their states (in the runtime) and their bookkeeping."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.live: dict[CallId, LiveCall] = {}
        self.over: dict[CallId, int] = {}  #: closed here -> next_offset: replays are skipped

    def state(self, call_id: CallId) -> CallState:
        """Return a call's state."""
        return self.runtime.calls[call_id]

    def sit_down(self, state: CallState, live: LiveCall) -> None:
        """Begin to look after a call."""
        self.live[state.meta.call_id] = live
        self.runtime.put(Step(state=state))

    def take(self, step: Step) -> None:
        """Keep a call's new state, and its events and audio until they are saved."""
        self.runtime.put(step)
        self.took(step)

    def took(self, step: Step) -> None:
        """Keep the events and audio of a step that the runtime has already."""
        live = self.live.get(step.state.meta.call_id)
        if live is not None:
            live.events += step.events
            live.chunks += step.chunks

    def leave(self, call_id: CallId, next_offset: int | None = None) -> None:
        """Stop looking after a call; with ``next_offset`` because it is over."""
        self.live.pop(call_id, None)
        self.runtime.drop(call_id)
        if next_offset is not None:
            self.over[call_id] = next_offset
            if len(self.over) > REMEMBERED:  # the store knows the older ones
                del self.over[next(iter(self.over))]

    def of(self, place: Place) -> Iterator[tuple[CallId, LiveCall]]:
        """Yield the calls of one partition."""
        return ((c, live) for c, live in list(self.live.items()) if live.place == place)
