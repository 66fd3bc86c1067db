"""Places smaller than a state: streets with numbers and units, cities, counties, ZIP codes."""

from __future__ import annotations

import re

from qm.engines.phi_namelike import organisation, possible
from qm.engines.phi_numbers import Run
from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import words

#: Words that name a street wherever they stand behind a name.
STREETS = words(
    "street avenue ave boulevard blvd road rd lane terrace parkway pkwy highway hwy turnpike "
    "causeway crescent cul-de-sac st"
)
#: Words that do so only behind a capital or a house number.
WEAK_STREETS = words(
    "drive dr court ct way place pl circle cir trail loop square alley row path plaza pike run "
    "ridge hill hills hollow crossing bend point landing pass heights view park creek route walk "
    "mews close green gardens commons grove estates village"
)
_NUMBERED = words("road route highway hwy rd")
UNITS = words("apartment apt unit suite ste room building lot trailer box number")
_OUR = words("our the your their that this nuestra la")
_SITES = words("office location campus branch site store building clinic oficina sucursal")
_PLACE_CUES = words("in near outside en cerca")
_CITY_CUES = words("in from near at to of around outside")
#: Before a number: here comes an address.
_ADDRESS = re.compile(
    r"\b(?:address|liv(?:e|es|ed|ing)\b|resid|mov(?:e|ed|ing)|deliver|ship|mail|located|staying|"
    r"street|house\b|(?:we're|i'm|they're|live|stay|still) at $|direccion|vive|vivo|domicilio|"
    r"calle)"
)
_ZIP = re.compile(r"zip(?: code)?|postal code|codigo postal")
#: How far before a number these may stand, in characters.
_NEAR = 45
#: Words between house number and street type: "twelve oh four old mill creek road".
_NAME_WORDS = 3


def find_addresses(reading: Reading) -> list[Found]:
    """Find streets, cities, counties and ZIP codes."""
    return [
        *_streets(reading),
        *_houses(reading),
        *_units(reading),
        *_cities(reading),
        *_somewhere(reading),
        *_zips(reading),
    ]


def _streets(reading: Reading) -> list[Found]:
    """Find names that end in a street word, with house number and unit."""
    found: list[Found] = []
    ends = {run.stop: run for run in reading.runs}
    for i, token in enumerate(reading.tokens):
        weak = token.low in WEAK_STREETS
        if not weak and token.low not in STREETS:
            continue
        first = _name_before(reading, i, ends, weak=weak)
        if first is not None and not (weak and organisation(reading, first, _capitals(reading, i))):
            stop = i + 1
            if token.low in _NUMBERED and stop in reading.pieces:
                stop = reading.pieces[stop].stop  # "County Road Twelve"
            stop = _unit_after(reading, stop)
            found.append(Found(first=first, stop=stop, entity="LOCATION", score=0.8))
    return found


def _name_before(reading: Reading, i: int, ends: dict[int, Run], *, weak: bool) -> int | None:
    """Return where the street whose type is token ``i`` begins, number included."""
    j, capitals = i, reading.tokens[i].capital
    while j > 0 and i - j < _NAME_WORDS and _street_name(reading, j - 1):
        if j in ends and not reading.cased:
            break
        j -= 1
    for k in range(j, i + 1):
        run = ends.get(k)
        if run is not None and run.digits and k < i and not run.letters:
            return run.first
    while j < i and not reading.tokens[j].capital and reading.cased:
        j += 1
    named = [t for t in range(j, i) if reading.tokens[t].capital]
    if weak and not (_there(reading, named) if named else False):
        return None
    if named and capitals and not reading.begins_sentence(named[0]):
        return named[0]
    if named and capitals and len(named) == i - named[0] and not weak:
        return named[0]
    if not reading.cased and not weak and "LOCATION" in reading.hint.asked and j < i:
        return j
    return None


def _there(reading: Reading, named: list[int]) -> bool:
    """Return whether a name like "Cedar Court" is likely a street: asked for, or gone to."""
    asked = "LOCATION" in reading.hint.asked or reading.hint.open == "LOCATION"
    return asked or reading.low(named[0] - 1) in ("on", "off", "down", "up")


def _street_name(reading: Reading, j: int) -> bool:
    token = reading.tokens[j]
    if not token.word:
        return token.low == "-"
    tens = token.low in reading.vocabulary.tens
    if tens and reading.low(j + 1) in reading.vocabulary.ordinals:
        return True  # "seventy second place"
    if token.low in reading.vocabulary.ordinals or token.low in (
        "saint",
        "st",
        "old",
        "north",
        "south",
        "east",
        "west",
    ):
        return True
    piece = reading.pieces.get(j)
    if piece is not None and piece.kind != "maybe":
        return False
    return token.low not in reading.vocabulary.stop and token.low not in reading.vocabulary.units


def _unit_after(reading: Reading, i: int) -> int:
    """Return where "apartment six, 55403" behind a street ends."""
    j = i + 1 if reading.low(i) in (",", ".") else i
    if reading.low(j) not in UNITS:
        short = next((r for r in reading.runs if r.first == j), None)
        if short is not None and short.letters == 1 and short.digits <= 3:
            return short.stop  # "Tamarack Court, nine B"
        return i
    run = next((r for r in reading.runs if r.first <= j + 2 and r.stop > j + 1), None)
    if run is not None:
        return run.stop
    return j + 2 if j + 1 < len(reading.tokens) and reading.tokens[j + 1].word else i


def _houses(reading: Reading) -> list[Found]:
    """Find house numbers before a name without a street word: "twelve forty Larpenteur"."""
    found: list[Found] = []
    for run in reading.runs:
        if run.letters or not 1 <= run.digits <= 6:
            continue
        cued = bool(_ADDRESS.search(reading.before(run.first, _NEAR)))
        asked = "LOCATION" in reading.hint.asked or reading.hint.open == "LOCATION"
        comma = 1 if asked and reading.low(run.stop) == "," else 0
        stop = max(_capitals(reading, run.stop + comma), run.stop)
        stop = run.stop if stop == run.stop + comma else stop
        if stop > run.stop and (run.digits >= 2 or cued or asked):
            stop = _unit_after(reading, stop)
        elif cued and run.digits >= 2 and not _only_count(reading, run):
            stop = run.stop
        else:
            continue
        found.append(Found(first=run.first, stop=stop, entity="LOCATION", score=0.6))
    return found


def _units(reading: Reading) -> list[Found]:
    """Find "apartment six" and "P O box three one seven" by themselves."""
    found: list[Found] = []
    for i, token in enumerate(reading.tokens):
        if token.low not in UNITS - {"number", "room", "building", "lot"}:
            continue
        boxed = reading.low(i - 1) == "o" and reading.low(i - 2) == "p"
        boxed = boxed or reading.low(i - 1) in ("po", "p.o")
        if token.low == "box" and not boxed:
            continue
        stop = _unit_after(reading, i)
        if stop > i and (stop - 1) in {r.stop - 1 for r in reading.runs}:
            first = i - (2 if reading.low(i - 1) == "o" else 1) if boxed else i
            found.append(Found(first=first, stop=stop, entity="LOCATION", score=0.95))
    return found


def _somewhere(reading: Reading) -> list[Found]:
    """Find "in Brattleboro": a capital behind a preposition of place that is nothing else."""
    found: list[Found] = []
    if not reading.cased:
        return found
    for i, token in enumerate(reading.tokens):
        if not _place(reading, i + 1):
            continue
        stop = _capitals(reading, i + 1)
        site = token.low in _OUR and reading.low(stop) in _SITES
        if site:
            found.append(Found(first=i + 1, stop=stop, entity="LOCATION", score=0.55))
        if token.low not in _PLACE_CUES:
            continue
        if not organisation(reading, i + 1, stop) and not _state_at(reading, i + 1):
            found.append(Found(first=i + 1, stop=stop, entity="LOCATION", score=0.55))
    return found


def _place(reading: Reading, i: int) -> bool:
    return (
        possible(reading, i)
        and reading.tokens[i].capital
        and reading.low(i) not in (reading.vocabulary.months)
    )


def _only_count(reading: Reading, run: Run) -> bool:
    return run.big or reading.low(run.first - 1) in ("for", "about", "since")


def _capitals(reading: Reading, i: int) -> int:
    """Return where the capitalised words from ``i`` on end."""
    j = i
    while j < len(reading.tokens) and j < i + 3:
        token = reading.tokens[j]
        known = token.low in reading.vocabulary.stop or token.low in reading.vocabulary.months
        if not (token.word and token.capital) or known or reading.lexicon.never & {token.low}:
            break
        if j in reading.pieces and reading.pieces[j].kind != "maybe":
            break
        j += 1
    return j


def _cities(reading: Reading) -> list[Found]:
    found: list[Found] = []
    asked = "LOCATION" in reading.hint.asked
    for i in range(len(reading.tokens)):
        length = _city_at(reading, i)
        if not length:
            continue
        stop = i + length
        capital = reading.tokens[i].capital and not reading.begins_sentence(i)
        before = reading.low(i - 1)
        state = _state_at(reading, stop + 1 if reading.low(stop) == "," else stop)
        person = length == 1 and reading.lexicon.common_name(reading.low(i))
        if organisation(reading, i, _capitals(reading, i)):
            ok = False
        elif capital and (state or asked or before in _CITY_CUES or not person):
            ok = not reading.lexicon.never & {reading.low(i)}
        elif reading.cased and not reading.tokens[i].capital:
            ok = False
        else:
            plain = length == 1 and not _told(reading, i)
            clinic = before == "the" and reading.low(stop) in _SITES
            zipped = any(r.first == stop and r.digits == 5 for r in reading.runs)
            cued = asked or before in _CITY_CUES
            ok = state or zipped or clinic or (not plain and cued)
        if ok:
            found.append(Found(first=i, stop=stop, entity="LOCATION", score=0.6))
    for i, token in enumerate(reading.tokens):
        named = token.low == "county" and i and _street_name(reading, i - 1)
        if named and (reading.tokens[i - 1].capital or not reading.cased):
            found.append(Found(first=i - 1, stop=i + 1, entity="LOCATION", score=0.6))
    return found


def _told(reading: Reading, i: int) -> bool:
    """Return whether a city's name is no word of every day and no person's."""
    low, lexicon = reading.low(i), reading.lexicon
    return not (low in lexicon.said or low in lexicon.verbal or lexicon.common_name(low))


def _city_at(reading: Reading, i: int) -> int:
    """Return how many tokens the city from ``i`` on has."""
    for length in (3, 2, 1):
        part = tuple(reading.low(k) for k in range(i, i + length))
        state = length == 1 and part[0] in reading.lexicon.states
        if part in reading.lexicon.cities and (length > 1 or len(part[0]) > 3) and not state:
            return length
    return 0


def _state_at(reading: Reading, i: int) -> bool:
    low = reading.low(i)
    return low in reading.lexicon.states or f"{low} {reading.low(i + 1)}" in reading.lexicon.states


def _zips(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for run in reading.runs:
        if run.letters or not 3 <= run.digits <= 9:
            continue
        cued = _ZIP.search(reading.before(run.first, _NEAR))
        state = run.digits == 5 and any(_state_at(reading, run.first - back) for back in (1, 2, 3))
        if cued or state:
            found.append(Found(first=run.first, stop=run.stop, entity="LOCATION", score=0.95))
    return found
