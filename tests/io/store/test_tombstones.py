"""Late records of what was erased make nothing again."""

from __future__ import annotations

import pytest

from qm.io.database import Database
from qm.io.store import calls, events
from qm.io.store.erasing import erase_call
from qm.io.store.keys import Erased, call_key
from qm.io.store.tombstones import buried, bury, forget_before, is_erased
from qm.io.vault import Vault
from qm.types import ContactEvent
from tests.io.store.samples import NOW, STARTED, meta, saved, scope, turn

VAULT = Vault(current="k1", keys={"k1": bytes(32)})


def test_a_step_that_was_on_its_way_changes_nothing(database: Database) -> None:
    with database.write() as conn:
        saved(conn, turn(0), call=meta("c1", contact_id="k1"))
        erase_call(conn, "c1", NOW)
        saved(conn, turn(1), call=meta("c1", contact_id="k1"))
        assert is_erased(conn, "c1")
        assert calls.call_row(conn, scope(), "c1") is None
        with pytest.raises(Erased):
            call_key(conn, VAULT, "c1", NOW)


def test_late_events_of_the_call_and_of_its_contact_are_dropped(database: Database) -> None:
    late = [
        ContactEvent(event_id="e1", contact_id="k1", at=STARTED, kind="hold", call_id="c1"),
        ContactEvent(event_id="e2", contact_id="k1", at=STARTED, kind="survey", score=5),
        ContactEvent(event_id="e3", contact_id="k2", at=STARTED, kind="survey", score=5),
    ]
    with database.write() as conn:
        saved(conn, turn(0), call=meta("c1", contact_id="k1"))
        erase_call(conn, "c1", NOW)
        assert events.insert(conn, late, NOW) == 1


def test_a_contact_with_another_call_lives_on(database: Database) -> None:
    with database.write() as conn:
        saved(conn, turn(0), call=meta("c1", contact_id="k1"))
        saved(conn, turn(0, "c2"), call=meta("c2", contact_id="k1"))
        erase_call(conn, "c1", NOW)
        assert buried(conn, "contact", ["k1"]) == frozenset()
        assert buried(conn, "call", ["c1", "c2"]) == {"c1"}


def test_they_are_dropped_when_no_topic_can_bring_the_records_any_more(
    database: Database,
) -> None:
    with database.write() as conn:
        bury(conn, "call", ["c1"], NOW)
        assert forget_before(conn, NOW) == 0
        assert forget_before(conn, NOW + 1) == 1
