"""What is on hold is kept, and is named by the number of its matter."""

from __future__ import annotations

from qm.io.database import Database
from qm.io.store.holds import holding, lift, list_holds, place
from tests.io.store.samples import NOW


def test_a_call_is_held_by_itself_by_its_customer_or_by_its_queue(database: Database) -> None:
    with database.write() as conn:
        place(conn, "call", "c1", "M-1", "u1", NOW)
        place(conn, "customer", "r1", "M-2", "u1", NOW)
        place(conn, "queue", "Billing", "M-3", "u1", NOW)
        held = holding(conn)
    assert held.of("c1", "", "New") == "M-1"
    assert held.of("c2", "r1", "New") == "M-2"
    assert held.of("c2", "r2", "Billing") == "M-3"
    assert held.of("c2", "r2", "New") == ""
    assert held.of("c2", "", "") == ""


def test_a_lifted_hold_stays_on_the_list_and_holds_no_more(database: Database) -> None:
    with database.write() as conn:
        hold_id = place(conn, "customer", "r1", "M-2", "u1", NOW)
        assert lift(conn, hold_id, "u2", NOW + 1)
        assert not lift(conn, hold_id, "u2", NOW + 2)
        (hold,) = list_holds(conn)
        assert (hold.lifted_by, hold.lifted_at) == ("u2", NOW + 1)
        assert hold.object_id != "r1", "the reference itself is not kept"
        assert holding(conn).of("c1", "r1", "") == ""
