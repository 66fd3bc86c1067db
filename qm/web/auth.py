"""
Who asks, and whether they may: one gate in front of every route.

``guard`` runs before each handler.  It finds the session, checks the route's roles (``access``),
the CSRF token of everything that changes something, and writes the audit row of the route.  It
fails closed: no audit row, no answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from qm.errors import AccessError
from qm.io.store import audit
from qm.io.store.scopes import Scope
from qm.io.store.sessions import Session, SessionLimits, find_session, touch_session
from qm.web.access import ACCESS, EVERYBODY, LISTENERS, Access
from qm.web.deps import WebDeps
from qm.web.problems import NeedsSecondFactor, NotSignedIn

TOUCH_MS = 20_000  # input is noted this often at most: a write for each click would buy nothing
MACHINE = "gateway"
"""What the audit trail calls who has the token of the gateways."""

BEFORE_SECOND_FACTOR = frozenset({"/account", "/account/password", "/account/second-factor"}) | {
    "/account/look", "/sign-out", "/input", "/api/v1/me",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ask:
    """What the gate needs of a request."""

    route: str
    access: Access
    token: str
    changes: bool
    csrf: str
    object_id: str


def session_cookie(deps: WebDeps) -> str:
    """Return the cookie's name: bound to this host and to TLS where there is TLS."""
    return "__Host-qm" if deps.secure_cookies else "qm"


def start_cookie(deps: WebDeps) -> str:
    """Return the name of the cookie that ties a sign-in form to its browser."""
    return session_cookie(deps) + "-start"


def start_csrf(cookie: str) -> str:
    """Return the token that a sign-in form of the browser with this cookie carries."""
    return sha256(b"qm sign-in " + cookie.encode()).hexdigest()


def limits(deps: WebDeps) -> SessionLimits:
    """Return how long a session lasts."""
    return SessionLimits(idle_ms=deps.idle_minutes * 60_000)


async def guard(connection: HTTPConnection) -> None:
    """
    Let a request pass, or raise; on the way note input and write the audit row.

    Raises:
        NotSignedIn: no session.
        AccessError: wrong role, or a change without the session's token or from another site.
        NeedsSecondFactor: the person must set one up first.
        StoreError: the audit row could not be written.
    """
    deps: WebDeps = connection.app.state.deps
    web_socket = connection.scope["type"] == "websocket"
    method = "WS" if web_socket else connection.scope["method"]
    route = connection.scope["route"].path
    access = ACCESS[method, route]
    changes = method not in ("GET", "WS")
    if (changes or web_socket) and not same_site(connection.headers):
        raise AccessError("asked from another site")
    csrf = await _sent_csrf(connection) if changes else ""
    if access.roles is EVERYBODY:
        cookie = connection.cookies.get(start_cookie(deps), "")
        if changes and not (cookie and _same(csrf, start_csrf(cookie))):
            raise AccessError("no token of this browser's form")
        return
    if access.machine and "authorization" in connection.headers:
        await run_in_threadpool(_admit_machine, deps, connection, route, access)
        connection.state.session = None
        return
    ask = _Ask(
        route=route,
        access=access,
        token=connection.cookies.get(session_cookie(deps), ""),
        changes=changes,
        csrf=csrf,
        object_id=str(connection.path_params.get(f"{access.kind}_id", "")),
    )
    try:
        connection.state.session = await run_in_threadpool(_admit, deps, ask)
    except AccessError:
        if not web_socket:
            raise
        connection.state.session = None  # a socket says why in the code it closes with


def same_site(headers: Mapping[str, str]) -> bool:
    """Return whether a browser says that a page of ours asks; programs say nothing."""
    fetched = headers.get("sec-fetch-site", "same-origin")
    origin = headers.get("origin")
    ours = origin is None or urlsplit(origin).netloc == headers.get("host", "")
    return fetched in ("same-origin", "none") and ours


def current_session(request: Request) -> Session:
    """Return the session that the gate let pass."""
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        raise NotSignedIn("nobody is signed in")
    return session


def current_deps(request: Request) -> WebDeps:
    """Return what the process is built on."""
    deps: WebDeps = request.app.state.deps
    return deps


def current_scope(request: Request) -> Scope:
    """
    Return what the person sees through the roles that open this route, and no other.

    A supervisor of one team who reviews for another finds one team on the live board.
    """
    scope = current_session(request).user.scope
    roles = ACCESS[request.method, request.scope["route"].path].roles
    return narrowed(scope, roles)


def narrowed(scope: Scope, roles: frozenset[str]) -> Scope:
    """Return ``scope`` with no more than the grants of ``roles``."""
    return replace(scope, grants=frozenset(g for g in scope.grants if g.role in roles))


Current = Annotated[Session, Depends(current_session)]
Reach = Annotated[Scope, Depends(current_scope)]
Deps = Annotated[WebDeps, Depends(current_deps)]


def must_set_up(deps: WebDeps, session: Session) -> bool:
    """Return whether the person must first set a password of their own or a second factor."""
    if session.user.must_change:
        return True
    sees_content = bool(session.user.scope.roles & LISTENERS)
    return deps.second_factor and sees_content and not session.second_factor


def _admit(deps: WebDeps, ask: _Ask) -> Session:
    now = deps.now()
    with deps.database.read() as conn:
        session = find_session(conn, ask.token, now, limits(deps)) if ask.token else None
    if session is None:
        raise NotSignedIn("no session")
    if not session.user.scope.roles & ask.access.roles:
        _record(deps, session, ask, "denied")
        raise AccessError("role")
    if ask.changes and not _same(ask.csrf, session.csrf):
        _record(deps, session, ask, "denied")
        raise AccessError("csrf")
    if must_set_up(deps, session) and ask.route not in BEFORE_SECOND_FACTOR:
        raise NeedsSecondFactor("second factor")
    stale = ask.access.is_input and now - session.input_at > TOUCH_MS
    if ask.access.action:
        _record(deps, session, ask, ask.access.action)
    if stale:
        with deps.database.write() as conn:
            touch_session(conn, ask.token, now)
    return session


def _admit_machine(deps: WebDeps, connection: HTTPConnection, route: str, access: Access) -> None:
    """Let a gateway pass that has the site's token; either way an audit row says so."""
    sent = connection.headers.get("authorization", "").removeprefix("Bearer ")
    right = _same(sent, deps.messages_token)
    entry = audit.Entry(
        user_id=MACHINE,
        action=access.action if right else "denied",
        kind=access.kind,
        detail={"route": route},
    )
    with deps.database.write() as conn:
        audit.append(conn, entry, deps.now())
    if not right:
        raise AccessError("token")


def _record(deps: WebDeps, session: Session, ask: _Ask, action: str) -> None:
    entry = audit.Entry(
        user_id=session.user.user_id,
        action=action,
        kind=ask.access.kind,
        object_id=ask.object_id,
        detail={"route": ask.route},
    )
    with deps.database.write() as conn:
        audit.append(conn, entry, deps.now())


def _same(sent: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(sent.encode(), expected.encode())


async def _sent_csrf(connection: HTTPConnection) -> str:
    """Return the header's token (htmx, programs) or the form's (a page without scripts)."""
    sent = connection.headers.get("x-csrf-token")
    if sent is None and isinstance(connection, Request):
        kind = connection.headers.get("content-type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            sent = (await connection.form()).get("csrf")  # type: ignore[assignment]
    return sent if isinstance(sent, str) else ""
