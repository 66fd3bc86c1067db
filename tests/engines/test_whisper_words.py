"""Tokens become words whose times lie in the audio and in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qm.engines.whisper_words import TokenTimes, timed_words
from qm.types import Word

VOCABULARY = [" I", "'m", " Ann", ",", " ¿", "C", "ómo", "?", " two words", "  "]


def split(tokens: list[int]) -> tuple[list[str], list[list[int]]]:
    return [VOCABULARY[t] for t in tokens], [[t] for t in tokens]


def words_of(tokens: list[int], positions: list[int], length_ms: int = 10_000) -> list[Word]:
    """Return the words where token i begins at positions[i]; the last position is the end."""
    path = [(i, p) for i, p in enumerate(positions)]
    probs = [0.5 + 0.1 * (i % 5) for i in range(len(tokens))]
    aligned = TokenTimes(tokens=tokens, probs=probs, path=path)
    return list(timed_words(aligned, split, length_ms))


def test_a_word_begins_with_a_space_and_keeps_its_punctuation() -> None:
    words = words_of([0, 1, 2, 3, 4, 5, 6, 7], [10, 15, 20, 30, 40, 41, 42, 50, 55])
    assert [w.text for w in words] == ["I'm", "Ann,", "¿Cómo?"]
    assert [(w.start_ms, w.end_ms) for w in words] == [(200, 400), (400, 800), (800, 1_100)]
    assert words[0].word_prob == 0.55


def test_where_words_are_not_spaced_each_piece_is_one() -> None:
    aligned = TokenTimes(tokens=[5, 6], probs=[1, 1], path=[(0, 0), (1, 5), (2, 9)])
    assert [w.text for w in timed_words(aligned, split, 1_000, spaced=False)] == ["C", "ómo"]


def test_no_white_space_is_left_in_a_word() -> None:
    assert [w.text for w in words_of([8, 9], [0, 10, 20])] == ["two", "words"]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, len(VOCABULARY) - 1), max_size=12),
    st.data(),
    st.integers(0, 3_000),
)
def test_times_are_in_the_audio_and_in_order(
    tokens: list[int], data: st.DataObject, length_ms: int
) -> None:
    positions = data.draw(
        st.lists(st.integers(0, 200), min_size=len(tokens) + 1, max_size=len(tokens) + 1)
    )
    words = words_of(tokens, sorted(positions), length_ms)
    edges = [t for w in words for t in (w.start_ms, w.end_ms)]
    assert edges == sorted(edges)
    assert all(0 <= t <= length_ms for t in edges)
    if len(words) * 20 <= length_ms:
        assert all(w.end_ms - w.start_ms >= 20 for w in words)
    assert all(w.text and not w.text.split()[1:] and 0 <= w.word_prob <= 1 for w in words)
