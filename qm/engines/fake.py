"""
Engines without weights, for tests and for trying a site's wiring: deterministic and fast.

Text travels through the real wire, the real codecs and the real endpointing, because it is in the
sound: ``encode`` writes words as tones inside the telephone band and ``FakeRecognizer`` reads them.
A word is one block of tones of 20 ms each: a mark, two tones a byte of UTF-8 (one of 16 pitches for
each half), and a check tone.  A word that was muted or cut is not read, as with a real recogniser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

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
from qm.errors import EngineError, RedactionError
from qm.types import MODEL_RATE_HZ, ModelRef, Pcm, PhiSpan, Samples, SpeakerSpan, Word

TONE_MS: Final = 20
PAUSE_MS: Final = 80
"""Silence after each word: a 32 ms window of a detector fits in, so that a forced cut finds it."""

_PITCHES_HZ = 600.0 + 150.0 * np.arange(16)  # 50 Hz apart would do for 20 ms; inside 300-3400 Hz
_MARK_HZ = 3_150.0  # of no half byte
_LOUDNESS = 0.3  # of full scale: an ordinary telephone voice
_RAMP_MS = 2  # a tone that begins at once would be heard at all pitches
_HEARD = 0.02  # level above which there is sound: 23 dB below the tones, above line noise
_SMOOTH_MS = 4  # longer than half a period of the lowest pitch
_WINDOW = 512
_PER_MS = MODEL_RATE_HZ // 1000


def encode(text: str, rate_hz: int = 8_000) -> Pcm:
    """
    Return sound that ``FakeRecognizer`` reads as ``text``, about as long as speech would be.

    >>> len(encode("hello", 8_000)) / 8_000
    0.32
    """
    pause = np.zeros(rate_hz * PAUSE_MS // 1000)
    blocks: list[np.ndarray] = []
    for word in text.split():
        halves = [half for byte in word.encode() for half in divmod(byte, 16)]
        pitches = [_MARK_HZ, *_PITCHES_HZ[[*halves, sum(halves) % 16]]]
        blocks += [*(_tone(hz, rate_hz) for hz in pitches), pause]
    joined = np.concatenate(blocks) if blocks else pause[:0]
    return np.round(joined * 32_767).astype(np.int16)


def _tone(pitch_hz: float, rate_hz: int) -> np.ndarray:
    count = rate_hz * TONE_MS // 1000
    ramp = rate_hz * _RAMP_MS // 1000
    edge = np.minimum(1.0, (np.arange(count) + 0.5) / ramp)
    wave: np.ndarray = np.sin(2 * np.pi * pitch_hz * np.arange(count) / rate_hz)
    return _LOUDNESS * wave * np.minimum(edge, edge[::-1])


class FakeDetector:
    """``SpeechDetector``: sound is speech."""

    def detect(self, batch: Sequence[SpeechRequest]) -> list[SpeechResult]:
        """
        Return for each window how much of it is loud, and as memory the number of windows so far.

        Raises:
            EngineError: a request that is no whole number of windows.
        """
        results = []
        for request in batch:
            if len(request.samples) % _WINDOW:
                raise EngineError("fake detector: no whole windows")
            loud = _level(request.samples.reshape(-1, _WINDOW)) > _HEARD
            seen = int.from_bytes(request.memory, "big") + len(loud)
            results.append(
                SpeechResult(
                    speech_probs=loud.mean(axis=1, dtype=np.float32),
                    memory=seen.to_bytes(8, "big"),
                )
            )
        return results


class FakeRecognizer:
    """``Recognizer`` of what ``encode`` wrote; other sound holds no words."""

    def __init__(self, language: str = "en", word_prob: float = 1.0) -> None:
        self._language = language
        self._word_prob = word_prob

    def recognize(self, batch: Sequence[AsrRequest]) -> list[AsrResult]:
        """Return the words written in each utterance, each where it sounds."""
        return [
            AsrResult(words=self._words(r.samples), language=r.language or self._language)
            for r in batch
        ]

    def _words(self, samples: Samples) -> tuple[Word, ...]:
        words = []
        for begin, end in _blocks(samples):
            text = _read(samples, begin, end)
            if text:
                words.append(
                    Word(
                        start_ms=begin // _PER_MS,
                        end_ms=end // _PER_MS,
                        text=text,
                        word_prob=self._word_prob,
                    )
                )
        return tuple(words)


def _level(rows: Samples) -> Samples:
    """Return the level (root mean square) around each sample, along the last axis."""
    width = _SMOOTH_MS * _PER_MS
    power = np.pad(rows.astype(np.float64) ** 2, [*[(0, 0)] * (rows.ndim - 1), (width, 0)])
    summed = np.cumsum(power, axis=-1)
    mean = np.maximum(summed[..., width:] - summed[..., :-width], 0) / width
    return np.sqrt(np.roll(mean, -width // 2, axis=-1)).astype(np.float32)


def _blocks(samples: Samples) -> list[tuple[int, int]]:
    """Return begin and end of each stretch of sound, in samples."""
    loud = np.pad(_level(samples) > _HEARD, 1)
    edges = np.flatnonzero(loud[1:] != loud[:-1])
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _read(samples: Samples, begin: int, end: int) -> str:
    """Return the word in a block of tones; "" where it is damaged or none."""
    tone = TONE_MS * _PER_MS
    count = round((end - begin) / tone)
    first = begin + ((end - begin) - count * tone) / 2  # smoothing widens both ends alike
    at = np.arange(tone * 3 // 5)  # the middle of a tone: its neighbours do not reach there
    pitches = np.concatenate([_PITCHES_HZ, [_MARK_HZ]])
    probe = np.exp(-2j * np.pi * pitches[:, None] * at / MODEL_RATE_HZ)
    heard: list[int] = []
    for i in range(count):
        start = round(first + i * tone + tone / 5)
        middle = samples[max(0, start) : start + len(at)]
        heard.append(int(np.argmax(np.abs(probe[:, : len(middle)] @ middle))))
    mark = len(_PITCHES_HZ)
    halves, check = heard[1:-1], heard[-1:]
    if heard[:1] != [mark] or len(halves) % 2 or mark in halves or check != [sum(halves) % 16]:
        return ""
    raw = bytes(16 * a + b for a, b in zip(halves[::2], halves[1::2], strict=True))
    return raw.decode(errors="ignore")


class FakeDiarizer:
    """``Diarizer`` that knows the answer."""

    def __init__(self, spans: Sequence[SpeakerSpan]) -> None:
        self._spans = list(spans)

    def diarize(self, samples: Samples, speakers: int) -> list[SpeakerSpan]:
        """Return the spans it was given, of at most ``speakers`` voices."""
        return [span for span in self._spans if span.speaker < speakers]


class FakeRedactor:
    """
    ``Redactor`` that asks a function for the spans of each text.

    Args:
        find: text -> spans; returning None is failing.
    """

    def __init__(self, find: Callable[[str], Sequence[PhiSpan] | None] = lambda _: ()) -> None:
        self._find = find

    def find(self, request: PhiRequest) -> PhiResult:
        """
        Return the spans of an utterance, and as memory the number of utterances so far.

        Raises:
            RedactionError: the function returned None.
        """
        spans = self._find(request.turn.text)
        if spans is None:
            raise RedactionError("fake redactor: told to fail")
        seen = int.from_bytes(request.memory, "big") + 1
        return PhiResult(spans=tuple(spans), memory=seen.to_bytes(8, "big"))


class FakeClassifier:
    """
    ``TurnClassifier`` by key words.

    Args:
        keywords: label -> words, any of which in a text means the label; case does not matter.
    """

    PRESENT: Final = 0.97
    ABSENT: Final = 0.01

    def __init__(self, keywords: Mapping[str, Sequence[str]]) -> None:
        self.model = ModelRef(name="fake", version="1")
        self.labels = tuple(keywords)
        self._keywords = [tuple(w.casefold() for w in words) for words in keywords.values()]

    def classify(self, batch: Sequence[LabelRequest]) -> list[np.ndarray]:
        """Return the probability of each label for each turn."""
        return [
            np.array(
                [
                    self.PRESENT if any(w in r.text.casefold() for w in words) else self.ABSENT
                    for words in self._keywords
                ]
            )
            for r in batch
        ]
