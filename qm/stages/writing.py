"""
Written text -> a turn, as if it had been said: so that redaction, labels and rules take it.

Each line of a text lies a millisecond after the line before it.  That is all that is left of its
layout, and enough for pages to show lines again; the words of one line share one instant.
"""

from __future__ import annotations

from qm.types import CallId, Role, Turn, Word

EMPTY = "…"
"""Stands for a text without words: a turn has one at least."""


def written_turn(
    call_id: CallId, utterance: int, role: Role, language: str, text: str, at_ms: int = 0
) -> Turn:
    r"""
    Return ``text`` as a turn that begins at ``at_ms``.

    >>> turn = written_turn(CallId("c1"), 0, Role.CUSTOMER, "en", "Hello,\n\nmy  bill is wrong", 50)
    >>> turn.text, [w.start_ms for w in turn.words], turn.end_ms
    ('Hello, my bill is wrong', [50, 51, 51, 51, 51], 52)
    """
    lines = [line.split() for line in text.splitlines()]
    words = tuple(
        Word(start_ms=at_ms + number, end_ms=at_ms + number + 1, text=word)
        for number, line in enumerate([line for line in lines if line])
        for word in line
    )
    return Turn(
        call_id=call_id,
        utterance=utterance,
        role=role,
        speaker=0 if role is Role.AGENT else 1,
        language=language,
        words=words or (Word(start_ms=at_ms, end_ms=at_ms + 1, text=EMPTY),),
    )
