"""What is asked of the broker itself: does it let us in, does it have the topics, which is it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kafka import KafkaAdminClient
from kafka import errors as kafka_errors

from qm.errors import ConfigError, QmError, StreamError
from qm.io.kafka.options import KafkaOptions, quiet_client
from qm.io.kafka.source import Place
from qm.io.topics import AUDIO, Topic

HOUR_MS = 3_600_000
CHECK_MS = 10_000
"""How long the check at start-up waits: a broker that is there answers within one second."""
_WHO = "the user name, password or mechanism"
FRAMING_BYTES = 65_536
"""Room for key, headers and batch framing above the largest value of a topic."""


def check_connection(options: KafkaOptions) -> None:
    """
    Find out at start-up whether the broker can be reached and lets this user in.

    A producer reports a wrong password only as a time-out; this says what is wrong.

    Raises:
        ConfigError: the broker refuses the user name or password, or the certificate.
        StreamError: no broker answers.
    """
    brisk = replace(options, connect_timeout_ms=min(options.connect_timeout_ms, CHECK_MS))
    with administering(brisk) as admin:
        admin.list_topics()


def ensure_topics(
    options: KafkaOptions,
    topics: Sequence[Topic],
    partitions: int | None = None,
    replicas: int = -1,
) -> dict[str, int]:
    """
    Create the topics that do not exist yet.

    Topics that exist are left as they are: their partitions are never grown in place.

    Args:
        options: how to reach the broker.
        topics: as ``streams/topics.toml`` describes them.
        partitions: instead of the number in the description.
        replicas: copies of each partition; -1 leaves it to the broker.

    Returns:
        The number of partitions that each topic has, by name.

    Raises:
        ConfigError: this user may not create topics.
        StreamError: the broker does not answer or does not create them.
    """
    wanted = {topic.name: topic for topic in topics}
    with administering(options) as admin:
        missing = wanted.keys() - set(admin.list_topics())
        if missing:
            created = {
                name: {
                    "num_partitions": partitions or wanted[name].partitions,
                    "replication_factor": replicas,
                    "configs": _settings(wanted[name]),
                }
                for name in sorted(missing)
            }
            answer = admin.create_topics(created, raise_errors=False, wait_for_metadata=False)
            for topic in answer["topics"]:
                _check_created(topic["name"], topic["error_code"])
            admin.wait_for_topics(sorted(missing))
        described = admin.describe_topics(sorted(wanted))
    return {topic["name"]: len(topic["partitions"]) for topic in described}


def broker_identity(options: KafkaOptions, topic: str = AUDIO) -> str:
    """
    Return what tells this log from another one at the same address.

    The cluster's id and the topic's id: both change when a broker comes back empty or a topic is
    made anew, and then offsets kept elsewhere mean nothing.

    Raises:
        StreamError: the broker does not answer or does not have the topic.
        ConfigError: it refuses this user.
    """
    with administering(options) as admin:
        cluster = admin.describe_cluster()["cluster_id"]
        (described,) = admin.describe_topics([topic])
    if described["error_code"] or not described["partitions"]:
        raise StreamError(f"the broker has no topic {topic}")
    return f"{cluster}/{described['topic_id']}"


def unread(options: KafkaOptions, group: str, written: Mapping[Place, tuple[int, int]]) -> int:
    """
    Return how many of the records that a sink wrote a group has not committed yet.

    Args:
        options: how to reach the broker.
        group: of the readers.
        written: ``Sink.acknowledged``.

    Raises:
        StreamError: the broker does not answer.
        ConfigError: it refuses this user.
    """
    with administering(options) as admin:
        try:
            groups = admin.list_group_offsets({group: None})
        except (
            kafka_errors.CoordinatorNotAvailableError,
            kafka_errors.CoordinatorLoadInProgressError,
        ):  # a broker that no group has used yet is still making its table of offsets
            groups = {}
    committed = {Place(*place): found.offset for place, found in groups.get(group, {}).items()}
    return sum(
        end - min(end, max(first, committed.get(place, first)))
        for place, (first, end) in written.items()
    )


def _settings(topic: Topic) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(topic.retention_hours * HOUR_MS),
        "max.message.bytes": str(topic.largest_bytes + FRAMING_BYTES),
        # latencies count from the broker's clock, not from the senders'
        "message.timestamp.type": "LogAppendTime",
    }


def _check_created(name: str, code: int) -> None:
    error = kafka_errors.for_code(code)
    if error in (kafka_errors.NoError, kafka_errors.TopicAlreadyExistsError):
        return
    if issubclass(error, kafka_errors.AuthorizationError):
        raise ConfigError(f"this Kafka user may not create topic {name}")
    raise StreamError(f"Kafka did not create topic {name}: {error.__name__}")


@contextmanager
def administering(options: KafkaOptions) -> Iterator[Any]:
    """Give an admin client; its errors become ours."""
    quiet_client()
    servers = options.bootstrap_servers
    try:
        admin = KafkaAdminClient(**options.connection())
        try:
            yield admin
        finally:
            admin.close()
    except (
        kafka_errors.SaslAuthenticationFailedError,
        kafka_errors.UnsupportedSaslMechanismError,
    ) as refused:
        raise ConfigError(f"Kafka at {servers} refuses {_WHO}") from refused
    except kafka_errors.AuthorizationError as refused:
        raise ConfigError(f"this Kafka user lacks a right: {type(refused).__name__}") from refused
    except kafka_errors.KafkaTimeoutError as silent:
        raise _why_silent(options) from silent
    except kafka_errors.KafkaError as wrong:
        raise StreamError(f"Kafka at {servers} failed: {type(wrong).__name__}") from wrong


def _why_silent(options: KafkaOptions) -> QmError:
    """
    Return what kept the client out.

    While it starts, the client tries for ever and reports a wrong password or certificate as a
    time-out, as if nobody were there; so look once more, one step after the other.
    """
    servers = options.bootstrap_servers
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=2.0) as plain:
                if options.security_protocol in ("SSL", "SASL_SSL"):
                    context = ssl.create_default_context(cafile=options.ca_file)
                    context.wrap_socket(plain, server_hostname=host).close()
        except ssl.SSLError:
            return ConfigError(f"the certificate of Kafka at {server} is not trusted")
        except (OSError, ValueError):
            continue
        if options.sasl_mechanism:
            return ConfigError(f"Kafka at {server} refuses {_WHO}")
        return StreamError(f"what answers at {server} is no Kafka broker, or asks for a password")
    return StreamError(f"no Kafka broker answers at {servers}")
