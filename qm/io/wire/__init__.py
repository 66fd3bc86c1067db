"""
Kafka records <-> the types of ``qm.types``; the contract is told in ``streams/README.md``.

Every function is pure.  A record that does not fit raises ``DecodeError`` whose text is a short
reason (``missing_header:seq``) made of our own names only, so it may go to logs, metrics and the
dead-letter topic.
"""

from qm.io.wire.calls import decode_call_record, encode_call_record
from qm.io.wire.contacts import (
    contact_event,
    decode_contact_event,
    decode_message,
    encode_contact_event,
    encode_message,
    text_message,
)
from qm.io.wire.envelope import MAX_BYTES, Headers, Outgoing, SealingKey
from qm.io.wire.jsons import parse_object
from qm.io.wire.results import (
    RESULTS,
    DeadLetter,
    dead_letter,
    decode_dead_letter,
    decode_event,
    encode_event,
)

__all__ = [
    "MAX_BYTES",
    "RESULTS",
    "DeadLetter",
    "Headers",
    "Outgoing",
    "SealingKey",
    "contact_event",
    "dead_letter",
    "decode_call_record",
    "decode_contact_event",
    "decode_dead_letter",
    "decode_event",
    "decode_message",
    "encode_call_record",
    "encode_contact_event",
    "encode_event",
    "encode_message",
    "parse_object",
    "text_message",
]
