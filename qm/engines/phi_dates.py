"""Dates, spoken and written: any part of a date that is finer than a year."""

from __future__ import annotations

import re

from qm.engines.phi_ids import alone, like_time
from qm.engines.phi_numbers import Run
from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import words

_NUMERIC_ORDINAL = re.compile(r"(\d{1,2})(st|nd|rd|th)")
_WRITTEN = re.compile(
    r"(?<![\d/.-])(?:\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2})"
    r"(?![\d/-]|\.\d)"
)
_BORN = re.compile(
    r"born|birth ?da(?:y|te)|date of birth|\bd\W?o\W?b\b|nacid|nacimiento|cumple|\bnaci\b"
)
#: Below stand days and times; nobody says "nineteen" for 2019.
_YOUNGEST = 20
#: How far before the numbers "born" may stand, in characters.
_NEAR = 60
#: After these a bare ordinal is a day: "on the second", "until the first".
_DAY_AFTER = words(
    "on for by until till til from through since before after dated is was of between to and or "
    "not it's that's moved due around about says"
)
#: Between weekday and day.
_BETWEEN = words(", the um uh er")
_FAR = 5
#: These ordinals are more often an order than a day.
_ORDER = 3
#: Tags of words that an ordinal only counts: "the fifth floor", "the second time".
_COUNTED = frozenset(("NN", "NNS", "JJ", "JJR", "JJS", "CD"))
_CLOSED = frozenset(("", ".", ",", "?", "at", "and", "for", "of", "or"))
_NOUNS = words(
    "one ones time times thing things floor page line day week month year call visit shot dose "
    "person place row door step part half grade degree letter bill try party set pair round name "
    "grader trimester opinion look appointment number street avenue quarter lady guy girl man "
    "option or two three few cousin baby child born anniversary birthday"
)


def find_dates(reading: Reading) -> list[Found]:
    """Find dates; months and days of the month alone count, weekdays and years alone do not."""
    found = [*_by_month(reading), *_by_day(reading), *_by_numbers(reading), *_written(reading)]
    return [f for f in found if f.stop > f.first]


def _by_month(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for i, token in enumerate(reading.tokens):
        if token.low not in reading.vocabulary.months:
            continue
        first, day_before = _before_month(reading, i)
        stop, day_after = _after_month(reading, i + 1, day_before)
        if day_before or day_after or _is_month(reading, i):
            found.append(Found(first=first, stop=stop, entity="DATE", score=0.9))
    return found


def _before_month(reading: Reading, i: int) -> tuple[int, bool]:
    """Return where "[Thursday] [the] twelfth of" before a month begins."""
    j = i - 1
    if reading.low(j) in ("of", "de"):
        j -= 1
    length = _ordinal_before(reading, j)
    if length == 0:
        piece = reading.pieces.get(j)
        if piece is not None and piece.value.isdigit() and 1 <= int(piece.value) <= 31:
            length = 1
        elif j >= 1 and (two := reading.pieces.get(j - 1)) is not None and two.stop == j + 1:
            length = 2 if two.value.isdigit() and 1 <= int(two.value) <= 31 else 0
    if length == 0:
        return _with_weekday(reading, i), False
    return _with_weekday(reading, j - length + 1), True


def _with_weekday(reading: Reading, first: int) -> int:
    """Return where the date begins with its article and weekday."""
    if reading.low(first - 1) == "the":
        first -= 1
    j = first - 1
    while reading.low(j) in _BETWEEN and first - j <= _FAR:
        j -= 1  # "Thursday, the, um, the sixteenth"
    if reading.low(j) not in reading.vocabulary.weekdays:
        return first
    return j - 1 if reading.low(j - 1) in ("this", "next", "last") else j


def _after_month(reading: Reading, i: int, day_known: bool) -> tuple[int, bool]:
    """Return where "[the] twelfth[, nineteen sixty-two]" behind a month ends."""
    stop, day = i, False
    j = i
    if not day_known:
        if reading.low(j) in ("the", "el", ","):
            j += 1
        length = _ordinal_at(reading, j)
        piece = reading.pieces.get(j)
        if length:
            stop, day = j + length, True
        elif piece is not None and not piece.quantity and _day(piece.value):
            stop, day = piece.stop, True
    year = _year_at(reading, stop, short=day or day_known)
    return max(stop, year), day or year > stop


def _day(value: str) -> bool:
    return value.isdigit() and len(value) <= 2 and 1 <= int(value) <= 31


def _year_at(reading: Reading, i: int, *, short: bool) -> int:
    """Return where a year that begins about token ``i`` ends; ``i`` if there is none."""
    j = i
    short = short or reading.low(i) == "of"
    while reading.low(j) in (",", ".", "of", "in", "de", "del", "'", "’") and j < i + 2:
        if reading.low(j) == "." and not short:
            return i
        j += 1
    piece = reading.pieces.get(j)
    if piece is None or not piece.value.isdigit() or piece.quantity:
        return i
    following = reading.pieces.get(piece.stop)
    if len(piece.value) == 4:
        return piece.stop if 1900 <= int(piece.value) < 2040 else i
    if piece.value in ("19", "20") and following is not None:
        if len(following.value) == 2 and following.kind == "number":
            return following.stop
        last = reading.pieces.get(following.stop)
        if following.value == "0" and last is not None and last.kind == "digit":
            return last.stop
    if not short:
        return i
    if piece.value == "0" and following is not None and following.kind == "digit":
        return following.stop  # "oh nine"
    # "ten in the morning", "sixty-two fifty" are no years
    year = len(piece.value) == 2 and (int(piece.value) >= _YOUNGEST or piece.literal)
    return piece.stop if year and piece.stop not in reading.pieces else i


def _is_month(reading: Reading, i: int) -> bool:
    """Return whether a month's name alone is one: not "may" the verb, not April the person."""
    token = reading.tokens[i]
    if token.low not in reading.vocabulary.modal_months:
        return len(token.low) > 3 or reading.low(i + 1) == "."
    if not (reading.cased and token.capital):
        return False
    verb = reading.tags[i] in ("MD", "VB", "VBP", "")
    return not (verb and reading.begins_sentence(i)) and reading.tags[i] != "MD"


def _ordinal_at(reading: Reading, i: int) -> int:
    """Return how many tokens the ordinal from ``i`` on has; 0 if there is none up to 31."""
    vocabulary = reading.vocabulary
    low = reading.low(i)
    if (written := _NUMERIC_ORDINAL.fullmatch(low)) is not None:
        return 1 if int(written[1]) <= 31 else 0
    if low in ("twenty", "thirty"):
        j = i + 1 if reading.low(i + 1) != "-" else i + 2
        unit = vocabulary.ordinals.get(reading.low(j), 99)
        return j - i + 1 if unit < (10 if low == "twenty" else 2) else 0
    return 1 if low in vocabulary.ordinals else 0


def _ordinal_before(reading: Reading, j: int) -> int:
    """Return how many tokens the ordinal that ends at ``j`` has."""
    for length in (3, 2, 1):
        if j - length + 1 >= 0 and _ordinal_at(reading, j - length + 1) == length:
            return length
    return 0


def _by_day(reading: Reading) -> list[Found]:
    """Find "Thursday the twentieth", "the ninth", "on the first"."""
    found: list[Found] = []
    i = 0
    while i < len(reading.tokens):
        length = _ordinal_at(reading, i)
        if length == 0:
            i += 1
            continue
        first = _with_weekday(reading, i)
        if _is_day(reading, i, i + length, first):
            stop = max(i + length, _year_at(reading, i + length, short=False))
            found.append(Found(first=first, stop=stop, entity="DATE", score=0.7))
        i += length
    return found


def _is_day(reading: Reading, i: int, stop: int, first: int) -> bool:
    low, after = reading.low(i), reading.low(stop)
    weekdays = reading.vocabulary.weekdays
    if reading.low(first) in weekdays or reading.low(first + 1) in weekdays:
        return True
    if after in _NOUNS or after == "-":
        return False
    alone = stop - i == 1 and reading.vocabulary.ordinals.get(low, 9) <= _ORDER
    if "DATE" in reading.hint.asked:
        return not alone or first < i
    if stop < len(reading.tokens) and reading.tags[stop] in _COUNTED and after != "at":
        return False
    before = reading.low(first - 1)
    if first == i:  # no article: "by fourteenth", or a sentence of its own
        sentence = reading.begins_sentence(i) and after in (".", "?")
        return (before in _DAY_AFTER or sentence) and not alone and after in _CLOSED
    if alone:
        if after == "of" and reading.low(stop + 1) not in reading.vocabulary.months:
            return False  # "the first of the year"
        return before in _DAY_AFTER and (after in _CLOSED or after not in ("to", "in", "that"))
    return True


def _by_numbers(reading: Reading) -> list[Found]:
    """Find "seven fifteen sixty five" and its like; in an answer to the question, any number."""
    found: list[Found] = []
    for run in reading.runs:
        born = bool(_BORN.search(reading.before(run.first, _NEAR)))
        asked = "DATE" in reading.hint.asked
        strict = _triple(run)
        if strict == "full" or (strict and (born or asked or _signed(reading, run))):
            score = 0.95 if born or asked else 0.6
        elif (born or asked) and _part(run, reading):
            score = 0.6
        elif reading.hint.open == "DATE" and _part(run, reading) and alone(run, reading):
            score = 0.5
        else:
            continue
        found.append(Found(first=run.first, stop=run.stop, entity="DATE", score=score))
    return found


def _triple(run: Run) -> str:
    """Say whether a run is month, day and year: "full" or "short" year, "" if not."""
    values: list[str] = []
    for piece in run.pieces:
        if not piece.value.isdigit():
            return ""
        if values and values[-1] == "0" and len(piece.value) == 1:
            values[-1] = "0" + piece.value
        else:
            values.append(piece.value)
    if not 3 <= len(values) <= 4 or any(len(v) > 4 for v in values):
        return ""
    month, day, *year = (int(v) for v in values)
    if not (1 <= month <= 12 and 1 <= day <= 31) and not (1 <= month <= 31 and 1 <= day <= 12):
        return ""
    if len(year) == 2:
        return "full" if year[0] in (19, 20) and len(values[3]) == 2 else ""
    if 1900 <= year[0] < 2040:
        return "full"
    return "short" if len(values[2]) == 2 else ""


def _part(run: Run, reading: Reading) -> bool:
    """Return whether a number may be part of a date: "sixty-two", "oh four", "0412"."""
    if run.letters or run.big or not 2 <= run.digits <= 8 or like_time(run):
        return False
    lone = len(run.pieces) == 1 and run.digits == 2
    age = reading.low(run.first - 1) in ("i'm", "he's", "she's", "is", "am", "tengo", "tiene")
    return not (lone and (age or not alone(run, reading)))


def _signed(reading: Reading, run: Run) -> bool:
    """Return whether commas, dashes or slashes stand between the parts."""
    between = {
        reading.low(t)
        for left, right in zip(run.pieces, run.pieces[1:], strict=False)
        for t in range(left.stop, right.first)
    }
    return bool(between & {",", "/", "-", "slash", "dash"})


def _written(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for match in _WRITTEN.finditer(reading.plain):
        parts = [int(p) for p in re.split(r"[/.-]", match[0])]
        if len(parts) == 2 and not (1 <= parts[0] <= 12 and 1 <= parts[1] <= 31):
            continue
        if len(parts) == 2 and parts[1] == 10:
            continue  # "7/10" is a pain score
        inside = [
            i
            for i, t in enumerate(reading.tokens)
            if t.start < match.end() and t.end > match.start()
        ]
        found.append(Found(first=inside[0], stop=inside[-1] + 1, entity="DATE", score=0.9))
    return found
