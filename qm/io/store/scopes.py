"""
Which calls a user may look at.

Content shows through the roles that work with it, in the teams they are granted for; an agent sees
their own calls.  An administrator as such sees none.  A restricted call (an employee's own, a
behavioral health line) shows to the members of its group alone, whatever their role; others may at
most be told that it is there, without its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import ColumnElement, and_, false, or_, true

from qm.io import tables as t

UserRole = Literal["agent", "reviewer", "supervisor", "coach", "compliance", "admin"]
ROLES: tuple[UserRole, ...] = get_args(UserRole)
READS_CONTENT = frozenset({"reviewer", "supervisor", "coach", "compliance"})
ALL_TEAMS = "*"
ALL_GROUPS = "*"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Grant:
    """A role in a team, or in all (``"*"``)."""

    role: UserRole
    team: str = ALL_TEAMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who asks, and what they were granted."""

    user_id: str
    grants: frozenset[Grant]
    agent_id: str = ""  #: of the roster, where the user is an agent
    groups: frozenset[str] = frozenset()  #: whose restricted calls they may see

    @property
    def roles(self) -> frozenset[str]:
        """All roles, in whatever team."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def teams(self) -> frozenset[str]:
        """Teams whose calls may be looked at; ``"*"`` among them means all."""
        return frozenset(g.team for g in self.grants if g.role in READS_CONTENT and g.team)

    def may(self, role: UserRole, team: str | None = None) -> bool:
        """Return whether ``role`` was granted: in ``team``, or anywhere when that is None."""
        teams = {grant.team for grant in self.grants if grant.role == role}
        return bool(teams) if team is None else bool({team, ALL_TEAMS} & teams)

    def sees(self, team: str, agent_id: str) -> bool:
        """Return whether a call of this team and agent may be looked at, if it is unrestricted."""
        return (
            ALL_TEAMS in self.teams
            or team in self.teams
            or ("agent" in self.roles and bool(agent_id) and agent_id == self.agent_id)
        )

    def in_group(self, access_group: str) -> bool:
        """Return whether calls of this group ("": unrestricted) may be seen with their words."""
        return not access_group or bool({access_group, ALL_GROUPS} & self.groups)


WHOLE_SITE = Scope(
    user_id="", grants=frozenset({Grant(role="compliance")}), groups=frozenset({ALL_GROUPS})
)
"""What the service's own jobs see.  Never give it to a request."""


def visible(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on ``calls`` for those that may be shown with all they hold."""
    return and_(listed(scope), _open_to(scope))


def listed(scope: Scope) -> ColumnElement[bool]:
    """
    Return the condition on ``calls`` that says what :meth:`Scope.sees` says.

    Restricted calls are among them: show no more of one than that it is there.
    """
    if ALL_TEAMS in scope.teams:
        return true()
    conditions: list[ColumnElement[bool]] = []
    if scope.teams:
        conditions.append(t.calls.c.team.in_(sorted(scope.teams)))
    if "agent" in scope.roles and scope.agent_id:
        conditions.append(t.calls.c.agent_id == scope.agent_id)
    return or_(false(), *conditions)


def _open_to(scope: Scope) -> ColumnElement[bool]:
    if ALL_GROUPS in scope.groups:
        return true()
    return t.calls.c.access_group.in_(["", *sorted(scope.groups)])
