"""
Single numbers and letters as people say and recognisers write them -> pieces.

"forty-two" is one piece, and so are "double nine", "two hundred and five", "M as in Mary" and
"0142".  A piece that is money, a dose, a time of day or a place on a page is marked as a quantity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from qm.engines.phi_words import Phrases, Token, Vocabulary

Kind = Literal["digit", "number", "big", "letter", "maybe", "mixed"]
"""One digit; 10 and up; hundreds; a letter; perhaps a letter (A, I, "mike"); "b12"."""

_MIXED = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z0-9]+")
_ORDINAL = re.compile(r"\d+(st|nd|rd|th)")
_DECADE = re.compile(r"\d+'?s")
#: Longer than any abbreviation that starts an id ("RMH 22 905").
_MAX_CAPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One spoken number or letter: tokens [first, stop) and what they stand for."""

    first: int
    stop: int
    kind: Kind
    value: str = field(repr=False)
    literal: bool = False  #: written in digits
    spelled: bool = False  #: "M as in Mary"
    quantity: bool = False  #: money, dose, time, a place on a page


def pieces_of(tokens: Sequence[Token], vocabulary: Vocabulary) -> tuple[Piece, ...]:
    """Return every spoken number and letter, in order, quantities marked."""
    found: list[Piece] = []
    i = 0
    while i < len(tokens):
        piece = _piece(tokens, i, vocabulary)
        if piece is None:
            i += 1
            continue
        piece = _judged(piece, tokens, vocabulary)
        found.append(piece)
        i = piece.stop
    return tuple(found)


def phrase_at(tokens: Sequence[Token], i: int, phrases: Phrases) -> int:
    """Return how many tokens from ``i`` on are the longest matching phrase; 0 if none is."""
    for phrase in phrases.get(tokens[i].low, ()) if i < len(tokens) else ():
        if len(phrase) <= len(tokens) - i and all(
            tokens[i + k].low == word for k, word in enumerate(phrase)
        ):
            return len(phrase)
    return 0


def _piece(tokens: Sequence[Token], i: int, v: Vocabulary) -> Piece | None:
    token = tokens[i]
    low = token.low
    if not token.word or _ORDINAL.fullmatch(low) or _DECADE.fullmatch(low):
        return None
    if low.isdigit():
        kind: Kind = "digit" if len(low) == 1 else "number"
        return Piece(first=i, stop=i + 1, kind=kind, value=low, literal=True)
    if _MIXED.fullmatch(low):
        known = low in v.known_codes
        return Piece(first=i, stop=i + 1, kind="mixed", value=low, literal=True, quantity=known)
    if low in v.repeats and i + 1 < len(tokens):
        return _repeated(tokens, i, v)
    number = _number(tokens, i, v)
    if number is not None:
        return number
    return _letter(tokens, i, v)


def _repeated(tokens: Sequence[Token], i: int, v: Vocabulary) -> Piece | None:
    times = v.repeats[tokens[i].low]
    low = tokens[i + 1].low
    if low in ("u", "you") and times == 2:  # the letter W
        return Piece(first=i, stop=i + 2, kind="maybe", value="w")
    if low in v.digits:
        return Piece(first=i, stop=i + 2, kind="digit", value=v.digits[low] * times)
    if len(low) == 1 and low.isalnum():
        kind: Kind = "digit" if low.isdigit() else "letter"
        return Piece(first=i, stop=i + 2, kind=kind, value=low * times)
    return None


def _number(tokens: Sequence[Token], i: int, v: Vocabulary) -> Piece | None:
    stop, value, kind = _below_hundred(tokens, i, v)
    if stop == i and tokens[i].low in v.big:
        stop, value, kind = i + 1, str(v.big[tokens[i].low]), "big"
    if stop == i:
        return None
    total = int(value)
    while True:
        low = tokens[stop].low if stop < len(tokens) else ""
        if low in v.hundreds and total:
            total, kind, stop = total * v.hundreds[low], "big", stop + 1
            continue
        if kind != "big":
            break
        after, more = _added(tokens, stop, v)
        if after == stop:
            break
        total, stop = total + more, after
    return Piece(first=i, stop=stop, kind=kind, value=str(total) if kind == "big" else value)


def _added(tokens: Sequence[Token], stop: int, v: Vocabulary) -> tuple[int, int]:
    """Return where "[and] five" behind "two hundred" ends, and what it adds."""
    skip = stop
    if skip < len(tokens) and tokens[skip].low == v.big_link:
        skip += 1
    if skip < len(tokens) and tokens[skip].low in v.big:
        return skip + 1, v.big[tokens[skip].low]
    after, more, _ = _below_hundred(tokens, skip, v)
    # "two hundred five five five" is no 205: one number, not several
    if after == skip or _below_hundred(tokens, after, v)[0] > after:
        return stop, 0
    return after, int(more)


def _below_hundred(tokens: Sequence[Token], i: int, v: Vocabulary) -> tuple[int, str, Kind]:
    """Return the stop (``i`` where there is no number), the digits and the kind."""
    if i >= len(tokens):
        return i, "", "number"
    low = tokens[i].low
    if low in v.digits:
        return i + 1, v.digits[low], "digit"
    if low in v.teens:
        return i + 1, v.teens[low], "number"
    if low not in v.tens:
        return i, "", "number"
    skip = i + 1
    linked = tokens[skip].low if skip < len(tokens) else ""
    if linked in {"-", v.tens_link} and linked:
        skip += 1
    digit = v.digits.get(tokens[skip].low, "0") if skip < len(tokens) else "0"
    ordinal = skip < len(tokens) and tokens[skip].low in v.ordinals
    if digit != "0" and (skip > i + 1 or not v.tens_link):
        return skip + 1, v.tens[low][0] + digit, "number"
    if ordinal and v.ordinals[tokens[skip].low] < 10:
        return i, "", "number"  # "twenty-first" is no number but an ordinal
    return i + 1, v.tens[low], "number"


def _letter(tokens: Sequence[Token], i: int, v: Vocabulary) -> Piece | None:
    token = tokens[i]
    low = token.low
    if len(low) == 1 and low.isalpha():
        if max(phrase_at(tokens, i, v.joiners), phrase_at(tokens, i, v.corrections)) > 1:
            return None  # "I mean"
        if phrase_at(tokens, i, v.joiners) and all(
            _number_at(tokens, k, v) for k in (i - 1, i + 1)
        ):
            return None  # "cinco y cinco"
        code = _code(tokens, i, v)
        if code:
            return Piece(first=i, stop=code, kind="letter", value=low, quantity=True)
        spelled = _spelled(tokens, i + 1, low, v)
        if spelled:
            return Piece(first=i, stop=spelled, kind="letter", value=low, spelled=True)
        sure = low not in ("a", "i", "y", "o") or (low == "a" and token.capital and i > 0)
        return Piece(first=i, stop=i + 1, kind="letter" if sure else "maybe", value=low)
    if low in v.letters:
        named = v.letters[low]
        spelled = _spelled(tokens, i + 1, named, v)
        if spelled and tokens[spelled - 1].low[0] == named:
            return Piece(first=i, stop=spelled, kind="letter", value=named, spelled=True)
        return Piece(first=i, stop=i + 1, kind="maybe", value=named)
    caps = token.text.isupper() and 2 <= len(token.text) <= _MAX_CAPS and low.isalpha()
    if caps:
        return Piece(first=i, stop=i + 1, kind="maybe", value=low)
    return None


def _code(tokens: Sequence[Token], i: int, v: Vocabulary) -> int:
    """Return the stop of "M R I" at ``i``; 0 if the letters there are no abbreviation."""
    stop = i
    while stop < len(tokens) and len(tokens[stop].low) == 1 and tokens[stop].low.isalpha():
        stop += 1
    code = "".join(t.low for t in tokens[i:stop])
    before = tokens[i - 1].low if i else ""
    if len(code) < 2 or code not in v.known_codes or (len(before) == 1 and before.isalpha()):
        return 0
    if before in ("is", "it's"):
        return 0  # "the number is R X seven"
    skip = stop + 1 if stop < len(tokens) and tokens[stop].low == "," else stop
    after = tokens[skip].low if skip < len(tokens) else ""
    number = after in v.digits or after in v.teens or after in v.tens or after.isdigit()
    return stop if code in v.code_names or not number else 0


def _spelled(tokens: Sequence[Token], i: int, letter: str, v: Vocabulary) -> int:
    """Return the stop of "as in Mary" behind a letter; 0 if nothing of that kind follows."""
    skip = i + 1 if i < len(tokens) and tokens[i].low in (",", ".") else i
    for start in (i, skip):
        length = phrase_at(tokens, start, v.spelling)
        word = start + length
        if length and word < len(tokens) and tokens[word].word:
            # "B like Busan"; recognised words may begin with another letter ("as in merribee")
            surely = v.spelling and tokens[start].low in ("as", "de")
            if surely or tokens[word].low[0] == letter:
                return word + 1
    return 0


def _judged(piece: Piece, tokens: Sequence[Token], v: Vocabulary) -> Piece:
    """Return ``piece``, marked as a quantity where its surroundings say so."""
    if piece.kind in ("letter", "maybe", "mixed"):
        return piece
    before = tokens[piece.first - 1].low if piece.first else ""
    tail = _tail(piece, tokens)
    after = tokens[tail].low if tail < len(tokens) else ""
    quantity = (
        tail > piece.stop
        or (before in ("point", "punto") and _number_at(tokens, piece.first - 2, v))
        or before in ("$", "€", "£")
        or after == "%"
        or (after in v.units and after not in v.ordinals)
    )
    return replace(piece, stop=tail, quantity=True) if quantity else piece


def _number_at(tokens: Sequence[Token], i: int, v: Vocabulary) -> bool:
    """Return whether token ``i`` is a number: "two point" before "two five"."""
    low = tokens[i].low if 0 <= i < len(tokens) else ""
    return low.isdigit() or low in v.digits or low in v.teens or low in v.tens


def _between_numbers(tokens: Sequence[Token], i: int, v: Vocabulary) -> bool:
    return _number_at(tokens, i - 1, v) and _number_at(tokens, i + 1, v)


def _tail(piece: Piece, tokens: Sequence[Token]) -> int:
    """Return where "1,240.50", "14.2" or "10:30" ends; ``piece.stop`` if it is none of these."""
    stop = piece.stop
    while piece.literal and stop + 1 < len(tokens) and _tight(tokens, stop):
        sign, part = tokens[stop].low, tokens[stop + 1].low
        head = len(tokens[stop - 1].low)
        thousands = sign == "," and len(part) == 3 and head <= 3 and piece.value != "0"
        clock = sign == ":" and len(part) == 2 and head <= 2
        decimal = sign == "." and len(part) <= 2 and head <= 3 and not _dotted(tokens, piece, stop)
        if not (thousands or clock or decimal):
            break
        stop += 2
    return stop


def _tight(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a sign stands between two numbers without white space."""
    left, sign, right = tokens[i - 1], tokens[i], tokens[i + 1]
    return left.end == sign.start and sign.end == right.start and right.low.isdigit()


def _dotted(tokens: Sequence[Token], piece: Piece, stop: int) -> bool:
    """Return whether this is part of "98.214.6.30" or "555.014.2" rather than 14.2."""
    behind = piece.first - 2
    if behind >= 0 and tokens[behind + 1].low == "." and tokens[behind].low.isdigit():
        return tokens[behind].end == tokens[behind + 1].start
    ahead = stop + 2
    return (
        ahead + 1 < len(tokens)
        and tokens[ahead].low == "."
        and tokens[ahead + 1].low.isdigit()
        and tokens[ahead].end == tokens[ahead + 1].start
    )
