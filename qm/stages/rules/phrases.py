"""
Phrases -> one compiled pattern that finds them in a turn.

A phrase is words; case, accents on vowels and punctuation between them do not matter.

==============  ==================================================
``interpret*``  a word that begins so
``*``           any one word
``...``         up to three words
``a|b``         one of these words
``[NAME]``      a placeholder of the redactor, numbered or not
==============  ==================================================

Any number of words apart is ``near``: all of the terms, in any order, within so many words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

GAP_WORDS = 3
"""What "..." may stand for: a filler or an article and adjective, not another clause."""

_SEPARATOR = r"[^\w\[\]'’]+"
_WORD = r"[\w'’\[\]]+"
_ACCENTS = str.maketrans({v: f"[{v}{a}]" for v, a in zip("aeioun", "áéíóúñ", strict=True)})
_UNACCENTED = str.maketrans("áéíóúñ", "aeioun")
_UNSPACED = re.compile(r"[぀-ヿ一-鿿가-힯]")
"""Scripts whose words need not stand apart: Japanese, Chinese, Korean (particles follow)."""
_PLACEHOLDER = re.compile(r"\[([A-Z0-9_]+)\]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: its pattern, and letters of which every match holds some (``keys``)."""

    pattern: re.Pattern[str] = field(repr=False)
    keys: tuple[str, ...]  #: as ``plain`` writes them; () means that nothing can be said


@dataclass(frozen=True, slots=True)
class Phrases:
    """What to look for in a text; made by ``compile_phrases`` or ``compile_near``."""

    phrases: tuple[Phrase, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Letters of which every text with a match holds some; () where nothing can be said."""
        if not all(p.keys for p in self.phrases):
            return ()
        return tuple(dict.fromkeys(k for p in self.phrases for k in p.keys))

    def span(self, text: str) -> tuple[int, int] | None:
        """Return where a phrase stands in ``text``, None where there is none."""
        letters = plain(text)
        for phrase in self.phrases:
            if phrase.keys and not any(key in letters for key in phrase.keys):
                continue
            if found := phrase.pattern.search(text):
                return found.span()
        return None


def plain(text: str) -> str:
    """Return ``text`` in lower case without accents."""
    return text.lower().translate(_UNACCENTED)


def compile_phrases(phrases: Sequence[str]) -> Phrases:
    """
    Compile phrases of which one must be there.

    Raises:
        ValueError: an empty list or phrase.

    >>> asks = compile_phrases(["get|find ... supervisor", "habla español"])
    >>> asks.span("Could you get me a supervisor?"), asks.span("¿Habla espanol?")
    ((10, 29), (1, 14))
    >>> asks.span("the supervisor got it") is None
    True
    """
    if not phrases:
        raise ValueError("no phrase")
    return Phrases(tuple(Phrase(re.compile(_phrase(p), re.IGNORECASE), _keys(p)) for p in phrases))


def compile_near(terms: Sequence[str], words: int) -> Phrases:
    """
    Compile terms that must all be there, in any order, within ``words`` words.

    The span returned is that of the term that comes first.

    Raises:
        ValueError: fewer than two terms, or no room for them.

    >>> compile_near(["refill", "today"], 5).span("Today I need that refill") is not None
    True
    >>> compile_near(["refill", "today"], 3).span("Today I need that refill") is None
    True
    """
    if not 2 <= len(terms) <= words:
        raise ValueError("near needs two terms or more and room for them")
    ahead = "".join(
        rf"(?=(?:{_WORD}{_SEPARATOR}){{0,{words - len(t.split())}}}?{_phrase(t)})" for t in terms
    )
    begins = "|".join(_phrase(t) for t in terms)
    pattern = re.compile(rf"{ahead}(?:{begins})", re.IGNORECASE)
    keys = max((_keys(t) for t in terms), key=lambda k: min(map(len, k), default=0))
    return Phrases((Phrase(pattern, keys),))


def _phrase(phrase: str) -> str:
    tokens = phrase.split()
    if not tokens or tokens[0] == "..." or tokens[-1] == "...":
        raise ValueError("a phrase begins and ends with a word")
    pattern = ""
    for i, token in enumerate(tokens):
        if token == "...":  # noqa: S105  a wildcard, no secret
            pattern += rf"(?:{_SEPARATOR}{_WORD}){{0,{GAP_WORDS}}}"
        else:
            pattern += (_SEPARATOR if i else "") + _token(token)
    if _UNSPACED.search(phrase):
        return f"(?:{pattern})"
    return rf"(?<![\w'’])(?:{pattern})(?![\w'’])"


def _token(token: str) -> str:
    if token == "*":  # noqa: S105
        return _WORD
    return "(?:" + "|".join(_alternative(part) for part in token.split("|")) + ")"


def _alternative(word: str) -> str:
    if placeholder := _PLACEHOLDER.fullmatch(word):
        return rf"\[{re.escape(placeholder[1])}(?:_\d+)?\]"
    stem = plain(word.removesuffix("*"))
    if not stem or "*" in stem:
        raise ValueError("a star stands alone or ends a word")
    pattern = re.escape(stem).replace("’", "'").replace("'", "['’]?")
    return pattern.translate(_ACCENTS) + (r"[\w'’]*" if word.endswith("*") else "")


def _keys(phrase: str) -> tuple[str, ...]:
    """Return letters of which every match holds some: the alternatives of the most telling word."""
    choices = [
        tuple(plain(re.split(r"['’]", a.removesuffix("*"))[0]) for a in parts)
        for parts in (t.split("|") for t in phrase.split() if t not in ("*", "..."))
        if not any(_PLACEHOLDER.fullmatch(a) for a in parts)
    ]
    best = max(choices, key=lambda c: min(map(len, c)), default=())
    return best if all(best) else ()
