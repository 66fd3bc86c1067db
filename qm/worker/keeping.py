"""
What the worker keeps: checkpoints, results, audio; and what it reads back after a restart.

A step of a call is one transaction: its results, its place in the stream, its state sealed under
the call's own key.  Audio is durable before the checkpoint that passes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from structlog import get_logger

from qm import calls
from qm.calls import CallState
from qm.errors import StoreError
from qm.io.audiofile import AudioFile
from qm.io.blobs import Blobs, CallBlobs
from qm.io.database import Database
from qm.io.kafka import Place, Received, Sink
from qm.io.store import audio as audio_store
from qm.io.store import checkpoints, events, keys, outbox, rules, tombstones
from qm.io.store.audio import AudioKind, AudioObject
from qm.io.store.checkpoints import Checkpoint, Step
from qm.io.vault import Vault, open_sealed, seal
from qm.io.wire import DeadLetter
from qm.observe import ALERT_SECONDS, AUDIO_LOST, FINAL_SECONDS, WITHHELD_TURNS
from qm.types import Alert, CallId, CallMeta, Mark, RedactedTurn
from qm.worker.audio import assemble, flac, muted, peaks, pieces
from qm.worker.live import LiveCall

log = get_logger()

FLAC = "audio/flac"

PUBLISH_EVERY_S = 1.0
"""The outbox is looked through this often even when nothing was saved here: a worker that died may
have left something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where things are kept."""

    database: Database
    blobs: Blobs
    vault: Vault = field(repr=False)
    broker_id: str  #: of the log that offsets refer to
    keep_original: frozenset[str] = frozenset()  #: queues whose original audio is kept


class Keeper:
    """Saves calls and brings them back."""

    def __init__(self, stores: Stores, corrected: Callable[[], None] = lambda: None) -> None:
        """``corrected`` is told when words that were stored have been overwritten."""
        self._stores = stores
        self._corrected = corrected
        self._keys: dict[CallId, bytes] = {}
        self._epochs: dict[Place, int] = {}
        self._marks: dict[CallId, tuple[Mark, ...]] = {}
        self._unpublished, self._published_at = True, 0.0

    # -------------------------------------------------------------------------- partitions

    def claim(self, place: Place) -> list[tuple[CallId, bool]]:
        """
        Become the owner of a partition.

        Returns:
            Its open calls, each with whether the log it was read from is gone.
        """
        broker_id = self._stores.broker_id
        with self._stores.database.write() as conn:
            self._epochs[place] = checkpoints.claim_partition(
                conn, place.topic, place.partition, broker_id, _now()
            )
            found = checkpoints.open_calls(conn, place.topic, place.partition)
        return [(CallId(c.call_id), c.broker_id != broker_id) for c in found if c.blob is not None]

    def attempt(self, received: Received) -> int:
        """Note that a record is about to be fed; return how often it has been begun."""
        with self._stores.database.write() as conn:
            return checkpoints.count_attempt(
                conn, received.topic, received.partition, received.offset, _now()
            )

    def count_dead_letter(self, place: Place, offset: int, reason: str) -> None:
        """Count a record that was put aside."""
        letter = DeadLetter(
            topic=place.topic, partition=place.partition, offset=offset, reason=reason
        )
        with self._stores.database.write() as conn:
            checkpoints.dead_letter(conn, letter, _now())

    # -------------------------------------------------------------------------------- calls

    def find(self, call_id: CallId) -> Checkpoint | None:
        """Return the checkpoint of a call, open or closed."""
        with self._stores.database.read() as conn:
            return checkpoints.find_checkpoint(conn, call_id)

    def is_erased(self, call_id: CallId) -> bool:
        """Return whether a call was erased: nothing of it may be kept again."""
        with self._stores.database.read() as conn:
            return tombstones.is_erased(conn, call_id)

    def restored(self, call_id: CallId) -> tuple[CallState, Checkpoint]:
        """
        Return a call as it was saved.

        Raises:
            StoreError: it has no state any more.
        """
        found = self.find(call_id)
        if found is None or found.blob is None:
            raise StoreError("the call has no saved state")
        sealed = open_sealed(self._key(call_id), found.blob, _purpose(call_id))
        return calls.restore(sealed), found

    def save(self, call_id: CallId, live: LiveCall, state: CallState) -> None:
        """
        Save a call as it stands, so that it can go on from here.

        Raises:
            Fenced: the partition has a newer owner.
        """
        self._keep_audio(call_id, live)
        sealed = seal(self._key(call_id), calls.save(state), _purpose(call_id))
        self._write(live, state, sealed, closed=False)

    def put_away(self, call_id: CallId, live: LiveCall, state: CallState) -> None:
        """
        Make the redacted copy of a closed call and let go of its state and raw audio.

        A call that was closed for silence keeps both: it may go on yet.

        Raises:
            Fenced: the partition has a newer owner.
        """
        self._keep_audio(call_id, live)
        copies = self._redacted_copy(state)
        silent = state.ended_by == "inactive"
        sealed = None
        if silent:
            sealed = seal(self._key(call_id), calls.save(state), _purpose(call_id))
        self._write(live, state, sealed, closed=True, copies=copies)
        if not silent:
            self._blobs(call_id).delete("work")
        AUDIO_LOST.inc(
            sum(((m.end_ms or 0) - m.start_ms) / 1000 for m in state.marks if m.kind == "gap")
        )
        self._keys.pop(call_id, None)
        self._marks.pop(call_id, None)

    def working_copy(self, state: CallState) -> AudioFile:
        """Return the raw audio of a call from its working copy.  PHI."""
        stored = self._blobs(state.meta.call_id).read_chunks("work")
        return assemble(stored, state.meta.channels, state.duration_ms or 0)

    def publish(self, sink: Sink, places: Collection[Place]) -> None:
        """Send what waits in the outbox of the partitions that are ours."""
        now = time.monotonic()
        if not places or (not self._unpublished and now - self._published_at < PUBLISH_EVERY_S):
            return
        self._unpublished, self._published_at = False, now
        partitions = sorted({p.partition for p in places})
        with self._stores.database.read() as conn:
            waiting = outbox.pending(conn, partitions=partitions)
        if not waiting:
            return
        for record in waiting:
            sink.send(record.outgoing)
        sink.flush(10.0)
        with self._stores.database.write() as conn:
            outbox.sent(conn, [record.seq for record in waiting])

    # ------------------------------------------------------------------- what others decide

    def new_marks(self, metas: Collection[CallMeta]) -> dict[CallId, tuple[Mark, ...]]:
        """Return the marks of those calls whose contact events have changed them."""
        changed: dict[CallId, tuple[Mark, ...]] = {}
        with self._stores.database.read() as conn:
            for meta in metas:
                marks = events.marks_of(conn, meta)
                if marks != self._marks.get(meta.call_id, ()):
                    changed[meta.call_id] = self._marks[meta.call_id] = marks
        return changed

    def rules_on(self) -> frozenset[str]:
        """Return the rules whose alerts are shown."""
        with self._stores.database.read() as conn:
            return rules.rules_on(conn)

    # ------------------------------------------------------------------------------ inside

    def _key(self, call_id: CallId) -> bytes:
        if call_id not in self._keys:
            with self._stores.database.write() as conn:
                self._keys[call_id] = keys.call_key(conn, self._stores.vault, call_id, _now())
        return self._keys[call_id]

    def _blobs(self, call_id: CallId) -> CallBlobs:
        return self._stores.blobs.of_call(call_id, self._key(call_id))

    def _keep_audio(self, call_id: CallId, live: LiveCall) -> None:
        if live.chunks:
            blobs = self._blobs(call_id)
            for name, data in pieces(live.chunks):
                blobs.append_chunk("work", name, data)
            live.chunks.clear()

    def _redacted_copy(self, state: CallState) -> list[AudioObject]:
        audio = self.working_copy(state)
        clean = muted(audio, state.meta.channels, calls.muting(state))
        copies = [self._copy(state, "redacted", clean)]
        if state.meta.queue in self._stores.keep_original:
            copies.append(self._copy(state, "original", audio))
        return copies

    def _copy(self, state: CallState, kind: AudioKind, audio: AudioFile) -> AudioObject:
        data = flac(audio)
        return AudioObject(
            call_id=state.meta.call_id,
            kind=kind,
            path=self._blobs(state.meta.call_id).put(kind, data),
            media_type=FLAC,
            size=len(data),
            duration_ms=audio.duration_ms,
            peaks=tuple(tuple(channel) for channel in peaks(audio)),
        )

    def _write(
        self,
        live: LiveCall,
        state: CallState,
        sealed: bytes | None,
        *,
        closed: bool,
        copies: Collection[AudioObject] = (),
    ) -> None:
        alerts_at = [e.at_ms for e in live.events if isinstance(e, Alert)]
        step = Step(
            meta=state.meta,
            events=tuple(live.events),
            checkpoint=Checkpoint(
                call_id=state.meta.call_id,
                topic=live.place.topic,
                partition=live.place.partition,
                first_offset=live.next_offset,
                next_offset=live.next_offset,
                epoch=self._epochs[live.place],
                broker_id=self._stores.broker_id,
                blob=sealed,
                closed=closed,
            ),
            clock_ms=state.clock_ms,
            marks=state.marks,
            broker_at=live.stamp_of(max(alerts_at)) if alerts_at else None,
        )
        now = _now()
        with self._stores.database.write() as conn:
            checkpoints.save(conn, step, now)
            for copy in copies:
                audio_store.save_audio(conn, copy, now)
        self._unpublished = self._unpublished or bool(step.events)
        if any(isinstance(e, RedactedTurn) and e.redaction_version for e in step.events):
            self._corrected()
        _measure(live, now)
        live.events.clear()
        live.saved_offset, live.saved_at = live.next_offset, time.monotonic()


def _measure(live: LiveCall, now: int) -> None:
    """Note how long after the sound its words and alerts were there for everybody."""
    for event in live.events:
        if isinstance(event, RedactedTurn) and event.pass_ == 0:
            stamp = live.stamp_of(event.end_ms)
            if stamp is not None:
                FINAL_SECONDS.observe(max(0, now - stamp) / 1000)
            if event.withheld:
                WITHHELD_TURNS.inc()
        elif isinstance(event, Alert) and event.when == "live":
            stamp = live.stamp_of(event.at_ms)
            if stamp is not None:
                ALERT_SECONDS.observe(max(0, now - stamp) / 1000)


def _purpose(call_id: CallId) -> bytes:
    return b"state " + call_id.encode()


def _now() -> int:
    return time.time_ns() // 1_000_000
