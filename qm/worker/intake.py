"""Records of the audio topic -> calls; what does not fit is put aside with a reason."""

from __future__ import annotations

import time
from collections.abc import Mapping

from structlog import get_logger

from qm import calls
from qm.errors import DecodeError
from qm.io import wire
from qm.io.kafka import Place, Received, Sink
from qm.observe import AUDIO_HEARD, CALLS_LIVE, DEAD_LETTERS, RECORDS
from qm.types import AudioRecord, CallEnd, CallId, CallMeta, CallRecord, CallStart
from qm.worker.keeping import Keeper
from qm.worker.live import Desk, LiveCall

log = get_logger()


class Intake:
    """Takes records, one at a time, in the order of their partition."""

    def __init__(
        self, desk: Desk, keeper: Keeper, sink: Sink, keys: Mapping[str, bytes] | None = None
    ) -> None:
        """``keys``, by their ids, open records that their producer encrypted."""
        self._desk = desk
        self._keeper = keeper
        self._sink = sink
        self._keys = keys or {}

    def take(self, received: Received) -> None:
        """Feed one record to its call, or put it aside."""
        try:
            record = wire.decode_call_record(
                received.topic, received.key, received.value, received.headers, self._keys
            )
            reason = self._feed(received, record)
        except DecodeError as wrong:
            reason = str(wrong)
        RECORDS.labels(received.topic, "rejected" if reason else "taken").inc()
        if reason and reason != "duplicate":
            self.put_aside(received, reason)

    def put_aside(self, received: Received, reason: str) -> None:
        """Send a reference to a record, with the reason and without its payload."""
        DEAD_LETTERS.labels(reason).inc()
        log.warning(
            "record_put_aside",
            topic=received.topic,
            partition=received.partition,
            offset=received.offset,
            reason=reason,
        )
        self._sink.send(
            wire.dead_letter(
                received.topic, received.partition, received.offset, reason, received.key
            )
        )
        self._keeper.count_dead_letter(received.place, received.offset, reason)

    def note_trimmed(self, place: Place, first: int, end: int) -> None:
        """Count and report records that the broker dropped before anybody read them."""
        reason = "trimmed"
        DEAD_LETTERS.labels(reason).inc(end - first)
        log.error(
            "records_trimmed",
            topic=place.topic,
            partition=place.partition,
            offset=first,
            count=end - first,
        )
        self._keeper.count_dead_letter(place, first, reason)

    def _feed(self, received: Received, record: CallRecord) -> str:
        """Return why the record was refused; "" where it was taken or is a replay."""
        call_id = record.meta.call_id if isinstance(record, CallStart) else record.call_id
        over = self._desk.over.get(call_id)
        if over is not None:
            return "" if received.offset < over else "after_end"
        live = self._desk.live.get(call_id)
        if live is None:
            found = self._keeper.find(call_id)
            if found is not None and received.offset < found.next_offset:
                return ""  # it was heard before a restart
            if found is not None and found.blob is None:
                return "after_end"
            if found is not None:
                live = self.bring_back(call_id, reopen=True)
            elif self._keeper.is_erased(call_id):
                return "erased"  # it must not come to be again
            elif isinstance(record, CallStart):
                live = self._begin(received, record.meta)
            else:
                return "no_start"
        if received.offset < live.next_offset:
            return ""  # the checkpoint holds it already
        live.next_offset = received.offset + 1
        live.last_record_at = time.monotonic()
        return self._fed(received, record, live)

    def _fed(self, received: Received, record: CallRecord, live: LiveCall) -> str:
        params = self._desk.runtime.params
        match record:
            case CallStart():
                return ""
            case CallEnd():
                state = self._desk.state(record.call_id)
                self._desk.take(calls.end(state, params, duration_ms=record.duration_ms))
                return ""
            case AudioRecord():
                step = calls.feed(self._desk.state(record.call_id), record, params)
                if step.rejected:
                    return step.rejected
                heard = next(c for c in step.state.channels if c.channel == record.channel)
                live.arrived(heard.heard_ms, received.timestamp_ms)
                AUDIO_HEARD.inc(sum(len(c.samples) / c.rate_hz for c in step.chunks))
                self._desk.take(step)
                return ""

    def _begin(self, received: Received, meta: CallMeta) -> LiveCall:
        now = time.monotonic()
        live = LiveCall(
            place=received.place,
            next_offset=received.offset,
            saved_offset=received.offset,
            saved_at=now,
            last_record_at=now,
        )
        self._desk.sit_down(calls.start(meta), live)
        CALLS_LIVE.set(len(self._desk.live))
        return live

    def bring_back(self, call_id: CallId, *, reopen: bool = False) -> LiveCall:
        """Go on with a call from its checkpoint."""
        state, found = self._keeper.restored(call_id)
        if reopen and state.closed:
            state = calls.reopened(state)
        now = time.monotonic()
        live = LiveCall(
            place=Place(found.topic, found.partition),
            next_offset=found.next_offset,
            saved_offset=found.next_offset,
            saved_at=now,
            last_record_at=now,
        )
        self._desk.sit_down(state, live)
        CALLS_LIVE.set(len(self._desk.live))
        return live
