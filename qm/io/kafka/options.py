"""How to reach a broker, and the client settings that follow from it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

LARGEST_REQUEST = 2 * 1024 * 1024
"""Twice the largest record of any topic, so that headers and framing always fit."""

FETCH_BYTES = 1024 * 1024
"""What one poll may bring: ten minutes of mu-law.  A larger record still comes, by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """
    Connection and timing.

    The defaults are for Apache Kafka.  The embedded broker makes every join of a group take half a
    session, so it wants ``session_timeout_ms=3000``.
    """

    bootstrap_servers: str
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""
    username: str = ""
    password: str = field(repr=False, default="")
    ca_file: Path | None = None
    client_id: str = "qm"
    session_timeout_ms: int = 10_000  #: silent for this long, a worker has died
    max_poll_interval_ms: int = 60_000  #: longest time between two polls; longer, it hangs
    fetch_wait_ms: int = 20  #: the embedded broker looks for new records this often
    linger_ms: int = 5  #: gathers records of many calls into one request
    connect_timeout_ms: int = 30_000
    delivery_timeout_ms: int = 30_000  #: after this a record is sent again by a new producer

    def connection(self) -> dict[str, Any]:
        """Return the client settings that consumers, producers and admin clients share."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
            "bootstrap_timeout_ms": self.connect_timeout_ms,
            # the client's own 30 s would leave a worker deaf long after the broker is back
            "reconnect_backoff_max_ms": 1_000,
        }
        if self.ca_file is not None:
            settings["ssl_cafile"] = str(self.ca_file)
        if self.sasl_mechanism:
            settings |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return settings

    def consumer(self, group: str) -> dict[str, Any]:
        """Return the client settings of a member of ``group``."""
        return self.connection() | {
            "group_id": group,
            "enable_auto_commit": False,
            # after a broker that lost everything there is no commit: nothing new may be skipped
            "auto_offset_reset": "earliest",
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": max(1, self.session_timeout_ms // 4),
            "max_poll_interval_ms": self.max_poll_interval_ms,
            # All that was fetched at once, never a part of it: the client (3.0.12) parks the rest
            # of a part when its partition is paused, and often never takes it up again.
            "max_poll_records": 1_000_000,
            "fetch_max_bytes": FETCH_BYTES,
            "max_partition_fetch_bytes": FETCH_BYTES,
            "fetch_max_wait_ms": self.fetch_wait_ms,
            "allow_auto_create_topics": False,
            # A leader that has not seen a new topic yet gives its partitions to nobody, until it
            # looks again; the client's own five minutes would leave a worker idle for as long.
            "metadata_max_age_ms": 5_000,
        }

    def producer(self) -> dict[str, Any]:
        """Return the client settings of a producer: idempotent, acknowledged by all replicas."""
        return self.connection() | {
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": self.linger_ms,
            "batch_size": 128 * 1024,  # measured: 50 calls' records of 5 ms in one request
            "max_request_size": LARGEST_REQUEST,
            "max_block_ms": self.connect_timeout_ms,
            "request_timeout_ms": max(1_000, self.delivery_timeout_ms // 3),
            "delivery_timeout_ms": self.delivery_timeout_ms,
            "allow_auto_create_topics": False,
        }


def quiet_client() -> None:
    """
    Lower the client's loggers.

    At DEBUG the client logs keys and values, which are PHI; and it reports each failed reconnect
    as an error, several times a second.
    """
    logging.getLogger("kafka").setLevel(logging.WARNING)
    for noisy in ("kafka.net", "kafka.cluster"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
