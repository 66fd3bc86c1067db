"""
Written conversations: from their topic through redaction and labels into the store.

A thread of its own, in a group of its own.  The state of a conversation lies sealed in the
database, not in this process: each message is one transaction (turns, labels, alerts, state), and
its offset is committed after it.  A message read twice changes nothing.  What needs no message
happens here too: rules about waiting, closing by idle time, forgetting raw text for good.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Self

from structlog import get_logger

from qm.calls import CallParams, conversation
from qm.calls.conversation import Conversation, Piece
from qm.calls.saved import restore_conversation, save_conversation
from qm.engines.base import PhiRequest, PhiResult, Redactor, TurnClassifier
from qm.errors import DecodeError, EngineError, RedactionError, StoreError, StreamError
from qm.io import wire
from qm.io.database import Database
from qm.io.kafka import KafkaOptions, Listener, Place, Received, Sink, Source
from qm.io.store import checkpoints, conversations, keys, rules
from qm.io.store.checkpoints import Checkpoint, Fenced, Step
from qm.io.store.documents import to_ms
from qm.io.topics import MESSAGES
from qm.io.vault import SealBroken, Vault, open_sealed, seal
from qm.observe import DEAD_LETTERS, RECORDS, WITHHELD_TURNS
from qm.types import MAX_CALL_ID, Event, RedactedTurn, TextMessage

log = get_logger()

RETRY_S = 1.0
LOOK_EVERY_S = 1.0
"""How often what is due is looked up; a tick itself comes every ``TICK_MS``."""

TICK_MS = 10_000
"""While people are writing, rules about waiting look this often: an alert asks for an act within
minutes."""

FRESH_MS = 5 * 60_000
"""A message that came this long ago or less is answered live; older ones are an import, whose
clock is that of its messages."""

SETTLE_MS = 5_000
"""An old conversation is closed this long after its last message came in, not between two."""

DEFECTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a message that nobody thought of may bring about: it is put aside, the others go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """When a conversation is over, and until when it may go on."""

    minutes: Mapping[str, int]  #: without a message, by channel
    reopen_days: int  #: raw text is kept so long after the end, sealed

    def closes_at(self, medium: str, last_at: int, now: int) -> int:
        """Return when a conversation closes if nothing more comes (UTC ms)."""
        return max(last_at + self.minutes[medium] * 60_000, now + SETTLE_MS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judges:
    """Who redacts and labels, and how conversations are judged."""

    redactor: Redactor
    classifier: TurnClassifier
    params: Callable[[], CallParams]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shelf:
    """Where conversations are kept."""

    database: Database
    vault: Vault = field(repr=False)
    broker_id: str
    stream_keys: Mapping[str, bytes] = field(repr=False, default_factory=dict)


class MessageReader:
    """Reads ``qm.messages.v1`` and keeps conversations going, on a thread of its own."""

    def __init__(
        self, options: KafkaOptions, group: str, shelf: Shelf, judges: Judges, idle: Idle
    ) -> None:
        self._options = options
        self._group = f"{group}-messages"
        self._shelf = shelf
        self._talk = Talk(shelf, judges, idle)
        self._looked_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qm-messages", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(10.0)

    def _run(self) -> None:
        listener = Listener(
            assigned=self._talk.assigned, revoked=self._talk.gone, lost=self._talk.gone
        )
        while not self._stop.is_set():
            try:
                with Source(self._options, self._group, [MESSAGES], listener) as source:
                    while not self._stop.is_set():
                        self._round(source)
            except (StreamError, StoreError) as failure:
                log.warning("messages_interrupted", exc_info=failure)
                self._stop.wait(RETRY_S)

    def _round(self, source: Source) -> None:
        for received in source.poll(0.2):
            try:
                self._talk.take(received)
            except DecodeError as wrong:
                self._put_aside(received, str(wrong))
            except keys.Erased:
                self._put_aside(received, "erased")
            except DEFECTS as defect:
                log.error("message_poisoned", offset=received.offset, exc_info=defect)
                self._put_aside(received, "poison")
            source.commit({received.place: received.offset + 1})
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            self._talk.look()
            self._send_inbox()

    def _send_inbox(self) -> None:
        """Put on the topic what came over the REST API."""
        with self._shelf.database.read() as conn:
            waiting = conversations.received(conn, self._shelf.vault)
        if not waiting:
            return
        with Sink(self._options) as sink:  # a producer of its own keeps to one thread each
            for message in waiting:
                if message.value is not None:
                    found = wire.text_message(wire.parse_object(message.value))
                    sink.send(wire.encode_message(found))
            sink.flush(10.0)
        with self._shelf.database.write() as conn:
            conversations.handed_on(conn, waiting)

    def _put_aside(self, received: Received, reason: str) -> None:
        letter = wire.DeadLetter(
            topic=received.topic,
            partition=received.partition,
            offset=received.offset,
            reason=reason,
        )
        with self._shelf.database.write() as conn:
            checkpoints.dead_letter(conn, letter, _now())
        DEAD_LETTERS.labels(reason).inc()
        RECORDS.labels(MESSAGES, "rejected").inc()
        with Sink(self._options) as sink:
            sink.send(
                wire.dead_letter(
                    received.topic, received.partition, received.offset, reason, received.key
                )
            )
            sink.flush(10.0)


class Talk:
    """Moves conversations on; keeps nothing but which partitions are its own."""

    def __init__(self, shelf: Shelf, judges: Judges, idle: Idle) -> None:
        self._shelf = shelf
        self._judges = judges
        self._idle = idle
        self._epochs: dict[Place, int] = {}

    def assigned(self, places: frozenset[Place]) -> None:
        """Become the owner of partitions."""
        with self._shelf.database.write() as conn:
            for place in places:
                self._epochs[place] = checkpoints.claim_partition(
                    conn, place.topic, place.partition, self._shelf.broker_id, _now()
                )

    def gone(self, places: frozenset[Place]) -> None:
        """Somebody else owns these partitions now."""
        for place in places:
            self._epochs.pop(place, None)

    def take(self, received: Received) -> None:
        """
        Take one record in; one that was taken in before changes nothing.

        Raises:
            DecodeError: it is no message.
            StoreError: nothing was written.
        """
        message = wire.decode_message(
            received.topic, received.key, received.value, received.headers, self._shelf.stream_keys
        )
        state = self._state_for(message)
        if state is None:
            return
        call_id = state.meta.call_id
        reopened, first = state.closed, len(state.turns)
        state, events = self._heard(state, message)
        now, at = _now(), to_ms(message.at)
        last_at = to_ms(state.meta.started_at) + state.last_ms
        step = self._step(state, events, received.place, received.offset + 1)
        step = replace(step, broker_at=received.timestamp_ms, reopened=reopened)
        with self._shelf.database.write() as conn:
            checkpoints.save(conn, step, now)
            conversations.note_message(conn, call_id, message.message_id, first, at)
            conversations.schedule(conn, call_id, last_at, self._due_at(state, last_at, now))
        RECORDS.labels(MESSAGES, "taken").inc()
        WITHHELD_TURNS.inc(sum(isinstance(e, RedactedTurn) and e.withheld for e in events))

    def look(self) -> None:
        """Do what is due without a message: rules about waiting, closing, forgetting."""
        partitions = {p.partition for p in self._epochs}
        if not partitions:
            return
        now = _now()
        with self._shelf.database.read() as conn:
            waiting = conversations.due(conn, partitions, now)
        forgotten = False
        for one in waiting:
            try:
                forgotten |= self._look_at(one, now)
            except Fenced:
                log.warning("fenced", call_id=one.call_id, partition=one.partition)
        if forgotten:
            self._shelf.database.scrub()

    # ------------------------------------------------------------------------------ inside

    def _state_for(self, message: TextMessage) -> Conversation | None:
        """
        Return the conversation that a message belongs to; None where it was taken in before.

        Where a call has its id, or its raw text was let go, another begins, of the same contact.
        """
        for number in count(1):
            call_id = message.conversation_id
            if number > 1:
                call_id = f"{call_id[: MAX_CALL_ID - 5]}_{number}"
            with self._shelf.database.read() as conn:
                if conversations.is_known(conn, call_id, message.message_id):
                    return None
                found = checkpoints.find_checkpoint(conn, call_id)
            if found is None:
                return conversation.begin(message, call_id)
            if found.topic == MESSAGES and (state := self._restored(found)) is not None:
                return state
        raise AssertionError("unreachable")

    def _look_at(self, one: conversations.Due, now: int) -> bool:
        """Do what is due; return whether raw text was let go."""
        with self._shelf.database.read() as conn:
            found = checkpoints.find_checkpoint(conn, one.call_id)
        state = self._restored(found) if found is not None else None
        if found is None or state is None or state.closed:
            with self._shelf.database.write() as conn:
                conversations.forget_state(conn, one.call_id)
            return True
        events: tuple[Event, ...]
        idle_ms = self._idle.minutes[state.meta.medium] * 60_000
        if now >= one.last_at + idle_ms:
            state, events = conversation.close(state, self._params(), "inactive")
        else:
            clock_ms = now - to_ms(state.meta.started_at)
            state, events = conversation.look(state, clock_ms, self._params())
        place = Place(MESSAGES, one.partition)
        step = self._step(state, events, place, found.next_offset)
        with self._shelf.database.write() as conn:
            checkpoints.save(conn, step, now)
            due_at = self._due_at(state, one.last_at, now)
            conversations.schedule(conn, one.call_id, one.last_at, due_at)
        return False

    def _heard(
        self, state: Conversation, message: TextMessage
    ) -> tuple[Conversation, tuple[Event, ...]]:
        params = self._params()
        events: list[Event] = []
        state, pieces = conversation.take(state, message)
        for piece in pieces:
            state, turns = conversation.place(state, piece, self._redacted(state, piece))
            events += turns
            request = conversation.label_request(state, piece.turn.utterance, params.context_turns)
            if request is not None:
                try:
                    (probs,) = self._judges.classifier.classify([request])
                except EngineError as failure:  # the turn stays without labels: "not labelled"
                    log.warning("labels_failed", call_id=state.meta.call_id, exc_info=failure)
                else:
                    state, labels = conversation.label(state, piece.turn.utterance, probs, params)
                    events += labels
        state, alerts = conversation.look(state, state.last_ms, params)
        events += alerts
        if message.final:
            state, last = conversation.close(state, params, "ended")
            events += last
        return state, tuple(events)

    def _redacted(self, state: Conversation, piece: Piece) -> tuple[PhiResult, ...] | None:
        found: list[PhiResult] = []
        try:
            for language in piece.languages:
                turn = replace(piece.turn, language=language)
                found.append(self._judges.redactor.find(PhiRequest(turn=turn, memory=state.memory)))
        except RedactionError as failure:
            log.warning("message_withheld", call_id=state.meta.call_id, exc_info=failure)
            return None
        return tuple(found)

    def _params(self) -> CallParams:
        with self._shelf.database.read() as conn:
            on = rules.rules_on(conn)
        return replace(self._judges.params(), rules_on=on)

    def _restored(self, found: Checkpoint) -> Conversation | None:
        """Return a conversation as it was saved; None where its raw text was let go."""
        if found.blob is None:
            return None
        with self._shelf.database.read() as conn:
            key = keys.find_call_key(conn, self._shelf.vault, found.call_id)
        if key is None:
            raise SealBroken("the conversation has no key any more")
        return restore_conversation(open_sealed(key, found.blob, _purpose(found.call_id)))

    def _step(
        self, state: Conversation, events: tuple[Event, ...], place: Place, next_offset: int
    ) -> Step:
        call_id = state.meta.call_id
        if place not in self._epochs:
            raise Fenced(f"partition {place.partition} is not ours any more")
        with self._shelf.database.write() as conn:
            key = keys.call_key(conn, self._shelf.vault, call_id, _now())
        return Step(
            meta=state.meta,
            events=events,
            checkpoint=Checkpoint(
                call_id=call_id,
                topic=place.topic,
                partition=place.partition,
                first_offset=next_offset,
                next_offset=next_offset,
                epoch=self._epochs[place],
                broker_id=self._shelf.broker_id,
                blob=seal(key, save_conversation(state), _purpose(call_id)),
                closed=state.closed,
            ),
            clock_ms=state.last_ms,
            marks=state.marks,
        )

    def _due_at(self, state: Conversation, last_at: int, now: int) -> int:
        if state.closed:
            return now + self._idle.reopen_days * 86_400_000
        closes_at = self._idle.closes_at(state.meta.medium, last_at, now)
        return min(closes_at, now + TICK_MS) if now - last_at < FRESH_MS else closes_at


def _purpose(call_id: str) -> bytes:
    return b"conversation " + call_id.encode()


def _now() -> int:
    return time.time_ns() // 1_000_000
