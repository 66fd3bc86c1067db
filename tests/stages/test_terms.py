"""Search lines: every text asks for something or nothing, and marks what it found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.terms import MOST_PHRASES, Phrase, Terms, fits, fold, marked, parse_terms, words_of


@pytest.mark.parametrize(
    ("typed", "wanted", "unwanted"),
    [
        ("", (), ()),
        ("  ,;  ", (), ()),
        ("sorry", (Phrase(words=("sorry",)),), ()),
        ("Sorry REFERRAL", (Phrase(words=("sorry",)), Phrase(words=("referral",))), ()),
        ('"call you back"', (Phrase(words=("call", "you", "back")),), ()),
        ('"call you', (Phrase(words=("call", "you")),), ()),
        ("refer*", (Phrase(words=("refer",), prefix=True),), ()),
        ("sorry -billing", (Phrase(words=("sorry",)),), (Phrase(words=("billing",)),)),
        ('-"press one"', (), (Phrase(words=("press", "one")),)),
        ("don't", (Phrase(words=("don", "t")),), ()),
        ("mañana", (Phrase(words=("manana",)),), ()),
        ('a" OR b:*', (Phrase(words=("a",)), Phrase(words=("or",)),
                       Phrase(words=("b",), prefix=True)), ()),
        ("-", (), ()),
    ],
)  # fmt: skip
def test_a_line_asks_for(
    typed: str, wanted: tuple[Phrase, ...], unwanted: tuple[Phrase, ...]
) -> None:
    assert parse_terms(typed) == Terms(wanted=wanted, unwanted=unwanted)


@given(st.text())
def test_no_text_is_wrong_and_no_mark_reaches_the_database(typed: str) -> None:
    terms = parse_terms(typed)
    for phrase in (*terms.wanted, *terms.unwanted):
        assert phrase.words
        assert all(word.isalnum() and word == fold(word) for word in phrase.words)
    assert len(terms.wanted) <= MOST_PHRASES
    assert bool(terms) == bool(terms.wanted or terms.unwanted)


@given(st.lists(st.sampled_from(["I", "am", "so", "sorry,", "don't", "café"]), max_size=12))
def test_a_phrase_taken_from_a_text_is_marked_in_it(spoken: list[str]) -> None:
    phrase = " ".join(spoken[1:4])
    found = marked(parse_terms(f'"{phrase}"'), spoken)
    if words_of(phrase):
        assert set(range(1, min(4, len(spoken)))) <= found
    assert all(0 <= place < len(spoken) for place in found)


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("sorry", {2}),
        ("SORRY Referral", {2, 4}),
        ("refer*", {4}),
        ("refer", set()),
        ('"so sorry"', {1, 2}),
        ('"sorry so"', set()),
        ("-sorry", set()),
    ],
)
def test_what_was_looked_for_is_marked(typed: str, places: set[int]) -> None:
    assert marked(parse_terms(typed), ["I'm", "so", "sorry,", "your", "referral"]) == places


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert words_of(" ".join(words_of(text))) == words_of(text)


@pytest.mark.parametrize(
    ("typed", "fit"),
    [("sorry", True), ("sorry referral", True), ("sorry card", False), ("-card", True),
     ("sorry -referral", False), ("", True)],
)  # fmt: skip
def test_a_text_fits_when_it_holds_all_and_nothing_unwanted(typed: str, fit: bool) -> None:
    assert fits(parse_terms(typed), ["I'm", "so", "sorry,", "your", "referral"]) is fit
