"""The events and messages topics: what is read back, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.errors import DecodeError, InputError
from qm.io.wire import (
    SealingKey,
    contact_event,
    decode_contact_event,
    decode_message,
    encode_contact_event,
    encode_message,
    text_message,
)
from qm.types import ContactEvent, TextMessage

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
EVENT = ContactEvent(event_id="e1", contact_id="c1", at=AT, kind="queued", queue="Billing")
MESSAGE = TextMessage(
    message_id="m1",
    conversation_id="t1",
    at=AT,
    channel="chat",
    direction="in",
    role="customer",
    queue="Billing",
    text="where is my bill",
)
SEAL = SealingKey("2026-03", bytes(32))

ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
first, last = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  as hypothesis wants it
instants = st.datetimes(first, last, timezones=st.just(UTC))
plain = st.from_regex(r"[A-Za-z0-9 .:/&()+-]{0,64}", fullmatch=True)
events = st.builds(
    ContactEvent,
    event_id=ids,
    contact_id=ids,
    at=instants,
    queue=plain,
    agent=plain,
    channel=plain,
    language=st.sampled_from(["", "en", "es"]),
    customer_ref=ids | st.just(""),
    authenticated=st.sampled_from(["", "ivr", "portal", "earlier_leg"]),
    disposition=plain,
    target=st.sampled_from(["", "clinical", "supervisor", "language", "other"]),
    reason=plain,
    score=st.none(),
    call_id=ids | st.just(""),
)
messages = st.builds(
    TextMessage,
    message_id=ids,
    conversation_id=ids,
    at=instants,
    queue=plain,
    agent=plain,
    author=ids | st.just(""),
    customer_ref=ids | st.just(""),
    language=st.sampled_from(["", "en", "es"]),
    text=st.text(),
    html=st.none(),
    subject=st.text(),
)


@given(events)
def test_an_event_that_is_sent_is_read(event):
    sent = encode_contact_event(event)
    assert decode_contact_event(sent.topic, sent.key, sent.value) == event


@given(messages, st.sampled_from([None, SEAL]))
def test_a_message_that_is_sent_is_read(message, seal):
    sent = encode_message(message, seal)
    assert decode_message(*sent, keys=dict([SEAL])) == message


def test_an_imported_line_needs_neither_version_nor_type():
    line = {"event_id": "e1", "contact_id": "c1", "at": "2026-03-01T07:30:00-05:00"}
    event = contact_event(line | {"kind": "queued", "queue": "Billing", "later": "ignored"})
    assert event == EVENT and event.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"event_id": None}, "bad_field:event_id"),
        ({"event_id": ""}, "bad_field:event_id"),
        ({"contact_id": "Maria Lopez"}, "bad_field:contact_id"),
        ({"at": "2026-03-01T07:30:00"}, "bad_field:at"),
        ({"at": 1_772_368_200}, "bad_field:at"),
        ({"kind": "vanished"}, "bad_field:kind"),
        ({"direction": "up"}, "bad_field:direction"),
        ({"customer_ref": "+1 555 010 9999"}, "bad_field:customer_ref"),
        ({"authenticated": "by voice"}, "bad_field:authenticated"),
        ({"target": "a friend"}, "bad_field:target"),
        ({"reason": "she said: \u201cno\u201d"}, "bad_field:reason"),
        ({"score": 4}, "bad_field:score"),
        ({"kind": "survey", "score": 6}, "bad_field:score"),
        ({"kind": "survey", "score": 4.5}, "bad_field:score"),
    ],
)
def test_a_bad_event_is_refused_with_the_name_of_its_field(change, reason):
    line = msgspec.to_builtins(EVENT) | change
    with pytest.raises(DecodeError) as refused:
        contact_event(line)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"c2", None, "empty"),
        (b"c2", encode_contact_event(EVENT).value, "key_mismatch"),
        (b"c 1", encode_contact_event(EVENT).value, "bad_key"),
        (b"c1", encode_contact_event(EVENT).value.replace(b'"v":1', b'"v":2'), "unknown_version"),
        (
            b"c1",
            encode_contact_event(EVENT).value.replace(b'"v":1', b'"v":true'),
            "unknown_version",
        ),
        (b"c1", encode_message(MESSAGE).value, "unknown_type"),
        (b"c1", b"{}", "unknown_version"),
        (b"c1", b"x" * 20_000, "too_large"),
    ],
)
def test_a_bad_event_record_is_refused_with_a_reason(key, value, reason):
    with pytest.raises(DecodeError) as refused:
        decode_contact_event("qm.events.v1", key, value)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": None}, "bad_field:text"),
        ({"html": "<p>both</p>"}, "bad_field:text"),
        ({"channel": "fax"}, "bad_field:channel"),
        ({"author": "Dr. Lopez"}, "bad_field:author"),
        ({"message_id": "<a@b.example>"}, "bad_field:message_id"),
    ],
)
def test_a_bad_message_is_refused_with_the_name_of_its_field(change, reason):
    with pytest.raises(DecodeError) as refused:
        text_message(msgspec.to_builtins(MESSAGE) | change)
    assert str(refused.value) == reason


def test_a_message_can_be_encrypted_on_its_way():
    sent = encode_message(MESSAGE, SEAL)
    assert b"bill" not in sent.value
    with pytest.raises(DecodeError, match="^unknown_key$"):
        decode_message(*sent)


def test_what_a_reader_would_refuse_is_not_sent():
    with pytest.raises(InputError):
        encode_contact_event(replace(EVENT, contact_id="Maria Lopez"))
    with pytest.raises(InputError):
        encode_message(replace(MESSAGE, text="x" * 1_100_000))


def test_nothing_that_was_written_shows_in_a_repr():
    assert "bill" not in repr(MESSAGE)
