"""A rule is silent until somebody turns it on, and what a person decided holds."""

from __future__ import annotations

from qm.io.database import Database
from qm.io.store.rules import RuleState, begin_with, rule_states, rules_on, set_rule
from tests.io.store.samples import NOW


def test_rules_are_silent_until_turned_on_and_again_when_turned_off(database: Database) -> None:
    with database.write() as conn:
        assert rules_on(conn) == frozenset()
        set_rule(conn, "left-waiting", True, "ann", NOW)
        assert rules_on(conn) == {"left-waiting"}
        set_rule(conn, "left-waiting", False, "bob", NOW + 1)
        assert rules_on(conn) == frozenset()
        state = rule_states(conn)["left-waiting"]
    assert state == RuleState(rule="left-waiting", on=False, changed_by="bob", changed_at=NOW + 1)


def test_settings_turn_rules_on_but_do_not_overrule_a_person(database: Database) -> None:
    with database.write() as conn:
        set_rule(conn, "left-waiting", False, "ann", NOW)
        begin_with(conn, ["left-waiting", "supervisor-asked"], NOW)
        begin_with(conn, ["supervisor-asked"], NOW + 5)
        assert rules_on(conn) == {"supervisor-asked"}
        assert rule_states(conn)["supervisor-asked"].changed_at == NOW
