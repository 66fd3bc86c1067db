"""Contact events from a file of JSON lines onto their topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qm.errors import DecodeError
from qm.io.kafka import Sink
from qm.io.references import opaque_reference
from qm.io.wire import contact_event, encode_contact_event, parse_object
from qm.types import ContactEvent

FLUSH_S = 120.0
"""How long the last records may take to be acknowledged: longer than a broker's restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that cannot be used.  Never its content."""

    line: int  #: the first line is 1
    reason: str


def read_events(lines: Iterable[bytes], customer_key: bytes) -> Iterator[ContactEvent | BadLine]:
    """
    Return what each line says, in order; empty lines are left out.

    Args:
        lines: JSON objects as described under ``qm events import``.
        customer_key: turns ``customer_ref`` into an opaque reference.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = {k: v for k, v in parse_object(line).items() if v is not None}
            reference = fields.get("customer_ref", "")
            if not isinstance(reference, str):
                raise DecodeError("bad_field:customer_ref")
            fields["customer_ref"] = opaque_reference(customer_key, reference)
            yield contact_event(fields)
        except DecodeError as wrong:
            yield BadLine(line=number, reason=str(wrong))


def import_events(
    sink: Sink, lines: Iterable[bytes], customer_key: bytes
) -> tuple[int, list[BadLine]]:
    """
    Publish every good line.

    Returns:
        How many events were sent and acknowledged, and the lines that were left out.

    Raises:
        StreamError: not all were acknowledged; import the file again, an event counts once.
    """
    sent = 0
    bad: list[BadLine] = []
    for read in read_events(lines, customer_key):
        if isinstance(read, BadLine):
            bad.append(read)
        else:
            sink.send(encode_contact_event(read))
            sent += 1
    sink.flush(FLUSH_S)
    return sent, bad
