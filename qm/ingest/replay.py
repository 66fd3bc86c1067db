"""
Plays recordings onto the audio topic as calls: live, at the speed of speech, or as an import.

One thread paces all calls: each has its own schedule from the moment it starts, so being late once
does not make the rest of the call late.  Recordings are read and encoded ahead in a second thread.
"""

from __future__ import annotations

import heapq
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from qm.errors import InputError, StreamError
from qm.ingest.packets import PACKET_MS, EncodedCall, encode_file
from qm.io.kafka import KafkaOptions, RecordRefused, Sink, unread
from qm.io.wire import SealingKey, encode_call_record
from qm.types import (
    AudioRecord,
    CallEnd,
    CallId,
    CallMeta,
    CallRecord,
    CallStart,
    Codec,
    Direction,
)

PATIENCE_S: Final = 300.0
"""How long a record is offered again while the broker is away: longer than it takes to restart."""

RETRY_S: Final = 1.0
"""Between two offers of one record."""

PRESSURE_S: Final = 1.0
"""Between two looks at whether the workers have caught up."""

ENCODING_S: Final = 0.02
"""Between two looks at whether the next recording is encoded: nobody hears a call start later."""

KEPT: Final = 32
"""Recordings kept encoded where some are played again: two minutes of a call are 2 MB."""

MOST_UNREAD: Final = 20_000
"""Records that an import lets wait: 33 minutes of two channels, 32 MB."""

FAST_AT_ONCE: Final = 4
"""Calls at a time as fast as possible: enough to keep several partitions busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A recording to play, and what the telephony side would say of it."""

    number: int  #: what a report calls it: a row of a manifest, a position on the command line
    path: Path = field(repr=False)  #: may be a patient's name
    started_at: datetime | None = None  #: None: when it is played
    contact_id: str = ""  #: "": a new one
    agent_id: str = ""
    queue: str = ""
    direction: Direction = "inbound"
    language: str | None = None
    practice: bool = False
    customer_ref: str = ""  #: opaque
    authenticated: Literal["", "ivr", "portal", "earlier_leg"] = ""
    disposition: str = ""

    def meta(self, call_id: CallId, call: EncodedCall, now: datetime) -> CallMeta:
        """Return the metadata of one playing of it."""
        return CallMeta(
            call_id=call_id,
            started_at=self.started_at or now,
            contact_id=self.contact_id or f"contact-{call_id}",
            channels=call.channels,
            agent_id=self.agent_id,
            queue=self.queue,
            direction=self.direction,
            language=self.language,
            practice=self.practice,
            customer_ref=self.customer_ref,
            authenticated=self.authenticated,
            disposition=self.disposition,
        )

    def check(self) -> None:
        """
        Find out before anything is played whether the metadata can be sent.

        Raises:
            DecodeError: ``bad_field:<name>``.
        """
        silent = EncodedCall(
            duration_ms=0, codec="mulaw", rate_hz=8000, channels=("mixed",), packets=()
        )
        encode_call_record(CallStart(meta=self.meta(CallId("check"), silent, datetime.now(UTC))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast, how many at a time, and for how long."""

    speed: float | None = 1.0  #: times real time; None: as fast as the machine and broker go
    stagger_s: float = 0.5  #: between the starts of two calls, where there is a speed
    at_once: int | None = None  #: calls at a time; None: all, or FAST_AT_ONCE without speed
    loop: bool = False  #: begin again after the last call, until stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Something happened to one call."""

    kind: Literal["started", "ended", "cut", "failed"]
    number: int  #: of the plan
    call_id: CallId | None = None  #: None where it did not start
    reason: str = ""  #: of a failure; never a file name
    late_ms: int = 0  #: of an ended call: how far behind its schedule a record was sent at worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Where calls go, and who wants to know."""

    sink: Sink
    codec: Codec = "mulaw"
    seal: SealingKey | None = None  #: encrypts the values where given
    report: Callable[[Progress], None] = lambda _: None
    wait: Callable[[], bool] = lambda: False  #: asked before each call: are the workers behind?


def replay(
    outlet: Outlet, plan: Sequence[Planned], pace: Pace, stop: threading.Event | None = None
) -> bool:
    """
    Play every recording of the plan as a new call.

    A recording that cannot be read is reported and left out.  When stopped, calls in progress are
    cut: they get their end record at once.

    Args:
        outlet: where the records go.
        plan: what to play, in order.
        pace: how.
        stop: ends it early; the only end of a loop.

    Returns:
        Whether every recording was played to its end and every record acknowledged.

    Raises:
        StreamError: Kafka refuses the records, or stays away for longer than ``PATIENCE_S``.
    """
    player = _Player(outlet, pace, stop or threading.Event())
    with ThreadPoolExecutor(1, thread_name_prefix="encode") as encoder:
        player.play(plan, encoder)
    outlet.sink.flush(PATIENCE_S)
    return player.complete


def workers_behind(sink: Sink, options: KafkaOptions, group: str) -> Callable[[], bool]:
    """
    Return the question whether the workers have too much of what ``sink`` sent still before them.

    For ``Outlet.wait`` of an import: the topic is no store, and the embedded broker keeps all of
    it in memory.  A broker that does not answer counts as behind.
    """

    def behind() -> bool:
        try:
            return unread(options, group, sink.acknowledged) > MOST_UNREAD
        except RecordRefused:
            raise
        except StreamError:
            return True

    return behind


class _Step(NamedTuple):
    """One record of a call after its start."""

    due_ms: int  #: call time at which it is complete and can be sent
    seq: int = 0
    channel: int | None = None  #: index into the call's channels; None: the end of the call


@dataclass(slots=True, kw_only=True, eq=False)
class _Playing:
    """One call in progress."""

    number: int
    call_id: CallId
    call: EncodedCall
    started_s: float  #: monotonic
    steps: Iterator[_Step]
    sent_ms: int = 0
    late_ms: int = 0


class _Player:
    """The schedule of all calls in progress."""

    def __init__(self, outlet: Outlet, pace: Pace, stop: threading.Event) -> None:
        self._outlet = outlet
        self._pace = pace
        self._stop = stop
        self._due: list[tuple[float, int, _Playing, _Step]] = []  #: a heap: at, order, what
        self._order = 0
        self.complete = True

    def play(self, plan: Sequence[Planned], encoder: ThreadPoolExecutor) -> None:
        """Play the plan."""
        coming = self._coming(plan, encoder)
        following = next(coming, None)
        start_s = time.monotonic()
        while not self._stop.is_set() and (following or self._due):
            wanted = following if self._has_room() else None
            if wanted and start_s <= time.monotonic():
                if not wanted[1].done():  # encoding it must not hold up the calls in progress
                    start_s = time.monotonic() + ENCODING_S
                    continue
                if self._outlet.wait():
                    start_s = time.monotonic() + PRESSURE_S
                    continue
                self._start(*wanted)
                following = next(coming, None)
                start_s += self._pace.stagger_s if self._pace.speed else 0.0
                continue
            wake_s = min([at for at, *_ in self._due[:1]] + ([start_s] if wanted else []))
            if self._stop.wait(max(0.0, wake_s - time.monotonic())):
                break
            if self._due and self._due[0][0] <= time.monotonic():
                self._send_next()
        for _, _, playing, _ in self._due:
            self._cut(playing)

    def _coming(
        self, plan: Sequence[Planned], encoder: ThreadPoolExecutor
    ) -> Iterator[tuple[Planned, Future[EncodedCall]]]:
        """Give one recording after the other, each while the next is already being encoded."""
        again = self._pace.loop or len({planned.path for planned in plan}) < len(plan)
        load = lru_cache(KEPT if again else 0)(encode_file)
        ahead: list[tuple[Planned, Future[EncodedCall]]] = []
        while plan:
            for planned in plan:
                ahead.append((planned, encoder.submit(load, planned.path, self._outlet.codec)))
                if len(ahead) > 1:
                    yield ahead.pop(0)
            # a loop of nothing but bad files would never rest
            playable = self._order > 0 or ahead[0][1].exception() is None
            if not (self._pace.loop and playable):
                break
        yield from ahead

    def _has_room(self) -> bool:
        at_once = self._pace.at_once or (len(self._due) + 1 if self._pace.speed else FAST_AT_ONCE)
        return len(self._due) < at_once

    def _start(self, planned: Planned, encoded: Future[EncodedCall]) -> None:
        call_id = CallId(uuid.uuid4().hex)
        try:
            call = encoded.result()
            self._send(CallStart(meta=planned.meta(call_id, call, datetime.now(UTC))))
        except InputError as wrong:
            self.complete = False
            self._tell("failed", planned.number, reason=str(wrong))
            return
        self._tell("started", planned.number, call_id)
        self._schedule(
            _Playing(
                number=planned.number,
                call_id=call_id,
                call=call,
                started_s=time.monotonic(),
                steps=_steps(call),
            )
        )

    def _schedule(self, playing: _Playing) -> None:
        step = next(playing.steps, None)
        if step is None:
            self._tell("ended", playing.number, playing.call_id, late_ms=playing.late_ms)
            return
        self._order += 1
        speed = self._pace.speed
        # as fast as possible, calls take turns; else what is complete first goes first
        at_s = playing.started_s + step.due_ms / 1000 / speed if speed else 0.0
        heapq.heappush(self._due, (at_s, self._order, playing, step))

    def _send_next(self) -> None:
        at_s, _, playing, step = heapq.heappop(self._due)
        if self._pace.speed:
            playing.late_ms = max(playing.late_ms, int((time.monotonic() - at_s) * 1000))
        self._send(_record(playing, step, datetime.now(UTC)))
        playing.sent_ms = step.due_ms
        self._schedule(playing)

    def _cut(self, playing: _Playing) -> None:
        self.complete = False
        self._send(_record(playing, _Step(playing.sent_ms), datetime.now(UTC)))
        self._tell("cut", playing.number, playing.call_id, late_ms=playing.late_ms)

    def _tell(
        self,
        kind: Literal["started", "ended", "cut", "failed"],
        number: int,
        call_id: CallId | None = None,
        reason: str = "",
        late_ms: int = 0,
    ) -> None:
        self._outlet.report(
            Progress(kind=kind, number=number, call_id=call_id, reason=reason, late_ms=late_ms)
        )

    def _send(self, record: CallRecord) -> None:
        """Send one record; while the broker is away, offer it again and again."""
        outgoing = encode_call_record(record, self._outlet.seal)
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._outlet.sink.send(outgoing)
            except RecordRefused:
                raise
            except StreamError:
                if time.monotonic() > deadline_s or self._stop.is_set():
                    raise
                self._stop.wait(RETRY_S)
            else:
                return


def _steps(call: EncodedCall) -> Iterator[_Step]:
    """Give a call's records: a packet is complete when its last sample has been spoken."""
    for seq in range(max(map(len, call.packets), default=0)):
        due_ms = min((seq + 1) * PACKET_MS, call.duration_ms)
        for channel in range(len(call.channels)):
            yield _Step(due_ms, seq, channel)
    yield _Step(call.duration_ms)


def _record(playing: _Playing, step: _Step, sent_at: datetime) -> CallRecord:
    call = playing.call
    if step.channel is None:
        return CallEnd(call_id=playing.call_id, duration_ms=step.due_ms, sent_at=sent_at)
    return AudioRecord(
        call_id=playing.call_id,
        channel=call.channels[step.channel],
        seq=step.seq,
        offset_ms=step.seq * PACKET_MS,
        sent_at=sent_at,
        codec=call.codec,
        rate_hz=call.rate_hz,
        payload=call.packets[step.channel][step.seq],
    )
