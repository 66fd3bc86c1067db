"""What the broker itself is asked: who may in, which topics, and which log this is."""

import logging
from dataclasses import replace

import pytest

from qm.errors import ConfigError, StreamError
from qm.io.broker import EmbeddedBroker
from qm.io.kafka import (
    Sink,
    Source,
    broker_identity,
    check_connection,
    ensure_topics,
    unread,
)
from qm.io.wire import Outgoing
from tests.brokers import (  # noqa: F401
    apache_kafka,
    broker,
    described,
    secured_kafka,
    tansu,
)

pytestmark = pytest.mark.timeout(180)


def test_topics_are_made_once_and_never_grown(broker):  # noqa: F811
    topics = [described("qm.one"), described("qm.two")]
    assert ensure_topics(broker.options, topics[:1], partitions=3) == {"qm.one": 3}
    grown = ensure_topics(broker.options, topics, partitions=6)
    assert grown == {"qm.one": 3, "qm.two": 6}


def test_a_topic_has_as_many_partitions_as_its_description_says(broker):  # noqa: F811
    assert (
        ensure_topics(broker.options, [replace(described("qm.one"), partitions=5)])["qm.one"] == 5
    )


def test_a_broker_that_forgot_everything_is_another_one():
    identities = []
    port = 0
    for _ in range(2):
        with EmbeddedBroker(port) as embedded:
            port = embedded.port
            ensure_topics(embedded.options(), [described("qm.one")])
            identities.append(broker_identity(embedded.options(), "qm.one"))
            assert broker_identity(embedded.options(), "qm.one") == identities[-1]
    assert identities[0] != identities[1]


def test_the_identity_needs_the_topic(broker):  # noqa: F811
    with pytest.raises(StreamError, match=r"no topic qm\.none"):
        broker_identity(broker.options, "qm.none")


def test_nobody_there_is_said_plainly(tansu):  # noqa: F811
    options = replace(tansu.options, bootstrap_servers="127.0.0.1:1", connect_timeout_ms=500)
    with pytest.raises(StreamError, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        check_connection(options)


@pytest.mark.kafka
def test_the_right_password_lets_in_and_a_wrong_one_is_said_plainly(secured_kafka):  # noqa: F811
    check_connection(secured_kafka.options("worker"))
    with pytest.raises(ConfigError, match="refuses the user name, password or mechanism") as told:
        check_connection(
            replace(secured_kafka.options("worker", "guess-42"), connect_timeout_ms=3000)
        )
    assert "guess-42" not in str(told.value)
    assert "guess-42" not in repr(secured_kafka.options("worker", password="guess-42"))


@pytest.mark.kafka
def test_a_broker_without_our_certificate_is_not_trusted(secured_kafka):  # noqa: F811
    options = replace(secured_kafka.options("worker"), ca_file=None, connect_timeout_ms=2000)
    with pytest.raises(ConfigError, match="certificate .* is not trusted"):
        check_connection(options)


@pytest.mark.kafka
def test_a_worker_may_write_and_read_its_topics(secured_kafka):  # noqa: F811
    ensure_topics(secured_kafka.admin, [described("qm.secured")])
    options = secured_kafka.options("worker")
    with Sink(options) as sink:
        sink.send(Outgoing("qm.secured", b"k", b"value", ()))
    with Source(options, "qm-worker", ["qm.secured"]) as source:
        records = []
        while not records:
            records = source.poll(1)
        assert source.commit({records[0].place: 1})
        with Sink(options) as sink:
            sink.send(Outgoing("qm.secured", b"k", b"more", ()))
            sink.flush(10)
            assert unread(options, "qm-worker", sink.acknowledged) == 1
    assert records[0].value == b"value"
    assert ensure_topics(options, [described("qm.secured")])
    assert broker_identity(options, "qm.secured")


@pytest.mark.kafka
def test_a_stranger_may_neither_write_nor_read(secured_kafka):  # noqa: F811
    ensure_topics(secured_kafka.admin, [described("qm.secured")])
    options = replace(secured_kafka.options("stranger"), connect_timeout_ms=5000)
    with pytest.raises(StreamError, match="TopicAuthorizationFailed"):  # noqa: SIM117
        with Sink(options) as sink:
            sink.send(Outgoing("qm.secured", b"k", b"value", ()))
            sink.flush(10)
    with pytest.raises(StreamError, match="AuthorizationFailed"):  # noqa: SIM117
        with Source(options, "qm-worker", ["qm.secured"]) as source:
            for _ in range(20):
                source.poll(0.5)
    with pytest.raises(ConfigError, match="may not create topic"):
        ensure_topics(options, [described("qm.other")])


def test_the_client_never_logs_what_it_carries(tansu, caplog):  # noqa: F811
    topic = tansu.topic()
    with caplog.at_level(logging.DEBUG), Sink(tansu.options) as sink:
        sink.send(Outgoing(topic, b"k", b"spoken words", (("h", b"header words"),)))
    assert "words" not in caplog.text
