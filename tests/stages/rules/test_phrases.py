"""What a phrase of a rule finds in a turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.rules.phrases import compile_near, compile_phrases


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("get supervisor", "get supervisor", True),
        ("get supervisor", "GET. Supervisor!", True),  # case and punctuation do not matter
        ("get supervisor", "get a supervisor", False),
        ("get ... supervisor", "get me your nice supervisor", True),
        ("get ... supervisor", "get supervisor", True),  # up to three words, none too
        ("get ... supervisor", "get me your very nice supervisor", False),
        ("get|find supervisor", "find supervisor", True),
        ("over*", "an overdose", True),
        ("over*", "moreover", False),
        ("took * pills", "took all pills", True),
        ("took * pills", "took pills", False),
        ("can't breathe", "I can’t breathe", True),
        ("can't breathe", "I cant breathe", True),  # as recognisers write it
        ("lead", "a misleading letter", False),  # whole words only
        ("gone", "gone's", False),
        ("inglés", "no hablo ingles", True),
        ("manana", "mañana", True),
        ("[NAME] speaking", "[NAME_2] speaking", True),
        ("[NAME] speaking", "[DATE] speaking", False),
        ("会说中文", "你会说中文吗", True),  # no spaces between words
        ("한국어", "한국어로 말해요", True),
    ],
)
def test_a_phrase_finds_its_words(phrase: str, text: str, found: bool) -> None:
    assert (compile_phrases([phrase]).span(text) is not None) is found


@pytest.mark.parametrize("phrase", ["", "... word", "word ...", "a**", "*b"])
def test_a_phrase_that_means_nothing_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase|star"):
        compile_phrases([phrase])


@pytest.mark.parametrize(
    ("terms", "words", "text", "found"),
    [
        (["refill", "today"], 5, "today I need that refill", True),
        (["refill", "today"], 4, "today I need that refill", False),
        (["refill", "today"], 4, "a refill for today", True),
        (["chest pain", "arm"], 6, "my arm and now chest pain", True),
        (["one", "two", "three"], 3, "three one two", True),
        (["one", "two", "three"], 3, "three one", False),
    ],
)
def test_near_wants_all_terms_within_so_many_words(
    terms: list[str], words: int, text: str, found: bool
) -> None:
    assert (compile_near(terms, words).span(text) is not None) is found


def test_near_needs_room() -> None:
    with pytest.raises(ValueError, match="room"):
        compile_near(["a", "b"], 1)


words = st.lists(st.sampled_from(["get", "a", "the", "Supervisor", "now", "[NAME_1]"]), max_size=12)


@given(words)
def test_the_quick_look_at_letters_never_hides_a_match(tokens: list[str]) -> None:
    text = " ".join(tokens)
    phrases = compile_phrases(["get|find ... supervisor", "now the"])
    slow = any(p.pattern.search(text) for p in phrases.phrases)
    assert (phrases.span(text) is not None) is slow
    assert not slow or any(key in text.lower() for key in phrases.keys)
