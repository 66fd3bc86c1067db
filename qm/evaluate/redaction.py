"""
How much of what identifies people is redacted, and how much else is.

Two counts, both of the contracts ("How outside checks count").  *Spans*, on text whose identifiers
are marked: a span is covered if every word of it lies in a redaction; precision counts redacted
words that lie in spans.  *Marks left*, on recognised speech, where words differ from the marked
text: a mark is left if a content word of it, or four of its digits in a row, can still be read
near its place.  Intervals are 95 % by Wilson (1927).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.fuzz import ratio

from qm.engines.phi_english import ENGLISH
from qm.engines.phi_pieces import pieces_of
from qm.engines.phi_spanish import SPANISH
from qm.engines.phi_words import Vocabulary, tokens_of

#: A mark is looked for in turns this near to its own.
NEAR_MS = 1500
#: Words so alike, of 100, are the same word.
ALIKE = 85
#: Shorter words carry no content.
CONTENT_LETTERS = 3
#: Digits in a row that give a number away.
DIGITS = 4
#: Of these, one word is too common to give them away: more than half of the words must be left.
BY_HALF = frozenset(("LOCATION", "EMPLOYER", "EMAIL", "DEVICE"))
_Z95 = 1.959964
_WORD = re.compile(r"\S+")
_VOCABULARIES = {"en": ENGLISH, "es": SPANISH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Characters [start, end) of a text: a mark of the truth, or a redaction."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``hits`` of ``n`` with a Wilson interval."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """
        The 95 % interval; None where there is nothing to count.

        >>> low, high = Share(hits=9, n=10).interval
        >>> round(low, 3), round(high, 3)
        (0.596, 0.982)
        """
        if not self.n:
            return None
        share, z = self.hits / self.n, _Z95
        middle = share + z * z / (2 * self.n)
        spread = z * math.sqrt(share * (1 - share) / self.n + z * z / (4 * self.n * self.n))
        scale = 1 + z * z / self.n
        return (max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))

    def __add__(self, other: Share) -> Share:
        return Share(hits=self.hits + other.hits, n=self.n + other.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanScore:
    """Redaction of marked text."""

    covered: Mapping[str, Share]  #: by entity: spans of which every word is redacted
    precision: Share  #: of redacted words, those inside spans
    words: Share  #: of all words, those redacted without need
    leaking: Share  #: of items with identifiers, those with a span not covered
    labelled: Share  #: of redacted words inside spans, those under the right entity

    @property
    def recall(self) -> Share:
        return sum(self.covered.values(), Share(hits=0, n=0))

    @property
    def false_per_thousand(self) -> float | None:
        """Words redacted without need per 1,000 words."""
        return 1000 * self.words.hits / self.words.n if self.words.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """One turn of the truth and what was redacted in it."""

    text: str = field(repr=False)
    marks: tuple[Span, ...]
    redactions: tuple[Span, ...]


def score_spans(items: Iterable[Sequence[MarkedText]]) -> SpanScore:
    """
    Score redaction of dialogues, each a sequence of turns.

    >>> turn = MarkedText(text="I am Ann Lee, hi Bob", marks=(Span(start=5, end=12, entity="NAME"),
    ...                   Span(start=17, end=20, entity="NAME")),
    ...                   redactions=(Span(start=5, end=12, entity="NAME"),))
    >>> score = score_spans([[turn]])
    >>> score.recall.hits, score.recall.n, score.precision.value, score.leaking.hits
    (1, 2, 1.0, 1)
    """
    spans: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    redacted = right = labelled = words = items_with = leaking = 0
    for item in items:
        leaks = marked = False
        for turn in item:
            places = [(m.start(), m.end()) for m in _WORD.finditer(turn.text)]
            under = [_touching(place, turn.redactions) for place in places]
            within = [_touching(place, turn.marks) for place in places]
            for mark in turn.marks:
                inside = [i for i, p in enumerate(places) if p[0] < mark.end and p[1] > mark.start]
                full = all(under[i] for i in inside)
                spans[mark.entity] += 1
                covered[mark.entity] += full
                leaks, marked = leaks or not full, True
            words += len(places)
            redacted += sum(map(bool, under))
            right += sum(bool(u and w) for u, w in zip(under, within, strict=True))
            labelled += sum(bool(u & w) for u, w in zip(under, within, strict=True))
        items_with += marked
        leaking += leaks
    return SpanScore(
        covered={e: Share(hits=covered[e], n=n) for e, n in sorted(spans.items())},
        precision=Share(hits=right, n=redacted),
        words=Share(hits=redacted - right, n=words),
        leaking=Share(hits=leaking, n=items_with),
        labelled=Share(hits=labelled, n=right),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTurn:
    """A turn with times: of the truth with its marks, or of the output with placeholders."""

    start_ms: int
    end_ms: int
    text: str = field(repr=False)
    marks: tuple[Span, ...] = ()


def marks_left(
    truth: Sequence[TimedTurn], output: Sequence[TimedTurn], language: str = "en"
) -> dict[str, Share]:
    """
    Count the marks that can still be read in the output.

    Args:
        truth: turns with their marks.
        output: turns as they were released; text in square brackets is a placeholder.
        language: "en" or "es".

    Returns:
        By entity, marks left of marks.
    """
    counts: dict[str, Share] = {}
    for turn in truth:
        near = [
            o.text
            for o in output
            if o.start_ms < turn.end_ms + NEAR_MS and o.end_ms > turn.start_ms - NEAR_MS
        ]
        for mark in turn.marks:
            left = is_left(turn.text[mark.start : mark.end], mark.entity, near, language)
            counts[mark.entity] = counts.get(mark.entity, Share(hits=0, n=0)) + Share(
                hits=int(left), n=1
            )
    return counts


_PLACEHOLDER = re.compile(r"\[[^\]]*\]")


def is_left(value: str, entity: str, texts: Iterable[str], language: str = "en") -> bool:
    """
    Return whether a marked value can still be read in texts.

    >>> is_left("Daniel Whitmore", "NAME", ["this is [NAME_1], Whitmoor with two o"])
    True
    >>> is_left("five five five, oh one four two", "PHONE", ["call 5550142"])
    True
    >>> is_left("twelve Elm Street", "LOCATION", ["which street was that?"])
    False
    """
    vocabulary = _VOCABULARIES[language]
    words, digits = _content(value, vocabulary)
    seen: set[str] = set()
    runs: list[str] = []
    for text in texts:
        for part in _PLACEHOLDER.split(text):
            more, run = _content(part, vocabulary)
            seen.update(more)
            runs += run
    found = [w for w in words if any(ratio(w, s) >= ALIKE for s in seen)]
    if words and (len(found) > len(words) / 2 if entity in BY_HALF else bool(found)):
        return True
    whole = "".join(digits)
    size = min(DIGITS, len(whole))
    parts = {whole[i : i + size] for i in range(len(whole) - size + 1)} if size > 1 else set()
    return any(part in run for part in parts for run in runs)


def _content(text: str, vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    """Return the content words of a text and the digits of each row of numbers in it."""
    tokens = tokens_of(text)
    numbers = {p.first: p for p in pieces_of(tokens, vocabulary) if p.value.isdigit()}
    words: list[str] = []
    rows: list[str] = [""]
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if i in numbers:
            rows[-1] += numbers[i].value
            i = numbers[i].stop
            continue
        if token.word:
            rows.append("")
            if len(token.low) >= CONTENT_LETTERS and token.low not in vocabulary.stop:
                words.append(token.low)
        i += 1
    return words, [row for row in rows if row]


def _touching(place: tuple[int, int], spans: Iterable[Span]) -> frozenset[str]:
    """Return the entities of the spans that touch a word."""
    return frozenset(s.entity for s in spans if s.start < place[1] and s.end > place[0])
