"""What compliance decided about possible disclosures: a machine finding is not yet one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from qm.io import tables as t
from qm.io.store import alerts, holds
from qm.io.store.alerts import Change
from qm.io.store.scopes import Scope
from qm.io.store.upsert import in_chunks, upsert

FindingOutcome = Literal["not_a_disclosure", "permitted", "incident"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome of one finding."""

    alert_id: str
    outcome: str
    incident: str  #: number of the incident; "" for none
    decided_by: str  #: user id
    decided_at: int  #: UTC ms


def decide(
    conn: Connection, scope: Scope, alert_id: str, outcome: FindingOutcome, incident: str, now: int
) -> Change:
    """
    Close a finding with what it was; an incident holds its call until the matter is over.

    Args:
        conn: within a write.
        scope: of the compliance officer.
        alert_id: the finding.
        outcome: what it was.
        incident: its number, needed for an incident.
        now: UTC ms.
    """
    if outcome == "incident" and not incident:
        return Change(result="needs_outcome", alert=alerts.find_alert(conn, scope, alert_id))
    change = alerts.close(conn, scope, alert_id, outcome, now)
    if change.result == "done" and change.alert is not None:
        call_id = str(change.alert.alert.call_id)
        row = {"alert_id": alert_id, "call_id": call_id, "outcome": outcome, "incident": incident}
        upsert(conn, t.decisions, row | {"decided_by": scope.user_id, "decided_at": now})
        if outcome == "incident":
            holds.place(conn, "call", call_id, incident, scope.user_id, now)
    return change


def decisions_on(conn: Connection, alert_ids: Collection[str]) -> Mapping[str, Decision]:
    """Return the decisions on these findings, by finding."""
    d, found = t.decisions.c, {}
    for chunk in in_chunks(sorted(alert_ids)):
        query = select(t.decisions).where(d.alert_id.in_(chunk))
        for row in conn.execute(query).mappings():
            names = Decision.__dataclass_fields__
            found[row["alert_id"]] = Decision(**{name: row[name] for name in names})
    return found
