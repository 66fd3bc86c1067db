"""Each party may do what it is there for, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qm.errors import StreamError
from qm.io.kafka import KafkaOptions, Sink, Source, give, least_rights
from qm.io.wire import Outgoing
from tests.brokers import (  # noqa: F401
    PARTIES,
    TOPICS,
    SecuredBroker,
    apache_kafka,
    described,
    secured_kafka,
)

pytestmark = [pytest.mark.timeout(120)]

ASKED = ("qm.audio.v1", "qm.events.v1", "qm.turns.v1", "qm.alerts.v1", "qm.dead.v1")
AUDIO = replace(described("a"), read_by=("qm worker",), written_by=("gateways", "qm replay"))
RESULTS = replace(described("r"), read_by=("analysts",), written_by=("qm worker",))


def test_rights_follow_from_who_reads_and_writes_each_topic() -> None:
    rights = {
        (r.party, r.kind, r.name, r.doing) for r in least_rights([AUDIO, RESULTS], "qm-worker")
    }
    assert rights == {
        ("qm worker", "topic", "a", "read"),
        ("gateways", "topic", "a", "write"),
        ("qm replay", "topic", "a", "write"),
        ("analysts", "topic", "r", "read"),
        ("qm worker", "topic", "r", "write"),
        ("qm worker", "groups", "qm-worker", "read"),
        ("analysts", "groups", "site-", "read"),
        ("qm replay", "groups", "qm-worker", "describe"),
    }


def writes(options: KafkaOptions, topic: str) -> bool:
    try:
        with Sink(replace(options, connect_timeout_ms=3000)) as sink:
            sink.send(Outgoing(topic, b"k", b"value", ()))
            sink.flush(10)
    except StreamError:
        return False
    return True


def reads(options: KafkaOptions, topic: str, group: str) -> bool:
    try:
        with Source(options, group, [topic]) as source:
            for _ in range(100):
                if source.poll(0.1):
                    return True
    except StreamError:
        return False
    raise AssertionError("neither let in nor refused")


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("user", "may_write", "may_read"),
    [
        ("worker", {"qm.turns.v1", "qm.alerts.v1", "qm.dead.v1"}, {"qm.audio.v1", "qm.events.v1"}),
        ("gateway", {"qm.audio.v1", "qm.events.v1"}, set()),
        ("reader", set(), {"qm.turns.v1", "qm.alerts.v1", "qm.dead.v1"}),
        ("stranger", set(), set()),
    ],
)
def test_a_user_may_do_on_a_broker_what_its_party_needs_and_no_more(
    secured_kafka: SecuredBroker,  # noqa: F811
    user: str,
    may_write: set[str],
    may_read: set[str],
) -> None:
    for topic in ASKED:
        assert writes(secured_kafka.admin, topic)
    options = secured_kafka.options(user)
    group = {"worker": "qm-worker", "reader": "site-archive"}.get(user, "site-any")
    assert {topic for topic in ASKED if writes(options, topic)} == may_write
    assert {topic for topic in ASKED if reads(options, topic, group)} == may_read


@pytest.mark.kafka
def test_nobody_reads_in_the_workers_group_but_the_worker(secured_kafka: SecuredBroker) -> None:  # noqa: F811
    assert not reads(secured_kafka.options("reader"), "qm.turns.v1", "qm-worker")


@pytest.mark.kafka
def test_a_broker_without_access_lists_says_that_it_has_none(apache_kafka) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    with pytest.raises(StreamError, match="SecurityDisabled"):
        give(apache_kafka.options, least_rights(TOPICS, "qm-worker"), PARTIES)
