"""Who is asked about an alert now: the recipients of its rule, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qm.io.store.alerts import AlertRow
from qm.io.store.scopes import ALL_TEAMS, Grant
from qm.io.store.users import User
from qm.stages.handing import EVERYBODY, recipients
from qm.web.deps import RuleText

SUPERVISOR = "supervisor"
"""The recipient that needs no group: the supervisors of the call's team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is asked about an alert, and who will be if nobody claims it."""

    who: str  #: the recipient as its rule names it
    users: frozenset[str] | None  #: ids of all asked so far; None: everybody who sees it
    next_who: str = ""  #: "" where nobody is left to ask
    next_ms: int = 0  #: after the alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who there is to ask."""

    users: tuple[User, ...]
    groups: Mapping[str, frozenset[str]]

    def members(self, recipient: str, team: str) -> frozenset[str] | None:
        """Return the ids of a recipient's people; None: there are none by name, so everybody."""
        if recipient == EVERYBODY:
            return None
        if recipient in self.groups:
            return self.groups[recipient]
        if recipient != SUPERVISOR:
            return None  # a group that nobody is in: better all than nobody
        own = self._supervising(team) if team else frozenset()
        return own or self._supervising(ALL_TEAMS) or None

    def _supervising(self, team: str) -> frozenset[str]:
        grant = Grant(role="supervisor", team=team)
        return frozenset(u.user_id for u in self.users if grant in u.grants and not u.disabled)


def asked_about(row: AlertRow, rule: RuleText, staff: Staff) -> Asked:
    """Return who is asked about an alert as it stands; those asked before still are."""
    named = recipients(rule.to, rule.unclaimed_s)
    step = min(row.asked, len(named) - 1)
    more = step + 1 < len(named)
    return Asked(
        who=named[step],
        users=_union(staff.members(one, row.team) for one in named[: step + 1]),
        next_who=named[step + 1] if more else "",
        next_ms=rule.unclaimed_s[step] * 1000 if more else 0,
    )


def _union(members: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found: set[str] = set()
    for one in members:
        if one is None:
            return None
        found |= one
    return frozenset(found)
