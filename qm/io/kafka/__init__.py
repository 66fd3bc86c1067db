"""Reading and writing Kafka: what the measured facts about client and brokers ask for, once."""

from qm.io.kafka.admin import broker_identity, check_connection, ensure_topics, unread
from qm.io.kafka.options import KafkaOptions
from qm.io.kafka.rights import Right, give, least_rights
from qm.io.kafka.sink import RecordRefused, Sink
from qm.io.kafka.source import Listener, Place, Received, Source

__all__ = [
    "KafkaOptions",
    "Listener",
    "Place",
    "Received",
    "RecordRefused",
    "Right",
    "Sink",
    "Source",
    "broker_identity",
    "check_connection",
    "ensure_topics",
    "give",
    "least_rights",
    "unread",
]
