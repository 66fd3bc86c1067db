"""Which recogniser hears which language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from qm.engines.base import AsrRequest, AsrResult, Recognizer

SURE_PROB = 0.5
"""Below this a found language is a guess, and the model that found it keeps the utterance."""


class LanguageFinder(Recognizer, Protocol):
    """A recogniser of many languages that can tell them apart."""

    def languages(self, batch: Sequence[AsrRequest]) -> list[tuple[str, float]]: ...


class Recognizers:
    """
    English goes to the English model, which hears it better at the same size; all else elsewhere.

    An utterance of unknown language is told by the other model first.  That one is loaded at its
    first use: a site of English calls never pays for it.
    """

    def __init__(self, english: Recognizer, other: Callable[[], LanguageFinder]) -> None:
        self._english = english
        self._other = other

    def recognize(self, batch: Sequence[AsrRequest]) -> list[AsrResult]:
        """
        Return the words of each utterance.

        Raises:
            EngineError: a model failed.
        """
        found = {i: (r.language or "", 1.0) for i, r in enumerate(batch)}
        unknown = [i for i, r in enumerate(batch) if r.language is None]
        if unknown:
            told = self._other().languages([batch[i] for i in unknown])
            found |= dict(zip(unknown, told, strict=True))
        english = [i for i in found if found[i][0] == "en" and found[i][1] >= SURE_PROB]
        others = [i for i in found if i not in english]
        results: dict[int, AsrResult] = {}
        if english:
            results |= self._asked(self._english, batch, english, found)
        if others:
            results |= self._asked(self._other(), batch, others, found)
        return [results[i] for i in range(len(batch))]

    @staticmethod
    def _asked(
        recognizer: Recognizer,
        batch: Sequence[AsrRequest],
        places: Sequence[int],
        found: dict[int, tuple[str, float]],
    ) -> dict[int, AsrResult]:
        asked = [replace(batch[i], language=found[i][0]) for i in places]
        answers = recognizer.recognize(asked)
        return {
            i: replace(answer, language=found[i][0], language_prob=found[i][1])
            for i, answer in zip(places, answers, strict=True)
        }
