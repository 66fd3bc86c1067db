"""Spans of a recording that are cut as examples: their bounds, and what is said in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qm.types import RedactedTurn

SHORTEST_MS = 1_000
"""Less is no example of anything."""

LONGEST_MS = 180_000
"""Good examples take 45 to 90 s; a clip is an example, not a way to pass calls on."""

Fault = Literal["", "backwards", "too_short", "too_long", "outside"]

_MOMENT = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a call, half-open."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def parse_moment(text: str) -> int | None:
    """
    Return a time as typed in milliseconds; None where it is none.

    >>> [parse_moment(t) for t in ("12.5", "1:02.5", "1:02:03", "x")]
    [12500, 62500, 3723000, None]
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return round(1000 * float(seconds)) + 60_000 * (int(minutes or 0) + 60 * int(hours or 0))


def fault(span: Span, duration_ms: int) -> Fault:
    """Return why ``span`` cannot be cut from a recording of ``duration_ms``; "" where it can."""
    if span.end_ms <= span.start_ms:
        return "backwards"
    if span.start_ms < 0 or span.end_ms > duration_ms:
        return "outside"
    if span.length_ms < SHORTEST_MS:
        return "too_short"
    return "too_long" if span.length_ms > LONGEST_MS else ""


def said_within(turns: Sequence[RedactedTurn], span: Span) -> tuple[RedactedTurn, ...]:
    """
    Return what is said in ``span``: turns by start, each with the words whose middle is in it.

    A turn that is withheld or has no times of words is there as a whole or, where its middle is
    outside, not at all.  The turns' ``text`` and ``redactions`` are those of the words kept.
    """
    found: list[RedactedTurn] = []
    for turn in sorted(turns, key=lambda turn: (turn.start_ms, turn.index)):
        if turn.withheld or not turn.words:
            if _inside(turn.start_ms, turn.end_ms, span):
                found.append(turn)
            continue
        words = tuple(w for w in turn.words if _inside(w.start_ms, w.end_ms, span))
        if words:
            kept = replace(
                turn,
                start_ms=words[0].start_ms,
                end_ms=words[-1].end_ms,
                words=words,
                text=" ".join(word.text for word in words),
                redactions=(),
            )
            found.append(turn if words == turn.words else kept)
    return tuple(found)


def _inside(start_ms: int, end_ms: int, span: Span) -> bool:
    return span.start_ms <= (start_ms + end_ms) / 2 < span.end_ms
