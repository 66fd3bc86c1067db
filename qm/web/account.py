"""One's own account: password, second factor, colours and language."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Literal

import pyotp
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from qm.io.store import users
from qm.io.store.sessions import Session, end_sessions_of, open_session
from qm.web.auth import Current, Deps, must_set_up, session_cookie
from qm.web.deps import WebDeps
from qm.web.frame import THEMES, render
from qm.web.messages import LANGUAGES
from qm.web.problems import safe_next
from qm.web.signin import Busy, code_step, hashing, set_cookie

router = APIRouter(include_in_schema=False)

SHORTEST_PASSWORD = 12  # characters; length is what counts (NIST SP 800-63B asks for 8 or more)
SECRET = re.compile(r"[A-Z2-7]{32}")  # 160 bits in base 32, as pyotp makes them
KEEP_LOOK_S = 365 * 24 * 3600

Done = Literal["", "password_changed", "second_changed"]
Password = Annotated[str, Form(max_length=512)]


@router.get("/account")
def show_account(request: Request, deps: Deps, session: Current, done: Done = "") -> Response:
    """Show the account."""
    return _page(request, deps, session, done=done)


@router.post("/account/password")
def change_password(
    request: Request, deps: Deps, session: Current, old: Password, new: Password
) -> Response:
    """Change the password; other sessions of the person end."""
    if len(new) < SHORTEST_PASSWORD or new == old:
        return _page(request, deps, session, failure="too_short")
    if not _is_password(deps, session, old):
        return _page(request, deps, session, failure="wrong")
    with hashing():
        hashed = users.hash_password(new)
    token = request.cookies[session_cookie(deps)]
    with deps.database.write() as conn:
        users.set_password(conn, session.user.user_id, hashed)
        end_sessions_of(conn, session.user.user_id, but=token)
    return RedirectResponse("/account?done=password_changed", HTTPStatus.SEE_OTHER)


@router.post("/account/second-factor")
def change_second_factor(
    request: Request,
    deps: Deps,
    session: Current,
    password: Password,
    code: Annotated[str, Form(max_length=7)],
    secret: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Set up the authenticator app, or remove it; either needs the password and a code of it."""
    user = session.user
    with deps.database.read() as conn:
        stored = users.totp_secret(conn, user.user_id, deps.vault)
    checked = stored or (secret if SECRET.fullmatch(secret) else "")
    step = code_step(checked, code.replace(" ", ""), deps.now()) if checked else None
    if step is None or not _is_password(deps, session, password):
        return _page(request, deps, session, failure="wrong", secret=secret)
    with deps.database.write() as conn:
        if stored and not users.use_totp_step(conn, user.user_id, step):
            return _page(request, deps, session, failure="wrong")
        users.set_totp(conn, user.user_id, None if stored else checked, deps.vault)
        if not stored:
            users.use_totp_step(conn, user.user_id, step)
        end_sessions_of(conn, user.user_id)
        token = open_session(conn, user.user_id, deps.now(), second_factor=not stored)
    answer = RedirectResponse("/account?done=second_changed", HTTPStatus.SEE_OTHER)
    set_cookie(answer, deps, session_cookie(deps), token)
    return answer


@router.post("/account/look")
def change_look(
    deps: Deps,
    _session: Current,
    theme: Annotated[str, Form(max_length=5)] = "",
    language: Annotated[str, Form(max_length=2)] = "",
    next: Annotated[str, Form(max_length=512)] = "/",
) -> Response:
    """Choose colours or language; kept in this browser."""
    answer = RedirectResponse(safe_next(next), HTTPStatus.SEE_OTHER)
    for name, value, known in (("qm-theme", theme, THEMES), ("qm-language", language, LANGUAGES)):
        if value in known:
            answer.set_cookie(
                name, value, max_age=KEEP_LOOK_S, secure=deps.secure_cookies, httponly=True,
                samesite="lax",
            )  # fmt: skip
    return answer


def _is_password(deps: WebDeps, session: Session, password: str) -> bool:
    name = session.user.name
    with deps.database.read() as conn:
        login = users.find_login(conn, name)
        waits = users.wait_ms(conn, name, deps.now())
    if login is None or waits:
        return False
    try:
        with hashing():
            right = users.password_matches(login.password_hash, password)
    except Busy:
        return False
    if not right:
        with deps.database.write() as conn:
            users.login_failed(conn, name, deps.now())
    return right


def _page(
    request: Request,
    deps: WebDeps,
    session: Session,
    *,
    done: str = "",
    failure: str = "",
    secret: str = "",
) -> Response:
    secret = secret if SECRET.fullmatch(secret) else pyotp.random_base32()
    link = pyotp.TOTP(secret).provisioning_uri(name=session.user.name, issuer_name=deps.site_name)
    context = {
        "grants": sorted(session.user.grants),
        "must_set_up": must_set_up(deps, session),
        "done": done,
        "failure": failure,
        "secret": secret,
        "secret_shown": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "enrol_link": link,
    }
    return render(request, "account.html", context, status=401 if failure else 200)
