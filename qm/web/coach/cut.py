"""What people send to cut a clip and to say something of it: checked once, for pages and API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from qm.io.store.audio import find_audio
from qm.io.store.clips import ClipTexts, NewClip, cut_clip
from qm.io.store.playlists import add_clip, make_playlist
from qm.io.store.scopes import Scope
from qm.stages.clips import Span, fault, parse_moment
from qm.web.coach.shown import DAY_MS
from qm.web.deps import WebDeps

Title = Annotated[str, Field(pattern=r"\S", max_length=120, repr=False)]  #: not blank alone
Tags = Annotated[str, Field(max_length=200, repr=False)]
Why = Annotated[str, Field(max_length=1_000, repr=False)]
Faulty = Literal["no_time", "backwards", "too_short", "too_long", "outside", "no_sound"]


class Texts(BaseModel):
    """What is said of a clip.  Others see it once it has been checked for identifiers."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    kind: Literal["good", "improve"] = "good"
    title: Title
    tags: Tags = ""  #: comma separated
    why: Why = ""

    def stored(self) -> ClipTexts:
        """Return the store's shape."""
        return ClipTexts(kind=self.kind, title=self.title, tags=self.tags, why=self.why)


class CutForm(Texts):
    """A span of a call to keep, as a form sends it."""

    call_id: Annotated[str, Field(max_length=64)]
    start: Annotated[str, Field(max_length=16)]  #: m:ss.s
    end: Annotated[str, Field(max_length=16)]
    playlist: Annotated[str, Field(max_length=32)] = ""  #: id, or "new"
    new_title: Annotated[str, Field(max_length=120, repr=False)] = ""

    def span(self) -> Span | None:
        """Return the span; None where a time is none."""
        start_ms, end_ms = parse_moment(self.start), parse_moment(self.end)
        if start_ms is None or end_ms is None:
            return None
        return Span(start_ms=start_ms, end_ms=end_ms)


def cut(
    conn: Connection, deps: WebDeps, scope: Scope, call_id: str, span: Span | None, texts: Texts
) -> tuple[str, Faulty | None]:
    """
    Cut a clip.

    Returns:
        Its id and None; or "" and why it cannot be cut, None where there is no such call.
    """
    now = deps.now()
    if span is None:
        return "", "no_time"
    recording = find_audio(conn, scope, call_id, "redacted")
    if recording is None:
        return "", "no_sound"
    why = fault(span, recording.duration_ms)
    if why:
        return "", why
    new = NewClip(
        call_id=call_id,
        kind=texts.kind,
        start_ms=span.start_ms,
        end_ms=span.end_ms,
        expires_at=now + deps.clip_days * DAY_MS,
        title=texts.title,
        tags=texts.tags,
        why=texts.why,
    )
    return cut_clip(conn, deps.vault, scope, new, now) or "", None


def put_in(conn: Connection, deps: WebDeps, scope: Scope, form: CutForm, clip_id: str) -> str:
    """Put a new clip into the playlist that the form names, or into a new one; return its id."""
    chosen, now = form.playlist, deps.now()
    if chosen == "new":
        title = form.new_title.strip() or form.title
        chosen = make_playlist(conn, deps.vault, scope, title, now)
    if chosen and add_clip(conn, scope, chosen, clip_id, now):
        return chosen
    return ""
