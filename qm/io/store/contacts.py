"""
What became of contacts and what is counted in calls, worked out again where something is new.

Events that are stored note their contact in ``contact_changes``; :func:`refresh_contacts` takes the
notes and writes ``contacts`` and ``legs`` anew from all events of each.  :func:`refresh_calls` does
the same for finished calls.  Both may run in several processes at once, and as often as one likes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from qm.io import tables as t
from qm.io.store.documents import decode
from qm.io.store.events import events_of_contacts
from qm.io.store.upsert import in_chunks, upsert
from qm.stages.kpis import CallFigures, Contact, LabelledTurn, call_figures, contact_of
from qm.types import CallOutcome, Role

CHUNK = 400
"""Contacts worked out at once: a few thousand events in memory."""

SETTLING_MS = 900_000
"""Results of a call may follow its end by minutes: until then it is counted again each time."""

GOOD_SCORE = 4
"""Satisfied: 4 or 5 of 5."""

Memberships = Mapping[str, Sequence[tuple[int, int | None, str]]]


def refresh_contacts(conn: Connection, limit: int = 5_000) -> int:
    """
    Work out anew up to ``limit`` contacts that have new events, and return how many those were.

    Fewer than ``limit`` means that nothing is left.
    """
    c = t.contact_changes.c.contact_id
    waiting = conn.execute(select(c).order_by(c).limit(limit)).scalars().all()
    done = 0
    for chunk in in_chunks(waiting, CHUNK):
        # who takes a note has its contact; another process that reads it now waits, and finds none
        taken = conn.execute(delete(t.contact_changes).where(c.in_(chunk)).returning(c)).scalars()
        done += len(mine := sorted(taken))
        _write_contacts(conn, mine)
    return done


def forget_contacts(conn: Connection, contact_ids: Collection[str]) -> int:
    """Erase what is counted of contacts, after their events; return how many there were."""
    gone = 0
    for chunk in in_chunks(sorted(contact_ids)):
        conn.execute(delete(t.contact_changes).where(t.contact_changes.c.contact_id.in_(chunk)))
        gone += conn.execute(delete(t.contacts).where(t.contacts.c.contact_id.in_(chunk))).rowcount
    return gone


def refresh_calls(conn: Connection, now: int, limit: int = 2_000) -> tuple[int, int]:
    """
    Count anew finished calls that changed, and those that ended lately.

    Returns:
        How many were counted, and how many of them had changed: fewer than ``limit`` means that
        nothing is left.
    """
    c, f = t.calls.c, t.call_figures.c
    known = conn.execute(select(func.max(f.call_updated_at))).scalar_one() or 0
    closed = (
        select(c.call_id, c.updated_at, c["pass"])
        .outerjoin(t.call_figures, f.call_id == c.call_id)
        .where(c.status == "closed")
        .order_by(c.updated_at, c.call_id)
    )
    changed = conn.execute(
        closed.where(
            c.updated_at >= known - SETTLING_MS,  # those before are counted, up to late commits
            or_(f.call_id.is_(None), f.call_updated_at != c.updated_at),
        ).limit(limit)
    ).all()
    settling = conn.execute(closed.where(c.updated_at >= now - SETTLING_MS)).all()
    for row in {row.call_id: row for row in (*changed, *settling)}.values():
        figures = call_figures(_labelled_turns(conn, row.call_id, row[2]))
        values = {"call_id": row.call_id, "call_updated_at": row.updated_at}
        upsert(conn, t.call_figures, values | _figure_values(conn, row.call_id, figures))
    return len(changed) + len(settling), len(changed)


def _write_contacts(conn: Connection, contact_ids: Sequence[str]) -> None:
    by_contact: dict[str, list[Any]] = {}
    for event in events_of_contacts(conn, contact_ids):
        by_contact.setdefault(event.contact_id, []).append(event)
    found = [c for events in by_contact.values() if (c := contact_of(events)) is not None]
    teams = _memberships(conn, {leg.agent for one in found for leg in one.legs})
    conn.execute(delete(t.contacts).where(t.contacts.c.contact_id.in_(contact_ids)))
    if found:
        conn.execute(insert(t.contacts), [_contact_row(one, teams) for one in found])
    legs = [row for one in found for row in _leg_rows(one, teams)]
    if legs:
        conn.execute(insert(t.legs), legs)


def _contact_row(one: Contact, teams: Memberships) -> dict[str, Any]:
    names = (
        "contact_id", "start_at", "ended_at", "inbound", "queue", "channel", "language",
        "customer_ref", "disposition", "answered", "abandoned", "wait_ms", "transfers",
    )  # fmt: skip
    first = one.legs[0] if one.legs else None
    return {name: getattr(one, name) for name in names} | {
        "team": _team_at(teams, first.agent, first.start_at) if first else "",
        "talk_ms": sum(leg.talk_ms for leg in one.legs),
        "hold_ms": sum(leg.hold_ms for leg in one.legs),
        "wrapup_ms": sum(leg.wrapup_ms for leg in one.legs),
        "surveys": len(one.scores),
        "good_surveys": sum(score >= GOOD_SCORE for score in one.scores),
    }


def _leg_rows(one: Contact, teams: Memberships) -> Iterable[dict[str, Any]]:
    for number, leg in enumerate(one.legs):
        yield {
            "contact_id": one.contact_id,
            "leg": number,
            "agent_id": leg.agent,
            "team": _team_at(teams, leg.agent, leg.start_at),
            "start_at": leg.start_at,
            "talk_ms": leg.talk_ms,
            "hold_ms": leg.hold_ms,
            "wrapup_ms": leg.wrapup_ms,
        }


def _memberships(conn: Connection, agents: Collection[str]) -> Memberships:
    """Return the teams of some agents, the newest first."""
    c = t.team_members.c
    found: dict[str, list[tuple[int, int | None, str]]] = {}
    for chunk in in_chunks(sorted(agents)):
        query = select(c.agent_id, c.from_at, c.to_at, c.team).where(c.agent_id.in_(chunk))
        for agent_id, from_at, to_at, team in conn.execute(query.order_by(c.from_at.desc())):
            found.setdefault(agent_id, []).append((from_at, to_at, team))
    return found


def _team_at(teams: Memberships, agent: str, at: int) -> str:
    """Return what ``people.team_at`` returns, without a query each."""
    for from_at, to_at, team in teams.get(agent, ()):
        if from_at <= at and (to_at is None or to_at > at):
            return team
    return ""


def _labelled_turns(conn: Connection, call_id: str, pass_: int) -> tuple[LabelledTurn, ...]:
    u, h = t.turns.c, t.label_hits.c
    same = and_(h.call_id == u.call_id, h["pass"] == u["pass"], h.turn_index == u.turn_index)
    query = (
        select(u.turn_index, u.role, u.start_ms, u.withheld, u.on_hold, h.label)
        .outerjoin(t.label_hits, same)
        .where(u.call_id == call_id, u["pass"] == pass_)
        .order_by(u.turn_index)
    )
    rows: dict[int, Any] = {}
    labels: dict[int, set[str]] = {}
    for row in conn.execute(query):
        rows[row.turn_index] = row
        labels.setdefault(row.turn_index, set()).update({row.label} - {None})
    return tuple(
        LabelledTurn(
            role=Role(row.role),
            start_ms=row.start_ms,
            labels=frozenset(labels[index]),
            counts=not row.withheld and not row.on_hold,
        )
        for index, row in rows.items()
    )


def _figure_values(conn: Connection, call_id: str, figures: CallFigures) -> dict[str, Any]:
    query = select(t.outcomes.c.outcome).where(t.outcomes.c.call_id == call_id)
    text = conn.execute(query).scalar_one_or_none()
    effort = None if text is None else decode(text, CallOutcome).effort.value
    counted = {name: getattr(figures, name) for name in CallFigures.__dataclass_fields__}
    return counted | {"effort": None if effort is None else int(effort)}
