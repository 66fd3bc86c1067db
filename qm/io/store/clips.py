"""
Clips: spans of calls that a coach keeps as examples, for a time.

A clip holds no words and no sound of its own.  It is there as long as its call is, and only for
those who see the call; who else may hear it is in ``shares``.  Past its time nobody hears it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update

from qm.io import tables as t
from qm.io.store.scopes import Scope, visible
from qm.io.store.typed import Typed, delete_typed, read_typed, write_typed
from qm.io.vault import Vault

Kind = Literal["good", "improve"]
Consent = Literal["", "asked", "given", "refused", "revoked"]

MOST_LISTED = 500
"""A library that is longer than that needs another page than a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClip:
    """A span to keep."""

    call_id: str
    kind: Kind
    start_ms: int
    end_ms: int
    expires_at: int  #: UTC ms
    title: str = field(repr=False)
    tags: str = field(repr=False, default="")  #: comma separated
    why: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTexts:
    """What people say of a clip, anew."""

    kind: Kind
    title: str = field(repr=False)
    tags: str = field(repr=False, default="")
    why: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip with what a list says of its call."""

    clip_id: str
    call_id: str
    agent_id: str
    agent_name: str
    team: str
    queue: str
    language: str
    started_at: int  #: of the call, UTC ms
    kind: Kind
    start_ms: int
    end_ms: int
    title: Typed
    tags: Typed | None
    why: Typed | None
    made_by: str  #: user_id
    made_at: int
    expires_at: int
    consent: Consent  #: of the agent who is heard; "": never asked

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms

    @property
    def tag_list(self) -> tuple[str, ...]:
        """The tags that may be shown."""
        said = self.tags.text if self.tags else ""
        return tuple(tag.strip() for tag in said.split(",") if tag.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOfClip:
    """What decides whether a call is under a hold."""

    call_id: str
    customer_ref: str
    queue: str


def cut_clip(conn: Connection, vault: Vault, scope: Scope, new: NewClip, now: int) -> str | None:
    """
    Keep a span of a finished call; None where there is no such call for ``scope``.

    Calls of candidates and trainees on probation are never examples for others.
    """
    c = t.calls.c
    call = conn.execute(
        select(c.agent_id).where(
            c.call_id == new.call_id, c.status == "closed", c.practice.is_(False), visible(scope)
        )
    ).one_or_none()
    if call is None:
        return None
    clip_id = f"p{secrets.token_hex(10)}"
    write = _writer(conn, vault, scope, now)
    texts = {n: write(new.call_id, n, getattr(new, n)) for n in ("title", "tags", "why")}
    row = {
        "clip_id": clip_id,
        "call_id": new.call_id,
        "agent_id": call.agent_id,
        "kind": new.kind,
        "start_ms": new.start_ms,
        "end_ms": new.end_ms,
        "made_by": scope.user_id,
        "made_at": now,
        "expires_at": new.expires_at,
    }
    conn.execute(insert(t.clips).values(**row, **texts))
    return clip_id


def change_clip(
    conn: Connection, vault: Vault, scope: Scope, clip_id: str, texts: ClipTexts, now: int
) -> bool:
    """Replace what is said of a clip; texts that stay the same are not checked anew."""
    clip = find_clip(conn, scope, clip_id, now)
    if clip is None:
        return False
    stored = conn.execute(select(t.clips).where(t.clips.c.clip_id == clip_id)).one()
    write = _writer(conn, vault, scope, now)
    values: dict[str, str] = {"kind": texts.kind}
    for name in ("title", "tags", "why"):
        old: Typed | None = getattr(clip, name)
        text: str = getattr(texts, name).strip()
        if old is not None and old.state == "ready" and old.text == text:
            continue
        values[name] = write(clip.call_id, name, text)
        delete_typed(conn, [getattr(stored, name)])
    conn.execute(update(t.clips).where(t.clips.c.clip_id == clip_id).values(**values))
    return True


def find_clip(conn: Connection, scope: Scope, clip_id: str, now: int) -> Clip | None:
    """Return a clip whose call ``scope`` sees and whose time is not over."""
    found = _read(conn, select_clips(now).where(t.clips.c.clip_id == clip_id, visible(scope)))
    return found[0] if found else None


def list_clips(conn: Connection, scope: Scope, now: int) -> tuple[Clip, ...]:
    """Return the clips whose calls ``scope`` sees, newest first."""
    c = t.clips.c
    query = select_clips(now).where(visible(scope)).order_by(c.made_at.desc(), c.clip_id)
    return _read(conn, query.limit(MOST_LISTED))


def clips_of(
    conn: Connection, clip_ids: Collection[str], condition: ColumnElement[bool], now: int
) -> dict[str, Clip]:
    """Return the clips of ``clip_ids`` that fulfil ``condition``; for playlists and shares."""
    query = select_clips(now).where(t.clips.c.clip_id.in_(sorted(clip_ids)), condition)
    return {clip.clip_id: clip for clip in _read(conn, query)}


def remove_clip(conn: Connection, scope: Scope, clip_id: str, now: int) -> bool:
    """Remove a clip, from playlists and from those it was shared with too."""
    if find_clip(conn, scope, clip_id, now) is None:
        return False
    _remove(conn, [clip_id])
    return True


def expire_clips(conn: Connection, now: int, kept: Collection[str]) -> int:
    """
    Remove the clips whose time is over, but for those of calls that must be kept.

    Args:
        conn: within a write.
        now: UTC ms.
        kept: ids of calls under legal hold: what was said of them stays, though nobody hears it.
    """
    c = t.clips.c
    over = conn.execute(select(c.clip_id, c.call_id).where(c.expires_at <= now)).all()
    return _remove(conn, [row.clip_id for row in over if row.call_id not in kept])


def calls_of_expired(conn: Connection, now: int) -> tuple[CallOfClip, ...]:
    """Return the calls of clips whose time is over, each once."""
    c = t.calls.c
    query = (
        select(c.call_id, c.customer_ref, c.queue)
        .join(t.clips, t.clips.c.call_id == c.call_id)
        .where(t.clips.c.expires_at <= now)
        .distinct()
        .order_by(c.call_id)
    )
    return tuple(CallOfClip(**row) for row in conn.execute(query).mappings())


def _remove(conn: Connection, clip_ids: Iterable[str]) -> int:
    c, s = t.clips.c, t.shares.c
    removed = 0
    for clip_id in clip_ids:
        texts = conn.execute(select(c.title, c.tags, c.why).where(c.clip_id == clip_id)).one()
        notes = conn.execute(select(s.note).where(s.clip_id == clip_id)).scalars().all()
        removed += conn.execute(delete(t.clips).where(c.clip_id == clip_id)).rowcount
        delete_typed(conn, [one for one in (*texts, *notes) if one])
    return removed


def select_clips(now: int) -> Select[Any]:
    """Return the query for clips whose time is not over, joined to their calls."""
    c = t.calls.c
    return (
        select(
            t.clips,
            func.coalesce(t.agents.c.name, "").label("agent_name"),
            c.team,
            c.queue,
            c.language,
            c.started_at,
            func.coalesce(t.consents.c.state, "").label("consent"),
        )
        .join(t.calls, c.call_id == t.clips.c.call_id)
        .outerjoin(t.agents, t.agents.c.agent_id == t.clips.c.agent_id)
        .outerjoin(t.consents, t.consents.c.clip_id == t.clips.c.clip_id)
        .where(t.clips.c.expires_at > now)
    )


def _read(conn: Connection, query: Select[Any]) -> tuple[Clip, ...]:
    rows = conn.execute(query).mappings().all()
    texts = read_typed(conn, [row[k] for row in rows for k in ("title", "tags", "why") if row[k]])
    names = Clip.__dataclass_fields__.keys()
    return tuple(
        Clip(
            **{k: row[k] for k in names if k not in ("title", "tags", "why")},
            title=texts[row["title"]],
            tags=texts.get(row["tags"]),
            why=texts.get(row["why"]),
        )
        for row in rows
    )


def _writer(
    conn: Connection, vault: Vault, scope: Scope, now: int
) -> Callable[[str, str, str], str]:
    """Return what keeps a text (call, name, text) of a clip and returns its id; "" for none."""

    def write(call_id: str, name: str, text: str) -> str:
        if not text.strip() and name != "title":
            return ""
        kind, author = f"clip_{name}", scope.user_id
        return write_typed(
            conn, vault, kind=kind, call_id=call_id, author=author, text=text, now=now
        )

    return write
