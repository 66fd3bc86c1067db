"""
Numbers and codes that identify: which run of digits and letters is what.

A run is taken for an identifier by the words around it, by what has just been asked, because a
number of the dialogue is still open, or, last, by its shape: nobody says seven digits in a row of
anything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from qm.engines.phi_cues import Cue
from qm.engines.phi_numbers import Run
from qm.engines.phi_reading import Found, Reading

#: Entities whose value is made of digits and letters.
NUMERIC = (
    "SSN", "PHONE", "FAX", "MRN", "HEALTH_PLAN_ID", "ACCOUNT", "LICENSE", "VEHICLE", "DEVICE",
    "BIOMETRIC", "OTHER_ID",
)  # fmt: skip
PHONES = ("PHONE", "FAX")
THINGS = ("LICENSE", "VEHICLE", "DEVICE", "BIOMETRIC")
IDS = ("SSN", "MRN", "HEALTH_PLAN_ID", "ACCOUNT", "OTHER_ID")

#: Characters between a cue and two lone digits: "ending in four six", not a sentence later.
NEAR = 25
#: An answer of so few words says nothing but the value.
SHORT = 6
#: Digits said one by one are an identifier from this many on.
SINGLES = 4
#: Digits in any grouping are one from this many on.
DIGITS = 6
_YEARS = range(1900, 2040)
_BEFORE_TIME = frozenset(
    [
        "at",
        "around",
        "by",
        "until",
        "till",
        "til",
        "before",
        "after",
        "from",
        "to",
        "past",
        "about",
        "since",
        "between",
        "near",
        "las",
        "la",
        "hasta",
        "desde",
        "sobre",
    ]
)


def find_phones(reading: Reading) -> list[Found]:
    """Find telephone and fax numbers."""
    return _of(reading, PHONES)


def find_ids(reading: Reading) -> list[Found]:
    """Find numbers of people, plans, accounts and papers."""
    return _of(reading, IDS)


def find_things(reading: Reading) -> list[Found]:
    """Find numbers of licences, vehicles, devices and voice prints."""
    return _of(reading, THINGS)


def claim(run: Run, reading: Reading) -> tuple[str, float] | None:
    """Return the entity of ``run`` and how sure that is; None for what identifies nobody."""
    size = run.digits + run.letters
    if run.value in reading.vocabulary.known_numbers or _public(run, reading):
        return None
    cue = reading.cue(run)
    asked = next((e for e in NUMERIC if e in reading.hint.asked), "")
    if cue is not None and cue.strong and _cued(run, cue, reading):
        return cue.entity, 0.9
    if run.digits == 0 and not (asked or reading.hint.open):
        return None
    if asked and (size >= 2 or reading.words <= SHORT) and not _aside(run, reading):
        return asked, 0.8
    if cue is not None and _cued(run, cue, reading) and _coded(run):
        return "OTHER_ID", 0.7
    if reading.hint.open in NUMERIC and (size >= 2 or reading.words <= SHORT):
        if not _aside(run, reading):
            return reading.hint.open, 0.7
    return (_shape(run), 0.5) if _shapely(run, reading) else None


def like_year(run: Run) -> bool:
    """Return whether a run is said as a year is: "nineteen sixty-two", "2014"."""
    values = [p.value for p in run.pieces]
    if len(values) == 1:
        return values[0].isdigit() and int(values[0]) in _YEARS
    if values[0] not in ("19", "20") or len(values) > 3:
        return False
    rest = "".join(values[1:])
    return len(rest) == 2 and rest.isdigit()


def like_time(run: Run) -> bool:
    """Return whether a run is said as a time of day is: "two fifteen", "ten oh five"."""
    values = [p.value for p in run.pieces]
    if not values[0].isdigit() or not 1 <= int(values[0]) <= 12 or values[0][0] == "0":
        return False
    rest = values[1:]
    if len(rest) == 1:
        return len(rest[0]) == 2 and rest[0].isdigit() and int(rest[0]) < 60
    return len(rest) == 2 and rest[0] == "0" and rest[1].isdigit() and len(rest[1]) == 1


def _of(reading: Reading, entities: Sequence[str]) -> list[Found]:
    found: list[Found] = []
    for run in reading.runs:
        claimed = claim(run, reading)
        if claimed is not None and claimed[0] in entities:
            entity, score = claimed
            found.append(Found(first=run.first, stop=run.stop, entity=entity, score=score))
    return found


def _public(run: Run, reading: Reading) -> bool:
    """Return whether a run is an abbreviation or a place on a page: "M R I", "section nine"."""
    if run.digits == 0:
        return run.value in reading.vocabulary.known_codes
    before = reading.low(run.first - 1)
    return len(run.pieces) == 1 and run.digits <= 3 and before in reading.vocabulary.not_numbers


def _cued(run: Run, cue: Cue, reading: Reading) -> bool:
    size = run.digits + run.letters
    if run.big and run.digits <= 4 and run.value.endswith("00"):
        return False  # "a claim for two hundred"
    if run.digits == 0 and not (size >= 2 and cue.distance <= NEAR):
        return False
    if size >= 4:
        return not (_aside(run, reading) or (like_year(run) and cue.distance > NEAR))
    if size < 2 or cue.distance > NEAR or _aside(run, reading):
        return False
    return size == 3 or run.singles == size or run.letters > 0 or cue.distance <= 2


def _coded(run: Run) -> bool:
    """Return whether a run looks like a code rather than a count."""
    return run.singles >= 2 or run.digits >= 3 or (run.letters > 0 and run.digits > 0)


def _aside(run: Run, reading: Reading) -> bool:
    """Return whether a run is a time of day said beside the point."""
    return like_time(run) and reading.low(run.first - 1) in _BEFORE_TIME


def _shapely(run: Run, reading: Reading) -> bool:
    if like_year(run) or like_time(run):
        return False
    if all(p.kind == "big" for p in run.pieces):
        return False
    if run.letters and run.value in reading.vocabulary.known_codes:
        return False
    literal = any(p.literal for p in run.pieces)
    return (
        run.singles >= SINGLES
        or run.digits >= DIGITS
        or (literal and run.digits >= SINGLES and not run.value.endswith("00"))
        or (run.singles >= 3 and run.digits == run.singles)
        or (run.letters >= 1 and run.digits >= 3)
        or (run.letters >= 2 and run.digits >= 2)
    )


def _shape(run: Run) -> str:
    """Guess the entity by length alone."""
    if run.letters:
        return "OTHER_ID"
    return {7: "PHONE", 10: "PHONE", 11: "PHONE", 9: "SSN"}.get(
        run.digits, "ACCOUNT" if run.digits >= 13 else "OTHER_ID"
    )
