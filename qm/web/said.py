"""Redacted text as pages show it: words that can be played, blocks for what was taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qm.types import RedactedTurn, RedactedWord
from qm.web.messages import Catalogue

UNSURE_PROB = 0.5  # below it a word is as likely wrong as right
SHORTEST_SHOWN_MS = 500  # the length of a shorter block would only be noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A word or a block."""

    text: str = field(repr=False)
    start_ms: int = 0
    end_ms: int = 0
    kind: str = ""  #: what a block stands for, in words; "" for a spoken word
    seconds: str = ""  #: length of a block, "2.1 s"
    unsure: bool = False
    seek: bool = False  #: its times are known


def pieces(turn: RedactedTurn, words: Catalogue, *, seek: bool = True) -> tuple[Piece, ...]:
    """Return a turn's text in order; one block where the turn is withheld."""
    if turn.withheld:
        return (Piece(text=turn.text, kind=words.say("call.withheld")),)
    if not turn.words:
        return tuple(Piece(text=text) for text in turn.text.split())
    return tuple(_piece(word, words, seek) for word in turn.words)


def last_pieces(turn: RedactedTurn, words: Catalogue, most: int) -> tuple[Piece, ...]:
    """Return the end of what was said, for one line of the board."""
    return pieces(turn, words, seek=False)[-most:]


def quote(
    turns: Sequence[RedactedTurn], start_ms: int, end_ms: int, words: Catalogue, most: int = 32
) -> tuple[Piece, ...]:
    """Return up to ``most`` words of ``turns`` that were said within ``[start_ms, end_ms)``."""
    found: list[Piece] = []
    for turn in turns:
        whole = pieces(turn, words, seek=False)
        timed = [p for p in whole if p.end_ms > start_ms and p.start_ms < end_ms]
        found.extend(timed if turn.words and not turn.withheld else whole)
    if len(found) <= most:
        return tuple(found)
    return (*found[:most], Piece(text="…"))


def _piece(word: RedactedWord, words: Catalogue, seek: bool) -> Piece:
    length = word.end_ms - word.start_ms
    return Piece(
        text=word.text,
        start_ms=word.start_ms,
        end_ms=word.end_ms,
        kind=words.name("entity", word.entity.lower()) if word.entity else "",
        seconds=f"{length / 1000:.1f} s" if word.entity and length >= SHORTEST_SHOWN_MS else "",
        unsure=not word.entity and word.word_prob < UNSURE_PROB,
        seek=seek,
    )
