"""
Text -> tokens, and what a language's words mean to the recognisers of identifiers.

A token is a run of letters and digits (with inner apostrophes) or one sign, with its offsets, so
that every span found in tokens is a span of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

Phrases = Mapping[str, tuple[tuple[str, ...], ...]]
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]|_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word or sign of a text."""

    start: int
    end: int
    text: str = field(repr=False)
    low: str = field(repr=False)  #: lower case, straight apostrophe, no possessive, no accents
    word: bool

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """
    The words of one language that carry structure.

    Cues are regular expressions, matched on text without accents in any case.
    """

    language: str
    digits: Mapping[str, str]  #: "seven" -> "7"
    homophones: Mapping[str, str]  #: "to" -> "2": digits only beside digits, in an identifier
    teens: Mapping[str, str]  #: 10 to 19, and single words up to 29 where a language has them
    tens: Mapping[str, str]  #: "forty" -> "40"
    tens_link: str  #: between tens and digit: "" or "y"
    hundreds: Mapping[str, int]  #: multiplier: "hundred" -> 100; "quinientos" stands in ``big``
    big: Mapping[str, int]  #: words that are a quantity by themselves: "quinientos" -> 500
    big_link: str  #: inside a quantity: "and"
    ordinals: Mapping[str, int]  #: "twenty-first" is two tokens: "twenty", "first"
    repeats: Mapping[str, int]  #: "double" -> 2
    months: Mapping[str, int]
    modal_months: frozenset[str]  #: months that are ordinary words in lower case
    weekdays: frozenset[str]
    letter_words: frozenset[str]  #: words that are letters only beside letters and a sign
    letters: Mapping[str, str]  #: letters by name: "alpha" -> "a", "hache" -> "h"
    spelling: Phrases  #: "as in" -> ("as", "in")
    fillers: Phrases  #: left out of what cues are looked for in
    joiners: Phrases  #: may stand inside a number: "uh", "dash", "and then"
    corrections: Phrases  #: "no wait", "I mean"
    units: frozenset[str]  #: after a number they make it a quantity
    not_numbers: frozenset[str]  #: before a number they make it a place on a page: "section"
    known_numbers: frozenset[str]  #: public numbers: 911
    known_codes: frozenset[str]  #: letters and digits that are no identifier: a1c, b12, mri
    code_names: frozenset[str]  #: letters that name a code and are no part of it: "I D"
    articles: frozenset[str]
    stop: frozenset[str]  #: never a name, whatever the case


def tokens_of(text: str) -> tuple[Token, ...]:
    """
    Split ``text``.

    >>> [t.low for t in tokens_of("It’s Zoë's, 555-0142!")]
    ["it's", 'zoe', ',', '555', '-', '0142', '!']
    """
    return tuple(
        Token(
            start=m.start(),
            end=m.end(),
            text=m[0],
            low=_plain(m[0]),
            word=m[0][0].isalnum(),
        )
        for m in _TOKEN.finditer(text)
    )


def without_accents(text: str) -> str:
    """
    Return ``text`` without accents and with plain digits, character for character.

    >>> without_accents("Muñoz, ¿qué tal?")
    'Munoz, ¿que tal?'
    """
    if text.isascii():
        return text
    return "".join(_base(c) for c in text)


def phrases(text: str) -> Phrases:
    """
    Split a list of phrases at bars into words, by first word, longest phrase first.

    >>> phrases("no | wait | no wait")
    {'no': (('no', 'wait'), ('no',)), 'wait': (('wait',),)}
    """
    found = sorted((tuple(p.split()) for p in text.split("|")), key=len, reverse=True)
    return {
        first: tuple(p for p in found if p[0] == first) for first in sorted({p[0] for p in found})
    }


def words(text: str) -> frozenset[str]:
    """Return the words of a list written with spaces."""
    return frozenset(text.split())


@cache
def read_list(name: str) -> tuple[str, ...]:
    """Return the words of one of our lists; lines that begin with # are comments."""
    text = (files("qm.engines") / "phi_lists" / name).read_text(encoding="utf-8")
    return tuple(w for line in text.splitlines() if not line.startswith("#") for w in line.split())


#: "it's" is no possessive; these stay whole.
_CONTRACTIONS = words(
    "it's that's what's here's there's who's he's she's how's where's let's name's when's why's "
    "everything's something's nothing's one's this's"
)


def _plain(text: str) -> str:
    low = without_accents(text.lower()).replace("’", "'")
    if low.endswith("'s") and low not in _CONTRACTIONS:
        return low[:-2]
    return low


def _base(char: str) -> str:
    if char.isdigit():
        return str(unicodedata.digit(char))  # "5²" and other scripts: what int() cannot read
    return unicodedata.normalize("NFD", char)[0]
