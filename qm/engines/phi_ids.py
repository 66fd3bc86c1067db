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
from qm.engines.phi_words import words

#: Entities whose value is made of digits and letters.
NUMERIC = (
    "SSN", "PHONE", "FAX", "MRN", "HEALTH_PLAN_ID", "ACCOUNT", "LICENSE", "VEHICLE", "DEVICE",
    "BIOMETRIC", "OTHER_ID",
)  # fmt: skip
PHONES = ("PHONE", "FAX")
THINGS = ("LICENSE", "VEHICLE", "DEVICE", "BIOMETRIC")
#: What a number may go on with, though other recognisers find it first.
ELSE = ("DATE", "LOCATION", "EMAIL", "URL", "IP", "EMPLOYER", "PHOTO", "NAME")
IDS = ("SSN", "MRN", "HEALTH_PLAN_ID", "ACCOUNT", "OTHER_ID", *ELSE)
_EXTENSIONS = frozenset(("extension", "ext"))

#: Characters between a cue and two lone digits: "ending in four six", not a sentence later.
NEAR = 25
#: From this many digits on the shape says more than the number before.
WHOLE = 7
#: Between a cue and what could as well be a year: "is".
BESIDE = 4
#: Words that may stand beside a lone digit in the utterance.
LONE = 3
_SIGHS = frozenset(("oh", "i", "a", "o"))
_ENDS = frozenset(".?!;…")
_BARE = words(
    "no yes yeah yep okay ok uh um it's it is that's and sorry wait oh right not number the a er "
    "so well sure ending in ends si bueno es mhm mm-hm huh now then again just correct"
)
#: Digits said one by one are an identifier from this many on.
SINGLES = 4
#: Digits in any grouping are one from this many on.
DIGITS = 6
_YEARS = range(1900, 2040)
_BEFORE_AGE = words("i'm he's she's i am is was are me turned turning tengo tiene")
_BEFORE_TIME = words(
    "at around by until till til before after from to past about since between near las la hasta "
    "desde sobre"
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
    v = reading.vocabulary
    if run.value in v.known_numbers or run.value in v.known_codes or _public(run, reading):
        return None
    if reading.abbreviation(run) and not (reading.hint.asked and alone(run, reading)):
        return None
    cue = reading.cue(run)
    asked = next((e for e in (*NUMERIC, "LOCATION") if e in reading.hint.asked), "")
    if cue is not None and cue.strong and _cued(run, cue, reading):
        return cue.entity, 0.9
    if run.digits == 0 and not (asked or reading.hint.open):
        return None
    if asked == "LOCATION" and not alone(run, reading) and run.singles < run.digits:
        asked = ""  # times and counts are said with places
    if asked and _answers(run, reading) and not (like_year(run) and not alone(run, reading)):
        return asked, 0.8
    if cue is not None and _cued(run, cue, reading) and _coded(run):
        return "OTHER_ID", 0.7
    shape = _shape(run) if _shapely(run, reading) else ""
    if reading.hint.open and _goes_on(run, reading):
        return (shape if run.digits >= WHOLE and shape else reading.hint.open), 0.65
    bare = reading.words == run.stop - run.first - _inner_signs(run, reading) and _bare(run)
    return (_shape(run), 0.5) if shape or bare else None


def alone(run: Run, reading: Reading) -> bool:
    """Return whether a run is all that its sentence says, as in "Nine's right"."""
    first, stop = run.first, run.stop
    while first > 0 and not reading.begins_sentence(first):
        first -= 1
    while stop < len(reading.tokens) and reading.low(stop) not in _ENDS:
        stop += 1
    rest = [*range(first, run.first), *range(run.stop, stop)]
    return all(not reading.tokens[i].word or reading.low(i) in _BARE for i in rest)


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
            first = run.first - (1 if reading.low(run.first - 1) in _EXTENSIONS else 0)
            found.append(Found(first=first, stop=run.stop, entity=entity, score=score))
    return found


def _public(run: Run, reading: Reading) -> bool:
    """Return whether a run is an abbreviation or a place on a page: "M R I", "section nine"."""
    if run.digits == 0:
        return run.value in reading.vocabulary.known_codes
    before = reading.low(run.first - 1)
    return len(run.pieces) == 1 and run.digits <= 3 and before in reading.vocabulary.not_numbers


def _cued(run: Run, cue: Cue, reading: Reading) -> bool:
    size = run.digits + run.letters
    if all(p.kind == "big" for p in run.pieces) or (run.big and run.digits < DIGITS):
        return False  # "a claim for two hundred"
    if run.digits == 0 and not (size >= 2 and cue.distance <= NEAR):
        return False
    if size >= 4:
        return not (_aside(run, reading) or (like_year(run) and cue.distance > BESIDE))
    if size < 2 or cue.distance > NEAR or _aside(run, reading):
        return False
    if like_time(run) and not (cue.entity == "PHONE" and cue.distance <= 2):
        return False  # "the card, four eighteen"; but "extension six oh four"
    return size == 3 or run.singles == size or run.letters > 0 or alone(run, reading)


def _answers(run: Run, reading: Reading) -> bool:
    """Return whether a run may be the answer to a question for a number."""
    size = run.digits + run.letters
    if _beside(run, reading):
        return False
    if size >= 3:
        return True
    if size == 2:
        return run.singles == 2 or run.letters > 0 or alone(run, reading)
    return _lone(run, reading)


def _inner_signs(run: Run, reading: Reading) -> int:
    return sum(not reading.tokens[i].word for i in range(run.first, run.stop))


def _bare(run: Run) -> bool:
    """Return whether a number that is all of an utterance is no time, year or count."""
    return run.digits >= 3 and not (run.big or like_time(run) or like_year(run))


def _lone(run: Run, reading: Reading) -> bool:
    """Return whether one digit or letter is all that is said, as in "B like Busan"."""
    piece = run.pieces[0]
    sure = piece.kind in ("digit", "letter") and reading.low(run.first) not in _SIGHS
    return sure and reading.words - (run.stop - run.first) < LONE and alone(run, reading)


def _goes_on(run: Run, reading: Reading) -> bool:
    """Return whether a run may go on with, repeat or correct a number said just before."""
    size = run.digits + run.letters
    if _beside(run, reading) or reading.hint.open == "DATE":
        return False
    literal = run.digits >= 3 and any(p.literal for p in run.pieces)
    if size >= 3:
        return run.singles >= 2 or run.letters > 0 or literal or alone(run, reading)
    if size == 2:
        return run.singles == 2 or (run.letters > 0 and run.digits > 0) or alone(run, reading)
    return _lone(run, reading)


def _beside(run: Run, reading: Reading) -> bool:
    """Return whether a run says something else: a time, an age, a sum."""
    if all(p.kind == "big" for p in run.pieces) or (run.big and run.digits < DIGITS):
        return True
    if like_time(run) and not (alone(run, reading) and reading.hint.asked - {"DATE"}):
        return True
    return len(run.pieces) == 1 and reading.low(run.first - 1) in _BEFORE_AGE


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
