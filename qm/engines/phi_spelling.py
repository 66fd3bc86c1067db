"""
Names and words that are spelled: "W, H, I, T", "M as in Mary", "KAY, like kite".

A recogniser of speech writes spelled words in many ways, and garbles them ("are like rice, OSEL,
like lamp").  So one clear letter draws in what stands around it that may be a letter.
"""

from __future__ import annotations

from qm.engines.phi_numbers import Run
from qm.engines.phi_pieces import phrase_at
from qm.engines.phi_reading import Found, Reading

#: Tokens between two letters of one word: ", uh, then".
GAP = 3
#: The same where a name was asked for: what lies between was garbled.
ASKED_GAP = 6
#: A word in capitals of so many letters may be spelled: "ARGA".
_CAPITALS = range(3, 12)


def find_spelled(reading: Reading) -> list[Found]:
    """Find what is spelled."""
    hint = reading.hint
    asked = "NAME" in hint.asked or hint.open == "NAME"
    clear = [r for r in reading.runs if _lettered(reading, r) and _is_clear(reading, r, asked)]
    found = [Found(first=r.first, stop=r.stop, entity="NAME", score=0.7) for r in clear]
    if not (clear or asked):
        return found
    marks = sorted({i for f in found for i in range(f.first, f.stop)} | _likely(reading))
    groups: list[list[int]] = []
    for i in marks:
        gap = ASKED_GAP if asked else GAP
        if groups and i - groups[-1][-1] <= gap and not _ends_between(reading, groups[-1][-1], i):
            groups[-1].append(i)
        else:
            groups.append([i])
    return found + [
        Found(first=g[0], stop=g[-1] + 1, entity="NAME", score=0.55) for g in groups if len(g) > 1
    ]


def _lettered(reading: Reading, run: Run) -> bool:
    """Return whether a run is made of letters; O may have been written "oh"."""
    zeros = all(reading.low(p.first) in ("oh", "o") for p in run.pieces if p.value[0].isdigit())
    return run.digits == 0 or (zeros and run.letters >= 2)


def _is_clear(reading: Reading, run: Run, asked: bool) -> bool:
    """Return whether letters in a row spell something, and are no abbreviation."""
    if any(p.spelled for p in run.pieces):
        return True
    if run.value in reading.vocabulary.known_codes:
        return False
    if asked and run.letters >= 2:
        return True
    return run.letters >= 3 and not reading.abbreviation(run)


def _likely(reading: Reading) -> set[int]:
    """Return tokens that stand for letters where something is spelled."""
    marks: set[int] = set()
    v = reading.vocabulary
    for i, token in enumerate(reading.tokens):
        piece = reading.pieces.get(i)
        word = token.low in v.letter_words or token.low in v.stop
        if piece is not None and piece.kind in ("letter", "maybe") and not word:
            marks.update(range(piece.first, piece.stop))
        capitals = token.text.isupper() and len(token.text) in _CAPITALS
        if capitals and not word and token.low not in reading.vocabulary.known_codes:
            marks.add(i)
        length = phrase_at(reading.tokens, i, reading.vocabulary.spelling)
        if length and _spells(reading, i, length):
            marks.update(range(max(0, i - 1), min(i + length + 1, len(reading.tokens))))
    return marks


def _spells(reading: Reading, i: int, length: int) -> bool:
    """Return whether "as in" or "like" at ``i`` stands behind something like a letter."""
    if length > 1 and reading.low(i) in ("as", "como", "like"):
        return True
    if reading.low(i) != "like" or reading.low(i + 1) in reading.vocabulary.stop:
        return False
    j = i - 2 if reading.low(i - 1) == "," else i - 1
    if j < 0 or reading.low(j) in reading.vocabulary.stop:
        return False
    return len(reading.low(j)) == 1 or reading.tokens[j].text.isupper()


def _ends_between(reading: Reading, left: int, right: int) -> bool:
    return any(reading.low(i) in ("?", "!", ".") for i in range(left + 1, right))
