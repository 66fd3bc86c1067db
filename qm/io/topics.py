"""The topics that the service reads and writes: names, and what ``streams/topics.toml`` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from qm.errors import ConfigError

AUDIO = "qm.audio.v1"
EVENTS = "qm.events.v1"
MESSAGES = "qm.messages.v1"
TURNS = "qm.turns.v1"
SCORES = "qm.scores.v1"
ALERTS = "qm.alerts.v1"
SCORECARDS = "qm.scorecards.v1"
DEAD = "qm.dead.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as ``topics.toml`` describes it."""

    name: str
    key: str
    phi: Literal["yes", "residual", "no"]
    partitions: int
    retention_hours: int
    largest_bytes: int  #: of a record's value
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    records: tuple[str, ...]  #: schemas of the records it carries


def load_topics(path: Path) -> tuple[Topic, ...]:
    """
    Read ``topics.toml``.

    Raises:
        ConfigError: the file is missing or not as it must be; names the file, field and position.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        defaults = table.get("defaults", {})
        described = [defaults | topic for topic in table["topics"]]
        topics = msgspec.convert(described, tuple[Topic, ...])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as wrong:
        raise ConfigError(f"{path.name} cannot be read: {type(wrong).__name__}") from None
    except msgspec.ValidationError as wrong:
        raise ConfigError(f"{path.name}: {wrong}") from None
    if len({topic.name for topic in topics}) != len(topics):
        raise ConfigError(f"{path.name}: a topic is named twice")
    return topics
