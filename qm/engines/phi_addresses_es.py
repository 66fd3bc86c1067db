"""Spanish addresses: the kind of street comes first ("calle Olmo, doscientos ocho")."""

from __future__ import annotations

from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import words

STREETS = words(
    "calle avenida av bulevar boulevard camino carretera paseo callejon calzada privada colonia "
    "barrio fraccionamiento residencial urbanizacion ruta via"
)
UNITS = words("apartamento apto depto departamento piso edificio unidad espacio trailer casa lote")
_LINKS = words("de del la las los el san santa")
_NUMBER = words("numero num no esquina con y")
_NAME_WORDS = 5
#: Between the kind of a street and its name.
_SKIPPED = {("av", "."), ("carretera", "a")}
#: In lower case rather "por vía oral".
_CASED_ONLY = words("via ruta")
_NUMBERS = ("digit", "number", "big")


def find_streets(reading: Reading) -> list[Found]:
    """Find streets with their numbers, and units."""
    found: list[Found] = []
    for i, token in enumerate(reading.tokens):
        if token.low in STREETS and (reading.cased or token.low not in _CASED_ONLY):
            skipped = (token.low, reading.low(i + 1)) in _SKIPPED
            start = i + 2 if skipped else i + 1
            stop = _name_end(reading, start)
            if stop > start:
                stop = _number_end(reading, stop)
                found.append(Found(first=i, stop=stop, entity="LOCATION", score=0.8))
        elif token.low in UNITS:
            stop = _number_end(reading, i + 1)
            if stop > i + 1:
                found.append(Found(first=i, stop=stop, entity="LOCATION", score=0.6))
    return found


def _name_end(reading: Reading, i: int) -> int:
    """Return where the name of a street that begins at ``i`` ends: a number may begin it."""
    stop, last = i, len(reading.tokens) - 1
    number = reading.pieces.get(i)
    if number is not None and number.kind in _NUMBERS:
        stop = number.stop  # "calle doce", "calle Cinco de Mayo"
        if reading.low(stop) not in _LINKS:
            return stop
    while stop <= last and stop - i < _NAME_WORDS:
        low, token = reading.low(stop), reading.tokens[stop]
        piece = reading.pieces.get(stop)
        if piece is not None and piece.kind in _NUMBERS:
            break  # the house
        capital = token.word and (token.capital or not reading.cased)
        ahead = reading.low(stop + 1) in _LINKS or reading.tokens[min(stop + 1, last)].capital
        link = low in _LINKS and stop < last and (ahead or not reading.cased)
        if not link and not (capital and low not in reading.vocabulary.stop):
            break
        stop += 1
    return stop


def _number_end(reading: Reading, i: int) -> int:
    """Return where ", número doscientos ocho" ends; ``i`` if there is none."""
    j = i
    while reading.low(j) == "," or reading.low(j) in _NUMBER:
        j += 1
    piece = reading.pieces.get(j)
    if piece is None or piece.quantity or j - i > 2:
        return i
    run = next((r for r in reading.runs if r.first <= j < r.stop), None)
    return run.stop if run is not None else piece.stop
