"""Tokens of a Whisper decoder with their times and probabilities -> words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from qm.types import Word

POSITION_MS = 20
"""What one position of the encoder's output stands for."""

_SHORTEST_MS = 20  # a word lasts at least one position: spans without length hold nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenTimes:
    """What the alignment says of the tokens of one utterance."""

    tokens: Sequence[int] = field(repr=False)
    probs: Sequence[float]  #: one a token
    path: Sequence[tuple[int, int]]  #: (token, position) pairs of the warping path, in order


def timed_words(
    aligned: TokenTimes,
    split: Callable[[list[int]], tuple[list[str], list[list[int]]]],
    length_ms: int,
    *,
    spaced: bool = True,
) -> tuple[Word, ...]:
    """
    Group tokens into words.

    A token begins a word where its text begins with a space; what follows without one, punctuation
    too, belongs to it.  Times lie in [0, ``length_ms``], in order and without overlap.

    Args:
        aligned: tokens, probabilities and path.
        split: tokens -> pieces of text that are whole characters, with the tokens of each.
        length_ms: of the audio.
        spaced: whether the language puts spaces between words; else each piece is a word.
    """
    starts = _first_positions(aligned)
    words: list[Word] = []
    begin = 0  # index of the first token of the word being made
    end = 0  # index after its last
    text = ""
    for piece, tokens in zip(*split(list(aligned.tokens)), strict=True):
        if text.strip() and (piece.startswith(" ") or not spaced):
            words += _word(text, begin, end, aligned, starts)
            text, begin = "", end
        text += piece
        end += len(tokens)
    if text.strip():
        words += _word(text, begin, end, aligned, starts)
    return _in_order(words, length_ms)


def _first_positions(aligned: TokenTimes) -> list[int]:
    """Return the position where each token begins, and one more: where the last one ends."""
    count = len(aligned.tokens)
    starts = [-1] * (count + 1)
    last = 0
    for token, position in aligned.path:
        if token <= count and starts[token] < 0:
            starts[token] = position
        last = position
    for i in range(count + 1):  # the path skips no token; a short one is bounded all the same
        if starts[i] < 0:
            starts[i] = last
    return starts


def _word(
    text: str, begin: int, end: int, aligned: TokenTimes, starts: Sequence[int]
) -> list[Word]:
    probs = aligned.probs[begin:end]
    return [
        Word(
            start_ms=starts[begin] * POSITION_MS,
            end_ms=starts[end] * POSITION_MS,
            text=part,
            word_prob=float(np.clip(np.mean(probs), 0.0, 1.0)) if len(probs) else 0.0,
        )
        for part in text.split()  # one part, unless a token holds a space inside
    ]


def _in_order(words: Sequence[Word], length_ms: int) -> tuple[Word, ...]:
    """Bring times into the audio and into order; every word keeps at least 20 ms where it can."""
    ordered: list[Word] = []
    free_ms = 0
    for left, word in zip(range(len(words) - 1, -1, -1), words, strict=True):
        # Room for those still to come, however the path crowds them at the end.
        latest_ms = max(free_ms, length_ms - left * _SHORTEST_MS)
        start_ms = min(max(word.start_ms, free_ms), max(free_ms, latest_ms - _SHORTEST_MS))
        end_ms = min(max(word.end_ms, start_ms + _SHORTEST_MS), latest_ms)
        ordered.append(
            Word(start_ms=start_ms, end_ms=end_ms, text=word.text, word_prob=word.word_prob)
        )
        free_ms = end_ms
    return tuple(ordered)
