"""
How many words are recognised wrongly.

The word error rate after Whisper's text normaliser, per role.  For redacted output it is the one of
the contracts ("non-PHI WER"): marks are taken out of the truth, placeholders out of the output, so
that a word redacted or withheld without need is a deletion.  For raw output the words of marks are
left out of the count where they stand, whatever was recognised there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import jiwer
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

from qm.types import WITHHELD

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]*\]")

Span = tuple[int, int]
"""Begin and end of a mark, in code points of its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordErrors:
    """What it takes to turn the output into the truth; add those of several calls."""

    words: int = 0  #: of the truth
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0

    @property
    def rate(self) -> float | None:
        """The word error rate; None where the truth has no words."""
        wrong = self.substituted + self.deleted + self.inserted
        return wrong / self.words if self.words else None

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(
            words=self.words + other.words,
            substituted=self.substituted + other.substituted,
            deleted=self.deleted + other.deleted,
            inserted=self.inserted + other.inserted,
        )


def normalised(text: str, language: str = "en") -> list[str]:
    """
    Return the words of a text as they are compared.

    >>> normalised("Okay, Dr. Smith's at two thirty, isn't he?")
    ['okay', 'doctor', 'smith', 'is', 'at', '230', 'is', 'not', 'he']
    """
    words: list[str] = _normaliser(language)(text).split()
    return words


def word_errors(truth: str, output: str, language: str = "en") -> WordErrors:
    """Compare two texts, word by word."""
    words = normalised(truth, language)
    return _counted(words, [False] * len(words), normalised(output, language))


def non_phi_errors(
    truth: Iterable[tuple[str, Sequence[Span]]], output: Iterable[str], language: str = "en"
) -> WordErrors:
    """
    Compare the redacted turns of one role with the truth.

    Args:
        truth: text of each true turn with its marks, by time.
        output: text of each redacted turn, by time.
        language: of the call.
    """
    wanted = " ".join(without_marks(text, marks) for text, marks in truth)
    given = " ".join(without_placeholders(text) for text in output)
    return word_errors(wanted, given, language)


def raw_errors(
    truth: Iterable[tuple[str, Sequence[Span]]], output: Iterable[str], language: str = "en"
) -> WordErrors:
    """
    Compare what was recognised, before redaction, with the truth outside its marks.

    Args:
        truth: text of each true turn of a role with its marks, by time.
        output: recognised texts of that role, by time.
        language: of the call.
    """
    words: list[str] = []
    inside: list[bool] = []
    for text, marks in truth:
        for piece, marked in _pieces(text, marks):
            part = normalised(piece, language)
            words += part
            inside += [marked] * len(part)
    return _counted(words, inside, normalised(" ".join(output), language))


def without_marks(text: str, marks: Sequence[Span]) -> str:
    """
    Return a text without its marks.

    >>> without_marks("This is Ann, born May 1st.", [(8, 11), (18, 25)])
    'This is  , born  .'
    """
    return " ".join(piece for piece, marked in _pieces(text, marks) if not marked)


def without_placeholders(text: str) -> str:
    """
    Return a redacted text without what stands for removed words.

    >>> without_placeholders("This is [NAME_1], born [DATE].")
    'This is  , born  .'
    """
    return _PLACEHOLDER.sub(" ", text).replace(WITHHELD, " ")


def _pieces(text: str, marks: Sequence[Span]) -> list[tuple[str, bool]]:
    """Return a text cut at its marks, and for each piece whether it is one."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for begin, end in sorted(marks):
        pieces += [(text[at:begin], False), (text[max(at, begin) : end], True)]
        at = max(at, end)
    pieces.append((text[at:], False))
    return pieces


def _counted(words: Sequence[str], inside: Sequence[bool], output: Sequence[str]) -> WordErrors:
    """Count errors at words that are not ``inside`` a mark; what is added beside one is its own."""
    counted = sum(not i for i in inside)
    if not words:
        return WordErrors(inserted=len(output))
    substituted = deleted = inserted = 0
    aligned = jiwer.process_words(" ".join(words), " ".join(output))
    for chunk in aligned.alignments[0]:
        begin, end = chunk.ref_start_idx, chunk.ref_end_idx
        if chunk.type == "insert":
            if not any(inside[max(0, begin - 1) : begin + 1]):
                inserted += chunk.hyp_end_idx - chunk.hyp_start_idx
        elif chunk.type == "delete":
            deleted += sum(not i for i in inside[begin:end])
        elif chunk.type == "substitute":
            substituted += sum(not i for i in inside[begin:end])
    return WordErrors(words=counted, substituted=substituted, deleted=deleted, inserted=inserted)


@cache
def _normaliser(language: str) -> EnglishTextNormalizer | BasicTextNormalizer:
    return EnglishTextNormalizer() if language == "en" else BasicTextNormalizer()
