"""
The worker's loop: read, feed, apply, save, publish, commit.

One thread polls Kafka, moves calls on and writes the store; the engines run on threads of their
own.  The group's offset is committed last and only up to what every open call's checkpoint needs,
so that a crash at any point replays the tail and changes nothing (anchors: kafka 6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from structlog import get_logger

from qm import calls
from qm.io.kafka import Listener, Place, Received, Sink, Source
from qm.io.store.checkpoints import Fenced
from qm.observe import AUDIO_BEHIND, CALLS_LIVE
from qm.types import CallId
from qm.worker.finishing import Finishing
from qm.worker.intake import Intake
from qm.worker.keeping import Keeper
from qm.worker.live import Desk, LiveCall

log = get_logger()

COMMIT_EVERY_S = 1.0
LOOK_EVERY_S = 0.25
"""How often contact events and silence of calls are looked up: a hold is a matter of seconds."""

SAVE_AT_LEAST_S = 10.0
"""A call in which nobody speaks is still saved this often, so that the commit moves on."""

RECOVERY_S = 20.0
"""After partitions are assigned, records are counted before they are fed, for this long: if one of
them kills the process, the next process meets it here again."""

MOST_ATTEMPTS = 3
"""The first death was not counted, so this is the third time a record has taken a process along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When the worker slows down or gives up on a call."""

    backlog_ms: int = 30_000  #: unheard audio in one partition at which reading pauses
    inactive_s: float = 60.0  #: a call without audio for this long is closed


class Worker:
    """All live calls of this process."""

    def __init__(
        self,
        desk: Desk,
        keeper: Keeper,
        finishing: Finishing,
        sink: Sink,
        limits: Limits,
        keys: Mapping[str, bytes] | None = None,
    ) -> None:
        """``keys``, by their ids, open records that their producer encrypted."""
        self._desk = desk
        self._keeper = keeper
        self._finishing = finishing
        self._sink = sink
        self._limits = limits
        self._intake = Intake(desk, keeper, sink, keys)
        self._positions: dict[Place, int] = {}
        self._committed: dict[Place, int] = {}
        self._looked_at = self._committed_at = self._recovering_until = 0.0
        self.listener = Listener(assigned=self._assigned, revoked=self._revoked, lost=self._lost)

    def run(self, source: Source, stop: Callable[[], bool]) -> None:
        """Work until told to stop; then save everything and leave the group."""
        try:
            while not stop():
                self.round(source)
        finally:
            source.close()  # gives the partitions back, which saves their calls
            self._desk.runtime.close()
            self._finishing.close()
            self._sink.close()

    def round(self, source: Source) -> None:
        """Do everything that can be done now; wait 20 ms at most for something to do."""
        runtime = self._desk.runtime
        busy = not runtime.idle()
        for received in source.poll(0.002 if busy else 0.02):
            self._look_for_hole(source, received)
            self._positions[received.place] = received.offset + 1
            if not self._poisoned(received):
                self._intake.take(received)
        for step in runtime.poll(timeout_s=0.01 if busy else 0.0):
            self._desk.took(step)
        for step in self._finishing.ready():
            self._desk.take(step)
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            self._look(source, now)
        self._save(now)
        self._keeper.publish(self._sink, source.assignment)
        if now - self._committed_at >= COMMIT_EVERY_S:
            self._committed_at = now
            self._commit(source)

    def _look_for_hole(self, source: Source, received: Received) -> None:
        """
        Notice that the broker's retention was shorter than our absence.

        The client goes on with the oldest record there is and says nothing.  What the calls lack
        is filled with silence and marked, as any gap is.
        """
        place = received.place
        expected = self._positions.get(place)
        if expected is None:
            expected = source.committed(place)
        if expected is not None and received.offset > expected:
            end = min(received.offset, source.log_start(place))
            if end > expected:  # else it is a producer's transaction, which takes an offset
                self._intake.note_trimmed(place, expected, end)

    def _poisoned(self, received: Received) -> bool:
        """Put a record aside that the process has died on twice since the first time."""
        if time.monotonic() > self._recovering_until:
            return False
        if self._keeper.attempt(received) < MOST_ATTEMPTS:
            return False
        self._intake.put_aside(received, "poison")
        return True

    # ------------------------------------------------------------------------- partitions

    def _assigned(self, places: frozenset[Place]) -> None:
        for place in places:
            for call_id, log_lost in self._keeper.claim(place):
                self._intake.bring_back(call_id)
                state = self._desk.state(call_id)
                if log_lost:
                    log.error("log_lost", call_id=call_id, partition=place.partition)
                    ended = calls.end(state, self._desk.runtime.params, reason="log_lost")
                    self._desk.take(ended)
                elif state.closed:
                    self._finishing.begin(state)
        self._recovering_until = time.monotonic() + RECOVERY_S
        log.info("partitions_assigned", count=len(places))

    def _revoked(self, places: frozenset[Place]) -> None:
        """Save the calls as they are: whoever gets them goes on from there."""
        for place in places:
            for call_id, live in self._desk.of(place):
                try:
                    self._keeper.save(call_id, live, self._desk.state(call_id))
                except Fenced:
                    log.warning("fenced", call_id=call_id, partition=place.partition)
                self._desk.leave(call_id)
            self._positions.pop(place, None)
        CALLS_LIVE.set(len(self._desk.live))

    def _lost(self, places: frozenset[Place]) -> None:
        for place in places:
            for call_id, _ in self._desk.of(place):
                self._desk.leave(call_id)
            self._positions.pop(place, None)

    # ------------------------------------------------------------------------------ keeping

    def _save(self, now: float) -> None:
        """Save every call in which something happened, or that has not been saved for long."""
        for call_id, live in list(self._desk.live.items()):
            idle = now - live.saved_at < SAVE_AT_LEAST_S
            if not live.events and (idle or live.next_offset == live.saved_offset):
                continue
            state = self._desk.state(call_id)
            try:
                if state.closed and self._finishing.finish(call_id, live, state):
                    self._desk.leave(call_id, live.next_offset)
                    CALLS_LIVE.set(len(self._desk.live))
                else:
                    self._keeper.save(call_id, live, state)
            except Fenced:
                log.warning("fenced", call_id=call_id, partition=live.place.partition)
                self._desk.leave(call_id)

    def _commit(self, source: Source) -> None:
        """Commit, of each partition, what no open call needs any more."""
        offsets = dict(self._positions)
        for live in self._desk.live.values():
            if live.place in offsets:
                offsets[live.place] = min(offsets[live.place], live.saved_offset)
        moved = {p: o for p, o in offsets.items() if self._committed.get(p) != o}
        if moved and source.commit(moved):
            self._committed |= moved

    # ----------------------------------------------------------------------------- watching

    def _look(self, source: Source, now: float) -> None:
        params = self._desk.runtime.params
        on = self._keeper.rules_on()
        if on != params.rules_on:
            self._desk.runtime.params = params = replace(params, rules_on=on)
        metas = [self._desk.state(call_id).meta for call_id in self._desk.live]
        for call_id, marks in self._keeper.new_marks(metas).items():
            self._desk.take(calls.note(self._desk.state(call_id), marks, params))
        for call_id, live in list(self._desk.live.items()):
            if live.place in source.paused:
                live.last_record_at = now  # it is we who do not listen
            self._close_if_silent(call_id, live, now)
        self._back_pressure(source)

    def _close_if_silent(self, call_id: CallId, live: LiveCall, now: float) -> None:
        state = self._desk.state(call_id)
        held = any(m.kind == "hold" and m.end_ms is None for m in state.marks)
        if (
            state.duration_ms is None
            and not held
            and now - live.last_record_at > self._limits.inactive_s
        ):
            self._desk.take(calls.end(state, self._desk.runtime.params, reason="inactive"))

    def _back_pressure(self, source: Source) -> None:
        """Stop reading partitions whose calls wait for the models, until they have caught up."""
        unheard: dict[Place, int] = dict.fromkeys(source.assignment, 0)
        for call_id, live in self._desk.live.items():
            unheard[live.place] = unheard.get(live.place, 0) + self._desk.state(call_id).unheard_ms
        paused = source.paused
        full = {p for p, ms in unheard.items() if ms > self._limits.backlog_ms and p not in paused}
        free = {p for p in paused if unheard.get(p, 0) < self._limits.backlog_ms // 2}
        if full:
            source.pause(full)
            log.warning("reading_paused", count=len(full))
        if free:
            source.resume(free)
            log.info("reading_resumed", count=len(free))
        waiting_s = max(source.lag_s(int(time.time() * 1000)).values(), default=0.0)
        AUDIO_BEHIND.set(waiting_s + max(unheard.values(), default=0) / 1000)
