"""
Numbers and letters as people say them -> runs of digits and letters.

"five five five, oh one, uh, double nine" is one run with the digits 5550199; "M as in Mary, seven
three" is one run with the value m73.  Quantities are no part of any run.  What a run is, a phone
or a member id, is for the recognisers to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qm.engines.phi_pieces import Piece, phrase_at
from qm.engines.phi_words import Token, Vocabulary

#: Tokens between two pieces of one run: "and then there's a dash, uh," is the longest seen.
MAX_GAP = 9
_SIGNS = frozenset(",.-–—/;:…#\"'()_·")
_SENTENCE = frozenset("?!")
_STOPS = frozenset(".;:…")
#: What so few digits or letters begin does not go on over a full stop.
_STUMP = 2
#: Behind so few digits "to" and "or" are words: "five to seven".
_RANGE = 2
#: Digits of a number that is said without a unit before its last word ("one twenty").
_LONGEST_QUANTITY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Pieces that belong together: tokens [first, stop)."""

    pieces: tuple[Piece, ...]
    corrected: bool = False  #: the speaker corrected themselves inside

    @property
    def first(self) -> int:
        return self.pieces[0].first

    @property
    def stop(self) -> int:
        return self.pieces[-1].stop

    @property
    def value(self) -> str:
        return "".join(p.value for p in self.pieces)

    @property
    def digits(self) -> int:
        return sum(c.isdigit() for c in self.value)

    @property
    def letters(self) -> int:
        return sum(c.isalpha() for c in self.value)

    @property
    def singles(self) -> int:
        """How many digits were said one by one."""
        return sum(len(p.value) for p in self.pieces if p.kind == "digit")

    @property
    def big(self) -> bool:
        return any(p.kind == "big" for p in self.pieces)


def runs_of(
    tokens: Sequence[Token], pieces: Sequence[Piece], vocabulary: Vocabulary
) -> tuple[Run, ...]:
    """
    Join pieces that only fillers, signs and corrections separate.

    Letters that are perhaps words (A, I, "mike") stay only beside surer pieces.

    >>> from qm.engines.phi_english import ENGLISH
    >>> from qm.engines.phi_pieces import pieces_of
    >>> from qm.engines.phi_words import tokens_of
    >>> said = tokens_of("it's five five five, oh one, uh, double nine, for twenty days")
    >>> [r.value for r in runs_of(said, pieces_of(said, ENGLISH), ENGLISH)]
    ['5550199']
    """
    runs: list[Run] = []
    current: list[Piece] = []
    corrected = False
    for piece in pieces:
        link = _link(tokens, current, piece, vocabulary) if current else "none"
        if piece.quantity and _glued(current, piece, tokens):
            current = []  # "one twenty milligrams" is one quantity
        if piece.quantity or link == "none":
            _close(runs, current, corrected, (tokens, vocabulary))
            current, corrected = [], False
        if not piece.quantity:
            current.append(_zero(piece, current))
            corrected = corrected or link == "correction"
    _close(runs, current, corrected, (tokens, vocabulary))
    return tuple(runs)


def _link(
    tokens: Sequence[Token], pieces: Sequence[Piece], right: Piece, v: Vocabulary
) -> Literal["none", "join", "correction"]:
    """Say whether ``right`` goes on with the run of ``pieces``."""
    left, alone = pieces[-1], sum(len(p.value) for p in pieces) <= _STUMP
    if right.first - left.stop > MAX_GAP:
        return "none"
    i = left.stop
    link: Literal["join", "correction"] = "join"
    while i < right.first:
        low = tokens[i].low
        if low in _SENTENCE:
            return "none"
        if low in _SIGNS:
            if low in _STOPS and (alone or _changes(left, right)):
                return "none"  # "... before four. Four seven eight, ..."
            i += 1
            continue
        correction = phrase_at(tokens, i, v.corrections)
        length = max(correction, phrase_at(tokens, i, v.joiners))
        public = "".join(p.value for p in pieces) in v.known_numbers
        homophone = low in v.homophones and not public and _between_digits(pieces, right)
        if not length and not homophone:
            return "none"
        if correction:
            link = "correction"
        i += length or 1
    return link if i == right.first else "none"


def _changes(left: Piece, right: Piece) -> bool:
    """Return whether spelling goes over into a number: "... S, A, N. Two S in the middle"."""
    return left.value[-1].isalpha() != right.value[0].isalpha()


def _zero(piece: Piece, before: Sequence[Piece]) -> Piece:
    """Return the letter O as a zero behind a digit."""
    if piece.value == "o" and before and before[-1].value[-1].isdigit() and not piece.spelled:
        return replace(piece, kind="digit", value="0")
    return piece


def _glued(run: Sequence[Piece], piece: Piece, tokens: Sequence[Token]) -> bool:
    """Return whether a short run goes over into the quantity ``piece`` without a sign."""
    if not run or sum(len(p.value) for p in run) > _LONGEST_QUANTITY:
        return False
    ends = [*run[1:], piece]
    return all(left.stop == right.first for left, right in zip(run, ends, strict=True))


def _between_digits(pieces: Sequence[Piece], right: Piece) -> bool:
    """Return whether a word behind ``pieces`` is likely a misheard digit: "five one to four"."""
    literal = pieces[-1].literal and right.literal  # "8 or 3": nobody writes a range so
    said = sum(len(p.value) for p in pieces) > _RANGE
    return {pieces[-1].kind, right.kind} == {"digit"} and (said or literal)


def _close(
    runs: list[Run],
    pieces: list[Piece],
    corrected: bool,
    text: tuple[Sequence[Token], Vocabulary],
) -> None:
    """Add the run of ``pieces`` without doubtful letters at its ends."""
    tokens, vocabulary = text
    kept = list(pieces)
    while kept and kept[0].kind == "maybe" and not _holds(kept[0], kept[1:2], tokens, vocabulary):
        kept.pop(0)
    while (
        kept and kept[-1].kind == "maybe" and not _holds(kept[-1], kept[-2:-1], tokens, vocabulary)
    ):
        kept.pop()
    stutter = all(p.value in "ai" and not p.spelled for p in kept)  # "I, I, I"
    if not stutter and (any(p.kind != "maybe" for p in kept) or len(kept) >= 3):
        runs.append(Run(pieces=tuple(kept), corrected=corrected))


def _holds(
    end: Piece, inner: Sequence[Piece], tokens: Sequence[Token], vocabulary: Vocabulary
) -> bool:
    """Return whether a doubtful letter at the end of a run stands right beside the rest."""
    if not inner:
        return False
    left, right = sorted((end, inner[0]), key=lambda p: p.first)
    between = [t.low for t in tokens[left.stop : right.first]]
    word = tokens[end.first].low in vocabulary.letter_words
    if word and inner[0].value[-1].isdigit():
        return between == ["-"]  # "oh one four, I think": no code ends so, in talk
    if word and not between:
        beside = inner[0].kind != "digit" and len(tokens[end.first].low) == 1
        return beside and _like(tokens, end, inner[0]) and vocabulary.language == "en"
    return between in ([], [","], ["-"])


def _like(tokens: Sequence[Token], end: Piece, inner: Piece) -> bool:
    """Return whether a lone A or I is written as the letters beside it are: "v a z", not "a C"."""
    return tokens[end.first].text.isupper() == tokens[inner.first].text.isupper()
