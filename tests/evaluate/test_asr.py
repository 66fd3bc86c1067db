"""Word errors are counted as the contracts say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.evaluate.asr import WordErrors, non_phi_errors, raw_errors, word_errors

TRUTH = [("My name is Ann Lee, I'm calling about a bill.", [(11, 18)])]


def counts(errors: WordErrors) -> tuple[int, int, int, int]:
    return errors.words, errors.substituted, errors.deleted, errors.inserted


@pytest.mark.parametrize(
    ("truth", "output", "expected"),
    [
        ("I can't come.", "i can not come", (4, 0, 0, 0)),
        ("It is two hundred dollars.", "It's $200", (3, 0, 0, 0)),
        ("um okay", "okay", (1, 0, 0, 0)),
        ("one more thing", "one thing", (3, 0, 1, 0)),
        ("a thing", "a good thing", (2, 0, 0, 1)),
        ("a thing", "", (2, 0, 2, 0)),
        ("", "thank you", (0, 0, 0, 2)),
    ],
)
def test_words(truth: str, output: str, expected: tuple[int, int, int, int]) -> None:
    assert counts(word_errors(truth, output)) == expected


@pytest.mark.parametrize(
    ("what", "output", "expected"),
    [
        ("right", "My name is [NAME_1], I'm calling about a bill.", (9, 0, 0, 0)),
        ("redacted without need", "My name is [NAME_1], I'm calling about a [DATE].", (9, 0, 1, 0)),
        ("withheld", "[withheld]", (9, 0, 9, 0)),
        ("left in", "My name is Ann Lee, I'm calling about a bill.", (9, 0, 0, 2)),
        ("misheard", "My name is [NAME_1], I'm calling about a pill.", (9, 1, 0, 0)),
    ],
)
def test_redacted_turns(what: str, output: str, expected: tuple[int, int, int, int]) -> None:
    assert counts(non_phi_errors(TRUTH, [output])) == expected, what


@pytest.mark.parametrize(
    ("what", "output", "expected"),
    [
        ("right", "my name is ann lee i'm calling about a bill", (9, 0, 0, 0)),
        ("a name misheard", "my name is and leave i'm calling about a bill", (9, 0, 0, 0)),
        ("a name left out", "my name is i'm calling about a bill", (9, 0, 0, 0)),
        ("other words are", "my name ann lee i'm calling about a pill now", (9, 1, 1, 1)),
    ],
)
def test_raw_turns(what: str, output: str, expected: tuple[int, int, int, int]) -> None:
    assert counts(raw_errors(TRUTH, [output])) == expected, what


def test_spanish_is_compared_without_case_and_punctuation() -> None:
    assert counts(word_errors("¿Cómo está, señora?", "cómo está señora", "es")) == (3, 0, 0, 0)


def test_calls_add_up() -> None:
    total = word_errors("a thing", "a") + word_errors("two words", "two words")
    assert total.rate == 0.25
    assert WordErrors().rate is None


texts = st.lists(st.sampled_from(["alpha", "bravo", "charlie", "delta"]), max_size=12)


@settings(deadline=None)
@given(texts, texts)
def test_errors_are_the_least_number_of_changes(truth: list[str], output: list[str]) -> None:
    errors = word_errors(" ".join(truth), " ".join(output))
    assert errors.words == len(truth)
    assert len(truth) - errors.deleted + errors.inserted == len(output)
    same = sum(a == b for a, b in zip(truth, output, strict=False))
    naive = max(len(truth), len(output)) - same
    assert errors.substituted + errors.deleted + errors.inserted <= naive
