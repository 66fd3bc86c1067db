"""The result topics and the dead-letter topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from qm.errors import DecodeError, InputError
from qm.io.topics import ALERTS, DEAD, SCORECARDS, SCORES, TURNS
from qm.io.wire.envelope import (
    Outgoing,
    header,
    header_texts,
    measured,
    opaque_key,
    outgoing,
)
from qm.io.wire.jsons import VERSION, from_json, to_json
from qm.types import (
    Alert,
    CallClosed,
    CallFacts,
    CallOutcome,
    Event,
    RedactedTurn,
    Scorecard,
    TurnLabels,
)

RESULTS: Final[dict[str, tuple[type[Event], str]]] = {
    "turn": (RedactedTurn, TURNS),
    "labels": (TurnLabels, SCORES),
    "facts": (CallFacts, SCORES),
    "outcome": (CallOutcome, SCORES),
    "alert": (Alert, ALERTS),
    "scorecard": (Scorecard, SCORECARDS),
    "closed": (CallClosed, TURNS),
}
"""By the ``type`` of a record: what it holds and where it goes.  ``closed`` ends a call's turns."""

_NAMES: Final = {kind: name for name, (kind, _) in RESULTS.items()}
_REASON = re.compile(r"[a-z_]{1,32}(:[a-z0-9_.\[\]]{1,64})?")


def encode_event(event: Event) -> Outgoing:
    """
    Return the Kafka record of one result, keyed by its call.

    Raises:
        InputError: the call id is not opaque, or the record is larger than its topic takes.
    """
    name = _NAMES[type(event)]
    headers = {"v": str(VERSION), "type": name}
    return outgoing(RESULTS[name][1], event.call_id, to_json(name, event), headers)


def decode_event(
    topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
) -> Event:
    """
    Return the result that Kafka delivered.

    Raises:
        DecodeError: with a reason listed in ``streams/README.md``.
    """
    call_id = opaque_key(key)
    name = header(header_texts(headers), "type")
    if name not in RESULTS:
        raise DecodeError("unknown_type")
    kind, home = RESULTS[name]
    if topic != home:
        raise DecodeError("wrong_topic")
    event = from_json(measured(topic, value), kind, name)
    if event.call_id != call_id:
        raise DecodeError("key_mismatch")
    return event


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Where a record lies that could not be used, and why.  Never the record itself."""

    topic: str
    partition: int
    offset: int
    reason: str


def dead_letter(
    topic: str, partition: int, offset: int, reason: str, key: bytes | None
) -> Outgoing:
    """
    Return the dead letter of one record: where it lies, which class of error, no payload.

    Args:
        topic: of the record.
        partition: of the record.
        offset: of the record.
        reason: the text of the ``DecodeError``, or another short code of our own.
        key: of the record; kept only where it is an opaque id, since a bad key may be a name.

    Raises:
        InputError: ``reason`` is more than a short code.
    """
    if not _REASON.fullmatch(reason):
        raise InputError("the reason of a dead letter must be a short code")
    letter = DeadLetter(topic=topic, partition=partition, offset=offset, reason=reason)
    value = to_json("dead", letter)
    headers = (("v", str(VERSION).encode()), ("type", b"dead"))
    try:
        return Outgoing(DEAD, opaque_key(key).encode(), value, headers)
    except DecodeError:
        return Outgoing(DEAD, None, value, headers)


def decode_dead_letter(topic: str, value: bytes | None) -> DeadLetter:
    """
    Return the dead letter that Kafka delivered.

    Raises:
        DecodeError: with a reason listed in ``streams/README.md``.
    """
    if topic != DEAD:
        raise DecodeError("wrong_topic")
    return from_json(measured(topic, value), DeadLetter, "dead")
