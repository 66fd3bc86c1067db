"""Playlists: made, ordered, played through, shared."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from qm.io.store.playlists import (
    find_playlist,
    list_playlists,
    make_playlist,
    move_clip,
    remove_playlist,
    rename_playlist,
)
from qm.io.store.scopes import Scope
from qm.io.store.shares import shares_of_playlist
from qm.web.auth import Deps, Reach
from qm.web.cards import names_of_users
from qm.web.coach.clips import Note, Recipient, recipients, share_with
from qm.web.coach.shown import WARN_DAYS, days_left, lines_of
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of

router = APIRouter(include_in_schema=False)

TitleField = Annotated[str, Form(min_length=1, max_length=120)]


@router.get("/coach/playlists")
def show_playlists(request: Request, deps: Deps, scope: Reach) -> Response:
    """Show all playlists, newest first."""
    with deps.database.read() as conn:
        context = {
            "playlists": list_playlists(conn, scope, deps.now()),
            "names": names_of_users(conn),
        }
    return render(request, "coach_playlists.html", context)


@router.post("/coach/playlists")
def make(deps: Deps, scope: Reach, title: TitleField) -> Response:
    """Make an empty playlist."""
    with deps.database.write() as conn:
        playlist_id = make_playlist(conn, deps.vault, scope, title, deps.now())
    return _back(playlist_id)


@router.get("/coach/playlists/{playlist_id}")
def show_playlist(request: Request, deps: Deps, scope: Reach, playlist_id: str) -> Response:
    """Show one playlist."""
    return playlist_page(request, deps, scope, playlist_id, {})


@router.post("/coach/playlists/{playlist_id}")
def rename(deps: Deps, scope: Reach, playlist_id: str, title: TitleField) -> Response:
    """Give a playlist another title."""
    with deps.database.write() as conn:
        done = rename_playlist(conn, deps.vault, scope, playlist_id, title, deps.now())
    return _back(playlist_id, done)


@router.post("/coach/playlists/{playlist_id}/move")
def move(
    deps: Deps,
    scope: Reach,
    playlist_id: str,
    clip_id: Annotated[str, Form(max_length=32)],
    to: Annotated[Literal["up", "down", "out"], Form()],
) -> Response:
    """Move a clip one place, or take it out."""
    with deps.database.write() as conn:
        done = move_clip(conn, scope, playlist_id, clip_id, to, deps.now())
    return _back(playlist_id, done)


@router.post("/coach/playlists/{playlist_id}/remove")
def remove(deps: Deps, scope: Reach, playlist_id: str) -> Response:
    """Remove a playlist; its clips stay."""
    with deps.database.write() as conn:
        if not remove_playlist(conn, scope, playlist_id):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse("/coach/playlists", HTTPStatus.SEE_OTHER)


@router.post("/coach/playlists/{playlist_id}/share")
def share_playlist(
    request: Request, deps: Deps, scope: Reach, playlist_id: str, to: Recipient, note: Note = ""
) -> Response:
    """Give a playlist to an agent, or to a team, to hear."""
    results = share_with(deps, scope, to, note, playlist_id=playlist_id)
    return playlist_page(request, deps, scope, playlist_id, {"results": results})


def playlist_page(
    request: Request, deps: WebDeps, scope: Scope, playlist_id: str, more: Mapping[str, Any]
) -> Response:
    """
    Return the page of a playlist.

    Raises:
        HTTPException: 404, there is none for this person.
    """
    words, now = words_of(request), deps.now()
    with deps.database.read() as conn:
        playlist = find_playlist(conn, scope, playlist_id, now)
        if playlist is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        context = {
            "playlist": playlist,
            "own": playlist.made_by == scope.user_id,
            "lines": {clip.clip_id: lines_of(conn, scope, clip, words) for clip in playlist.clips},
            "left": {clip.clip_id: days_left(clip, now) for clip in playlist.clips},
            "warn_days": WARN_DAYS,
            "shares": shares_of_playlist(conn, playlist_id, now),
            **recipients(conn, deps, scope),
            "names": names_of_users(conn),
            "results": None,
            **more,
        }
    return render(request, "coach_playlist.html", context)


def _back(playlist_id: str, done: bool = True) -> Response:
    if not done:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse(f"/coach/playlists/{playlist_id}", HTTPStatus.SEE_OTHER)
