"""Messages of text channels from a file of JSON lines onto their topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
