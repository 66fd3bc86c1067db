"""Reading as one member of a consumer group, with commits by hand."""

from __future__ import annotations

import queue
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future as Pending
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, TypeVar

from kafka import AsyncConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka import errors as kafka_errors
from kafka.future import Future

from qm.errors import StreamError
from qm.io.kafka.options import KafkaOptions, quiet_client

T = TypeVar("T")

MOVED_ON = (
    kafka_errors.CommitFailedError,
    kafka_errors.RebalanceInProgressError,
    kafka_errors.IllegalGenerationError,
    kafka_errors.UnknownMemberIdError,
    kafka_errors.FencedInstanceIdError,
)
"""A commit fails so when the group has been or is being divided anew: not ours any more."""


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One record as Kafka delivered it.  May be PHI."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int  #: the broker's clock (Apache Kafka) or the sender's (embedded)
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = field(repr=False)

    @property
    def place(self) -> Place:
        return Place(self.topic, self.partition)


def _nothing(places: frozenset[Place]) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """
    What to do when partitions come and go.

    Each is called inside ``poll`` or ``close``, in the thread that called it, while heartbeats go
    on.  ``assigned`` may seek; ``revoked`` may still commit; after ``lost`` another worker owns
    them already: write nothing.  On every change of the group all partitions are revoked and
    then assigned again, the ones that stay too.
    """

    assigned: Callable[[frozenset[Place]], None] = _nothing
    revoked: Callable[[frozenset[Place]], None] = _nothing
    lost: Callable[[frozenset[Place]], None] = _nothing


class Source:
    """
    A member of a consumer group.  One thread uses it.

    The client calls its rebalance listener on its own network thread, where nothing may block and
    nothing of the caller's may be touched.  So the client is polled on a thread of its own, and
    the caller's thread, which waits inside ``poll``, runs the listener.
    """

    def __init__(
        self,
        options: KafkaOptions,
        group: str,
        topics: Collection[str],
        listener: Listener | None = None,
    ) -> None:
        """
        Connect; partitions come with the first polls.

        Raises:
            StreamError: the broker does not answer.
        """
        quiet_client()
        self._listener = listener or Listener()
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._next: dict[Place, int] = {}
        self._newest_ms: dict[Place, int] = {}
        self._paused: set[Place] = set()
        self._assigned: frozenset[Place] = frozenset()
        self._failed: BaseException | None = None
        try:
            self._consumer = KafkaConsumer(**options.consumer(group))
            _finish_joins(self._consumer)
            self._consumer.subscribe(topics=list(topics), listener=_Relay(self._requests))
            for topic in topics:  # who leads a group without knowing them gives nobody any
                self._consumer.partitions_for_topic(topic)
        except kafka_errors.KafkaError as wrong:
            raise StreamError(f"Kafka cannot be read: {type(wrong).__name__}") from wrong
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-poll")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ---------------------------------------------------------------------------- reading

    def poll(self, timeout_s: float) -> list[Received]:
        """
        Return the records that have arrived, those of a partition in order.

        Waits up to ``timeout_s`` for the first; a rebalance may make it longer.  Call it at least
        every ``max_poll_interval_ms``, also while everything is paused.

        Raises:
            StreamError: Kafka failed, or this user may not read.
            Exception: what the listener raised; the source must then be closed.
        """
        # The client (3.0.12) only notes, on its own thread, that it may not see a topic.
        if refused := self._consumer._cluster.unauthorized_topics:  # noqa: SLF001
            raise StreamError(f"this Kafka user may not read {', '.join(sorted(refused))}")
        batches = self._run(lambda: self._consumer.poll(timeout_ms=max(0, int(timeout_s * 1000))))
        received = [_received(record) for batch in batches.values() for record in batch]
        for record in received:
            self._next[record.place] = record.offset + 1
            self._newest_ms[record.place] = record.timestamp_ms
        return received

    @property
    def assignment(self) -> frozenset[Place]:
        """The partitions that this member owns now."""
        return self._assigned

    def seek(self, place: Place, offset: int) -> None:
        """
        Read ``place`` on from ``offset``.

        Raises:
            StreamError: it is not ours.
        """
        try:
            self._consumer.seek(_client_place(place), offset)
        except (ValueError, kafka_errors.KafkaError) as wrong:
            raise StreamError(f"{place.topic}/{place.partition} is not assigned") from wrong
        self._next[place] = offset

    def pause(self, places: Collection[Place]) -> None:
        """Deliver nothing of ``places`` until resumed, also when they are assigned anew."""
        self._paused |= set(places)
        self._consumer.pause(*map(_client_place, self._assigned.intersection(places)))

    def resume(self, places: Collection[Place]) -> None:
        """Deliver ``places`` again."""
        self._paused -= set(places)
        self._consumer.resume(*map(_client_place, self._assigned.intersection(places)))

    @property
    def paused(self) -> frozenset[Place]:
        """The partitions that are paused."""
        return frozenset(self._paused)

    # -------------------------------------------------------------------------- committing

    def commit(self, offsets: Mapping[Place, int]) -> bool:
        """
        Commit the offset to read next of each partition.

        Returns:
            False where the group has moved on, so that the partitions are or may soon be another
            member's; the next poll tells.

        Raises:
            StreamError: Kafka did not take it.
        """
        client_offsets = {
            _client_place(place): OffsetAndMetadata(offset, "", -1)
            for place, offset in offsets.items()
        }
        try:
            self._consumer.commit(client_offsets, timeout_ms=10_000)
        except MOVED_ON:
            return False
        except kafka_errors.KafkaError as wrong:
            raise StreamError(f"offsets were not committed: {type(wrong).__name__}") from wrong
        return True

    def committed(self, place: Place) -> int | None:
        """
        Return the committed offset of a partition; None where there is none.

        Raises:
            StreamError: Kafka did not answer.
        """
        try:
            offset: int | None = self._consumer.committed(_client_place(place), timeout_ms=10_000)
        except kafka_errors.KafkaError as wrong:
            raise StreamError(f"no committed offset: {type(wrong).__name__}") from wrong
        return offset

    # --------------------------------------------------------------------------- watching

    def position(self, place: Place) -> int | None:
        """Return the offset that is delivered next; None before the first record or seek."""
        return self._next.get(place)

    def highwater(self, place: Place) -> int | None:
        """
        Return the offset behind the newest record; None before the first fetch.

        A position above it means that the log has been lost: the embedded broker waits silently
        there, for ever.
        """
        if place not in self._assigned:
            return None
        try:
            offset: int | None = self._consumer.highwater(_client_place(place))
        except kafka_errors.IllegalStateError:
            return None
        return offset

    def log_start(self, place: Place) -> int:
        """
        Return the offset of the oldest record that the broker still has.

        Raises:
            StreamError: Kafka did not answer.
        """
        client_place = _client_place(place)
        try:
            offset: int = self._consumer.beginning_offsets([client_place])[client_place]
        except kafka_errors.KafkaError as wrong:
            raise StreamError(f"no start of a log: {type(wrong).__name__}") from wrong
        return offset

    def lag_s(self, now_ms: int) -> dict[Place, float]:
        """
        Return per partition for how long records have been waiting in Kafka, in seconds.

        Counted from the newest record delivered, which is the most that can be known of one not
        yet delivered; 0 where all are delivered.  Records that the caller holds are its own lag.
        """
        lags: dict[Place, float] = {}
        for place in self._assigned:
            position, end = self._next.get(place), self.highwater(place)
            waiting = position is not None and end is not None and end > position
            newest_ms = self._newest_ms.get(place, now_ms)
            lags[place] = max(0, now_ms - newest_ms) / 1000 if waiting else 0.0
        return lags

    def close(self) -> None:
        """Give the partitions back (``revoked`` is called) and leave the group."""
        try:
            self._run(self._consumer.close)
        except StreamError:
            pass  # the broker is away: the group will notice by the session time-out
        finally:
            self._thread.shutdown()

    # ------------------------------------------------------------------------- listening

    def _run(self, call: Callable[[], T]) -> T:
        """Run a client call on the client's thread, and meanwhile the listener on this one."""
        done: Pending[T] = self._thread.submit(call)
        done.add_done_callback(lambda _: self._requests.put(None))
        while (request := self._requests.get()) is not None:
            self._answer(request)
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        try:
            return done.result()
        except kafka_errors.KafkaError as wrong:
            raise StreamError(f"Kafka cannot be read: {type(wrong).__name__}") from wrong

    def _answer(self, request: _Request) -> None:
        try:
            if request.kind == "assigned":
                self._take(request.places)
            else:
                self._give_back(request.places, lost=request.kind == "lost")
        except BaseException as failed:  # noqa: BLE001  raised again in _run, in this thread
            self._failed = self._failed or failed
        finally:
            request.answered.success(None)
            # The client's loop may be asleep, and answering does not wake it.  Committing nothing
            # does, and costs no request.
            self._consumer.commit({})

    def _take(self, places: frozenset[Place]) -> None:
        self._assigned |= places
        self._paused &= self._assigned
        self._consumer.pause(*map(_client_place, self._paused & places))
        # the client keeps its marks over a change of the group, also those lifted meanwhile
        self._consumer.resume(*map(_client_place, places - self._paused))
        self._listener.assigned(places)

    def _give_back(self, places: frozenset[Place], *, lost: bool) -> None:
        try:
            (self._listener.lost if lost else self._listener.revoked)(places)
        finally:
            self._assigned -= places
            for place in places:
                self._next.pop(place, None)
                self._newest_ms.pop(place, None)


class _Request(NamedTuple):
    kind: str
    places: frozenset[Place]
    answered: Any  #: the client's future, which its loop waits for


class _Relay(AsyncConsumerRebalanceListener):  # type: ignore[misc]
    """Hands each call of the client's listener to the thread that polls, and waits for it."""

    def __init__(self, requests: queue.SimpleQueue[_Request | None]) -> None:
        self._requests = requests

    async def on_partitions_assigned(self, assigned: Collection[Any]) -> None:
        await self._relay("assigned", assigned)

    async def on_partitions_revoked(self, revoked: Collection[Any]) -> None:
        await self._relay("revoked", revoked)

    async def on_partitions_lost(self, lost: Collection[Any]) -> None:
        await self._relay("lost", lost)

    async def _relay(self, kind: str, partitions: Collection[Any]) -> None:
        if partitions:
            answered = Future()
            places = frozenset(Place(p.topic, p.partition) for p in partitions)
            self._requests.put(_Request(kind, places, answered))
            await answered


def _finish_joins(consumer: Any) -> None:
    """
    Make the client end a join that it began because a topic is new, has grown or was made again.

    Such a join does not set the client's own mark that it has to rejoin (3.0.12; Apache's client
    had the same, KAFKA-9815).  A poll that ends between the group's answer and the division of the
    partitions then leaves the join half done, and no later poll takes it up: the member sends no
    heartbeat, is put out of the group and never hears of it.
    """
    coordinator = consumer._coordinator  # noqa: SLF001  the client offers no other way
    needs_rejoin = coordinator.need_rejoin

    def marked() -> bool:
        needed: bool = needs_rejoin()
        if needed:
            coordinator.request_rejoin()
        return needed

    coordinator.need_rejoin = marked


def _client_place(place: Place) -> TopicPartition:
    return TopicPartition(place.topic, place.partition)


def _received(record: Any) -> Received:
    return Received(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )
