"""
"PHI missed here": words that redaction missed are taken out of text, search and sound at once.

The sound first, then the text: whatever fails in between, nothing is heard that cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException
from sqlalchemy import Connection

from qm.io.recordings import flattened, silenced
from qm.io.store import audio, corrections
from qm.io.store.calls import CallRow
from qm.io.store.keys import find_call_key
from qm.io.store.scopes import Scope
from qm.stages.missed import marked, without
from qm.stages.redaction import mute_spans
from qm.types import RedactedTurn, RedactedUtterance, SpeechSpan
from qm.web.auth import Deps, Reach
from qm.web.call import visible_call
from qm.web.deps import WebDeps
from qm.web.review import acts

router = APIRouter(include_in_schema=False)

Entity = Literal["NAME", "DATE", "PHONE", "LOCATION", "MRN", "HEALTH_PLAN_ID", "EMAIL", "EMPLOYER",
                 "OTHER_ID"]  # fmt: skip
ENTITIES: tuple[Entity, ...] = ("NAME", "DATE", "PHONE", "LOCATION", "MRN", "HEALTH_PLAN_ID",
                                "EMAIL", "EMPLOYER", "OTHER_ID")  # fmt: skip
"""What a reviewer chooses from, by the keys 1 to 9."""
Place = Annotated[int, Form(ge=0, le=100_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of one turn, as the page showed it."""

    turn: int
    first: int
    last: int
    of: int  #: how many words the turn had there: another number means that it has changed
    entity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was taken out."""

    turns: int  #: of every recognition
    start_ms: int  #: of the marked words


@router.post("/review/{review_id}/missed")
def take_out(
    deps: Deps,
    scope: Reach,
    review_id: str,
    turn: Place,
    first: Place,
    last: Place,
    of: Place,
    entity: Annotated[Entity, Form()],
) -> dict[str, int]:
    """Take words out, everywhere; return how many turns changed and where to go on."""
    words = Words(turn=turn, first=first, last=last, of=of, entity=entity)
    with deps.database.write() as conn:
        review = acts.held(conn, deps, scope, review_id)
    done = take_out_of(deps, scope, review.call_id, words)
    return {"turns": done.turns, "start_ms": done.start_ms}


def take_out_of(deps: WebDeps, scope: Scope, call_id: str, words: Words) -> Removed:
    """
    Take marked words out of every recognition of a call, out of search and out of its recording.

    Raises:
        HTTPException: 404 no such call or words, 409 the turn looks different by now.
    """
    with deps.database.read() as conn:
        call = visible_call(conn, scope, call_id)
        changed, start_ms = _changed(conn, scope, call, words)
        spans = _to_silence(call, changed)
        recording = audio.find_audio(conn, scope, call_id, "redacted")
        key = find_call_key(conn, deps.vault, call_id)
    if recording is not None and key is not None and spans:
        blobs = deps.blobs.of_call(call_id, key)
        data = silenced(blobs.get("redacted"), spans)
        path = blobs.put("redacted", data)
        outline = flattened(recording.peaks, recording.duration_ms, spans)
        recording = replace(recording, path=path, size=len(data), peaks=outline)
    with deps.database.write() as conn:
        again, _ = _changed(conn, scope, call, words)
        corrections.correct(conn, again, deps.now())
        if recording is not None and spans:
            audio.save_audio(conn, recording, deps.now())
    deps.database.scrub()
    return Removed(turns=len(again), start_ms=start_ms)


def _changed(
    conn: Connection, scope: Scope, call: CallRow, words: Words
) -> tuple[Sequence[RedactedTurn], int]:
    turns = corrections.all_turns(conn, scope, call.call_id)
    shown = [t for t in turns if (t.pass_, t.index) == (call.pass_, words.turn)]
    if not shown:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if len(shown[0].text.split()) != words.of or shown[0].withheld:
        raise HTTPException(HTTPStatus.CONFLICT)
    try:
        missed = marked(shown[0], words.first, words.last, words.entity)
    except IndexError:
        raise HTTPException(HTTPStatus.NOT_FOUND) from None
    at = (call.pass_, words.turn, words.first, words.last)
    one_line = len(call.channels) == 1
    return without(turns, missed, at=at, one_line=one_line), missed.start_ms


def _to_silence(
    call: CallRow, changed: Sequence[RedactedTurn]
) -> dict[int, tuple[SpeechSpan, ...]]:
    """Return by channel of the recording what the changed turns must not let be heard."""
    spans: dict[int, list[RedactedUtterance]] = {}
    for turn in changed:
        if not turn.words or turn.medium != "voice":
            continue
        spoken = RedactedUtterance(
            utterance=turn.index,
            role=turn.role,
            speaker=turn.speaker,
            language=turn.language,
            words=turn.words,
        )
        own = [i for i, channel in enumerate(call.channels) if channel == turn.role.value]
        for channel in own or range(len(call.channels)):  # nobody knows where others were heard
            spans.setdefault(channel, []).append(spoken)
    return {channel: mute_spans(said) for channel, said in spans.items()}
