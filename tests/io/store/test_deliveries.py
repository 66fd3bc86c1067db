"""The webhook's outbox: each thing once, tried again for longer and longer, then given up."""

from __future__ import annotations

from sqlalchemy import Connection

from qm.io.database import Database
from qm.io.store import deliveries
from qm.io.store.deliveries import WAITS_MS, DeliveryCounts, Telling, delivery_id
from tests.io.store.samples import NOW, alert, saved

ID = delivery_id("al1", "raised")


def told(conn: Connection) -> bool:
    body = {"event": "raised", "rule": "supervisor-asked"}
    telling = Telling(delivery_id=ID, call_id="c1", alert_id="al1", event="raised", body=body)
    return deliveries.tell(conn, telling, NOW)


def test_the_same_thing_is_told_once_under_the_same_id(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert())
        assert told(conn)
        assert not told(conn)
        (one,) = deliveries.due(conn, NOW)
        assert deliveries.told_since(conn, NOW) == {ID}
    assert ID in one.body
    assert len({ID, delivery_id("al2", "raised"), delivery_id("al1", "handed_on", 1)}) == 3


def test_a_failure_is_tried_again_later_and_later_and_then_no_more(database: Database) -> None:
    now = NOW
    with database.write() as conn:
        saved(conn, alert())
        told(conn)
        for wait in WAITS_MS:
            (one,) = deliveries.due(conn, now)
            deliveries.note(conn, one, "timeout", now)
            assert deliveries.due(conn, now + wait - 1) == ()
            now += wait
        (one,) = deliveries.due(conn, now)
        deliveries.note(conn, one, "status_503", now)
        assert deliveries.due(conn, now + 10**9) == ()
        assert deliveries.count(conn, NOW) == DeliveryCounts(
            waiting=0, sent=0, given_up=1, last_failure="status_503"
        )


def test_what_was_taken_is_not_sent_again(database: Database) -> None:
    with database.write() as conn:
        saved(conn, alert())
        told(conn)
        (one,) = deliveries.due(conn, NOW)
        deliveries.note(conn, one, "", NOW)
        assert deliveries.due(conn, NOW + 10**9) == ()
        assert deliveries.count(conn, NOW).sent == 1
