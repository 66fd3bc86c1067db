"""
Users, their roles and groups, and how each queue is treated: what pages and API both do.

Every change writes what it changed into the audit trail, beside the row of its route.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import HTTPException
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Connection

from qm.errors import StoreError
from qm.io.store import audit, groups, queues, users
from qm.io.store.queues import Queue, Setting
from qm.io.store.restricted import DEFAULT_GROUP
from qm.io.store.scopes import ALL_TEAMS, Grant
from qm.io.store.sessions import Session, end_sessions_of
from qm.io.store.users import NewUser, User
from qm.web.deps import WebDeps
from qm.web.signin import hashing

ONE_TIME_BYTES = 12  # 96 bits: nobody guesses it before its first use
MOST_DAYS = 36_500
GROUP = r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$"
SAID = r"\S"  # not blank alone

Role = Literal["agent", "reviewer", "supervisor", "coach", "compliance", "admin"]
Days = Annotated[int | None, BeforeValidator(lambda d: d or None if d == "" else d)]
"""A form sends an empty field as an empty text."""


class Body(BaseModel):
    """What is sent in; other fields of a form, as its token, are not looked at."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class RolesBody(Body):
    """Roles, each in a team or in all (``*``): ``supervisor:billing``."""

    grants: list[str] = Field(default_factory=list, max_length=64)

    def parsed(self) -> frozenset[Grant]:
        """
        Return the grants.

        Raises:
            HTTPException: 422, no such role.
        """
        return frozenset(_grant(text) for text in self.grants if text)


class NewPersonBody(RolesBody):
    """Somebody who is to sign in."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{1,59}$")
    shown_as: str = Field("", max_length=80)
    agent_id: str = Field("", max_length=64)


class AllowedBody(Body):
    """Whether somebody may sign in."""

    allowed: bool


class GroupBody(Body):
    """A group and who is in it, in place of who was."""

    name: str = Field(pattern=GROUP)
    members: list[str] = Field(default_factory=list, max_length=1_000)


class QueueBody(Body):
    """How a queue's calls are treated; no number of days: as the site's settings say."""

    queue: str = Field(max_length=120, pattern=SAID)
    title: str = Field("", max_length=120)
    clinical: bool = False
    restricted: bool = False
    access_group: str = Field(DEFAULT_GROUP, pattern=GROUP)
    retention_days: Days = Field(None, ge=0, le=MOST_DAYS)
    minimum_days: Days = Field(None, ge=0, le=MOST_DAYS)


def add_person(deps: WebDeps, session: Session, body: NewPersonBody) -> tuple[User, str]:
    """
    Add a user with a password for one sign-in, and return both.

    Raises:
        HTTPException: 409, the name is taken.
    """
    password, hashed = _one_time()
    new = NewUser(
        name=body.name,
        shown_as=body.shown_as or body.name,
        password_hash=hashed,
        grants=body.parsed(),
        agent_id=body.agent_id,
        must_change=True,
    )
    try:
        with deps.database.write() as conn:
            user_id = users.add_user(conn, new, deps.now())
            audit.append(
                conn, _entry(session, "add", "user", user_id, _said(new.grants)), deps.now()
            )
            return _user(conn, user_id), password
    except StoreError as refused:
        if refused.retriable:
            raise
        raise HTTPException(HTTPStatus.CONFLICT) from None


def change_roles(deps: WebDeps, session: Session, user_id: str, body: RolesBody) -> User:
    """
    Change what a user may do, with their next request.

    Raises:
        HTTPException: 404, no such user; 409, an administrator gives up their own role: nobody
            might be left to give it back.
    """
    grants = body.parsed()
    if user_id == session.user.user_id and not any(g.role == "admin" for g in grants):
        raise HTTPException(HTTPStatus.CONFLICT)
    with deps.database.write() as conn:
        before = _user(conn, user_id)
        detail = {"before": _said(before.grants)["roles"], "after": _said(grants)["roles"]}
        audit.append(conn, _entry(session, "grant", "user", user_id, detail), deps.now())
        users.set_grants(conn, user_id, grants)
        return _user(conn, user_id)


def allow(deps: WebDeps, session: Session, user_id: str, body: AllowedBody) -> User:
    """
    Let a user in no more, at once, or again.

    Raises:
        HTTPException: 404, no such user; 409, it is the administrator who asks.
    """
    if user_id == session.user.user_id:
        raise HTTPException(HTTPStatus.CONFLICT)
    with deps.database.write() as conn:
        _user(conn, user_id)
        action = "enable" if body.allowed else "disable"
        audit.append(conn, _entry(session, action, "user", user_id, {}), deps.now())
        users.set_disabled(conn, user_id, not body.allowed)
        if not body.allowed:
            end_sessions_of(conn, user_id)
        return _user(conn, user_id)


def reset(deps: WebDeps, session: Session, user_id: str) -> tuple[User, str]:
    """
    Give a user a password for one sign-in and take away their second factor; their sessions end.

    Raises:
        HTTPException: 404, no such user.
    """
    password, hashed = _one_time()
    with deps.database.write() as conn:
        _user(conn, user_id)
        audit.append(conn, _entry(session, "reset", "user", user_id, {}), deps.now())
        users.reset_password(conn, user_id, hashed)
        users.set_totp(conn, user_id, None, deps.vault)
        end_sessions_of(conn, user_id)
        return _user(conn, user_id), password


def set_group(deps: WebDeps, session: Session, body: GroupBody) -> None:
    """
    Say who is in a group.

    Raises:
        HTTPException: 422, one of them is no user.
    """
    with deps.database.write() as conn:
        known = {user.user_id for user in users.list_users(conn)}
        if not known.issuperset(body.members):
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
        detail: dict[str, audit.Value] = {"members": " ".join(sorted(body.members))}
        audit.append(conn, _entry(session, "grant", "group", body.name, detail), deps.now())
        groups.set_members(conn, body.name, body.members)


def set_queue(deps: WebDeps, session: Session, body: QueueBody) -> None:
    """Say how a queue's calls are treated; settings of other areas stay as they are."""
    given: dict[str, Setting | None] = {
        "restricted": body.restricted or None,
        "access_group": body.access_group if body.restricted else None,
        "retention_days": body.retention_days,
        "minimum_days": body.minimum_days,
    }
    with deps.database.write() as conn:
        before = {one.queue: one for one in queues.list_queues(conn)}.get(body.queue)
        kept = {k: v for k, v in (before.settings if before else {}).items() if k not in given}
        set_ones = {name: value for name, value in given.items() if value is not None}
        detail = {name: value for name, value in set_ones.items() if not isinstance(value, float)}
        audit.append(conn, _entry(session, "change", "queue", body.queue, detail), deps.now())
        queue = Queue(
            queue=body.queue, title=body.title, clinical=body.clinical, settings=kept | set_ones
        )
        queues.save_queue(conn, queue, deps.now())


def _entry(
    session: Session, action: str, kind: str, object_id: str, detail: dict[str, audit.Value]
) -> audit.Entry:
    return audit.Entry(
        user_id=session.user.user_id, action=action, kind=kind, object_id=object_id, detail=detail
    )


def _grant(text: str) -> Grant:
    role, _, team = text.partition(":")
    try:
        return Grant(role=_ROLES[role], team=team or ALL_TEAMS)
    except KeyError:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from None


_ROLES: dict[str, Role] = {
    "agent": "agent", "reviewer": "reviewer", "supervisor": "supervisor", "coach": "coach",
    "compliance": "compliance", "admin": "admin",
}  # fmt: skip


def _said(grants: frozenset[Grant]) -> dict[str, audit.Value]:
    return {"roles": " ".join(f"{grant.role}:{grant.team}" for grant in sorted(grants))}


def _one_time() -> tuple[str, str]:
    password = secrets.token_urlsafe(ONE_TIME_BYTES)
    with hashing():
        return password, users.hash_password(password)


def _user(conn: Connection, user_id: str) -> User:
    found = users.find_user(conn, user_id)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found
