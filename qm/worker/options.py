"""Settings -> how to reach Kafka."""

from __future__ import annotations

from qm.io.kafka import KafkaOptions
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
