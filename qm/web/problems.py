"""
What a browser or a program gets to see when something does not work.

Never what was sent in: a value may be content.  Pages say what happened, what is safe and what to
do; programs get ``application/problem+json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from qm.errors import AccessError, QmError, StoreError
from qm.web.frame import render
from qm.web.security import HEADERS

log = structlog.get_logger()


class NotSignedIn(AccessError):
    """Nobody is signed in, or the session ended."""


class NeedsSecondFactor(AccessError):
    """The person must set up a second factor, or a new password, before anything else."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, without anything of the request in it."""

    status: int
    reason: str  #: key of the catalogue: ``problem.<reason>``
    fields: tuple[tuple[str, str], ...] = ()  #: (name, kind of error)


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` by this module."""
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(NeedsSecondFactor, _needs_second_factor)
    app.add_exception_handler(AccessError, _access)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(QmError, _broken)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)


def is_api(request: Request) -> bool:
    """Return whether a program asks."""
    return request.url.path.startswith("/api/")


def is_htmx(request: Request) -> bool:
    """Return whether a page asks for a piece of itself."""
    return request.headers.get("hx-request") == "true"


def safe_next(target: str) -> str:
    r"""
    Return ``target`` if it is a page of ours, else the start page.

    >>> safe_next("/calls?queue=billing"), safe_next("//elsewhere"), safe_next("/a\\b")
    ('/calls?queue=billing', '/', '/')
    """
    inside = target.startswith("/") and not target.startswith("//")
    plain = target.isascii() and target.isprintable() and "\\" not in target
    return target if inside and plain else "/"


def _go_to(request: Request, path: str) -> Response:
    if is_htmx(request):
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)


def _not_signed_in(request: Request, _error: Exception) -> Response:
    if is_api(request):
        return answer(request, Problem(HTTPStatus.UNAUTHORIZED, "not_signed_in"))
    if request.method != "GET" or request.url.path == "/":
        return _go_to(request, "/sign-in")
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return _go_to(request, "/sign-in?next=" + quote(safe_next(target), safe=""))


def _needs_second_factor(request: Request, _error: Exception) -> Response:
    if is_api(request):
        return answer(request, Problem(HTTPStatus.FORBIDDEN, "needs_second_factor"))
    return _go_to(request, "/account")


def _access(request: Request, _error: Exception) -> Response:
    return answer(request, Problem(HTTPStatus.FORBIDDEN, "forbidden"))


def _store(request: Request, error: Exception) -> Response:
    log.error("store_failed", route=_route(request), exc_info=error)
    return answer(request, Problem(HTTPStatus.SERVICE_UNAVAILABLE, "store"))


def _broken(request: Request, error: Exception) -> Response:
    log.error("request_failed", route=_route(request), exc_info=error)
    refusal = answer(request, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "broken"))
    refusal.headers.update(HEADERS)  # this answer is made outside of every middleware
    refusal.headers["Cache-Control"] = "no-store"
    return refusal


def _invalid(request: Request, error: Exception) -> Response:
    """FastAPI's own answer quotes the input: only the names of our own fields are safe to say."""
    fields: list[tuple[str, str]] = []
    if isinstance(error, RequestValidationError):
        for one in error.errors():
            kind = str(one["type"])
            # a field that is not ours was named by the sender: it is input
            name = "" if kind == "extra_forbidden" else "".join(map(str, one["loc"][1:2]))
            fields.append((name, kind))
    return answer(request, Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", tuple(fields)))


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    reasons = {404: "missing", 405: "method", 403: "forbidden", 413: "too_large", 429: "wait"}
    reasons |= {409: "changed", 416: "range", 422: "invalid", 503: "store"}
    return answer(request, Problem(status, reasons.get(status, "broken")))


def answer(request: Request, problem: Problem) -> Response:
    """Return ``problem`` as a page, a piece of a page, or problem+json."""
    if is_api(request):
        return JSONResponse(_json(problem), problem.status, media_type="application/problem+json")
    if is_htmx(request):
        page = render(request, "_notice.html", {"problem": problem}, status=problem.status)
        page.headers["HX-Retarget"] = "#notice"
        page.headers["HX-Reswap"] = "innerHTML"
        return page
    return render(request, "error.html", {"problem": problem}, status=problem.status)


def _json(problem: Problem) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "reason": problem.reason,
    }
    if problem.fields:
        body["fields"] = [{"name": name, "error": kind} for name, kind in problem.fields]
    return body


def _route(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "path", "unknown"))
