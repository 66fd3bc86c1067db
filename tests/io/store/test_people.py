"""People change teams; calls stay with the team of their time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qm.io.database import Database
from qm.io.store import calls
from qm.io.store.people import Agent, RosterRow, import_roster, list_agents, staff_names, team_at
from tests.io.store.samples import NOW, STARTED, meta, saved, scope

ALL = scope()
MOVED = (
    RosterRow(agent_id="a1", name="Ann Lee", team="A", from_at=1_000, to_at=2_000),
    RosterRow(
        agent_id="a1", name="Ann Lee", team="B", from_at=2_000, hired_on="2020-01-31",
        languages=("en", "es"),
    ),
)  # fmt: skip

TEAMS = {
    "before the first day": ("a1", 999, ""),
    "the first instant": ("a1", 1_000, "A"),
    "the last instant": ("a1", 1_999, "A"),
    "the day of the move": ("a1", 2_000, "B"),
    "today": ("a1", NOW, "B"),
    "somebody else": ("a9", NOW, ""),
    "nobody": ("", NOW, ""),
}


@pytest.mark.parametrize(("agent_id", "at", "team"), TEAMS.values(), ids=TEAMS.keys())
def test_the_team_at(sqlite_database: Database, agent_id: str, at: int, team: str) -> None:
    with sqlite_database.write() as conn:
        import_roster(conn, MOVED)
        assert team_at(conn, agent_id, at) == team


def test_an_agent_is_listed_with_the_team_of_today(database: Database) -> None:
    with database.write() as conn:
        assert import_roster(conn, MOVED) == 1
        assert list_agents(conn, ALL, NOW) == (
            Agent(
                agent_id="a1", name="Ann Lee", team="B", hired_on="2020-01-31",
                languages=("en", "es"),
            ),
        )  # fmt: skip
        assert staff_names(conn) == {"Ann Lee"}


def test_an_import_replaces_its_agents_and_leaves_the_others(database: Database) -> None:
    with database.write() as conn:
        import_roster(conn, [*MOVED, RosterRow(agent_id="a2", name="Bo", team="A")])
        import_roster(conn, [RosterRow(agent_id="a1", name="Ann Lee", team="C")])
        assert [team_at(conn, a, 1_500) for a in ("a1", "a2")] == ["C", "A"]


def test_a_roster_that_comes_late_puts_stored_calls_right(database: Database) -> None:
    moved_at = NOW + 1_000
    with database.write() as conn:
        saved(conn, call=meta("c1"))
        saved(conn, call=meta("c2", started_at=STARTED + timedelta(days=1)))
        rows = [
            RosterRow(agent_id="a1", name="Ann", team="A", to_at=moved_at),
            RosterRow(agent_id="a1", name="Ann", team="B", from_at=moved_at),
        ]
        import_roster(conn, rows)
        found = [calls.call_row(conn, ALL, call_id) for call_id in ("c1", "c2")]
    assert [row.team for row in found if row] == ["A", "B"]
