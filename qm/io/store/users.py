"""Local users: who they are, how they sign in, and what they are granted."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from qm.io import tables as t
from qm.io.store.scopes import Grant, Scope, UserRole
from qm.io.store.upsert import upsert
from qm.io.vault import Vault, unwrap, wrap

FREE_FAILURES = 5  # typing mistakes that cost nothing
FIRST_WAIT_MS = 2_000  # doubles with each further failure: guessing stops, a person waits little
LONGEST_WAIT_MS = 15 * 60_000  # nobody can lock another out for longer
FORGET_MS = 24 * 3_600_000  # failures older than a day no longer count

_HASHER = PasswordHasher()  # argon2id with the library's parameters (RFC 9106, low memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What a user begins with."""

    name: str  #: typed to sign in; upper or lower case
    shown_as: str
    password_hash: str | None = field(repr=False)  #: None: signs in elsewhere (OIDC)
    grants: frozenset[Grant]
    agent_id: str = ""
    must_change: bool = False  #: the password, at the first sign-in


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in."""

    user_id: str
    name: str
    shown_as: str
    agent_id: str
    grants: frozenset[Grant]
    disabled: bool
    must_change: bool
    has_totp: bool
    groups: frozenset[str] = frozenset()  #: named ones that they are in

    @property
    def scope(self) -> Scope:
        """What the user may look at."""
        return Scope(
            user_id=self.user_id, grants=self.grants, agent_id=self.agent_id, groups=self.groups
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user with what their password is checked against."""

    user: User
    password_hash: str | None = field(repr=False)


def hash_password(password: str) -> str:
    """Return the argon2id hash.  Takes about .3 s and 64 MiB: outside any transaction."""
    return _HASHER.hash(password)


def password_matches(password_hash: str | None, password: str) -> bool:
    """
    Return whether ``password`` is the one that was hashed.

    Without a hash (no such user) it takes the same time, so that names cannot be found out.
    """
    try:
        return _HASHER.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def add_user(conn: Connection, user: NewUser, now: int) -> str:
    """
    Add a user and return their id.

    Raises:
        StoreRefused: the name is taken (when the block of the write ends or at once).
    """
    user_id = f"u_{secrets.token_hex(8)}"
    conn.execute(
        insert(t.users).values(
            user_id=user_id,
            name=user.name.casefold(),
            shown_as=user.shown_as,
            agent_id=user.agent_id,
            password_hash=user.password_hash,
            must_change=user.must_change,
            totp=None,
            totp_step=0,
            disabled=False,
            created_at=now,
        )
    )
    set_grants(conn, user_id, user.grants)
    return user_id


def find_user(conn: Connection, user_id: str) -> User | None:
    """Return a user by id."""
    users = _users(conn, t.users.c.user_id == user_id)
    return users[0] if users else None


def list_users(conn: Connection) -> tuple[User, ...]:
    """Return all users by name."""
    return _users(conn)


def find_login(conn: Connection, name: str) -> Login | None:
    """Return the user who signs in as ``name``; disabled ones are not found."""
    condition = t.users.c.name == name.casefold()
    users = _users(conn, condition, t.users.c.disabled.is_(False))
    if not users:
        return None
    password_hash = conn.execute(select(t.users.c.password_hash).where(condition)).scalar_one()
    return Login(user=users[0], password_hash=password_hash)


def set_password(conn: Connection, user_id: str, password_hash: str) -> None:
    """Set a password that the user has chosen.  End their other sessions too."""
    _change(conn, user_id, password_hash=password_hash, must_change=False)


def reset_password(conn: Connection, user_id: str, password_hash: str) -> None:
    """Set a password for one sign-in: the user must change it then.  End their sessions too."""
    _change(conn, user_id, password_hash=password_hash, must_change=True)


def set_disabled(conn: Connection, user_id: str, disabled: bool) -> None:
    """Let a user in no more, or again; sessions of a disabled user are found no more."""
    _change(conn, user_id, disabled=disabled)


def set_grants(conn: Connection, user_id: str, grants: Iterable[Grant]) -> None:
    """Replace a user's roles; effective with their next request."""
    conn.execute(delete(t.user_roles).where(t.user_roles.c.user_id == user_id))
    for grant in sorted(set(grants)):
        values = {"user_id": user_id, "role": grant.role, "team": grant.team}
        conn.execute(insert(t.user_roles).values(**values))


def set_totp(conn: Connection, user_id: str, secret: str | None, vault: Vault) -> None:
    """Set the secret of the second factor, sealed; None removes it."""
    sealed = None if secret is None else wrap(vault, secret.encode(), _purpose(user_id))
    _change(conn, user_id, totp=sealed, totp_step=0)


def totp_secret(conn: Connection, user_id: str, vault: Vault) -> str | None:
    """
    Return the secret of the second factor; None where there is none.

    Raises:
        SealBroken: the vault does not hold its key.
    """
    query = select(t.users.c.totp).where(t.users.c.user_id == user_id)
    sealed = conn.execute(query).scalar_one_or_none()
    return None if sealed is None else unwrap(vault, sealed, _purpose(user_id)).decode()


def use_totp_step(conn: Connection, user_id: str, step: int) -> bool:
    """Note that the code of a 30 s step was used; False when it, or a later one, was before."""
    c = t.users.c
    changed = conn.execute(
        update(t.users).where(c.user_id == user_id, c.totp_step < step).values(totp_step=step)
    )
    return changed.rowcount == 1


def wait_ms(conn: Connection, name: str, now: int) -> int:
    """Return how long nobody may sign in as ``name``, whether or not there is such a user."""
    c = t.login_failures.c
    query = select(c.failures, c.last_at).where(c.name_hash == _name_hash(name))
    stored = conn.execute(query).one_or_none()
    if stored is None or stored.failures < FREE_FAILURES or now - stored.last_at > FORGET_MS:
        return 0
    doublings = min(stored.failures - FREE_FAILURES, 20)  # far above LONGEST_WAIT_MS already
    wait: int = min(FIRST_WAIT_MS << doublings, LONGEST_WAIT_MS)
    last_at: int = stored.last_at
    return max(0, last_at + wait - now)


def login_failed(conn: Connection, name: str, now: int) -> None:
    """Count a failure to sign in as ``name``: a wrong password or a wrong second factor."""
    c = t.login_failures.c
    key = _name_hash(name)
    query = select(c.failures, c.last_at).where(c.name_hash == key)
    stored = conn.execute(query).one_or_none()
    before = stored.failures if stored is not None and now - stored.last_at <= FORGET_MS else 0
    row = {"name_hash": key, "failures": before + 1, "last_at": now}
    upsert(conn, t.login_failures, row)


def login_succeeded(conn: Connection, name: str) -> None:
    """Forget the failures."""
    conn.execute(delete(t.login_failures).where(t.login_failures.c.name_hash == _name_hash(name)))


def _users(conn: Connection, *conditions: Any) -> tuple[User, ...]:
    rows = conn.execute(select(t.users).where(*conditions).order_by(t.users.c.name)).all()
    grants = _grants(conn, [row.user_id for row in rows])
    groups: dict[str, set[str]] = {}
    for row in conn.execute(select(t.group_members)):
        groups.setdefault(row.user_id, set()).add(row.name)
    return tuple(
        User(
            user_id=row.user_id,
            name=row.name,
            shown_as=row.shown_as,
            agent_id=row.agent_id,
            grants=grants.get(row.user_id, frozenset()),
            disabled=row.disabled,
            must_change=row.must_change,
            has_totp=row.totp is not None,
            groups=frozenset(groups.get(row.user_id, ())),
        )
        for row in rows
    )


def _grants(conn: Connection, user_ids: list[str]) -> Mapping[str, frozenset[Grant]]:
    found: dict[str, set[Grant]] = {}
    query = select(t.user_roles)
    if len(user_ids) == 1:
        query = query.where(t.user_roles.c.user_id == user_ids[0])
    for row in conn.execute(query):
        grant = Grant(role=cast(UserRole, row.role), team=row.team)
        found.setdefault(row.user_id, set()).add(grant)
    return {user_id: frozenset(grants) for user_id, grants in found.items()}


def _change(conn: Connection, user_id: str, **values: Any) -> None:
    conn.execute(update(t.users).where(t.users.c.user_id == user_id).values(**values))


def _purpose(user_id: str) -> str:
    return f"totp of {user_id}"


def _name_hash(name: str) -> str:
    return hashlib.sha256(name.casefold().encode("utf-8", "replace")).hexdigest()


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex())
