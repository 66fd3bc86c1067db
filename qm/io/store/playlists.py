"""
Playlists: clips in an order.

A playlist shows to whoever made it and to those who see the call of at least one of its clips, and
to each of them the clips whose calls they see.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from qm.io import tables as t
from qm.io.store.clips import Clip, clips_of, find_clip
from qm.io.store.scopes import Scope, visible
from qm.io.store.typed import Typed, delete_typed, read_typed, write_typed
from qm.io.store.upsert import insert_new
from qm.io.vault import Vault

MOST_CLIPS = 100
"""Two hours and more: nobody plays a longer list through."""

Move = Literal["up", "down", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """Clips that play one after the other."""

    playlist_id: str
    title: Typed
    made_by: str
    made_at: int
    clips: tuple[Clip, ...]  #: in order; those that the reader may hear

    @property
    def length_ms(self) -> int:
        return sum(clip.length_ms for clip in self.clips)


def make_playlist(conn: Connection, vault: Vault, scope: Scope, title: str, now: int) -> str:
    """Make an empty playlist and return its id."""
    playlist_id = f"l{secrets.token_hex(10)}"
    typed_id = write_typed(
        conn,
        vault,
        kind="playlist_title",
        call_id=None,
        author=scope.user_id,
        text=title,
        now=now,
    )
    row = {"playlist_id": playlist_id, "title": typed_id, "made_by": scope.user_id, "made_at": now}
    conn.execute(insert(t.playlists).values(**row))
    return playlist_id


def list_playlists(conn: Connection, scope: Scope, now: int) -> tuple[Playlist, ...]:
    """Return the playlists that ``scope`` sees, newest first."""
    p, i = t.playlists.c, t.playlist_clips.c
    rows = conn.execute(select(t.playlists).order_by(p.made_at.desc(), p.playlist_id)).all()
    places = conn.execute(
        select(i.playlist_id, i.clip_id).order_by(i.playlist_id, i.position)
    ).all()
    clips = clips_of(conn, {place.clip_id for place in places}, visible(scope), now)
    texts = read_typed(conn, [row.title for row in rows])
    ordered: dict[str, list[Clip]] = {}
    for playlist_id, clip_id in places:
        if clip_id in clips:
            ordered.setdefault(playlist_id, []).append(clips[clip_id])
    return tuple(
        Playlist(
            playlist_id=row.playlist_id,
            title=texts[row.title],
            made_by=row.made_by,
            made_at=row.made_at,
            clips=tuple(ordered.get(row.playlist_id, ())),
        )
        for row in rows
        if row.made_by == scope.user_id or row.playlist_id in ordered
    )


def find_playlist(conn: Connection, scope: Scope, playlist_id: str, now: int) -> Playlist | None:
    """Return a playlist; None: there is none for this person."""
    found = (x for x in list_playlists(conn, scope, now) if x.playlist_id == playlist_id)
    return next(found, None)


def add_clip(conn: Connection, scope: Scope, playlist_id: str, clip_id: str, now: int) -> bool:
    """Put a clip at the end of a playlist, once; False where either is not there."""
    playlist = find_playlist(conn, scope, playlist_id, now)
    if playlist is None or find_clip(conn, scope, clip_id, now) is None:
        return False
    i = t.playlist_clips.c
    last, count = conn.execute(
        select(func.max(i.position), func.count()).where(i.playlist_id == playlist_id)
    ).one()
    if count >= MOST_CLIPS:
        return False
    row = {"playlist_id": playlist_id, "clip_id": clip_id, "position": (last or 0) + 1}
    insert_new(conn, t.playlist_clips, [row])
    return True


def move_clip(
    conn: Connection, scope: Scope, playlist_id: str, clip_id: str, move: Move, now: int
) -> bool:
    """Move a clip one place, or take it out; False where it is not in such a playlist."""
    playlist = find_playlist(conn, scope, playlist_id, now)
    shown = [clip.clip_id for clip in playlist.clips] if playlist else []
    if clip_id not in shown:
        return False
    i = t.playlist_clips.c
    here = (i.playlist_id == playlist_id, i.clip_id == clip_id)
    if move == "out":
        conn.execute(delete(t.playlist_clips).where(*here))
        return True
    other = shown.index(clip_id) + (1 if move == "down" else -1)
    if 0 <= other < len(shown):
        there = (i.playlist_id == playlist_id, i.clip_id == shown[other])
        mine = conn.execute(select(i.position).where(*here)).scalar_one()
        theirs = conn.execute(select(i.position).where(*there)).scalar_one()
        conn.execute(update(t.playlist_clips).where(*here).values(position=theirs))
        conn.execute(update(t.playlist_clips).where(*there).values(position=mine))
    return True


def rename_playlist(
    conn: Connection, vault: Vault, scope: Scope, playlist_id: str, title: str, now: int
) -> bool:
    """Give a playlist another title; its maker may."""
    stored = _own(conn, scope, playlist_id)
    if stored is None:
        return False
    typed_id = write_typed(
        conn,
        vault,
        kind="playlist_title",
        call_id=None,
        author=scope.user_id,
        text=title,
        now=now,
    )
    p = t.playlists.c
    conn.execute(update(t.playlists).where(p.playlist_id == playlist_id).values(title=typed_id))
    delete_typed(conn, [stored])
    return True


def remove_playlist(conn: Connection, scope: Scope, playlist_id: str) -> bool:
    """Remove a playlist, not its clips; its maker may."""
    stored = _own(conn, scope, playlist_id)
    if stored is None:
        return False
    p, s = t.playlists.c, t.shares.c
    notes = conn.execute(select(s.note).where(s.playlist_id == playlist_id)).scalars().all()
    conn.execute(delete(t.playlists).where(p.playlist_id == playlist_id))
    delete_typed(conn, [stored, *(note for note in notes if note)])
    return True


def _own(conn: Connection, scope: Scope, playlist_id: str) -> str | None:
    """Return the typed_id of the title of a playlist that this person made."""
    p = t.playlists.c
    query = select(p.title).where(p.playlist_id == playlist_id, p.made_by == scope.user_id)
    found: str | None = conn.execute(query).scalar_one_or_none()
    return found
