"""Which alert rules are on.  A rule that nobody has turned on is silent: counted, not shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from qm.io import tables as t
from qm.io.store.upsert import insert_new, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """Whether a rule is on, and who said so."""

    rule: str
    on: bool
    changed_by: str  #: user id; "" for the site's settings
    changed_at: int  #: UTC ms


def rule_states(conn: Connection) -> Mapping[str, RuleState]:
    """Return the state of each rule that somebody has decided on; the others are silent."""
    return {
        row.rule: RuleState(
            rule=row.rule, on=row.is_on, changed_by=row.changed_by, changed_at=row.changed_at
        )
        for row in conn.execute(select(t.rule_states))
    }


def rules_on(conn: Connection) -> frozenset[str]:
    """Return the rules whose alerts are shown."""
    query = select(t.rule_states.c.rule).where(t.rule_states.c.is_on.is_(True))
    return frozenset(conn.execute(query).scalars())


def set_rule(conn: Connection, rule: str, on: bool, user_id: str, now: int) -> None:
    """Turn a rule on, or make it silent; alerts raised before stay as they were raised."""
    row = {"rule": rule, "is_on": on, "changed_by": user_id, "changed_at": now}
    upsert(conn, t.rule_states, row)


def begin_with(conn: Connection, rules: Iterable[str], now: int) -> None:
    """Turn on what the settings say is on from the start; what a person decided stays."""
    rows = [{"rule": r, "is_on": True, "changed_by": "", "changed_at": now} for r in rules]
    insert_new(conn, t.rule_states, rows)
