"""
The worker's loop: read, feed, apply, save, publish, commit.

One thread polls Kafka, moves calls on and writes the store; the engines run on threads of their
own.  The group's offset is committed last and only up to what every open call's checkpoint needs,
so that a crash at any point replays the tail and changes nothing (anchors: kafka 6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from structlog import get_logger

from qm import calls
from qm.calls import Step
from qm.errors import DecodeError, StoreError
from qm.io import wire
from qm.io.database import Database
from qm.io.kafka import Received, Sink, Source
from qm.io.store import checkpoints, events, outbox
from qm.io.store.checkpoints import Checkpoint, DeadLetter, Fenced
from qm.io.vault import Vault
from qm.observe import (
    ALERT_SECONDS,
    AUDIO_BEHIND,
    AUDIO_HEARD,
    CALLS_LIVE,
    DEAD_LETTERS,
    FINAL_SECONDS,
    RECORDS,
    WITHHELD_TURNS,
)
from qm.runtime.drive import Runtime
from qm.types import (
    Alert,
    AudioRecord,
    CallEnd,
    CallId,
    CallMeta,
    CallRecord,
    CallStart,
    RedactedTurn,
)
from qm.worker.closing import Closing
from qm.worker.live import LiveCall
from qm.worker.spool import Spool

log = get_logger()

COMMIT_EVERY_S = 1.0
NOTE_EVERY_S = 0.25
"""How often contact events are looked up for live calls: a hold is a matter of seconds."""

SAVE_AT_LEAST_S = 10.0
"""A call in which nobody speaks is still saved this often, so that the commit moves on."""

MOST_CRASHES = 3
"""A record that was in hand at this many starts in a row is put aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When the worker slows down or gives up on a call."""

    backlog_ms: int = 30_000  #: unheard audio in one partition at which reading pauses
    inactive_s: float = 60.0  #: a call without audio for this long is closed
    largest_record: int = 1 << 20


class Worker:
    """All live calls of this process.  ``run`` returns when ``stop`` says so."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        source: Source,
        sink: Sink,
        database: Database,
        vault: Vault,
        closing: Closing,
        spool: Spool,
        broker_id: str,
        limits: Limits,
    ) -> None:
        self._runtime = runtime
        self._source = source
        self._sink = sink
        self._database = database
        self._vault = vault
        self._closing = closing
        self._spool = spool
        self._broker_id = broker_id
        self._limits = limits
        self._live: dict[CallId, LiveCall] = {}
        self._done: dict[CallId, int] = {}  # closed here -> next_offset: their replays are skipped
        self._epochs: dict[tuple[str, int], int] = {}
        self._positions: dict[tuple[str, int], int] = {}
        self._paused: set[tuple[str, int]] = set()
        self._committed_at = self._noted_at = 0.0

    # ------------------------------------------------------------------------------ the loop

    def run(self, stop: Callable[[], bool]) -> None:
        """Work until told to stop; then save everything and leave the group."""
        self._source.subscribe(self._assigned, self._revoked, self._lost)
        try:
            while not stop():
                self.turn()
        finally:
            self._revoked(list(self._epochs))
            self._runtime.close()
            self._closing.close()
            self._source.close()
            self._sink.close()

    def turn(self) -> None:
        """Do one round: everything that can be done without waiting longer than 20 ms."""
        busy = not self._runtime.idle()
        for received in self._source.poll(0.005 if busy else 0.02):
            self._take(received)
        for step in self._runtime.poll(timeout_s=0.01 if busy else 0.0):
            self._took(step)
        for step in self._closing.finished(self._runtime):
            self._took(self._runtime.put(step))
        now = time.monotonic()
        if now - self._noted_at >= NOTE_EVERY_S:
            self._noted_at = now
            self._note_events()
            self._close_inactive(now)
            self._back_pressure()
        self._save(now)
        self._publish()
        if now - self._committed_at >= COMMIT_EVERY_S:
            self._committed_at = now
            self._commit()

    # ------------------------------------------------------------------------------- records

    def _take(self, received: Received) -> None:
        """Feed one record to its call, or put it aside with a reason."""
        at = (received.topic, received.partition)
        self._positions[at] = received.offset + 1
        try:
            record = wire.decode_call_record(
                received.topic, received.key, received.value, received.headers
            )
        except DecodeError as wrong:
            self._reject(received, str(wrong))
            return
        reason = self._feed(received, record)
        if reason and reason != "duplicate":
            self._reject(received, reason)
        RECORDS.labels(received.topic, reason or "taken").inc()

    def _feed(self, received: Received, record: CallRecord) -> str:
        """Return why the record was refused; "" where it was taken or is a replay."""
        call_id = record.meta.call_id if isinstance(record, CallStart) else record.call_id
        if received.offset < self._done.get(call_id, -1):
            return ""
        live = self._live.get(call_id) or self._reopened(received, call_id)
        if live is None:
            if not isinstance(record, CallStart):
                return "no_start"
            live = self._begin(received, record.meta)
        if received.offset < live.next_offset:
            return ""  # the checkpoint holds it already
        live.next_offset = received.offset + 1
        live.last_record_at = time.monotonic()
        state = self._runtime.calls[call_id]
        match record:
            case CallStart():
                return "" if record.meta.call_id == state.meta.call_id else "second_start"
            case CallEnd():
                self._took(
                    self._runtime.put(
                        calls.end(state, self._runtime.params, duration_ms=record.duration_ms)
                    )
                )
                return ""
            case AudioRecord():
                step = calls.feed(state, record, self._runtime.params)
                if step.rejected:
                    return step.rejected
                end_ms = max(c.heard_ms for c in step.state.channels)
                live.arrived(end_ms, received.timestamp_ms)
                AUDIO_HEARD.inc(sum(len(c.samples) / c.rate_hz for c in step.chunks))
                self._took(self._runtime.put(step))
                return ""

    def _begin(self, received: Received, meta: CallMeta) -> LiveCall:
        live = self._tracked(received.topic, received.partition, received.offset)
        self._live[meta.call_id] = live
        self._runtime.put(Step(state=calls.start(meta)))
        CALLS_LIVE.set(len(self._live))
        return live

    def _tracked(self, topic: str, partition: int, offset: int) -> LiveCall:
        now = time.monotonic()
        return LiveCall(
            topic=topic,
            partition=partition,
            next_offset=offset,
            saved_offset=offset,
            saved_at=now,
            last_record_at=now,
        )

    def _reopened(self, received: Received, call_id: CallId) -> LiveCall | None:
        """Bring back a call that was closed for want of audio; None where there is none."""
        with self._database.read() as conn:
            found = checkpoints.find_checkpoint(conn, call_id)
        if found is None:
            return None
        if received.offset < found.next_offset or found.blob is None:
            # A replay, or audio after the end: either way the call is over.
            self._done[call_id] = found.next_offset if received.offset < found.next_offset else 0
            return None
        return self._restored(found, reopen=True)

    def _restored(self, found: Checkpoint, *, reopen: bool = False) -> LiveCall | None:
        """Bring a call back from its checkpoint and hand in the work it was waiting for."""
        if found.blob is None:
            return None
        with self._database.read() as conn:
            sealed = self._vault.open_state(conn, found.call_id, found.blob)
        state = calls.restore(sealed)
        if reopen and state.closed:
            state = calls.reopened(state)
        live = self._tracked(found.topic, found.partition, found.next_offset)
        self._live[state.meta.call_id] = live
        self._runtime.put(Step(state=state))
        if state.closed:
            self._closing.begin(state, live)
        CALLS_LIVE.set(len(self._live))
        return live

    def _reject(self, received: Received, reason: str) -> None:
        """Put a record aside: a reference with the reason, never its payload."""
        DEAD_LETTERS.labels(reason).inc()
        log.warning(
            "record_rejected",
            topic=received.topic,
            partition=received.partition,
            offset=received.offset,
            reason=reason,
        )
        letter = wire.DeadLetter(
            topic=received.topic,
            partition=received.partition,
            offset=received.offset,
            reason=reason,
        )
        self._sink.send(wire.encode_dead_letter(letter, received.key))
        with self._database.write() as conn:
            checkpoints.dead_letter(
                conn,
                DeadLetter(
                    topic=received.topic,
                    partition=received.partition,
                    offset=received.offset,
                    reason=reason,
                ),
                _utc_ms(),
            )
