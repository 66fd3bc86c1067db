"""The library of clips, and the page of one: what is said of it, who may hear it, who has."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from qm.io.store import people
from qm.io.store.clips import Clip, change_clip, find_clip, list_clips, remove_clip
from qm.io.store.consents import ask_consent
from qm.io.store.playlists import add_clip, list_playlists
from qm.io.store.scopes import Scope
from qm.io.store.shares import NewShare, share, shares_of_clip, withdraw_share
from qm.stages.terms import fits, parse_terms
from qm.web.auth import Deps, Reach
from qm.web.cards import names_of_users
from qm.web.coach.cut import CutForm, Texts, cut, put_in
from qm.web.coach.shown import WARN_DAYS, days_left, lines_of
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.problems import is_htmx

router = APIRouter(include_in_schema=False)

Kind = Literal["", "good", "improve"]
Recipient = Annotated[str, Form(max_length=80, pattern=r"^(agent|team):.+$")]
Back = Annotated[str, Form(pattern=r"^(/coach/(clips|playlists)/[a-z0-9]+)?$")]
"""The page of ours that a form was on."""
Note = Annotated[str, Form(max_length=500)]
RESULTS = ("shared", "already", "needs_consent", "only_own", "missing")


@router.get("/coach/clips")
def show_clips(request: Request, deps: Deps, scope: Reach, kind: Kind = "") -> Response:
    """Show the library, newest first."""
    return _library(request, deps, scope, kind, "")


@router.post("/coach/clips/found")
def find_clips(
    request: Request,
    deps: Deps,
    scope: Reach,
    words: Annotated[str, Form(max_length=200)] = "",
    kind: Annotated[Kind, Form()] = "",
) -> Response:
    """Show the clips whose title, tags or reason hold some words."""
    return _library(request, deps, scope, kind, words)


@router.post("/coach/clips")
def make_clip(
    request: Request, deps: Deps, scope: Reach, form: Annotated[CutForm, Form()]
) -> Response:
    """Cut a clip."""
    with deps.database.write() as conn:
        clip_id, why = cut(conn, deps, scope, form.call_id, form.span(), form)
        playlist_id = put_in(conn, deps, scope, form, clip_id) if clip_id else ""
    if not clip_id and why is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if not is_htmx(request):
        if not clip_id:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
        return RedirectResponse(f"/coach/clips/{clip_id}", HTTPStatus.SEE_OTHER)
    with deps.database.read() as conn:
        playlists = list_playlists(conn, scope, deps.now())
    context = {"clip_id": clip_id, "why": why, "playlist_id": playlist_id, "playlists": playlists}
    return render(request, "_coach_cut.html", context)


@router.get("/coach/clips/{clip_id}")
def show_clip(request: Request, deps: Deps, scope: Reach, clip_id: str) -> Response:
    """Show one clip."""
    return clip_page(request, deps, scope, clip_id, {})


@router.post("/coach/clips/{clip_id}")
def change(
    request: Request, deps: Deps, scope: Reach, clip_id: str, texts: Annotated[Texts, Form()]
) -> Response:
    """Say something else of a clip."""
    with deps.database.write() as conn:
        done = change_clip(conn, deps.vault, scope, clip_id, texts.stored(), deps.now())
    return _back(done, clip_id)


@router.post("/coach/clips/{clip_id}/remove")
def remove(deps: Deps, scope: Reach, clip_id: str) -> Response:
    """Remove a clip, from playlists and agents' pages too."""
    with deps.database.write() as conn:
        if not remove_clip(conn, scope, clip_id, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse("/coach/clips", HTTPStatus.SEE_OTHER)


@router.post("/coach/clips/{clip_id}/consent")
def ask(deps: Deps, scope: Reach, clip_id: str, back: Back = "") -> Response:
    """Ask the agent who is heard whether others may hear it."""
    with deps.database.write() as conn:
        if ask_consent(conn, scope, clip_id, deps.now()) is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse(back or f"/coach/clips/{clip_id}", HTTPStatus.SEE_OTHER)


@router.post("/coach/clips/{clip_id}/add")
def put_into(
    deps: Deps,
    scope: Reach,
    clip_id: str,
    playlist_id: Annotated[str, Form(max_length=32)],
) -> Response:
    """Put a clip at the end of a playlist."""
    with deps.database.write() as conn:
        done = add_clip(conn, scope, playlist_id, clip_id, deps.now())
    return _back(done, clip_id)


@router.post("/coach/clips/{clip_id}/share")
def share_clip(
    request: Request, deps: Deps, scope: Reach, clip_id: str, to: Recipient, note: Note = ""
) -> Response:
    """Give a clip to an agent, or to a team, to hear."""
    results = share_with(deps, scope, to, note, clip_id=clip_id)
    return clip_page(request, deps, scope, clip_id, {"results": results})


@router.post("/coach/shares/{share_id}/withdraw")
def withdraw(
    deps: Deps,
    scope: Reach,
    share_id: str,
    back: Back = "",
) -> Response:
    """Take something back that was shared."""
    with deps.database.write() as conn:
        if not withdraw_share(conn, scope, share_id, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse(back or "/coach/clips", HTTPStatus.SEE_OTHER)


def share_with(
    deps: WebDeps, scope: Scope, to: str, note: str, *, clip_id: str = "", playlist_id: str = ""
) -> Mapping[str, int]:
    """
    Share with ``agent:ID`` or everybody now in ``team:NAME``.

    Returns:
        How often each result came about (``shares.Result``).

    Raises:
        HTTPException: 404, nobody of that name in reach.
    """
    kind, _, name = to.partition(":")
    counts: dict[str, int] = {}
    with deps.database.write() as conn:
        reached = people.list_agents(conn, scope, deps.now())
        meant = [a for a in reached if name == (a.agent_id if kind == "agent" else a.team)]
        for agent in meant:
            new = NewShare(
                agent_id=agent.agent_id, clip_id=clip_id, playlist_id=playlist_id, note=note
            )
            result = share(conn, deps.vault, scope, new, deps.now())
            counts[result] = counts.get(result, 0) + 1
    if not meant or "missing" in counts:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return {result: counts[result] for result in RESULTS if result in counts}


def clip_page(
    request: Request, deps: WebDeps, scope: Scope, clip_id: str, more: Mapping[str, Any]
) -> Response:
    """
    Return the page of a clip.

    Raises:
        HTTPException: 404, there is none for this person.
    """
    words, now = words_of(request), deps.now()
    with deps.database.read() as conn:
        clip = find_clip(conn, scope, clip_id, now)
        if clip is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        playlists = list_playlists(conn, scope, now)
        context = {
            "clip": clip,
            "lines": lines_of(conn, scope, clip, words),
            "left": days_left(clip, now),
            "warn_days": WARN_DAYS,
            "shares": shares_of_clip(conn, clip_id, now),
            "playlists": playlists,
            "inside": [x.playlist_id for x in playlists if clip in x.clips],
            **recipients(conn, deps, scope),
            "names": names_of_users(conn),
            "results": None,
            **more,
        }
    return render(request, "coach_clip.html", context)


def recipients(conn: Connection, deps: WebDeps, scope: Scope) -> Mapping[str, Any]:
    """Return the agents and teams that something may be shared with."""
    return {
        "agents": people.list_agents(conn, scope, deps.now()),
        "teams": people.list_teams(conn, scope),
    }


def _library(request: Request, deps: WebDeps, scope: Scope, kind: str, text: str) -> Response:
    now = deps.now()
    with deps.database.read() as conn:
        everything = list_clips(conn, scope, now)
        names = names_of_users(conn)
    shown = [clip for clip in everything if (not kind or clip.kind == kind) and _fits(clip, text)]
    tags = sorted({tag for clip in everything for tag in clip.tag_list}, key=str.casefold)
    context = {
        "clips": shown,
        "all_clips": len(everything),
        "kind": kind,
        "asked_words": text,
        "tags": tags[:24],
        "names": names,
        "left": {clip.clip_id: days_left(clip, now) for clip in shown},
        "warn_days": WARN_DAYS,
    }
    return render(request, "coach_clips.html", context)


def _fits(clip: Clip, text: str) -> bool:
    said = [one.text for one in (clip.title, clip.tags, clip.why) if one is not None]
    return fits(parse_terms(text), [*said, clip.agent_name])


def _back(done: bool, clip_id: str) -> Response:
    if not done:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse(f"/coach/clips/{clip_id}", HTTPStatus.SEE_OTHER)
