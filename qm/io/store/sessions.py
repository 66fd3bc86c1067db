"""Signed-in browsers.  Only a hash of the token is stored: a copy of the table opens no session."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select, update

from qm.io import tables as t
from qm.io.store.users import User, find_user

TOKEN_BYTES = 32  # 256 bits: not to be guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """When a session ends by itself."""

    idle_ms: int = 15 * 60_000  #: without input of the person
    absolute_ms: int = 12 * 3_600_000  #: the longest shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that somebody has signed in with."""

    user: User
    csrf: str = field(repr=False)
    opened_at: int  #: UTC ms
    input_at: int  #: UTC ms of the last input
    second_factor: bool


def open_session(conn: Connection, user_id: str, now: int, second_factor: bool) -> str:
    """Begin a session and return its token, which is for the cookie alone."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    conn.execute(
        insert(t.sessions).values(
            token_hash=_hash(token),
            user_id=user_id,
            csrf=secrets.token_urlsafe(TOKEN_BYTES),
            opened_at=now,
            input_at=now,
            second_factor=second_factor,
        )
    )
    return token


def find_session(conn: Connection, token: str, now: int, limits: SessionLimits) -> Session | None:
    """Return a session that is still good: not idle, not too old, its user not disabled."""
    query = select(t.sessions).where(t.sessions.c.token_hash == _hash(token))
    row = conn.execute(query).one_or_none()
    if row is None:
        return None
    if now - row.input_at >= limits.idle_ms or now - row.opened_at >= limits.absolute_ms:
        return None
    user = find_user(conn, row.user_id)
    if user is None or user.disabled:
        return None
    return Session(
        user=user,
        csrf=row.csrf,
        opened_at=row.opened_at,
        input_at=row.input_at,
        second_factor=row.second_factor,
    )


def touch_session(conn: Connection, token: str, now: int) -> None:
    """Note input of the person.  A live stream or a poll is none."""
    condition = t.sessions.c.token_hash == _hash(token)
    conn.execute(update(t.sessions).where(condition).values(input_at=now))


def end_session(conn: Connection, token: str) -> None:
    """End one session."""
    conn.execute(delete(t.sessions).where(t.sessions.c.token_hash == _hash(token)))


def end_sessions_of(conn: Connection, user_id: str, *, but: str = "") -> int:
    """End a user's sessions, but the one with token ``but``, and return how many."""
    c = t.sessions.c
    condition = (c.user_id == user_id, c.token_hash != _hash(but))
    return conn.execute(delete(t.sessions).where(*condition)).rowcount


def end_stale_sessions(conn: Connection, now: int, limits: SessionLimits) -> int:
    """Remove sessions that are over, and return how many."""
    c = t.sessions.c
    over = (c.input_at <= now - limits.idle_ms) | (c.opened_at <= now - limits.absolute_ms)
    return conn.execute(delete(t.sessions).where(over)).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
