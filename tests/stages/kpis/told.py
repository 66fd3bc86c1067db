"""Contact events for tests, told in short: seconds after nine in the morning, and a kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from qm.types import ContactEvent, EventKind

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NINE_MS = int(NINE.timestamp() * 1000)


def at(seconds: float, kind: EventKind, agent: str = "", **more: Any) -> ContactEvent:
    """Return an event of contact k1; its id says when and what, unless told otherwise."""
    given = {"event_id": f"{seconds}-{kind}-{agent}", "contact_id": "k1"} | more
    return ContactEvent(at=NINE + timedelta(seconds=seconds), kind=kind, agent=agent, **given)


QUEUED = (at(0, "offered", queue="billing"), at(5, "queued", queue="billing"))
PLAIN = (*QUEUED, at(20, "answered", "a1"), at(140, "ended"), at(170, "wrapup_done", "a1"))
TRANSFER = (
    *QUEUED,
    at(20, "answered", "a1"),
    at(80, "transferred", "a1", target="clinical"),
    at(81, "queued", queue="nurse"),
    at(110, "answered", "a2"),
    at(400, "ended"),
    at(460, "wrapup_done", "a2"),
)
