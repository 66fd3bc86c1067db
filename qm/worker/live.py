"""What the worker keeps beside a live call's state: its place in the stream and its timing."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

from qm.types import AudioChunk, Event

REMEMBERED = 1_500
"""Arrivals kept for latency: five minutes of two channels in 200 ms records, more than any rule's
window is long."""


@dataclass(slots=True, kw_only=True)
class LiveCall:
    """A live call's bookkeeping.  Mutable, and the worker's own: no other thread sees it."""

    topic: str
    partition: int
    next_offset: int  #: of the first record not yet fed
    saved_offset: int  #: ``next_offset`` of the last checkpoint: a crash replays from here
    saved_at: float  #: monotonic
    last_record_at: float  #: monotonic
    events: list[Event] = field(default_factory=list)  #: not yet saved
    chunks: list[AudioChunk] = field(default_factory=list, repr=False)  #: not yet kept
    awaiting_final_pass: bool = False
    _ends: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _stamps: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def arrived(self, end_ms: int, stamp_ms: int) -> None:
        """Remember the broker's time stamp of the record that holds audio up to ``end_ms``."""
        if not self._ends or end_ms > self._ends[-1]:
            self._ends.append(end_ms)
            self._stamps.append(stamp_ms)

    def stamp_of(self, at_ms: int) -> int | None:
        """
        Return the broker's time stamp (UTC ms) of the record that holds the sample at ``at_ms``.

        None when that is no longer remembered.
        """
        position = bisect_left(list(self._ends), at_ms)
        if not self._ends or position >= len(self._ends):
            return self._stamps[-1] if self._stamps else None
        return self._stamps[position]
