"""Sending records, each until it is acknowledged."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from kafka import KafkaProducer
from kafka import errors as kafka_errors

from qm.errors import StreamError
from qm.io.kafka.options import KafkaOptions, quiet_client
from qm.io.kafka.source import Place
from qm.io.wire import Outgoing

MAX_PENDING_BYTES = 32 * 1024 * 1024
"""Unacknowledged at most: 80 s of 50 calls in mu-law, both channels; then ``send`` waits."""

REFUSED = (
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.RecordListTooLargeError,
    kafka_errors.AuthorizationError,
    kafka_errors.InvalidTopicError,
    kafka_errors.InvalidRecordError,
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.KafkaConfigurationError,
)
"""The same record would fail again; with any other error it is sent again."""


class RecordRefused(StreamError):
    """Kafka will not take this record, now or later."""

    retriable = False


class _Sent(NamedTuple):
    record: Outgoing
    result: Any  #: the client's future

    def __repr__(self) -> str:
        return "_Sent()"


class Sink:
    """
    An idempotent producer that outlives fatal errors of its client.  One thread uses it.

    A broker that restarts without its state makes the client's producer fail for ever; it is made
    anew, and whatever was not acknowledged is sent again, in order.  So a record may arrive twice;
    readers tell by ``seq``, or by key and revision.
    """

    def __init__(self, options: KafkaOptions) -> None:
        """
        Connect.

        Raises:
            StreamError: no broker answers.
        """
        quiet_client()
        self._options = options
        self._pending: deque[_Sent] = deque()
        self._pending_bytes = 0
        self._acknowledged: dict[Place, tuple[int, int]] = {}
        self._producer = self._connected()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        self.close(timeout_s=30.0 if kind is None else 1.0)

    @property
    def pending(self) -> int:
        """How many records are not acknowledged yet."""
        self._settle()
        return len(self._pending)

    @property
    def acknowledged(self) -> Mapping[Place, tuple[int, int]]:
        """What is in the log, by partition: offset of the first record, offset after the last."""
        self._settle()
        return dict(self._acknowledged)

    def send(self, record: Outgoing) -> None:
        """
        Send one record; returns before it is acknowledged.

        Waits while too much is unacknowledged, which is the sender's back-pressure.

        Raises:
            RecordRefused: this record or an earlier one is refused, and dropped; where it is an
                earlier one, this one was not taken.
            StreamError: this record was not taken: Kafka is away.  Earlier ones are kept.
        """
        self._settle()
        if self._pending_bytes > MAX_PENDING_BYTES:
            self.flush(self._options.delivery_timeout_ms / 1000)
        self._post(record)

    def flush(self, timeout_s: float) -> None:
        """
        Wait until everything sent is acknowledged.

        Raises:
            RecordRefused: a record is refused, and dropped.
            StreamError: not all are acknowledged in time; they are kept, and a later flush goes
                on with them.
        """
        deadline = time.monotonic() + timeout_s
        while self._pending:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise StreamError(f"{len(self._pending)} records are not acknowledged")
            try:
                self._producer.flush(timeout=left_s)
            except kafka_errors.KafkaTimeoutError:
                continue
            except kafka_errors.KafkaError as wrong:
                raise StreamError(f"Kafka does not take records: {_name(wrong)}") from wrong
            self._settle()

    def close(self, timeout_s: float = 30.0) -> None:
        """
        Flush and disconnect.

        Raises:
            StreamError: not everything was acknowledged.
        """
        try:
            self.flush(timeout_s)
        finally:
            self._drop_producer()

    def _post(self, record: Outgoing) -> None:
        try:
            result = self._producer.send(
                record.topic, value=record.value, key=record.key, headers=list(record.headers)
            )
        except REFUSED as wrong:
            raise RecordRefused(f"Kafka refuses a record: {_name(wrong)}") from wrong
        except kafka_errors.KafkaTimeoutError as wrong:
            raise StreamError(f"no topic {record.topic}, or Kafka is away") from wrong
        except kafka_errors.KafkaError:
            # The producer itself is dead: keep the record with the others and start anew.
            result = None
        self._pending.append(_Sent(record, result))
        self._pending_bytes += len(record.value)

    def _settle(self) -> None:
        """Forget what is acknowledged; where something has failed, send it and the rest again."""
        while self._pending:
            result = self._pending[0].result
            if result is not None and not result.is_done:
                return
            if result is None or result.failed():
                self._resend(None if result is None else result.exception)
                return
            self._pending_bytes -= len(self._pending.popleft().record.value)
            self._note(result.value)

    def _note(self, written: Any) -> None:
        if written.offset >= 0:  # -1: the broker had it already and does not say where
            place = Place(written.topic, written.partition)
            first, _ = self._acknowledged.get(place, (written.offset, 0))
            self._acknowledged[place] = (first, written.offset + 1)

    def _resend(self, cause: Exception | None) -> None:
        if isinstance(cause, REFUSED) or _may_not_write(cause):
            self._pending_bytes -= len(self._pending.popleft().record.value)
            reason = _name(cause) if isinstance(cause, REFUSED) else "this user may write nothing"
            raise RecordRefused(f"Kafka refuses a record: {reason}") from cause
        self._drop_producer()
        self._producer = self._connected()
        again, self._pending, self._pending_bytes = self._pending, deque(), 0
        try:
            while again:
                self._post(again[0].record)
                again.popleft()
        finally:
            for sent in again:  # none is forgotten where posting one failed
                self._pending.append(_Sent(sent.record, None))
                self._pending_bytes += len(sent.record.value)

    def _connected(self) -> Any:
        try:
            return KafkaProducer(**self._options.producer())
        except kafka_errors.KafkaError as wrong:
            raise StreamError(f"no Kafka broker takes records: {_name(wrong)}") from wrong

    def _drop_producer(self) -> None:
        with contextlib.suppress(kafka_errors.KafkaError):  # what it could not send is pending
            self._producer.close(timeout=0.5)


def _may_not_write(error: Exception | None) -> bool:
    """Return whether a producer was refused as such; the client has no type for that."""
    return type(error) is kafka_errors.KafkaError and "AuthorizationFailed" in str(error)


def _name(error: Exception) -> str:
    return type(error).__name__
