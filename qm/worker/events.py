"""Contact events: from their topic into the store, once each."""

from __future__ import annotations

import threading
import time
from typing import Self

from structlog import get_logger

from qm.errors import DecodeError, StoreError, StreamError
from qm.io import wire
from qm.io.database import Database
from qm.io.kafka import KafkaOptions, Place, Received, Sink, Source
from qm.io.store import checkpoints, events
from qm.io.topics import EVENTS
from qm.observe import DEAD_LETTERS, RECORDS
from qm.types import ContactEvent

log = get_logger()

RETRY_S = 1.0


class EventReader:
    """
    Reads ``qm.events.v1`` on a thread of its own, in a group of its own.

    Calls look their events up in the store, so it does not matter which worker reads them, and a
    record read twice changes nothing.
    """

    def __init__(self, options: KafkaOptions, group: str, database: Database) -> None:
        self._options = options
        self._group = f"{group}-events"
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qm-events", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(10.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with Source(self._options, self._group, [EVENTS]) as source:
                    while not self._stop.is_set():
                        self._read(source)
            except (StreamError, StoreError) as failure:
                log.warning("events_interrupted", exc_info=failure)
                self._stop.wait(RETRY_S)

    def _read(self, source: Source) -> None:
        batch = source.poll(0.2)
        if not batch:
            return
        found: list[ContactEvent] = []
        refused: list[tuple[Received, str]] = []
        for received in batch:
            try:
                found.append(
                    wire.decode_contact_event(received.topic, received.key, received.value)
                )
            except DecodeError as wrong:
                refused.append((received, str(wrong)))
        now = int(time.time() * 1000)
        with self._database.write() as conn:
            events.insert(conn, found, now)
            for received, reason in refused:
                letter = wire.DeadLetter(
                    topic=received.topic,
                    partition=received.partition,
                    offset=received.offset,
                    reason=reason,
                )
                checkpoints.dead_letter(conn, letter, now)
                DEAD_LETTERS.labels(reason).inc()
        RECORDS.labels(EVENTS, "taken").inc(len(found))
        RECORDS.labels(EVENTS, "rejected").inc(len(refused))
        self._forward(refused)
        source.commit({Place(r.topic, r.partition): r.offset + 1 for r in batch})

    def _forward(self, refused: list[tuple[Received, str]]) -> None:
        """Send references to what was refused to the dead-letter topic."""
        if not refused:
            return
        with Sink(self._options) as sink:  # rare: a producer of its own keeps to one thread each
            for received, reason in refused:
                sink.send(
                    wire.dead_letter(
                        received.topic, received.partition, received.offset, reason, received.key
                    )
                )
            sink.flush(10.0)
