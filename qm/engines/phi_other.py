"""Ages over 89 and employers."""

from __future__ import annotations

import re

from qm.engines.phi_pieces import Piece
from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import words

_OLD = re.compile(
    r"(?:i'm|i am|he's|she's|he is|she is|is|was|am|me|turned|turning|turns|turn|age|aged|at|be|"
    r"i'll be|tengo|tiene|cumplio|cumple|cumplir|de|just|almost|nearly)[ ,]+"
    r"(?:a |about |now |only )?$"
)
_YEARS_OLD = re.compile(r"^[\s-]*(?:years?|year)?[\s-]*(?:old|young|of age)|^ (?:anos)\b")
_WORK = re.compile(
    r"(?:i |she |he |we |they )?(?:work(?:s|ed|ing)?|job|employed|manager|supervisor|drive|driver|"
    r"paralegal|teacher|employee|payroll|h\W?r|hired|retired|employer)"
    r"(?: \w+){0,2}? (?:at|for|with|by|from|is|over at|out at|in|en|para)(?: the| a)? "
)
_FIRMS = words(
    "foundry castings tire tires trucking logistics manufacturing construction plumbing bakery "
    "schools school courier police department storage industries incorporated inc llc corp "
    "corporation company brothers farms dairy motors steel mills plant warehouse dock shipyard "
    "university college bank timber lumber"
)
#: Ages from here on identify (45 CFR 164.514(b)(2)(i)(C)).
OLD = 90
#: Nobody has been older.
OLDEST = 122
_LONGEST = 5
#: Characters between an age and the words that make it one.
_NEAR = 20


def find_other(reading: Reading) -> list[Found]:
    """Find ages over 89 and employers."""
    return [*_ages(reading), *_employers(reading)]


def _ages(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for piece in reading.pieces.values():
        if not piece.value.isdigit() or not OLD <= int(piece.value) <= OLDEST:
            continue
        end = reading.line_end(piece.stop - 1)
        old = _YEARS_OLD.match(reading.line[end : end + _NEAR])
        said = _OLD.search(reading.before(piece.first, _NEAR))
        if old or (said and not piece.quantity and _alone(reading, piece)):
            found.append(Found(first=piece.first, stop=piece.stop, entity="AGE_90_PLUS", score=0.8))
    return found


def _alone(reading: Reading, piece: Piece) -> bool:
    """Return whether no number goes on behind it and no sign of money or time stands there."""
    after = reading.low(piece.stop)
    return piece.stop not in reading.pieces and after not in ("over", "%", "to", "-", "dot", "for")


def _employers(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for match in _WORK.finditer(reading.line):
        first = reading.token_from(match.end())
        if first is None:
            continue
        stop = _firm_end(reading, first)
        if stop > first:
            found.append(Found(first=first, stop=stop, entity="EMPLOYER", score=0.6))
    for i, token in enumerate(reading.tokens):
        if token.low in _FIRMS and token.capital and i and reading.tokens[i - 1].capital:
            first = i - 1
            while first and reading.tokens[first - 1].capital and reading.low(first - 1) != "i":
                first -= 1
            if not reading.begins_sentence(first) or i + 1 == len(reading.tokens) - 1:
                found.append(Found(first=first, stop=i + 1, entity="EMPLOYER", score=0.6))
    if "EMPLOYER" in reading.hint.asked and reading.tokens:
        first = next((i for i in range(len(reading.tokens)) if _firmlike(reading, i)), None)
        if first is not None:
            stop = _firm_end(reading, first)
            found.append(Found(first=first, stop=stop, entity="EMPLOYER", score=0.6))
    return found


def _firmlike(reading: Reading, i: int) -> bool:
    token = reading.tokens[i]
    plain = token.low in reading.vocabulary.stop or not token.word
    return not plain and (token.capital or not reading.cased)


def _firm_end(reading: Reading, first: int) -> int:
    """Return where a firm's name that begins at ``first`` ends."""
    stop = first
    while stop < len(reading.tokens) and stop < first + _LONGEST:
        linked = reading.low(stop) in ("and", "of", "&", "-", "'") and _capital(reading, stop + 1)
        if not (linked and stop > first) and not (
            _capital(reading, stop) if reading.cased else _firmlike(reading, stop)
        ):
            break
        stop += 1
        if not reading.cased and stop == first + 2:
            break
    return stop


def _capital(reading: Reading, i: int) -> bool:
    return i < len(reading.tokens) and reading.tokens[i].capital and _firmlike(reading, i)
