"""Alerts as cards: why, what to do, who has it, how long it has waited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from qm.io.store import calls, groups, users
from qm.io.store.alerts import AlertRow
from qm.io.store.scopes import Scope
from qm.types import Evidence, RedactedTurn, Severity
from qm.web.asked import Asked, Staff, asked_about
from qm.web.deps import RuleText, WebDeps
from qm.web.messages import Catalogue
from qm.web.said import Piece, quote

TONES = {Severity.URGENT: "act", Severity.WARN: "look", Severity.INFO: "info"}
OUTCOMES = ("stepped_in", "helped", "not_needed", "calling_back")
REASONS = ("acted", "nothing_to_do", "heard_wrong", "rule_wrong", "too_late")
USEFUL = frozenset({"acted", "nothing_to_do"})
"""Reasons that say that the alert was true."""
LATE_MS = 10_000
"""From the sound to the alert: later than this, somebody who comes running should know."""


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
    asked: Asked
    restricted: bool = False  #: the reader is not in the group that sees the call

    @property
    def late_ms(self) -> int:
        """How late the alert came; 0 where it came in time."""
        late_ms = self.row.late_ms or 0
        return late_ms if late_ms > LATE_MS else 0

    @property
    def asked_users(self) -> str:
        """Ids of the users who are asked, joined by a blank; "*" for everybody."""
        users = self.asked.users
        return "*" if users is None else " ".join(sorted(users))

    @property
    def alert_id(self) -> str:
        return self.row.alert.alert_id

    @property
    def path(self) -> str:
        """Where it shows in its call: from the first proof, else from its own moment."""
        at = self.proofs[0].start_ms if self.proofs else self.row.alert.at_ms
        return f"/calls/{self.row.alert.call_id}#m-{at}"


def staff_of(conn: Connection) -> Staff:
    """Return who there is to ask."""
    return Staff(users=users.list_users(conn), groups=groups.list_groups(conn))


def names_of_users(conn: Connection) -> Mapping[str, str]:
    """Return user id -> the name that others see."""
    return {user.user_id: user.shown_as for user in users.list_users(conn)}


def cards(
    conn: Connection, deps: WebDeps, scope: Scope, rows: Sequence[AlertRow], words: Catalogue
) -> tuple[Card, ...]:
    """Return the cards of alerts that ``scope`` was found to see, in their order."""
    staff = staff_of(conn)
    names = {user.user_id: user.shown_as for user in staff.users}
    said = {
        call_id: calls.turns(conn, scope, call_id)
        for call_id in {row.alert.call_id for row in rows if row.alert.evidence}
    }
    found: list[Card] = []
    for row in rows:
        rule, open_to = deps.rule(row.alert.rule), scope.in_group(row.access_group)
        turns = said.get(row.alert.call_id, ())
        evidence = row.alert.evidence if open_to else ()
        card = Card(
            row=row,
            rule=rule,
            tone=TONES[row.alert.severity],
            proofs=tuple(_proof(one, turns, words) for one in evidence),
            owner=names.get(row.claimed_by, ""),
            closer=names.get(row.closed_by, ""),
            asked=asked_about(row, rule, staff),
            restricted=not open_to,
        )
        found.append(card)
    return tuple(found)


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
    return [row for row in rows if deps.rule(row.alert.rule).is_for(roles)]


def not_for(deps: WebDeps, roles: frozenset[str]) -> frozenset[str]:
    """Return the rules whose findings are not for these roles: lists must not even count them."""
    return frozenset(rule.rule for rule in deps.rules if not rule.is_for(roles))


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
