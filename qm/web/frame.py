"""The frame around every page: rail, bar, words, clock; how a template becomes an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from qm.io.store.sessions import Session
from qm.stages.forms import FormWords
from qm.web.access import ACCESS
from qm.web.deps import WebDeps
from qm.web.messages import Catalogue, catalogue, choose
from qm.web.moments import Moments, span

THEMES = ("light", "dark")
PLACES = (
    ("live", "/live"),
    ("alerts", "/alerts"),
    ("mine", "/mine"),
    ("calls", "/calls"),
    ("review", "/review"),
    ("measures", "/measures"),
    ("coach", "/coach"),
    ("admin", "/admin"),
)
WITHIN = {"/admin": ("/rules", "/audit", "/privacy")}
"""Pages that belong to a place though their address does not say so."""


AS_WRITTEN = FormWords(language="")
"""Forms in the language that they are kept in."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail."""

    name: str
    path: str
    here: bool


@cache
def environment() -> Environment:
    """Return the templates, all of them escaped, with an error for a name that is not there."""
    env = Environment(
        loader=PackageLoader("qm.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["span"] = span
    return env


def piece(template: str, words: Catalogue, moments: Moments, context: Mapping[str, Any]) -> str:
    """Return a part of a page, with no more frame than its words and its clock."""
    spoken = {"words": words, "t": words.say, "moments": moments, "ft": str}
    return environment().get_template(template).render({**spoken, **context})


def words_of(request: Request) -> Catalogue:
    """Return the catalogue of the person's language."""
    chosen = choose(
        request.cookies.get("qm-language", ""), request.headers.get("accept-language", "")
    )
    return catalogue(chosen)


def render(
    request: Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HTMLResponse:
    """Return a page or a piece of one for the person who asks."""
    deps: WebDeps = request.app.state.deps
    words = words_of(request)
    moments = Moments(zone=deps.zone, words=words, now=deps.now())
    session: Session | None = getattr(request.state, "session", None)
    frame = {
        "site_name": deps.site_name,
        "user": session.user if session else None,
        "csrf": session.csrf if session else getattr(request.state, "start_csrf", ""),
        "places": places(session, request.url.path),
        "theme": theme_of(request),
        "idle_ms": deps.idle_minutes * 60_000,
        "path": request.url.path,
        "live_stream": session is not None,
        "ft": deps.form_words.get(words.language, AS_WRITTEN).say,
    }
    text = piece(template, words, moments, {**frame, **(context or {})})
    return HTMLResponse(text, status, headers={"Content-Language": words.language})


def theme_of(request: Request) -> str:
    """Return the theme that the person chose, or "" for the system's."""
    theme = request.cookies.get("qm-theme", "")
    return theme if theme in THEMES else ""


def places(session: Session | None, path: str) -> tuple[Place, ...]:
    """Return the places that the person's roles open, in the order of the rail."""
    if session is None:
        return ()
    roles = session.user.scope.roles
    return tuple(
        Place(name=name, path=target, here=_is_in(path, target, *WITHIN.get(target, ())))
        for name, target in PLACES
        if ACCESS["GET", target].roles & roles
    )


def _is_in(path: str, *targets: str) -> bool:
    return any(path == one or path.startswith(one + "/") for one in targets)
