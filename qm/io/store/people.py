"""The roster: who works in which team, and when.  Calls keep the team that their agent had then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, update

from qm.io import tables as t
from qm.io.store.events import mark_changed
from qm.io.store.scopes import ALL_TEAMS, Scope
from qm.io.store.upsert import insert_new, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One agent in one team for one stretch of time."""

    agent_id: str
    name: str
    team: str
    supervisor: str = ""
    site: str = ""
    hired_on: str = ""  #: ISO date
    languages: tuple[str, ...] = ()
    from_at: int = 0  #: UTC ms
    to_at: int | None = None  #: None while it lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody on the roster, with the team they are in."""

    agent_id: str
    name: str
    team: str  #: "" where in none
    hired_on: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team."""

    team: str
    site: str
    supervisor: str


def import_roster(conn: Connection, rows: Sequence[RosterRow]) -> int:
    """
    Replace the memberships of every agent that ``rows`` names; others stay as they are.

    Calls of those agents that are stored already get the team that the new roster gives them at
    their time.

    Returns:
        How many agents were written.
    """
    agents = {row.agent_id: row for row in rows}
    for row in agents.values():
        values = {"agent_id": row.agent_id, "name": row.name, "hired_on": row.hired_on}
        upsert(conn, t.agents, values | {"languages": " ".join(row.languages)})
        conn.execute(delete(t.team_members).where(t.team_members.c.agent_id == row.agent_id))
    for row in rows:
        upsert(conn, t.teams, {"team": row.team, "site": row.site, "supervisor": row.supervisor})
        member = {"agent_id": row.agent_id, "from_at": row.from_at, "to_at": row.to_at}
        insert_new(conn, t.team_members, [member | {"team": row.team}])
    for agent_id in agents:
        _settle_teams(conn, agent_id)
        handled = select(t.legs.c.contact_id).where(t.legs.c.agent_id == agent_id).distinct()
        mark_changed(conn, conn.execute(handled).scalars().all(), 0)
    return len(agents)


def team_at(conn: Connection, agent_id: str, at: int) -> str:
    """Return the team of an agent at an instant (UTC ms); ``""`` where unknown."""
    c = t.team_members.c
    query = (
        select(c.team)
        .where(c.agent_id == agent_id, c.from_at <= at, or_(c.to_at.is_(None), c.to_at > at))
        .order_by(c.from_at.desc())
        .limit(1)
    )
    return conn.execute(query).scalar_one_or_none() or ""


def list_agents(conn: Connection, scope: Scope, at: int) -> tuple[Agent, ...]:
    """Return the agents whose calls ``scope`` may see, by name, with their team at ``at``."""
    rows = conn.execute(select(t.agents).order_by(t.agents.c.name, t.agents.c.agent_id)).all()
    agents = (
        Agent(
            agent_id=row.agent_id,
            name=row.name,
            team=team_at(conn, row.agent_id, at),
            hired_on=row.hired_on,
            languages=tuple(row.languages.split()),
        )
        for row in rows
    )
    return tuple(agent for agent in agents if scope.sees(agent.team, agent.agent_id))


def list_teams(conn: Connection, scope: Scope) -> tuple[Team, ...]:
    """Return the teams whose calls ``scope`` may see, by name."""
    rows = conn.execute(select(t.teams).order_by(t.teams.c.team)).all()
    teams = (Team(team=row.team, site=row.site, supervisor=row.supervisor) for row in rows)
    return tuple(x for x in teams if ALL_TEAMS in scope.teams or x.team in scope.teams)


def staff_names(conn: Connection) -> frozenset[str]:
    """Return the names on the roster: those that notes may keep."""
    return frozenset(conn.execute(select(t.agents.c.name)).scalars())


def _settle_teams(conn: Connection, agent_id: str) -> None:
    c = t.calls.c
    query = select(c.call_id, c.team, c.started_at).where(c.agent_id == agent_id)
    for call in conn.execute(query).all():
        team = team_at(conn, agent_id, call.started_at)
        if team != call.team:
            conn.execute(update(t.calls).where(c.call_id == call.call_id).values(team=team))
