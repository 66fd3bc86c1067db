"""Messages from a file: every line is sent or reported, never quoted; names become references."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from qm.ingest.events import BadLine
from qm.ingest.messages import as_if_now, import_messages, read_messages
from qm.io.references import opaque_reference
from qm.io.wire import decode_message
from qm.types import TextMessage

KEY = b"k" * 32
GOOD = {
    "message_id": "m1",
    "conversation_id": "c1",
    "at": "2026-03-01T07:30:00-05:00",
    "channel": "email",
    "direction": "in",
    "role": "customer",
    "author": "Maria Lopez <maria@mail.example>",
    "text": "Where is my bill?",
    "queue": "Billing",
}


class Log:
    """Takes records as a sink does."""

    def __init__(self):
        self.messages, self.flushed = [], False

    def send(self, record):
        self.messages.append(decode_message(record.topic, record.key, record.value))

    def flush(self, timeout_s):
        self.flushed = True


def line(**changes):
    return json.dumps(GOOD | changes).encode() + b"\n"


def test_good_lines_are_published_and_bad_ones_reported_by_number():
    lines = [line(), b"\n", b"{oops\n", line(channel="fax"), line(message_id="m2", final=True)]
    log = Log()
    sent, bad = import_messages(log, lines, KEY)
    assert sent == 2 and log.flushed
    assert [(m.message_id, m.final) for m in log.messages] == [("m1", False), ("m2", True)]
    assert bad == [BadLine(line=3, reason="bad_json"), BadLine(line=4, reason="bad_field:channel")]


def test_authors_and_customers_are_references_before_they_are_sent():
    (message,) = read_messages([line(customer_ref="555-0100")], KEY)
    assert isinstance(message, TextMessage)
    assert message.author == opaque_reference(KEY, GOOD["author"])
    assert message.customer_ref == opaque_reference(KEY, "555-0100")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(conversation_id="Maria Lopez"), "bad_field:conversation_id"),
        (line(author=7), "bad_field:author"),
        (line(at="yesterday"), "bad_field:at"),
        (line(html="<p>too</p>"), "bad_field:text"),
        (line(text=None), "bad_field:text"),
    ],
)
def test_a_bad_line_is_never_quoted(text, reason):
    assert list(read_messages([text], KEY)) == [BadLine(line=1, reason=reason)]


def test_chats_go_on_at_their_own_pace_and_letters_have_just_ended():
    lines = [
        line(conversation_id="c1", message_id="1", at="2026-03-01T07:00:00Z"),
        line(conversation_id="c1", message_id="2", at="2026-03-01T09:00:00Z"),
        line(conversation_id="c2", message_id="1", at="2026-03-05T07:00:00Z", channel="chat"),
        line(conversation_id="c2", message_id="2", at="2026-03-05T07:00:20Z", channel="chat"),
    ]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    planned = as_if_now(list(read_messages(lines, KEY)), now)
    assert [(due, m.conversation_id, m.at - now) for due, m in planned] == [
        (0.0, "c1", timedelta(hours=-2)),
        (0.0, "c1", timedelta()),
        (0.0, "c2", timedelta()),
        (20.0, "c2", timedelta(seconds=20)),
    ]
