"""Which roles, in which teams (how it filters lists is in ``test_calls.py``)."""

from __future__ import annotations

import pytest

from qm.io.store.scopes import READS_CONTENT, ROLES, WHOLE_SITE, Grant, Scope, UserRole
from tests.io.store.samples import scope

BOTH = scope(("reviewer", "A"), ("supervisor", "B"), ("admin", "*"))
MAY: list[tuple[UserRole, str | None, bool]] = [
    ("reviewer", None, True),
    ("reviewer", "A", True),
    ("reviewer", "B", False),
    ("supervisor", "B", True),
    ("coach", None, False),
    ("admin", "A", True),
    ("admin", None, True),
]


@pytest.mark.parametrize(("role", "team", "may"), MAY)
def test_a_role_is_granted_in_its_teams_only(role: UserRole, team: str | None, may: bool) -> None:
    assert BOTH.may(role, team) == may


def test_teams_are_those_of_roles_that_work_with_content() -> None:
    assert BOTH.teams == {"A", "B"}
    assert BOTH.roles == {"reviewer", "supervisor", "admin"}
    assert set(ROLES) - {"agent", "admin"} == READS_CONTENT


def test_calls_without_a_team_show_to_those_of_all_teams_only() -> None:
    assert not BOTH.sees("", "a1")
    assert scope(("coach", "*")).sees("", "")
    assert not scope(("coach", "")).sees("", "")


def test_an_agent_sees_own_calls_whatever_the_team() -> None:
    agent = Scope(user_id="u", grants=frozenset({Grant(role="agent", team="A")}), agent_id="a1")
    assert agent.sees("B", "a1")
    assert not agent.sees("A", "a2")
    assert not agent.sees("A", "")


def test_the_services_own_jobs_see_every_call() -> None:
    assert WHOLE_SITE.sees("", "")
