"""E-mail addresses, web and IP addresses and user names, written and as they are said."""

from __future__ import annotations

import re

from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import words

_ENDS = words("com org net edu gov example io co us info biz me health care ai mx es uk")
#: Providers that are named without their ending.
_PROVIDERS = words(
    "gmail yahoo hotmail outlook icloud aol proton protonmail juno comcast verizon msn live att "
    "gmx zoho bellsouth sbcglobal googlemail mail"
)
_DOT = words("dot period punto")
_AT = words("at @ arroba")
_INSIDE = words(
    "bajo dot period underscore dash hyphen minus punto guion plus numeral all lowercase"
)
#: Words that stand before an address and are no part of it.
_EDGE = words(
    "is it's at to me him her us with use try yes yeah yep sure um uh okay ok so and or the my "
    "his their our email e-mail address it that's be as has for on from send go well "
    "right no sorry wait actually you know like see let i'd have called under open into es correo "
    "mi en al su si pues new old same under was write says say read reads username login pongame "
    "ponga anote mandelo tiene seria "
    "website called should doing also then choose e-mail's email's at"
)
#: A sentence of so few words may be half an address.
_FRAGMENT = 4
#: One of more words speaks of something else.
_LONG = 14
#: A spoken address is at most so long, in tokens.
_LONGEST = 24
_WRITTEN = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S*[\w/]"
    r"|\b(?:[\w-]+\.)+(?:com|org|net|edu|gov|example|io)\b(?:/[\w./-]*)?"
)
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
#: Dots of an IP address; the recogniser may have lost one.
_IP_DOTS = 2
_USER = re.compile(
    r"(?:user ?name|user i\W?d|log ?in(?: name)?|screen name|handle|pass ?word|pass ?phrase|"
    r"pass ?code|security (?:word|answer)|usuario|contrasena)"
    r"(?: \w+)?(?: is| it's|:|,| es| as)+ "
)
_PHOTO = re.compile(
    r"(?:file|photo|picture|image)(?: name)? is ((?:\S+ ){0,6}?\S+ (?:dot|punto) "
    r"(?:j ?p ?e? ?g|p ?n ?g|heic|pdf|gif))|[\w-]+\.(?:jpe?g|png|heic|gif)\b"
)


def find_online(reading: Reading) -> list[Found]:
    """Find addresses on the net, user names and the names of pictures."""
    found = [*_spoken(reading), *_written(reading), *_ips(reading), *_users(reading)]
    if "EMAIL" in reading.hint.asked:
        found += _answered(reading)
    return found


def _spoken(reading: Reading) -> list[Found]:
    found: list[Found] = []
    i = 0
    while i < len(reading.tokens):
        stop = _domain_end(reading, i)
        if stop is None:
            i += 1
            continue
        start = _back(reading, i, 3)
        at = start - 1 if reading.low(start - 1) in _AT else -1
        local = _back(reading, at, _LONGEST, commas=True) if at > 0 else at
        if at > 0 and local < at:
            found.append(Found(first=local, stop=stop, entity="EMAIL", score=0.95))
        else:
            found.append(Found(first=start, stop=_path(reading, stop), entity="URL", score=0.9))
        i = stop
    return [*found, *_bare(reading)]


def _domain_end(reading: Reading, i: int) -> int | None:
    """Return where "dot com" or "dot co dot uk" at ``i`` ends."""
    stop = i
    while reading.low(stop) in _DOT and reading.low(stop + 1) in _ENDS:
        stop += 2
    return stop if stop > i else None


def _path(reading: Reading, stop: int) -> int:
    """Return where "slash reset slash now" behind a domain ends."""
    while reading.low(stop) in ("slash", "/") and stop + 1 < len(reading.tokens):
        stop += 2
        while reading.low(stop) in ("dash", "underscore", "-") and stop + 1 < len(reading.tokens):
            stop += 2
    return stop


def _back(reading: Reading, end: int, longest: int, *, commas: bool = False) -> int:
    """Return where the words of an address that end before ``end`` begin."""
    j = end
    while j > 0 and end - j < longest:
        low = reading.low(j - 1)
        joined = reading.low(j - 2) in _INSIDE or reading.low(j) in _INSIDE
        if low in _INSIDE or (low == "-" and commas):
            j -= 1
            longest += 1
            continue
        if low in (",", "-") and commas and _goes_on(reading, j - 1):
            j -= 1
            continue
        if not low[:1].isalnum() or low in _AT or (low in _EDGE and not joined):
            break
        j -= 1
    while j < end and (not reading.tokens[j].word):
        j += 1
    return j


def _goes_on(reading: Reading, i: int) -> bool:
    """Return whether an address goes on before a comma: letters, numbers, spelled words do."""
    before, after = reading.low(i - 1), reading.low(i + 1)
    return (
        "EMAIL" in reading.hint.asked
        or len(before) == 1
        or len(after) == 1
        or (i - 1) in reading.pieces
        or (i + 1) in reading.pieces
        or after in _INSIDE
        or before in _INSIDE
    ) and before not in _EDGE


def _bare(reading: Reading) -> list[Found]:
    """Find "jane at gmail" and "jane underscore doe"."""
    found: list[Found] = []
    for i in range(1, len(reading.tokens)):
        low = reading.low(i)
        if low in _AT and reading.low(i + 1) in _PROVIDERS:
            first = _back(reading, i, _LONGEST, commas=True)
            if first < i:
                found.append(Found(first=first, stop=i + 2, entity="EMAIL", score=0.8))
        elif low == "underscore" or (low in _DOT and "EMAIL" in reading.hint.asked):
            first = _back(reading, i, 4)
            stop = min(i + 2, len(reading.tokens))
            found.append(Found(first=first, stop=stop, entity="EMAIL", score=0.6))
        elif low == "w" and reading.low(i - 1) == "w" and reading.low(i + 1) == "w":
            stop = i + 2
            while reading.low(stop) in _DOT:
                stop += 2
            found.append(Found(first=i - 1, stop=stop, entity="URL", score=0.9))
    return [f for f in found if f.stop > f.first]


def _written(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for match in _WRITTEN.finditer(reading.plain):
        entity = "EMAIL" if "@" in match[0] else "URL"
        found += _tokens(reading, match.start(), match.end(), entity, 0.95)
    for match in _PHOTO.finditer(reading.plain):
        start = match.start(1) if match[1] else match.start()
        found += _tokens(reading, start, match.end(), "PHOTO", 0.9)
    return found


def _ips(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for match in _IP.finditer(reading.plain):
        found += _tokens(reading, match.start(), match.end(), "IP", 0.95)
    for run in reading.runs:
        dots = sum(reading.low(i) in _DOT for i in range(run.first, run.stop))
        if dots >= _IP_DOTS and not run.letters:
            found.append(Found(first=run.first, stop=run.stop, entity="IP", score=0.95))
    return found


def _answered(reading: Reading) -> list[Found]:
    """Find the answer to "your e-mail?", garbled or in part: sentences with letters, dots or at."""
    found: list[Found] = []
    first = 0
    for i in range(len(reading.tokens) + 1):
        if i < len(reading.tokens) and reading.low(i) not in (".", "?", "!", "—"):
            continue
        inside = range(first, i)
        words_ = sum(reading.tokens[k].word for k in inside)
        sign = words_ <= _LONG and any(_sign(reading, k, first) for k in inside)
        if words_ and (sign or words_ <= _FRAGMENT):
            low, high = first, i
            while low < high and (reading.low(low) in _EDGE or not reading.tokens[low].word):
                low += 1
            while high > low and not reading.tokens[high - 1].word:
                high -= 1
            rest = [k for k in range(low, high) if reading.low(k) not in reading.vocabulary.stop]
            if rest and (sign or any(_strange(reading, k) for k in rest)):
                found.append(Found(first=low, stop=high, entity="EMAIL", score=0.5))
        first = i + 1
    return found


def _sign(reading: Reading, i: int, first: int) -> bool:
    """Return whether a token tells of an address: dot, at somewhere, letters or digits in a row."""
    low = reading.low(i)
    if low in _AT and i > first:
        around = (reading.low(i - 1), reading.low(i + 1))
        return all(w[:1].isalpha() and w not in reading.vocabulary.stop for w in around)
    run = next((r for r in reading.runs if r.first == i), None)
    lettered = run is not None and (run.letters >= 2 or run.singles >= 2)
    return low in ("dot", "underscore") or lettered


def _strange(reading: Reading, i: int) -> bool:
    """Return whether a word is a name or none at all."""
    low = reading.low(i)
    lexicon = reading.lexicon
    return not lexicon.listed(low) or (lexicon.common_name(low) and low not in lexicon.said)


def _users(reading: Reading) -> list[Found]:
    """Find what follows "my username is", up to the next sign."""
    found: list[Found] = []
    for match in _USER.finditer(reading.plain):
        inside = [i for i, t in enumerate(reading.tokens) if t.start >= match.end()]
        if not inside or reading.low(inside[0]) in reading.vocabulary.stop - {"my"}:
            continue
        stop = inside[0] if inside else 0
        while stop < len(reading.tokens) and reading.tokens[stop].word and stop < inside[0] + 6:
            if reading.low(stop) in ("and", "but", "so", "it", "that", "not", "to"):
                break
            stop += 1
        if inside and stop > inside[0]:
            found.append(Found(first=inside[0], stop=stop, entity="OTHER_ID", score=0.8))
    return found


def _tokens(reading: Reading, start: int, end: int, entity: str, score: float) -> list[Found]:
    inside = [i for i, t in enumerate(reading.tokens) if t.start < end and t.end > start]
    if not inside:
        return []
    return [Found(first=inside[0], stop=inside[-1] + 1, entity=entity, score=score)]
