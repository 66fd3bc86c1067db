"""
The sound of a clip: its own stretch and nothing around it, in ranges, for a player on our page.

Nothing can keep somebody from recording what they hear.  What the server can do, it does: it gives
no file to save (a player's ranges only, marked not to be stored), asks at every range who may hear,
and writes each play down.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response

from qm.errors import AudioError
from qm.io.cutting import cut_flac
from qm.io.store.audio import find_audio
from qm.io.store.keys import find_call_key
from qm.io.store.scopes import Scope
from qm.io.store.shares import may_hear
from qm.web.audio import parse_range
from qm.web.auth import Deps, Reach, narrowed
from qm.web.coach.shown import as_heard
from qm.web.deps import WebDeps

router = APIRouter(include_in_schema=False)

PLAYERS = frozenset({"audio", "empty"})  # what a browser says of a player's request, or a script's


@router.get("/clips/{clip_id}/audio")
def play_clip(request: Request, deps: Deps, scope: Reach, clip_id: str) -> Response:
    """Return a stretch of a clip's sound."""
    return clip_answer(request, deps, scope, clip_id)


def clip_answer(request: Request, deps: WebDeps, scope: Scope, clip_id: str) -> Response:
    """
    Return the stretch that the request's ``Range`` asks for, at most a megabyte.

    Raises:
        HTTPException: 404, there is no such clip for this person; 403, not asked for by a player;
            416, no range.
    """
    with deps.database.read() as conn:
        clip = may_hear(conn, scope, clip_id, deps.now())
        if clip is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        coach = narrowed(scope, frozenset({"coach", "supervisor"}))
        recording = find_audio(conn, coach, clip.call_id, "redacted") or find_audio(
            conn, as_heard(clip), clip.call_id, "redacted"
        )
        key = find_call_key(conn, deps.vault, clip.call_id)
    if recording is None or key is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if request.headers.get("sec-fetch-dest", "audio") not in PLAYERS:
        raise HTTPException(HTTPStatus.FORBIDDEN)  # an address typed or followed: a file to save
    wanted = request.headers.get("range")
    if wanted is None:
        raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    whole = deps.blobs.of_call(clip.call_id, key).get("redacted")
    try:
        sound = cut_flac(whole, clip.start_ms, clip.end_ms)
    except AudioError:
        raise HTTPException(HTTPStatus.NOT_FOUND) from None
    stretch = parse_range(wanted, len(sound))
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": "inline",
        "Content-Range": f"bytes {stretch.start}-{stretch.end - 1}/{stretch.size}",
    }
    data = sound[stretch.start : stretch.end]
    return Response(data, HTTPStatus.PARTIAL_CONTENT, media_type="audio/flac", headers=headers)
