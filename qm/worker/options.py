"""Settings -> how to reach Kafka, and what opens its records."""

from __future__ import annotations

from collections.abc import Mapping

from qm.io.kafka import KafkaOptions
from qm.io.vault import open_vault
from qm.settings import Settings


def kafka_options(settings: Settings) -> KafkaOptions:
    """Return how to reach Kafka."""
    return KafkaOptions(
        bootstrap_servers=settings.bootstrap_servers,
        security_protocol=settings.kafka_security,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ca_file=settings.kafka_ca_file,
        session_timeout_ms=settings.kafka_session_ms,
    )


def stream_keys(settings: Settings) -> Mapping[str, bytes]:
    """
    Return the keys, by their ids, that open records which their producer encrypted.

    Raises:
        ConfigError: the file is missing, readable by others than its owner, or damaged.
    """
    path = settings.stream_keys_file
    return {} if path is None else open_vault(path).keys
