"""What a word is more likely: somebody's name, or a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qm.engines.phi_lexicon import COMMON_FIRST, COMMON_LAST, Lexicon, lexicon
from tests.engines.phi import bare_lexicon, redactor_of

INDEX = {
    "noun": ["Drawer", "page", "grace"],
    "verb": ["draw", "try", "file", "peter"],
    "adj": ["early", "dusty", "young", "dust"],
}


@pytest.fixture(scope="module")
def small() -> Lexicon:
    """A lexicon whose dictionary is a dozen words."""
    return lexicon("en", INDEX)


@pytest.mark.parametrize("low", ["draw", "drawer", "drawing", "tries", "filed", "files", "dusted"])
def test_a_word_is_listed_inflected_or_not(low: str, small: Lexicon) -> None:
    assert small.listed(low)


@pytest.mark.parametrize("low", ["", "wibblert", "odalys", "ing"])
def test_a_strange_word_is_not(low: str, small: Lexicon) -> None:
    assert not small.listed(low)


def test_a_last_name_that_looks_inflected_keeps_more_of_its_stem() -> None:
    words = lexicon("en", {"noun": ["bak"]})
    assert words.name("baker") and "baker" not in words.said
    assert not words.listed("baker")


@pytest.mark.parametrize(
    ("low", "first", "last"),
    [("mary", True, True), ("garcia", False, True), ("wibblert", False, False)],
)
def test_the_census_knows_who_is_called_so(
    low: str, first: bool, last: bool, small: Lexicon
) -> None:
    assert (low in small.first, low in small.last) == (first, last)
    assert small.name(low) == (first or last)


def test_names_that_many_have_are_common(small: Lexicon) -> None:
    assert small.common_name("mary") and small.common_name("garcia")
    rare = next(
        n
        for n, rank in small.first.items()
        if rank > COMMON_FIRST and small.last.get(n, 99_999) > COMMON_LAST
    )
    assert small.name(rare) and not small.common_name(rare)


@pytest.mark.parametrize(
    ("low", "ordinary"),
    [
        ("peter", False),  # a verb too, but few mean it
        ("dusty", True),  # a rare first name, a common adjective
        ("young", True),
        ("medicare", True),
        ("mary", False),
        ("wibblert", False),
    ],
)
def test_an_ordinary_word(low: str, ordinary: bool, small: Lexicon) -> None:
    assert small.ordinary(low) is ordinary


def test_places_are_known_by_their_words(small: Lexicon) -> None:
    assert ("san", "antonio") in small.cities and ("st", "louis") in small.cities
    assert "north carolina" in small.states and "mexico" in small.countries


@pytest.mark.parametrize("language", ["en", "es"])
def test_everything_is_lower_case_without_accents(language: str) -> None:
    words = bare_lexicon(language)
    for part in (words.never, words.said, words.states, words.countries):
        assert all(w == w.lower() for w in part)
    assert all(w.isascii() for w in words.said)


@pytest.mark.needs_models
@pytest.mark.parametrize(
    ("low", "ordinary"),
    [("appointment", True), ("grace", False), ("wonderful", True), ("stephanie", False)],
)
def test_with_the_dictionary_of_the_language_model(
    low: str, ordinary: bool, model: Callable[[str], Path]
) -> None:
    words = redactor_of(model("spacy-en"))._lexicons["en"]
    assert words.ordinary(low) is ordinary
