"""
What a person types into a search line -> words and phrases to look for.

``sorry "call you back" refer* -billing``: all of them, the phrase in this order, a word that begins
so, and not that one.  Letters are compared without case and accents, as the full-text indexes do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_PHRASES = 12
"""No question needs more, and each costs the database a look into its index."""

_PIECE = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that follow one another."""

    words: tuple[str, ...] = field(repr=False)  #: folded, at least one
    prefix: bool = False  #: the last word may go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is looked for."""

    wanted: tuple[Phrase, ...] = ()  #: all of them
    unwanted: tuple[Phrase, ...] = ()  #: none of them

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)


def fold(text: str) -> str:
    """
    Return ``text`` in lower case without accents.

    >>> fold("Café SEÑORA")
    'cafe senora'
    """
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def words_of(text: str) -> tuple[str, ...]:
    """
    Return the words of ``text`` as an index holds them.

    >>> words_of("I don't, twelve-thirty [NAME_1]")
    ('i', 'don', 't', 'twelve', 'thirty', 'name', '1')
    """
    return tuple(_WORD.findall(fold(text)))


def parse_terms(text: str) -> Terms:
    """
    Return what ``text`` asks for; any text asks for something or for nothing, none is wrong.

    >>> parse_terms('sorry "call back" -bill*').unwanted[0].prefix
    True
    """
    found: dict[bool, list[Phrase]] = {True: [], False: []}
    for minus, quoted, plain in _PIECE.findall(text):
        said = quoted or plain
        if words := words_of(said):
            phrase = Phrase(words=words, prefix=plain.endswith("*"))
            found[not minus].append(phrase)
    return Terms(
        wanted=tuple(found[True][:MOST_PHRASES]), unwanted=tuple(found[False][:MOST_PHRASES])
    )


def marked(terms: Terms, spoken: Sequence[str]) -> frozenset[int]:
    """
    Return which of the ``spoken`` words (by place) are what was looked for.

    >>> sorted(marked(parse_terms('"call back"'), ["I'll", "call", "back,", "call"]))
    [1, 2]
    """
    flat = _flat(spoken)
    return frozenset(place for one in terms.wanted for place in _places(one, flat))


def fits(terms: Terms, spoken: Sequence[str]) -> bool:
    """
    Return whether a text holds all that is wanted and nothing that is not.

    >>> fits(parse_terms("call* -billing"), ["I", "called", "twice"])
    True
    """
    flat = _flat(spoken)
    return all(_places(one, flat) for one in terms.wanted) and not any(
        _places(one, flat) for one in terms.unwanted
    )


def _flat(spoken: Sequence[str]) -> list[tuple[str, int]]:
    return [(word, place) for place, text in enumerate(spoken) for word in words_of(text)]


def _places(phrase: Phrase, flat: Sequence[tuple[str, int]]) -> set[int]:
    found: set[int] = set()
    for start in range(len(flat) - len(phrase.words) + 1):
        stretch = flat[start : start + len(phrase.words)]
        if _matches(phrase, [word for word, _ in stretch]):
            found.update(place for _, place in stretch)
    return found


def _matches(phrase: Phrase, words: Sequence[str]) -> bool:
    *first, last = phrase.words
    same = words[-1].startswith(last) if phrase.prefix else words[-1] == last
    return same and list(words[:-1]) == first
