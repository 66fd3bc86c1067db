"""The search page: turns are found, heard in place, and cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import Connection

from qm.io.store import audit, calls, people
from qm.io.store.audio import find_audio
from qm.io.store.playlists import list_playlists
from qm.io.store.scopes import Scope
from qm.io.store.search import MOST_COUNTED, Hit, count_turns, find_turns
from qm.web.auth import Current, Deps, Reach
from qm.web.call import visible_call
from qm.web.coach.asked import (
    LABELS,
    LAST_PAGE,
    PAGE_HITS,
    SPEAKERS,
    Asked,
    sealed_terms,
    turn_filter,
)
from qm.web.coach.shown import all_lines, shown_hit
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.problems import is_htmx

router = APIRouter(include_in_schema=False)

STARTS = ("empathy_strong", "specific_instructions", "red_flag_response", "escalation_request")
"""Labels that an empty page offers to begin with."""


@router.get("/coach")
def show_search(request: Request, deps: Deps, scope: Reach) -> Response:
    """Show the search with nothing asked."""
    with deps.database.read() as conn:
        context = page_context(conn, deps, scope, Asked())
    return render(request, "coach_search.html", {**context, "hits": (), "total": 0})


@router.post("/coach")
def search(
    request: Request,
    deps: Deps,
    scope: Reach,
    session: Current,
    asked: Annotated[Asked, Form()],
) -> Response:
    """Show what was found; by POST, so that what is looked for stays out of addresses."""
    words = words_of(request)
    found, total = find(deps, scope, asked, session.user.user_id)
    with deps.database.read() as conn:
        context = page_context(conn, deps, scope, asked)
    shown = [shown_hit(hit, asked.terms, words) for hit in found]
    piece = "_coach_hits.html" if is_htmx(request) else "coach_search.html"
    return render(request, piece, {**context, "hits": shown, "total": total})


@router.get("/coach/calls/{call_id}")
def show_call(request: Request, deps: Deps, scope: Reach, call_id: str) -> Response:
    """Show a whole call to cut from."""
    words = words_of(request)
    with deps.database.read() as conn:
        call = visible_call(conn, scope, call_id)
        turns = calls.turns(conn, scope, call_id)
        labels = {one.turn_index: one for one in calls.labels(conn, scope, call_id)}
        context = {
            "call": call,
            "transcript": all_lines(turns, labels, words),
            "recording": find_audio(conn, scope, call_id, "redacted"),
            "playlists": list_playlists(conn, scope, deps.now()),
        }
    return render(request, "coach_call.html", context)


def find(deps: WebDeps, scope: Scope, asked: Asked, user_id: str) -> tuple[tuple[Hit, ...], int]:
    """
    Search, and write down that it was searched before anything is shown.

    Returns:
        The page of hits, and how many there are (at most ``MOST_COUNTED`` + 1).
    """
    if not asked.asks:
        return (), 0
    wanted = turn_filter(asked, deps)
    with deps.database.read() as conn:
        total = count_turns(conn, scope, wanted)
        found = find_turns(conn, scope, wanted, PAGE_HITS, (asked.page - 1) * PAGE_HITS)
    detail: dict[str, str | int | bool] = {"found": total, "filters": " ".join(asked.narrowed)}
    if asked.terms:
        detail |= sealed_terms(deps.vault, asked.words)
    with deps.database.write() as conn:
        entry = audit.Entry(user_id=user_id, action="search_terms", kind="turns", detail=detail)
        audit.append(conn, entry, deps.now())
    return found, total


def page_context(conn: Connection, deps: WebDeps, scope: Scope, asked: Asked) -> Mapping[str, Any]:
    """Return what the form offers and what was asked."""
    return {
        "asked": asked,
        "agents": people.list_agents(conn, scope, deps.now()),
        "teams": people.list_teams(conn, scope),
        "labels": LABELS,
        "speakers": SPEAKERS,
        "starts": STARTS,
        "playlists": list_playlists(conn, scope, deps.now()),
        "page_hits": PAGE_HITS,
        "last_page": LAST_PAGE,
        "most": MOST_COUNTED,
    }
