"""
Deterministic engines for tests: text travels as tones through the real wire and comes back.

``spoken`` writes UTF-8 bytes as audible tones that survive 8 kHz mu-law; ``FakeRecognizer`` reads
them back, with word times.  So a test decides what is "said", and where, without any model, and
everything between producer and page is the real thing.  Never used outside tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from qm.engines.base import (
    AsrRequest,
    AsrResult,
    LabelRequest,
    PhiRequest,
    PhiResult,
    SpeechRequest,
    SpeechResult,
)
from qm.errors import RedactionError
from qm.types import MODEL_RATE_HZ, ModelRef, Pcm, PhiSpan, Samples, Word

SYMBOL_MS = 40
"""Long enough that 16 tones are told apart within the telephone band, mu-law noise and all."""

LOWEST_HZ, STEP_HZ = 600, 130  # 600 ... 2550 Hz
LOUD = 0.35
SILENT = 0.05
WINDOW = 512


def spoken(text: str, rate_hz: int = 8_000) -> Pcm:
    """
    Return ``text`` as tones: two for each byte of its UTF-8, 80 ms in all.

    >>> FakeRecognizer().read(spoken("hello there", 16_000) / np.float32(32768))[0].text
    'hello'
    """
    symbols = [s for byte in text.encode() for s in (byte >> 4, byte & 15)]
    t = np.arange(rate_hz * SYMBOL_MS // 1000) / rate_hz
    tones = [LOUD * np.sin(2 * np.pi * (LOWEST_HZ + STEP_HZ * s) * t) for s in symbols]
    return (np.concatenate(tones) * 32767).astype(np.int16)


def track(said: Iterable[tuple[int, str]], length_ms: int, rate_hz: int = 8_000) -> Pcm:
    """Return a channel on which each text is said at its time, and nothing else."""
    samples = np.zeros(length_ms * rate_hz // 1000, np.int16)
    for start_ms, text in said:
        tones = spoken(text, rate_hz)
        begin = start_ms * rate_hz // 1000
        samples[begin : begin + len(tones)] = tones[: len(samples) - begin]
    return samples


class FakeDetector:
    """Speech is whatever is loud."""

    def detect(self, batch: Sequence[SpeechRequest]) -> list[SpeechResult]:
        """Return 1 for a loud window and 0 for a silent one."""
        return [
            SpeechResult(
                speech_probs=(np.abs(r.samples.reshape(-1, WINDOW)).max(axis=1) > SILENT).astype(
                    np.float32
                ),
                memory=b"",
            )
            for r in batch
        ]


class FakeRecognizer:
    """Reads tones."""

    def recognize(self, batch: Sequence[AsrRequest]) -> list[AsrResult]:
        """Return the words that were written as tones."""
        return [
            AsrResult(words=self.read(r.samples), language=r.language or "en", language_prob=1.0)
            for r in batch
        ]

    def read(self, samples: Samples) -> tuple[Word, ...]:
        """Return the words in one utterance, with times from its first sample."""
        loud = np.flatnonzero(np.abs(samples) > SILENT)
        if len(loud) == 0:
            return ()
        size = MODEL_RATE_HZ * SYMBOL_MS // 1000
        onset = int(loud[0])
        symbols = [
            _symbol(samples[at + size // 5 : at + size - size // 5])
            for at in range(onset, int(loud[-1]) - size // 2, size)
        ]
        pairs = zip(symbols[::2], symbols[1::2], strict=False)
        text = bytes((high << 4) | low for high, low in pairs).decode(errors="replace")
        words: list[Word] = []
        position = 0
        for part in text.split(" "):
            begin_ms = onset * 1000 // MODEL_RATE_HZ + 2 * SYMBOL_MS * position
            length_ms = 2 * SYMBOL_MS * len(part.encode())
            if part:
                words.append(
                    Word(start_ms=begin_ms, end_ms=begin_ms + length_ms, text=part, word_prob=0.9)
                )
            position += len(part.encode()) + 1
        return tuple(words)


def _symbol(samples: Samples) -> int:
    t = np.arange(len(samples)) / MODEL_RATE_HZ
    frequencies = LOWEST_HZ + STEP_HZ * np.arange(16)
    waves = np.exp(-2j * np.pi * frequencies[:, None] * t[None, :])  # (16, samples)
    return int(np.argmax(np.abs(waves @ samples)))


class FakeRedactor:
    """Finds the values it is told to find; fails when told to."""

    def __init__(self, values: Mapping[str, str], *, failing: Callable[[], bool] | None = None):
        self._values = dict(values)
        self._failing = failing or (lambda: False)

    def find(self, request: PhiRequest) -> PhiResult:
        """
        Return every place where a known value stands.

        Raises:
            RedactionError: when told to fail.
        """
        if self._failing():
            raise RedactionError("told to fail")
        text = request.turn.text
        spans = [
            PhiSpan(start=at, end=at + len(value), entity=entity)
            for value, entity in self._values.items()
            if (at := text.find(value)) >= 0
        ]
        return PhiResult(spans=tuple(spans), memory=request.memory)


class FakeClassifier:
    """A label is on where one of its key words is in the turn."""

    def __init__(self, keywords: Mapping[str, Sequence[str]]) -> None:
        self._keywords = dict(keywords)
        self.labels = tuple(self._keywords)
        self.model = ModelRef(name="fake", version="1")

    def classify(self, batch: Sequence[LabelRequest]) -> list[np.ndarray]:
        """Return .99 for a label whose key word is there and .01 for the others."""
        return [
            np.array(
                [
                    0.99 if any(k in r.text for k in keywords) else 0.01
                    for keywords in self._keywords.values()
                ]
            )
            for r in batch
        ]
