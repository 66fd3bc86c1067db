"""Runs: which digits and letters a speaker means, however they are said or written."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.phi_english import ENGLISH
from qm.engines.phi_numbers import runs_of
from qm.engines.phi_pieces import pieces_of
from qm.engines.phi_spanish import SPANISH
from qm.engines.phi_words import Vocabulary, tokens_of


def values(text: str, vocabulary: Vocabulary = ENGLISH) -> list[str]:
    tokens = tokens_of(text)
    return [r.value for r in runs_of(tokens, pieces_of(tokens, vocabulary), vocabulary)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("four one five, five five five, oh one seven two", ["4155550172"]),
        ("five five five, uh, oh one, double nine", ["5550199"]),
        ("triple six four two", ["66642"]),
        ("twenty one forty-two sixteen", ["214216"]),
        ("twelve hundred", ["1200"]),
        ("eight hundred, five five five, oh one two two", ["8005550122"]),
        ("555-0142", ["5550142"]),
        ("5-5-5 0-1-4-2", ["5550142"]),
        ("five five five dash oh one four two", ["5550142"]),
        ("three three no wait three four", ["3334"]),  # both are covered, whichever is meant
        ("8 or 3-2967", ["832967"]),  # "oh" misheard
        ("M as in Mary, seven, three", ["m73"]),
        ("B like Busan, nine", ["b9"]),
        ("mike hotel four four six", ["mh446"]),
        ("W, H, I, double T", ["whitt"]),
        ("W-H-I-T-T", ["whitt"]),
        ("W H I T T", ["whitt"]),
        ("o as in ocean, r, one", ["or1"]),
        ("C540K8", ["c540k8"]),
        ("RMH 2290", ["rmh2290"]),
    ],
)
def test_a_number_is_read_as_one(text: str, expected: list[str]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "forty milligrams twice a day",
        "two to three weeks",
        "it costs $40 or 1,240 dollars",
        "at 10:30 and 14.2 percent",
        "an M R I and a C T",
        "I, I got a letter",
        "the twenty-first, the 22nd",
        "one twenty over eighty milligrams",
    ],
)
def test_a_quantity_is_no_part_of_any_run(text: str) -> None:
    assert all(len(v) <= 2 for v in values(text))


def test_a_full_stop_and_a_new_thing_end_a_run() -> None:
    assert values("before four. Six five one, oh two") == ["4", "65102"]
    assert values("H, A, R, T. Two of them") == ["hart", "2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tres cero cinco, cinco cincuenta y cinco", ["305555"]),
        ("veintidós cuarenta y uno", ["2241"]),
        ("doble cero siete", ["007"]),
        ("eme de María, siete, tres", ["m73"]),
        ("cuarenta miligramos", []),
    ],
)
def test_spanish_numbers(text: str, expected: list[str]) -> None:
    assert values(text, SPANISH) == expected


SAID = {digit: word for word, digit in ENGLISH.digits.items() if word not in ("o", "niner")}


@given(st.text("0123456789", min_size=2, max_size=16), st.sampled_from([" ", ", ", ", uh, "]))
def test_digits_said_one_by_one_come_back(digits: str, between: str) -> None:
    assert values(between.join(SAID[d] for d in digits)) == [digits]


@given(st.text("abc i1,.?é-", max_size=60))
def test_runs_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    tokens = tokens_of(text)
    runs = runs_of(tokens, pieces_of(tokens, ENGLISH), ENGLISH)
    assert all(0 <= r.first < r.stop <= len(tokens) for r in runs)
    assert all(a.stop <= b.first for a, b in itertools.pairwise(runs))
