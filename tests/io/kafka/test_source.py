"""Reading in a group: what is delivered, committed, paused, and who is told when it moves."""

import threading
import time

import pytest

from qm.errors import StreamError
from qm.io.kafka import Listener, Place, Sink, Source
from qm.io.wire import Outgoing
from tests.brokers import apache_kafka, broker, tansu  # noqa: F401

pytestmark = pytest.mark.timeout(120)


def send(broker, topic, values, key=b"k"):  # noqa: F811
    with Sink(broker.options) as sink:
        for value in values:
            sink.send(Outgoing(topic, key, value, (("n", value),)))


def read(source, count, timeout_s=30.0):
    records, deadline = [], time.monotonic() + timeout_s
    while len(records) < count and time.monotonic() < deadline:
        records += source.poll(0.1)
    return records


def test_records_come_with_key_headers_order_and_time(broker):  # noqa: F811
    topic = broker.topic()
    values = [b"%d" % n for n in range(300)]
    before = time.time() * 1000
    send(broker, topic, values)
    with Source(broker.options, "readers", [topic]) as source:
        records = read(source, 300)
        assert [r.value for r in records] == values
        assert [r.offset for r in records] == list(range(300))
        assert {r.key for r in records} == {b"k"}
        assert records[5].headers == (("n", b"5"),)
        assert all(before - 1000 < r.timestamp_ms < time.time() * 1000 + 1000 for r in records)
        place = records[0].place
        assert place == Place(topic, 0)
        assert source.position(place) == source.highwater(place) == 300
        assert source.lag_s(int(time.time() * 1000)) == {place: 0.0}
