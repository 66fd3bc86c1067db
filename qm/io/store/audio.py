"""Which audio objects a call has.  The bytes are in ``qm.io.blobs``, under the call's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, select

from qm.io import tables as t
from qm.io.store.documents import decode, encode
from qm.io.store.scopes import Scope, visible
from qm.io.store.upsert import upsert

AudioKind = Literal["redacted", "work", "original"]
Peaks = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioObject:
    """A whole object of audio."""

    call_id: str
    kind: AudioKind
    path: str
    media_type: str
    size: int  #: bytes before sealing
    duration_ms: int
    peaks: Peaks = ()  #: by channel: loudest sample of each stretch of equal length, in [0, 1]


def save_audio(conn: Connection, audio: AudioObject, now: int) -> None:
    """Note an object that is written; one of the same kind is replaced."""
    row = {
        "call_id": audio.call_id,
        "kind": audio.kind,
        "path": audio.path,
        "media_type": audio.media_type,
        "size": audio.size,
        "duration_ms": audio.duration_ms,
        "peaks": encode(audio.peaks),
        "saved_at": now,
    }
    upsert(conn, t.audio_objects, row)


def find_audio(conn: Connection, scope: Scope, call_id: str, kind: AudioKind) -> AudioObject | None:
    """
    Return an object of a call that ``scope`` sees.

    Seeing a call is not the right to its original: ask the rights for that before.
    """
    a = t.audio_objects.c
    query = (
        select(t.audio_objects)
        .join(t.calls, t.calls.c.call_id == a.call_id)
        .where(a.call_id == call_id, a.kind == kind, visible(scope))
    )
    row = conn.execute(query).one_or_none()
    if row is None:
        return None
    return AudioObject(
        call_id=row.call_id,
        kind=row.kind,
        path=row.path,
        media_type=row.media_type,
        size=row.size,
        duration_ms=row.duration_ms,
        peaks=decode(row.peaks, Peaks),
    )


def forget_audio(conn: Connection, call_id: str, kind: AudioKind) -> None:
    """Remove the note of an object that is deleted."""
    a = t.audio_objects.c
    conn.execute(delete(t.audio_objects).where(a.call_id == call_id, a.kind == kind))
