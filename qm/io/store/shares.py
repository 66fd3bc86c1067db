"""
Clips and playlists that an agent is to hear: who got what, what they heard, what they acknowledged.

An agent hears examples of their own work, good or not, and good examples of others where those
agreed (``consents``), but no restricted calls.  It is asked at each play, not at the sharing:
consent that is taken back takes effect at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from qm.io import tables as t
from qm.io.store.clips import Clip, clips_of, find_clip
from qm.io.store.people import list_agents
from qm.io.store.playlists import find_playlist
from qm.io.store.scopes import Scope
from qm.io.store.typed import Typed, read_typed, write_typed
from qm.io.store.upsert import insert_new
from qm.io.vault import Vault

Result = Literal["shared", "already", "needs_consent", "only_own", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShare:
    """A clip, or a playlist, for one agent."""

    agent_id: str
    clip_id: str = ""
    playlist_id: str = ""
    note: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Something that an agent is to hear."""

    share_id: str
    clip_id: str | None
    playlist_id: str | None
    agent_id: str
    agent_name: str
    title: Typed | None  #: of the playlist; None: that of the clip
    note: Typed | None
    shared_by: str  #: user_id
    shared_at: int
    acknowledged_at: int | None
    withdrawn_at: int | None
    clips: tuple[Clip, ...]  #: in order, those that this agent may hear now
    heard: frozenset[str]  #: ids of clips played to their end

    @property
    def is_heard(self) -> bool:
        """Whether all that may be heard was."""
        return bool(self.clips) and all(clip.clip_id in self.heard for clip in self.clips)


def share(conn: Connection, vault: Vault, scope: Scope, new: NewShare, now: int) -> Result:
    """Give an agent a clip or a playlist to hear; once while it is not withdrawn."""
    clip = find_clip(conn, scope, new.clip_id, now) if new.clip_id else None
    playlist = find_playlist(conn, scope, new.playlist_id, now) if new.playlist_id else None
    known_agents = {agent.agent_id for agent in list_agents(conn, scope, now)}
    if (clip is None) == (playlist is None) or new.agent_id not in known_agents:
        return "missing"
    if clip is not None and clip.agent_id != new.agent_id:
        if clip.kind != "good":
            return "only_own"
        if clip.consent != "given":
            return "needs_consent"
    s = t.shares.c
    same = (s.clip_id == new.clip_id) if clip else (s.playlist_id == new.playlist_id)
    known = select(s.share_id).where(same, s.agent_id == new.agent_id, s.withdrawn_at.is_(None))
    if conn.execute(known).first() is not None:
        return "already"
    note = new.note.strip()
    row = {
        "share_id": f"s{secrets.token_hex(10)}",
        "clip_id": new.clip_id or None,
        "playlist_id": new.playlist_id or None,
        "agent_id": new.agent_id,
        "note": write_typed(
            conn,
            vault,
            kind="share_note",
            call_id=clip.call_id if clip else None,
            author=scope.user_id,
            text=note,
            now=now,
        )
        if note
        else "",
        "shared_by": scope.user_id,
        "shared_at": now,
        "acknowledged_at": None,
        "withdrawn_at": None,
    }
    conn.execute(insert(t.shares).values(**row))
    return "shared"


def withdraw_share(conn: Connection, scope: Scope, share_id: str, now: int) -> bool:
    """Take something back that was shared; whoever shared it or sees the clip may."""
    s = t.shares.c
    row = conn.execute(
        select(t.shares).where(s.share_id == share_id, s.withdrawn_at.is_(None))
    ).one_or_none()
    if row is None:
        return False
    seen = row.clip_id is not None and find_clip(conn, scope, row.clip_id, now) is not None
    if row.shared_by != scope.user_id and not seen:
        return False
    conn.execute(update(t.shares).where(s.share_id == share_id).values(withdrawn_at=now))
    return True


def shares_of_clip(conn: Connection, clip_id: str, now: int) -> tuple[Share, ...]:
    """Return with whom a clip is shared, newest first; ask for the clip before."""
    return _read(conn, (t.shares.c.clip_id == clip_id, t.shares.c.withdrawn_at.is_(None)), now)


def shares_of_playlist(conn: Connection, playlist_id: str, now: int) -> tuple[Share, ...]:
    """Return with whom a playlist is shared, newest first; ask for the playlist before."""
    s = t.shares.c
    return _read(conn, (s.playlist_id == playlist_id, s.withdrawn_at.is_(None)), now)


def shares_of_agent(conn: Connection, agent_id: str, now: int) -> tuple[Share, ...]:
    """Return what an agent is to hear, newest first; what has expired is not among it."""
    s = t.shares.c
    mine = (s.agent_id == agent_id, s.agent_id != "", s.withdrawn_at.is_(None))
    return tuple(share for share in _read(conn, mine, now) if share.clips)


def find_share(conn: Connection, agent_id: str, share_id: str, now: int) -> Share | None:
    """Return something that this agent is to hear."""
    found = (x for x in shares_of_agent(conn, agent_id, now) if x.share_id == share_id)
    return next(found, None)


def may_hear(conn: Connection, scope: Scope, clip_id: str, now: int) -> Clip | None:
    """
    Return a clip that its hearer may play: who sees its call, or the agent it is shared with.

    Args:
        conn: within a read.
        scope: narrowed to coach and supervisor for the first, with ``agent_id`` for the second.
        clip_id: the clip.
        now: UTC ms.
    """
    agent_id = scope.agent_id if "agent" in scope.roles else ""
    as_coach = Scope(
        user_id=scope.user_id,
        grants=frozenset(g for g in scope.grants if g.role in ("coach", "supervisor")),
        groups=scope.groups,
    )
    if (clip := find_clip(conn, as_coach, clip_id, now)) is not None:
        return clip
    for one in shares_of_agent(conn, agent_id, now):
        for shared in one.clips:
            if shared.clip_id == clip_id:
                return shared
    asked = clips_of(conn, [clip_id], _asked(agent_id), now)
    return asked.get(clip_id)


def note_heard(conn: Connection, agent_id: str, share_id: str, clip_id: str, now: int) -> bool:
    """Write down that the agent has played a clip to its end; the first time counts."""
    found = find_share(conn, agent_id, share_id, now)
    if found is None or clip_id not in {clip.clip_id for clip in found.clips}:
        return False
    row = {"share_id": share_id, "clip_id": clip_id, "heard_at": now}
    insert_new(conn, t.share_hearings, [row])
    return True


def acknowledge_share(conn: Connection, agent_id: str, share_id: str, now: int) -> bool:
    """Write down that the agent acknowledges; the first time counts."""
    if find_share(conn, agent_id, share_id, now) is None:
        return False
    s = t.shares.c
    first = (s.share_id == share_id, s.acknowledged_at.is_(None))
    conn.execute(update(t.shares).where(*first).values(acknowledged_at=now))
    return True


def hearable(agent_id: str) -> ColumnElement[bool]:
    """Return the condition on ``clips.select_clips`` for what an agent may hear when shared."""
    agreed = and_(t.clips.c.kind == "good", t.consents.c.state == "given")
    mine = and_(t.clips.c.agent_id == agent_id, t.clips.c.agent_id != "")
    return and_(or_(mine, agreed), t.calls.c.access_group == "")


def _asked(agent_id: str) -> ColumnElement[bool]:
    """Return the condition for clips about which this agent was asked: they hear what it is."""
    c = t.consents.c
    return and_(hearable(agent_id), c.agent_id == agent_id, c.agent_id != "")


def _read(
    conn: Connection, conditions: Sequence[ColumnElement[bool]], now: int
) -> tuple[Share, ...]:
    s = t.shares.c
    rows = conn.execute(
        select(t.shares, t.agents.c.name, t.playlists.c.title)
        .outerjoin(t.agents, t.agents.c.agent_id == s.agent_id)
        .outerjoin(t.playlists, t.playlists.c.playlist_id == s.playlist_id)
        .where(*conditions)
        .order_by(s.shared_at.desc(), s.share_id)
    ).all()
    texts = read_typed(conn, [x for row in rows for x in (row.note, row.title) if x])
    heard = _heard(conn, [row.share_id for row in rows])
    return tuple(
        Share(
            share_id=row.share_id,
            clip_id=row.clip_id,
            playlist_id=row.playlist_id,
            agent_id=row.agent_id,
            agent_name=row.name or "",
            title=texts.get(row.title or ""),
            note=texts.get(row.note),
            shared_by=row.shared_by,
            shared_at=row.shared_at,
            acknowledged_at=row.acknowledged_at,
            withdrawn_at=row.withdrawn_at,
            clips=_clips(conn, row, now),
            heard=heard.get(row.share_id, frozenset()),
        )
        for row in rows
    )


def _clips(conn: Connection, row: Any, now: int) -> tuple[Clip, ...]:
    i = t.playlist_clips.c
    ids = [row.clip_id] if row.clip_id else []
    if row.playlist_id:
        ordered = select(i.clip_id).where(i.playlist_id == row.playlist_id).order_by(i.position)
        ids = list(conn.execute(ordered).scalars())
    found = clips_of(conn, ids, hearable(row.agent_id), now)
    return tuple(found[clip_id] for clip_id in ids if clip_id in found)


def _heard(conn: Connection, share_ids: Collection[str]) -> dict[str, frozenset[str]]:
    h = t.share_hearings.c
    query = select(h.share_id, h.clip_id).where(h.share_id.in_(sorted(share_ids)))
    found: dict[str, set[str]] = {}
    for share_id, clip_id in conn.execute(query):
        found.setdefault(share_id, set()).add(clip_id)
    return {share_id: frozenset(ids) for share_id, ids in found.items()}
