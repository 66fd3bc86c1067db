"""Alerts as cards: why, what to do, who has it, how long it has waited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from qm.io.store import calls, users
from qm.io.store.alerts import AlertRow
from qm.io.store.scopes import Scope
from qm.types import Evidence, RedactedTurn, Severity
from qm.web.deps import RuleText, WebDeps
from qm.web.messages import Catalogue
from qm.web.said import Piece, quote

TONES = {Severity.URGENT: "act", Severity.WARN: "look", Severity.INFO: "info"}
OUTCOMES = ("stepped_in", "helped", "not_needed", "calling_back")
REASONS = ("acted", "nothing_to_do", "heard_wrong", "rule_wrong", "too_late")
USEFUL = frozenset({"acted", "nothing_to_do"})
"""Reasons that say that the alert was true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A place in the call that the alert rests on."""

    role: str
    start_ms: int
    pieces: tuple[Piece, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One alert with everything its card says."""

    row: AlertRow
    rule: RuleText
    tone: str  #: act, look, info
    proofs: tuple[Proof, ...]
    owner: str  #: name of who has it; "" for nobody
    closer: str  #: name of who closed it; "" where the awaited step was heard

    @property
    def alert_id(self) -> str:
        return self.row.alert.alert_id

    @property
    def path(self) -> str:
        """Where it shows in its call: from the first proof, else from its own moment."""
        at = self.proofs[0].start_ms if self.proofs else self.row.alert.at_ms
        return f"/calls/{self.row.alert.call_id}#m-{at}"


def names_of_users(conn: Connection) -> Mapping[str, str]:
    """Return user id -> the name that others see."""
    return {user.user_id: user.shown_as for user in users.list_users(conn)}


def cards(
    conn: Connection, deps: WebDeps, scope: Scope, rows: Sequence[AlertRow], words: Catalogue
) -> tuple[Card, ...]:
    """Return the cards of alerts that ``scope`` was found to see, in their order."""
    names = names_of_users(conn)
    said = {
        call_id: calls.turns(conn, scope, call_id)
        for call_id in {row.alert.call_id for row in rows if row.alert.evidence}
    }
    return tuple(_card(row, deps, names, said.get(row.alert.call_id, ()), words) for row in rows)


def by_need(rows: Iterable[AlertRow]) -> list[AlertRow]:
    """Return alerts with the most urgent first, and of those the one that has waited longest."""
    order = {Severity.URGENT: 0, Severity.WARN: 1, Severity.INFO: 2}
    return sorted(rows, key=lambda row: (order[row.alert.severity], row.raised_at))


def shown_to(rows: Iterable[AlertRow], deps: WebDeps, roles: frozenset[str]) -> list[AlertRow]:
    """
    Leave out what is not for these roles.

    Findings for compliance go to compliance alone, and nothing that watches an agent, or that asks
    for help for one, shows on the agent's own page.
    """
    if not roles - {"agent"}:
        return []
    return [
        row for row in rows if not deps.rule(row.alert.rule).confidential or "compliance" in roles
    ]


def _card(
    row: AlertRow,
    deps: WebDeps,
    names: Mapping[str, str],
    turns: Sequence[RedactedTurn],
    words: Catalogue,
) -> Card:
    return Card(
        row=row,
        rule=deps.rule(row.alert.rule),
        tone=TONES[row.alert.severity],
        proofs=tuple(_proof(one, turns, words) for one in row.alert.evidence),
        owner=names.get(row.claimed_by, ""),
        closer=names.get(row.closed_by, ""),
    )


def _proof(evidence: Evidence, turns: Sequence[RedactedTurn], words: Catalogue) -> Proof:
    """Find the words by speaker and time: turn numbers change with a second recognition."""
    near = [
        turn
        for turn in turns
        if turn.role is evidence.role
        and turn.start_ms < evidence.end_ms
        and turn.end_ms > evidence.start_ms
    ]
    return Proof(
        role=evidence.role.value,
        start_ms=evidence.start_ms,
        pieces=quote(near, evidence.start_ms, evidence.end_ms, words),
    )
