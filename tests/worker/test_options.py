"""Settings become the way to Kafka, and the keys that open its records."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from qm.errors import ConfigError
from qm.settings import Settings
from qm.worker.options import kafka_options, stream_keys


def test_how_kafka_is_reached_is_what_the_settings_say() -> None:
    settings = Settings(
        bootstrap_servers="broker-1:9093,broker-2:9093",
        kafka_security="SASL_SSL",
        kafka_sasl_mechanism="SCRAM-SHA-512",
        kafka_username="worker",
        kafka_password="made-up",
        kafka_ca_file=Path("ca.pem"),
    )
    connection = kafka_options(settings).connection()
    assert connection["bootstrap_servers"] == ["broker-1:9093", "broker-2:9093"]
    assert connection["security_protocol"] == "SASL_SSL"
    assert connection["sasl_plain_username"] == "worker"
    assert connection["ssl_cafile"] == "ca.pem"


def test_keys_of_producers_come_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "stream-keys"
    lines = [f"{name} {base64.b64encode(bytes([n]) * 32).decode()}" for n, name in enumerate("ab")]
    path.write_text("\n".join([*lines, "2026-03 " + base64.b64encode(b"k" * 32).decode()]))
    path.chmod(0o600)
    settings = Settings(stream_keys_file=path)
    assert stream_keys(settings) == {"a": bytes(32), "b": b"\x01" * 32, "2026-03": b"k" * 32}

    path.chmod(0o644)
    with pytest.raises(ConfigError, match="owner only"):
        stream_keys(settings)


def test_without_a_file_there_are_no_keys() -> None:
    assert stream_keys(Settings()) == {}
