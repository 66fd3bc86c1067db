"""Invented text is doubted, plain speech is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.engines.guard import Guess, compression, doubt, repeated


def guess(text: str, *, logprob: float = -0.3, silence: float = 0.05, seconds: float = 4) -> Guess:
    return Guess(
        text=text,
        tokens=round(1.4 * len(text.split())),
        seconds=seconds,
        mean_logprob=logprob,
        no_speech_prob=silence,
    )


@pytest.mark.parametrize(
    ("what", "given", "why"),
    [
        ("speech", guess("I need to move my appointment to Friday"), ""),
        ("a repeated no", guess("no no no I never got it"), ""),
        ("a spelled number", guess("it is 5 5 5 5 1 2"), ""),
        ("a repeated sentence", guess("I don't know. I don't know. I really don't know."), ""),
        ("a short answer", guess("Okay, thank you very much.", seconds=0.7), ""),
        ("a word in a loop", guess("the the the the the"), "loop"),
        ("a phrase in a loop", guess("thank you for that. " * 4, seconds=12), "loop"),
        ("a long loop", guess("we are going to go to the next one " * 6, seconds=30), "loop"),
        ("a hasty answer", guess("one two three four five six", seconds=0.3), ""),
        ("more than a mouth can say", guess("1 2 3 4 5 6 7 8", seconds=0.3), "too_much"),
        ("silence", guess("you", logprob=-0.7, silence=0.9), "silence"),
        ("quiet but sure", guess("Thank you.", logprob=-0.2, silence=0.9), ""),
        ("mumbling", guess("something or other", logprob=-1.3), "unsure"),
    ],
)
def test_doubt(what: str, given: Guess, why: str) -> None:
    assert doubt(given) == why, what


def test_no_text_is_nothing_to_doubt() -> None:
    assert doubt(guess("")) == "" and compression("") == 0


words = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=8)


@settings(deadline=None)
@given(words.filter(bool), words, words)
def test_a_phrase_four_times_in_a_row_is_found_wherever_it_stands(
    phrase: list[str], before: list[str], after: list[str]
) -> None:
    if len(phrase) <= 6:
        assert repeated([*before, *phrase * 4, *after])


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcdefghij"), unique=True))
def test_different_words_never_repeat(said: list[str]) -> None:
    assert not repeated(said)


def test_the_text_is_not_in_the_repr() -> None:
    assert "secret" not in repr(guess("secret"))
