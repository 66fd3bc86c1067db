"""Redacted recordings: opened in memory, a range at a time; and their outlines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from qm.io.blobs import CallBlobs
from qm.io.store.audio import AudioObject, find_audio
from qm.io.store.keys import find_call_key
from qm.io.store.scopes import Scope
from qm.web.auth import Deps, Reach
from qm.web.deps import WebDeps

router = APIRouter(include_in_schema=False)

MOST_BYTES = 1_048_576  # of one answer: half a minute of FLAC, all of an Opus call
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Bytes ``[start, end)`` of ``size``."""

    start: int
    end: int
    size: int


@router.get("/calls/{call_id}/peaks")
def show_peaks(deps: Deps, scope: Reach, call_id: str) -> Response:
    """Return the outline of a recording: how loud each channel was, stretch by stretch."""
    with deps.database.read() as conn:
        recording = _found(conn, scope, call_id)
    body = {"duration_ms": recording.duration_ms, "channels": recording.peaks}
    return JSONResponse(body)


@router.get("/calls/{call_id}/audio")
def play(request: Request, deps: Deps, scope: Reach, call_id: str) -> Response:
    """Return a stretch of the redacted recording."""
    return audio_answer(request, deps, scope, call_id)


def audio_answer(request: Request, deps: WebDeps, scope: Scope, call_id: str) -> Response:
    """
    Return the stretch that the request's ``Range`` asks for, at most a megabyte.

    Without a range the whole recording is returned.

    Raises:
        HTTPException: 404, there is no such recording for this person; 416, no such range.
    """
    with deps.database.read() as conn:
        recording = _found(conn, scope, call_id)
        key = find_call_key(conn, deps.vault, call_id)
    if key is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)  # the call is erased: nothing opens it again
    wanted = request.headers.get("range")
    stretch = parse_range(wanted, recording.size)
    data = _read(deps.blobs.of_call(call_id, key), stretch)
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": "inline"}
    if wanted is None:
        return Response(data, media_type=recording.media_type, headers=headers)
    headers["Content-Range"] = f"bytes {stretch.start}-{stretch.end - 1}/{stretch.size}"
    return Response(
        data, HTTPStatus.PARTIAL_CONTENT, media_type=recording.media_type, headers=headers
    )


def parse_range(wanted: str | None, size: int) -> Stretch:
    """
    Return the bytes that a ``Range`` header asks for; all of them where there is none.

    Raises:
        HTTPException: 416, not one range of bytes, or past the end.

    >>> [(s.start, s.end) for s in (parse_range("bytes=10-", 99), parse_range("bytes=-9", 99))]
    [(10, 99), (90, 99)]
    """
    if wanted is None:
        return Stretch(start=0, end=size, size=size)
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not any(match.groups()):
        raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    first, last = match.groups()
    if first:
        start, end = int(first), int(last) + 1 if last else size
    else:
        start, end = max(0, size - int(last)), size
    end = min(end, size, start + MOST_BYTES)
    if start >= end:
        raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    return Stretch(start=start, end=end, size=size)


def _found(conn: Connection, scope: Scope, call_id: str) -> AudioObject:
    recording = find_audio(conn, scope, call_id, "redacted")
    if recording is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return recording


def _read(blobs: CallBlobs, stretch: Stretch) -> bytes:
    return blobs.get_range("redacted", stretch.start, stretch.end)
