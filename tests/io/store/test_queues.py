"""Queues come back as they were last described."""

from __future__ import annotations

from qm.io.database import Database
from qm.io.store.queues import Queue, list_queues, save_queue


def test_a_queue_is_described_and_described_again(database: Database) -> None:
    nurse = Queue(queue="nurse", clinical=True, settings={"hold_s": 300, "note": "x", "on": True})
    with database.write() as conn:
        save_queue(conn, Queue(queue="nurse", title="Nurse line"))
        save_queue(conn, Queue(queue="billing", title="Billing"))
        save_queue(conn, nurse)
        assert list_queues(conn) == (Queue(queue="billing", title="Billing"), nurse)
