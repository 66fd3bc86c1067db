"""Spanish days: cardinals stand for them ("el quince", "miércoles veintidós", "el día tres")."""

from __future__ import annotations

from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import words

#: Behind a bare "el quince" these leave it a day.
_CLOSED = words("a al de por pero y o que para en con como si no entre the") | frozenset(
    ("", ".", ",", "?", "!", "…", ";")
)
#: Before it: "hasta el quince", "del trece".
_ARTICLES = words("el del al")
_LAST_DAY = 31


def find_days(reading: Reading) -> list[Found]:
    """Find days of the month that are said as cardinals."""
    found: list[Found] = []
    for piece in reading.pieces.values():
        if piece.quantity or piece.kind not in ("number", "digit") or not piece.value.isdigit():
            continue
        if not 1 <= int(piece.value) <= _LAST_DAY or piece.value[0] == "0":
            continue
        before, after = reading.low(piece.first - 1), reading.low(piece.stop)
        if piece.stop in reading.pieces and after not in ("y", "o", "a"):
            continue  # a longer number
        first = piece.first
        if before in ("dia", "fecha") or before in reading.vocabulary.weekdays:
            first -= 1
        elif not (before in _ARTICLES and after in _CLOSED and len(piece.value) > 1):
            answer = "DATE" in reading.hint.asked and reading.words <= 2
            tomorrow = before in ("manana", "hoy", "ayer") and after in (",", ".")
            if not (answer or tomorrow):
                continue
        found.append(Found(first=first, stop=piece.stop, entity="DATE", score=0.6))
    return found
