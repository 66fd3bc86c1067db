"""Contact events from a file: every line is sent or reported, never quoted."""

import json

import pytest

from qm.ingest.events import BadLine, import_events, read_events
from qm.io.references import opaque_reference
from qm.io.wire import decode_contact_event
from qm.types import ContactEvent

KEY = b"k" * 32
GOOD = {
    "event_id": "e1",
    "contact_id": "c1",
    "at": "2026-03-01T07:30:00-05:00",
    "kind": "queued",
    "queue": "Billing",
}


class Log:
    """Takes records as a sink does."""

    def __init__(self):
        self.events, self.flushed = [], False

    def send(self, record):
        self.events.append(decode_contact_event(record.topic, record.key, record.value))

    def flush(self, timeout_s):
        self.flushed = True


def line(**changes):
    return json.dumps(GOOD | changes).encode() + b"\n"


def test_good_lines_are_published_and_bad_ones_reported_by_number():
    lines = [line(), b"\n", b"{oops\n", line(event_id="e2", kind="vanished"), line(event_id="e3")]
    log = Log()
    sent, bad = import_events(log, lines, KEY)
    assert sent == 2 and log.flushed
    assert [event.event_id for event in log.events] == ["e1", "e3"]
    assert bad == [BadLine(line=3, reason="bad_json"), BadLine(line=4, reason="bad_field:kind")]


def test_a_customer_gets_the_reference_that_calls_have():
    (event,) = read_events([line(customer_ref="(555) 010-0100")], KEY)
    assert isinstance(event, ContactEvent)
    assert event.customer_ref == opaque_reference(KEY, "(555) 010-0100")


def test_null_means_missing():
    (event,) = read_events([line(agent=None, score=None, customer_ref=None)], KEY)
    assert isinstance(event, ContactEvent) and event.agent == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(contact_id="Maria Lopez"), "bad_field:contact_id"),
        (line(customer_ref=5550100), "bad_field:customer_ref"),
        (line(at="yesterday"), "bad_field:at"),
        (line(score=3), "bad_field:score"),
        (b'"Maria Lopez"', "bad_json"),
        (b"\xff\xfe", "bad_json"),
    ],
)
def test_a_bad_line_is_never_quoted(text, reason):
    assert list(read_events([text], KEY)) == [BadLine(line=1, reason=reason)]
