"""Messages of text channels from a file of JSON lines onto their topic."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from qm.errors import DecodeError
from qm.ingest.events import FLUSH_S, BadLine
from qm.io.kafka import Sink
from qm.io.references import opaque_reference
from qm.io.wire import SealingKey, encode_message, parse_object, text_message
from qm.types import TextMessage

REFERENCES = ("author", "customer_ref")
"""Fields that name people: what goes on is a keyed hash."""


def read_messages(lines: Iterable[bytes], customer_key: bytes) -> Iterator[TextMessage | BadLine]:
    """
    Return what each line says, in order; empty lines are left out.

    Args:
        lines: JSON objects as described under ``qm messages import``.
        customer_key: turns ``author`` and ``customer_ref`` into opaque references.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield text_message(without_names(parse_object(line), customer_key))
        except DecodeError as wrong:
            yield BadLine(line=number, reason=str(wrong))


def without_names(fields: Mapping[str, Any], customer_key: bytes) -> dict[str, Any]:
    """
    Return the fields of a message with references in the place of names.

    Raises:
        DecodeError: a name is no text.
    """
    kept = {name: value for name, value in fields.items() if value is not None}
    for name in REFERENCES:
        given = kept.get(name, "")
        if not isinstance(given, str):
            raise DecodeError(f"bad_field:{name}")
        kept[name] = opaque_reference(customer_key, given)
    return kept


def as_if_now(
    messages: Sequence[TextMessage], now: datetime, live: Collection[str] = ("chat",)
) -> list[tuple[float, TextMessage]]:
    """
    Return messages with new times, each with the seconds until it is sent, in that order.

    Args:
        messages: of any number of conversations, each in its order.
        now: the present.
        live: channels whose conversations begin now and go on at their own pace; the others have
            just ended.
    """
    planned: list[tuple[float, TextMessage]] = []
    by_conversation: dict[str, list[TextMessage]] = {}
    for message in messages:
        by_conversation.setdefault(message.conversation_id, []).append(message)
    for found in by_conversation.values():
        begins = found[0].channel in live
        shift = now - (found[0].at if begins else found[-1].at)
        for message in found:
            moved = replace(message, at=message.at + shift)
            planned.append((max(0.0, (moved.at - now).total_seconds()), moved))
    return sorted(planned, key=lambda one: one[0])  # stable: a conversation keeps its order


def import_messages(
    sink: Sink, lines: Iterable[bytes], customer_key: bytes, seal: SealingKey | None = None
) -> tuple[int, list[BadLine]]:
    """
    Publish every good line.

    Returns:
        How many messages were sent and acknowledged, and the lines that were left out.

    Raises:
        StreamError: not all were acknowledged; import the file again, a message counts once.
    """
    sent = 0
    bad: list[BadLine] = []
    for read in read_messages(lines, customer_key):
        if isinstance(read, BadLine):
            bad.append(read)
        else:
            sink.send(encode_message(read, seal))
            sent += 1
    sink.flush(FLUSH_S)
    return sent, bad
