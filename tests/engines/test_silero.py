"""Channels are judged together as if each were alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qm.engines.base import SpeechRequest
from qm.engines.silero import WINDOW, SileroDetector
from qm.errors import EngineError
from qm.types import Samples

pytestmark = pytest.mark.needs_models


@pytest.fixture(scope="module")
def detector(model: Callable[[str], Path]) -> SileroDetector:
    return SileroDetector(model("silero-vad"))


@pytest.fixture(scope="module")
def channels(sample_call: tuple[Samples, Samples]) -> list[Samples]:
    """Both sides of a sample call, different lengths, in whole windows."""
    return [sample_call[0][: 400 * WINDOW], sample_call[1][: 650 * WINDOW]]


def test_a_batch_gives_what_each_channel_gives_alone(
    detector: SileroDetector, channels: list[Samples]
) -> None:
    requests = [SpeechRequest(samples=c) for c in (*channels, channels[0][:0])]
    together = detector.detect(requests)
    assert [len(r.speech_probs) for r in together] == [400, 650, 0]
    for one, result in zip(requests, together, strict=True):
        alone = detector.detect([one])[0]
        np.testing.assert_allclose(result.speech_probs, alone.speech_probs, atol=1e-5)
    assert max(together[0].speech_probs) > 0.9 and min(together[0].speech_probs) < 0.1


def test_memory_carries_a_channel_over_any_cut(
    detector: SileroDetector, channels: list[Samples]
) -> None:
    whole = detector.detect([SpeechRequest(samples=channels[0])])[0]
    memory, probs = b"", []
    for begin, end in ((0, 3), (3, 150), (150, 400)):
        piece = channels[0][begin * WINDOW : end * WINDOW]
        result = detector.detect([SpeechRequest(samples=piece, memory=memory)])[0]
        memory = result.memory
        probs.append(result.speech_probs)
    np.testing.assert_allclose(np.concatenate(probs), whole.speech_probs, atol=1e-5)


@pytest.mark.parametrize("level_db", [-60, -40, -20])
def test_noise_is_not_speech(detector: SileroDetector, level_db: float) -> None:
    noise = np.random.default_rng(1).standard_normal(300 * WINDOW) * 10 ** (level_db / 20)
    probs = detector.detect([SpeechRequest(samples=noise.astype(np.float32))])[0].speech_probs
    assert max(probs) < 0.3


def test_no_request_is_no_answer(detector: SileroDetector) -> None:
    assert detector.detect([]) == []


@pytest.mark.parametrize(("samples", "memory"), [(100, b""), (WINDOW, b"short")])
def test_what_cannot_be_judged_is_refused(
    detector: SileroDetector, samples: int, memory: bytes
) -> None:
    with pytest.raises(EngineError):
        detector.detect([SpeechRequest(samples=np.zeros(samples, np.float32), memory=memory)])
