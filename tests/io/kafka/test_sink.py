"""Sending: what is acknowledged, what is refused, and a broker that comes back empty."""

import time
from dataclasses import replace

import pytest

from qm.errors import StreamError
from qm.io.broker import EmbeddedBroker
from qm.io.kafka import Sink, Source, ensure_topics
from qm.io.wire import Outgoing
from tests.brokers import apache_kafka, broker, described, tansu  # noqa: F401

pytestmark = pytest.mark.timeout(120)


def read_all(options, topic, wanted, timeout_s=30.0):
    """Return the values read until ``wanted`` different ones are there."""
    values, deadline = [], time.monotonic() + timeout_s
    with Source(options, topic, [topic]) as source:
        while len(set(values)) < wanted and time.monotonic() < deadline:
            values += [r.value for r in source.poll(0.1)]
    return values


def test_flush_waits_until_everything_is_acknowledged(broker):  # noqa: F811
    topic = broker.topic(partitions=3)
    with Sink(broker.options) as sink:
        for n in range(1000):
            sink.send(Outgoing(topic, b"call-%d" % (n % 7), b"%d" % n, (("v", b"1"),)))
        sink.flush(30)
        assert sink.pending == 0
    values = [int(value) for value in read_all(broker.options, topic, 1000)]
    assert sorted(values) == list(range(1000))
    for call in range(7):
        one = [n for n in values if n % 7 == call]
        assert one == sorted(one)


def test_a_record_that_is_too_large_is_refused_and_the_others_arrive(broker):  # noqa: F811
    topic = broker.topic()
    with Sink(broker.options) as sink:
        sink.send(Outgoing(topic, b"k", b"one", ()))
        with pytest.raises(StreamError, match="MessageSizeTooLarge"):
            sink.send(Outgoing(topic, b"k", b"x" * 3_000_000, ()))
        sink.send(Outgoing(topic, b"k", b"two", ()))
    assert read_all(broker.options, topic, 2) == [b"one", b"two"]


@pytest.mark.kafka
def test_a_topic_that_does_not_exist_is_not_made_by_a_slip(apache_kafka):  # noqa: F811
    # the embedded broker makes it whatever the client asks for
    options = replace(apache_kafka.options, connect_timeout_ms=1500)
    with Sink(options) as sink, pytest.raises(StreamError, match=r"no topic qm\.adio\.v1"):
        sink.send(Outgoing("qm.adio.v1", b"k", b"value", ()))


def test_a_broker_that_comes_back_empty_gets_what_was_not_acknowledged():
    first = EmbeddedBroker()
    options = replace(first.options(), session_timeout_ms=1500, delivery_timeout_ms=6000)
    ensure_topics(options, [described("t")], partitions=1)
    sink = Sink(options)
    for n in range(50):
        sink.send(Outgoing("t", b"k", b"before-%d" % n, ()))
    sink.flush(10)
    first.stop()
    for n in range(50):
        sink.send(Outgoing("t", b"k", b"away-%d" % n, ()))
        time.sleep(0.01)
    with EmbeddedBroker(first.port):
        ensure_topics(options, [described("t")], partitions=1)
        for n in range(50):
            sink.send(Outgoing("t", b"k", b"after-%d" % n, ()))
            time.sleep(0.01)
        sink.flush(60)
        values = read_all(options, "t", 100)
        wanted = [b"away-%d" % n for n in range(50)] + [b"after-%d" % n for n in range(50)]
        assert list(dict.fromkeys(values)) == wanted  # a repetition is allowed, a loss is not
        sink.close()


def test_nothing_is_said_to_be_sent_while_the_broker_is_away():
    away = EmbeddedBroker()
    options = replace(away.options(), delivery_timeout_ms=3000, connect_timeout_ms=1000)
    ensure_topics(options, [described("t")], partitions=1)
    sink = Sink(options)
    away.stop()
    with pytest.raises(StreamError):
        sink.send(Outgoing("t", b"k", b"value", ()))
        sink.flush(2)
    assert sink.pending == 1
    with pytest.raises(StreamError):
        sink.close(timeout_s=0.5)
