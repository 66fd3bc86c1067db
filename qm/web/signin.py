"""Coming and going: sign-in with local users, sign-out, signs of life."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import pyotp
from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from qm.io.store import audit, users
from qm.io.store.sessions import end_session, find_session, open_session
from qm.web.auth import Current, Deps, limits, session_cookie, start_cookie, start_csrf
from qm.web.deps import WebDeps
from qm.web.frame import render
from qm.web.problems import safe_next

router = APIRouter(include_in_schema=False)

HASHES_AT_ONCE = 2  # argon2id takes 64 MiB and 0.3 s of one core: more at once stop the pages
HASH_WAIT_S = 5.0
STEP_S = 30  # of a time-based code
CODE_DRIFT = (0, -1, 1)  # steps by which a phone's clock may be off, the likeliest first

_hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)


class Busy(HTTPException):
    """Too many people are signing in at the same moment."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nobody was signed in."""

    reason: str
    wait_s: int = 0


@contextmanager
def hashing() -> Iterator[None]:
    """
    Hold one of the few places in which passwords are checked.

    Raises:
        Busy: none came free in time.
    """
    if not _hashing.acquire(timeout=HASH_WAIT_S):
        raise Busy
    try:
        yield
    finally:
        _hashing.release()


@router.get("/sign-in")
def show_sign_in(
    request: Request, deps: Deps, next: str = "/", signed_off: bool = False
) -> Response:
    """Show the form."""
    return _form(request, deps, safe_next(next), None, signed_off=signed_off)


@router.post("/sign-in")
def sign_in(
    request: Request,
    deps: Deps,
    name: Annotated[str, Form(max_length=120)],
    password: Annotated[str, Form(max_length=512)],
    code: Annotated[str, Form(max_length=7)] = "",
    next: Annotated[str, Form(max_length=512)] = "/",
) -> Response:
    """Check name, password and code together, and never say which of them was wrong."""
    target = safe_next(next)
    came = _check(deps, name.strip().lower(), password, code.replace(" ", ""))
    if isinstance(came, Failure):
        return _form(request, deps, target, came)
    old = request.cookies.get(session_cookie(deps), "")
    with deps.database.write() as conn:
        if old:
            end_session(conn, old)
        token = open_session(conn, came.user_id, deps.now(), second_factor=came.has_totp)
        audit.append(
            conn, audit.Entry(user_id=came.user_id, action="sign_in", kind="user"), deps.now()
        )
    answer = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    set_cookie(answer, deps, session_cookie(deps), token)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, deps: Deps, _session: Current) -> Response:
    """End the session on the server, and the live streams of it."""
    with deps.database.write() as conn:
        end_session(conn, request.cookies[session_cookie(deps)])
    request.app.state.hub.end_session(request.cookies[session_cookie(deps)])
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(
        session_cookie(deps), path="/", secure=deps.secure_cookies, httponly=True, samesite="lax"
    )
    return answer


@router.post("/input", status_code=HTTPStatus.NO_CONTENT)
def note_input(_session: Current) -> None:
    """Note that the person typed, clicked or scrolled; the gate has done it."""


def code_step(secret: str, code: str, now_ms: int) -> int | None:
    """
    Return the 30 s step whose code this is; None where it is none of this minute's.

    The step, once used, is refused by the store, so that a code read over a shoulder is worthless.
    """
    totp = pyotp.TOTP(secret)
    step = now_ms // 1000 // STEP_S
    for drift in CODE_DRIFT:
        if secrets.compare_digest(totp.at((step + drift) * STEP_S), code):
            return int(step + drift)
    return None


def _check(deps: WebDeps, name: str, password: str, code: str) -> users.User | Failure:
    now = deps.now()
    with deps.database.read() as conn:
        wait_ms = users.wait_ms(conn, name, now)
        login = users.find_login(conn, name)
        secret = users.totp_secret(conn, login.user.user_id, deps.vault) if login else None
    if wait_ms:
        return Failure("locked", -(-wait_ms // 1000))
    try:
        with hashing():
            known = users.password_matches(login.password_hash if login else None, password)
    except Busy:
        return Failure("busy")
    step = code_step(secret, code, now) if secret else None
    with deps.database.write() as conn:
        good = login is not None and known and not login.user.disabled
        if good and login is not None and secret is not None:
            good = step is not None and users.use_totp_step(conn, login.user.user_id, step)
        if good and login is not None:
            users.login_succeeded(conn, name)
            return login.user
        users.login_failed(conn, name, now)
        who = login.user.user_id if login else ""
        audit.append(conn, audit.Entry(user_id=who, action="sign_in_failed", kind="user"), now)
    return Failure("wrong")


def _form(
    request: Request, deps: WebDeps, target: str, failure: Failure | None, signed_off: bool = False
) -> Response:
    with deps.database.read() as conn:
        token = request.cookies.get(session_cookie(deps), "")
        session = find_session(conn, token, deps.now(), limits(deps)) if token else None
    if session is not None and failure is None:
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)
    cookie = request.cookies.get(start_cookie(deps)) or secrets.token_urlsafe(24)
    request.state.start_csrf = start_csrf(cookie)
    statuses = {"locked": 429, "busy": 503, "wrong": 401}
    page = render(
        request,
        "sign_in.html",
        {
            "next": target,
            "failure": failure.reason if failure else "",
            "wait_s": failure.wait_s if failure else 0,
            "signed_off": signed_off,
        },
        status=statuses[failure.reason] if failure else 200,
    )
    set_cookie(page, deps, start_cookie(deps), cookie)
    return page


def set_cookie(answer: Response, deps: WebDeps, name: str, value: str) -> None:
    """Set a cookie for this browser session, out of reach of scripts and other sites."""
    answer.set_cookie(
        name, value, path="/", secure=deps.secure_cookies, httponly=True, samesite="lax"
    )
