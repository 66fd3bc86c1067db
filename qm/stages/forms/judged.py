"""What a source says to one question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qm.types import AnswerSource, AnswerState, Evidence, RedactedTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An answer, a "can't tell", "does not apply", or what a person should look at."""

    state: AnswerState
    option: str | None = None
    source: AnswerSource = "none"
    evidence: tuple[Evidence, ...] = ()
    why: str = ""
    proposed: bool = False  #: of a critical question: a person should confirm or dismiss it


def answered(
    option: str, why: str, turns: Iterable[RedactedTurn] = (), source: AnswerSource = "label"
) -> Judged:
    """Return an answer; for "it did not happen" the turns are those that were searched."""
    return Judged(state="answered", option=option, source=source, evidence=points(turns), why=why)


def cannot_tell(why: str, turns: Iterable[RedactedTurn] = ()) -> Judged:
    """Return that the machine cannot tell, and where it stumbled."""
    return Judged(state="cannot_tell", evidence=points(turns), why=why)


def not_applicable(why: str) -> Judged:
    """Return that the question does not apply to this call."""
    return Judged(state="not_applicable", source="label", why=why)


def look(why: str, turns: Iterable[RedactedTurn] = (), *, proposed: bool = False) -> Judged:
    """Return what a person should look at; the machine answers nothing."""
    return Judged(state="person_only", evidence=points(turns), why=why, proposed=proposed)


def points(turns: Iterable[RedactedTurn]) -> tuple[Evidence, ...]:
    """Return the places of turns in the call, each once."""
    return tuple(
        dict.fromkeys(
            Evidence(role=t.role, start_ms=t.start_ms, end_ms=t.end_ms, turn_index=t.index)
            for t in turns
        )
    )
