"""
A written turn -> what its shape alone gives away: addresses on the net, files, handles, names.

The redactor was made for talk.  What people only ever write is found here and added to what it
finds: links with their query, e-mail addresses, names of files, handles, the name under the closing
words and in the lines of a letter's head.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from qm.stages.messages.closings import CLOSING
from qm.types import PhiSpan, Turn, Word

_EDGES = "\"'“”‘’()[]{}<>,;:!?…"
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|co|us|info|biz"
    r"|health|me|ly|app|care|example|mx|es)(?::\d+)?/\S*",
    re.I,
)
_FILE = re.compile(
    r"[\w%+&@#~.\-()\[\]]*[\w)]\.(pdf|jpe?g|png|heic|gif|tiff?|bmp|docx?|xlsx?|csv|txt|rtf|zip"
    r"|mp[34]|m4a|wav|mov|eml|msg|dcm|pptx?|html?)\b",
    re.I,
)
_HANDLE = re.compile(r"(?<![\w.])@[A-Za-z_][\w.]*\w")
_LABELLED = re.compile(
    r"^\W*(?:from|to|cc|bcc|reply-to|attn|patient(?: name)?|name|member(?: name)?|full name"
    r"|de|para|paciente|nombre(?: completo)?|asegurad[oa])\s*[:=]\s*(\S.*)$",
    re.I,
)
_SALUTED = re.compile(r"^\W*(?:dear|hi|hello|hey|estimad[oa]|querid[oa]|hola|good \w+)\b", re.I)
_ANSWERED = re.compile(
    r"^\W*((?:[^\W\d_][\w.'’-]*\s+){0,3}[^\W\d_][\w.'’-]*)\s*[,/|;–-]\s*"
    r"(?:d\.?o\.?b\.?|born|nacid[oa]|nac\.?|fecha de nacimiento)?"
    r"\W*\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}",
    re.I,
)
"""What a form asks for, typed at one go: "jo kowalski, 3/4/61"."""

NAME_WORDS = 4
"""A line that is somebody's name, with a middle name."""

NAME_LETTERS = 3
"""Shorter words of a name are initials and particles, which other words are too."""

SHORT_WORDS = 5
"""A line of a signature: a name, a post, a department."""

_CREDENTIALS = re.compile(r"\s*(?:,.*|\(.*\)\s*|\b(?:RN|MD|NP|PA|DO|LPN|MA|CNA|PharmD|PhD)\b.*)$")

_NO_NAME = re.compile(
    r"[\d:@/]|\b(?:i|you|we|the|a|an|and|is|are|my|your|for|to|of|on|in|will|can|please|call|team"
    r"|department|desk|office|services|yes|no|ok|okay|hello|hi|help|sorry|sure|thanks|today|tomorrow"
    r"|tonight|now|soon|asap|bye|yo|usted|el|la|los|de la|por|para|con|que|es|mi|su|equipo|oficina"
    r"|hola|gracias|hoy|ahora|si|sí|(?:mon|tues|wednes|thurs|fri|satur|sun)day|lunes|martes"
    r"|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)\b",
    re.I,
)


def names_in(turn: Turn) -> frozenset[str]:
    """Return the words of the names that the shape of ``turn`` gives away, as they are written."""
    return frozenset(
        word
        for span in shapes(turn)
        if span.entity == "NAME"
        for part in turn.text[span.start : span.end].split()
        if len(word := part.strip(_EDGES + ".")) >= NAME_LETTERS
    )


def named(turn: Turn, names: frozenset[str]) -> tuple[PhiSpan, ...]:
    """Return where ``turn`` holds one of ``names``, with a capital or as it was written there."""
    wanted = {form for name in names for form in (name, name[:1].upper() + name[1:], name.upper())}
    found: list[PhiSpan] = []
    at = 0
    for word in turn.words:
        bare = word.text.strip(_EDGES + ".").removesuffix("'s").removesuffix("’s")
        if bare in wanted:
            start = at + word.text.index(bare)
            found.append(PhiSpan(start=start, end=start + len(bare), entity="NAME"))
        at += len(word.text) + 1
    return tuple(found)


def shapes(turn: Turn) -> tuple[PhiSpan, ...]:
    r"""
    Return spans of ``turn.text``, in any order; they may overlap.

    >>> from qm.types import CallId, Role, Word
    >>> words = [Word(start_ms=0, end_ms=1, text=w) for w in "labs_kowalski.pdf to j@x.org".split()]
    >>> turn = Turn(call_id=CallId("c"), utterance=0, role=Role.CUSTOMER, speaker=1, language="en",
    ...             words=tuple(words))
    >>> [(s.entity, s.placeholder, turn.text[s.start : s.end]) for s in shapes(turn)]
    [('OTHER_ID', '[FILE_PDF]', 'labs_kowalski.pdf'), ('EMAIL', '', 'j@x.org')]
    """
    lines = list(_lines(turn.words))
    signed = _signed(lines)
    found: list[PhiSpan] = []
    for number, (start, line) in enumerate(lines):
        found += (_moved(span, start) for span in _in_line(line))
        if number == signed:
            name = _CREDENTIALS.sub("", line) or line
            found.append(PhiSpan(start=start, end=start + len(name), entity="NAME"))
        for pattern in (_LABELLED, _ANSWERED):
            match = pattern.match(line)
            if match and _is_name(match[1]):
                span = PhiSpan(start=match.start(1), end=match.end(1), entity="NAME")
                found.append(_moved(span, start))
    return tuple(found)


def _signed(lines: Sequence[tuple[int, str]]) -> int | None:
    """Return which line is the writer's name: under the closing words, or alone at the end."""
    texts = [line for _, line in lines]
    for at in range(len(texts) - 1, 0, -1):
        if CLOSING.match(texts[at - 1]) and not _SALUTED.match(texts[at - 1]):
            return at if _is_name(_CREDENTIALS.sub("", texts[at])) else None
    end = len(texts)
    while end > 1 and len(texts[end - 1].split()) <= SHORT_WORDS and _open(texts[end - 1]):
        end -= 1
    if end < len(texts) and texts[end][:1].isupper() and _is_name(_CREDENTIALS.sub("", texts[end])):
        return end
    return None


def _open(line: str) -> bool:
    return not line.rstrip().endswith((".", "!", "?", ":", ";"))


def _lines(words: Sequence[Word]) -> Iterable[tuple[int, str]]:
    """Yield where each line begins in the turn's text, and the line."""
    at = 0
    for _, group in groupby(words, key=lambda word: word.start_ms):
        line = " ".join(word.text for word in group)
        yield at, line
        at += len(line) + 1


def _in_line(line: str) -> Iterable[PhiSpan]:
    for match in _FILE.finditer(line):
        if "://" not in match[0] and "@" not in match[0].lstrip("@"):
            kind = match[1].upper().rstrip("0123456789")
            yield _span(match, "OTHER_ID", f"[FILE_{kind}]")
    for match in _LINK.finditer(line):
        yield _span(match, "URL")
    for match in _EMAIL.finditer(line):
        yield _span(match, "EMAIL")
    for match in _HANDLE.finditer(line):
        yield _span(match, "OTHER_ID")


def _span(match: re.Match[str], entity: str, placeholder: str = "") -> PhiSpan:
    text = match[0]
    start = match.start() + len(text) - len(text.lstrip(_EDGES))
    end = max(start + 1, match.end() - (len(text) - len(text.rstrip(_EDGES + "."))))
    return PhiSpan(start=start, end=end, entity=entity, placeholder=placeholder)


def _moved(span: PhiSpan, by: int) -> PhiSpan:
    return PhiSpan(
        start=span.start + by,
        end=span.end + by,
        entity=span.entity,
        placeholder=span.placeholder,
    )


def _is_name(line: str) -> bool:
    words = line.split()
    return (
        0 < len(words) <= NAME_WORDS
        and not _NO_NAME.search(line)
        and any(c.isalpha() for c in line)
        and not line.rstrip().endswith(("?", ":"))
    )
