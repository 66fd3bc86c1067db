"""What a site says of its queues; a queue that nobody described is an ordinary one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from qm.io import tables as t
from qm.io.store import restricted
from qm.io.store.documents import decode, encode
from qm.io.store.upsert import upsert

Setting = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue and how its calls are treated."""

    queue: str
    title: str = ""
    clinical: bool = False  #: nurses answer: other rules and another form
    settings: Mapping[str, Setting] = field(default_factory=dict)  #: presets that differ here


def save_queue(conn: Connection, queue: Queue, now: int = 0) -> None:
    """
    Describe a queue, in place of what was said before.

    Where that restricts its calls, or does no longer, those that are stored follow at once.

    Args:
        conn: within a write.
        queue: the queue as it is to be.
        now: UTC ms, for the pages that are told of calls that changed.
    """
    row = {"queue": queue.queue, "title": queue.title, "clinical": queue.clinical}
    upsert(conn, t.queues, row | {"settings": encode(dict(queue.settings))})
    restricted.remark(conn, t.calls.c.queue == queue.queue, now)


def list_queues(conn: Connection) -> tuple[Queue, ...]:
    """Return the queues that are described, by name."""
    return tuple(
        Queue(
            queue=row.queue,
            title=row.title,
            clinical=row.clinical,
            settings=decode(row.settings, dict[str, Setting]),
        )
        for row in conn.execute(select(t.queues).order_by(t.queues.c.queue))
    )
