"""Whole dialogues -> their identifiers, utterance by utterance or knowing the end."""

from __future__ import annotations

from collections.abc import Sequence

from qm.engines.base import PhiRequest, Redactor
from qm.engines.phi_memory import reread
from qm.types import CallId, PhiSpan, Role, Turn, Word


def redact_dialogue(
    redactor: Redactor, turns: Sequence[tuple[Role, str]], language: str, *, live: bool
) -> list[list[PhiSpan]]:
    """
    Find the identifiers of a dialogue given as text.

    Args:
        redactor: finds them.
        turns: who says what.
        language: of all turns.
        live: turn by turn, each with only what came before it; else once more with what the whole
            dialogue gave away, so that a late discovery reaches the first turn.

    Returns:
        For each turn its spans, as offsets into its text.

    Raises:
        RedactionError: a turn could not be judged.
    """
    spans, memory = _pass(redactor, turns, language, b"", live=live)
    if live:
        return spans
    again, _ = _pass(redactor, turns, language, reread(memory), live=False)
    return again


def _pass(
    redactor: Redactor,
    turns: Sequence[tuple[Role, str]],
    language: str,
    memory: bytes,
    *,
    live: bool,
) -> tuple[list[list[PhiSpan]], bytes]:
    found: list[list[PhiSpan]] = []
    for i, (role, text) in enumerate(turns):
        words = tuple(
            Word(start_ms=k, end_ms=k + 1, text=word) for k, word in enumerate(text.split())
        )
        if not words:
            found.append([])
            continue
        turn = Turn(
            call_id=CallId("text"),
            utterance=i,
            role=role,
            speaker=0 if role is Role.AGENT else 1,
            language=language,
            words=words,
        )
        result = redactor.find(PhiRequest(turn=turn, memory=memory))
        memory = result.memory
        found.append(_offsets(result.spans, turn.text, text))
        if not live:
            for revision in result.revisions:
                found[revision.utterance] = _offsets(
                    revision.spans, " ".join(turns[revision.utterance][1].split()),
                    turns[revision.utterance][1],
                )  # fmt: skip
    return found, memory


def _offsets(spans: Sequence[PhiSpan], joined: str, text: str) -> list[PhiSpan]:
    """Return spans of the text with single spaces as spans of the text as given."""
    if joined == text:
        return list(spans)
    where = [i for i, c in enumerate(text) if not c.isspace()]
    order = [i for i, c in enumerate(joined) if c != " "]
    place = dict(zip(order, where, strict=True))
    return [
        PhiSpan(
            start=place[s.start],
            end=place[s.end - 1] + 1,
            entity=s.entity,
            placeholder=s.placeholder,
            phi_prob=s.phi_prob,
        )
        for s in spans
    ]
