"""The events and messages topics: what happens to a contact, and what is written in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qm.errors import DecodeError
from qm.io.topics import EVENTS, MESSAGES
from qm.io.wire.envelope import (
    Outgoing,
    SealingKey,
    check_language,
    check_opaque,
    check_plain,
    measured,
    opaque_key,
    opened,
    outgoing,
    sealed,
)
from qm.io.wire.jsons import VERSION, from_json, from_object, to_json
from qm.types import ContactEvent, TextMessage

EVENT = "contact_event"
MESSAGE = "text_message"

TARGETS = frozenset({"", "clinical", "supervisor", "language", "other"})
AUTHENTICATED = frozenset({"", "ivr", "portal", "earlier_leg"})


def contact_event(fields: Mapping[str, Any]) -> ContactEvent:
    """
    Return the event that one imported JSON object describes (``qm events import``).

    Raises:
        DecodeError: ``bad_field:<name>``.
    """
    return _checked_event(from_object(fields, ContactEvent))


def encode_contact_event(event: ContactEvent) -> Outgoing:
    """
    Return the Kafka record of one contact event.

    Raises:
        InputError: a field holds more than an id or a kind (``bad_field:<name>``).
    """
    _checked_event(event)
    return outgoing(EVENTS, event.contact_id, to_json(EVENT, event), _headers(EVENT))


def decode_contact_event(topic: str, key: bytes | None, value: bytes | None) -> ContactEvent:
    """
    Return the contact event that Kafka delivered.

    Raises:
        DecodeError: with a reason listed in ``streams/README.md``.
    """
    if topic != EVENTS:
        raise DecodeError("wrong_topic")
    contact_id = opaque_key(key)
    event = _checked_event(from_json(measured(topic, value), ContactEvent, EVENT))
    if event.contact_id != contact_id:
        raise DecodeError("key_mismatch")
    return event


def text_message(fields: Mapping[str, Any]) -> TextMessage:
    """
    Return the message that one imported JSON object describes (``qm messages import``).

    Raises:
        DecodeError: ``bad_field:<name>``.
    """
    return _checked_message(from_object(fields, TextMessage))


def encode_message(message: TextMessage, seal: SealingKey | None = None) -> Outgoing:
    """
    Return the Kafka record of one text-channel message, encrypted where ``seal`` is given.

    Raises:
        InputError: an id is not opaque, or it has neither or both kinds of text.
    """
    _checked_message(message)
    value = to_json(MESSAGE, message)
    return sealed(outgoing(MESSAGES, message.conversation_id, value, _headers(MESSAGE)), seal)


def decode_message(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]] = (),
    keys: Mapping[str, bytes] | None = None,
) -> TextMessage:
    """
    Return the message that Kafka delivered; ``keys`` by ``key_id`` open encrypted ones.

    Raises:
        DecodeError: with a reason listed in ``streams/README.md``.
    """
    if topic != MESSAGES:
        raise DecodeError("wrong_topic")
    conversation_id = opaque_key(key)
    data = opened(conversation_id.encode(), measured(topic, value), headers, keys or {})
    message = _checked_message(from_json(data, TextMessage, MESSAGE))
    if message.conversation_id != conversation_id:
        raise DecodeError("key_mismatch")
    return message


def _headers(kind: str) -> Mapping[str, str]:
    return {"v": str(VERSION), "type": kind}


def _checked_event(event: ContactEvent) -> ContactEvent:
    check_opaque(event, "event_id", "contact_id")
    check_opaque(event, "customer_ref", "call_id", empty=True)
    check_plain(event, "queue", "agent", "channel", "disposition", "reason")
    check_language(event.language)
    if event.target not in TARGETS:
        raise DecodeError("bad_field:target")
    if event.authenticated not in AUTHENTICATED:
        raise DecodeError("bad_field:authenticated")
    if event.score is not None and (event.kind != "survey" or not 1 <= event.score <= 5):
        raise DecodeError("bad_field:score")
    return event


def _checked_message(message: TextMessage) -> TextMessage:
    check_opaque(message, "message_id", "conversation_id")
    check_opaque(message, "author", "customer_ref", empty=True)
    check_plain(message, "queue", "agent")
    check_language(message.language)
    if (message.text is None) == (message.html is None):
        raise DecodeError("bad_field:text")
    return message
