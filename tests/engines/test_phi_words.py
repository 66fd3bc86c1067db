"""Tokens stand where they stood in the text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.phi_words import phrases, read_list, tokens_of, without_accents


@given(st.text(max_size=80))
def test_every_token_is_its_own_stretch_of_the_text(text: str) -> None:
    tokens = tokens_of(text)
    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))
    assert len(without_accents(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "lows"),
    [
        ("Ann-Lee's 555.0142", ["ann", "-", "lee", "555", ".", "0142"]),
        ("it’s José’s, isn't it?", ["it's", "jose", ",", "isn't", "it", "?"]),
        ("5² ٣", ["52", "3"]),
        ("jane_doe@x.com", ["jane", "_", "doe", "@", "x", ".", "com"]),
    ],
)
def test_words_lose_case_accents_and_possessives(text: str, lows: list[str]) -> None:
    assert [t.low for t in tokens_of(text)] == lows


def test_the_longest_phrase_comes_first() -> None:
    assert phrases("and | and then")["and"] == (("and", "then"), ("and",))


def test_comments_are_no_words() -> None:
    assert "#" not in read_list("codes.txt")
    assert "mri" in read_list("codes.txt")
