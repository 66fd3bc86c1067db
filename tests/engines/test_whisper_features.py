"""Utterances of any length become one batch of frames."""

from __future__ import annotations

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from qm.engines.whisper_features import FRAMES, features_of, padded

EXTRACT = FeatureExtractor()


def noise(seconds: float) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(int(16_000 * seconds))).astype("float32")


@pytest.mark.parametrize("seconds", [0.001, 0.5, 12, 31])
def test_any_length_has_frames(seconds: float) -> None:
    features = features_of(EXTRACT, noise(seconds))
    assert features.shape[0] == 80 and 1 <= features.shape[1] <= FRAMES
    assert features.dtype == np.float32


def test_padding_is_the_silence_that_the_extractor_would_have_made() -> None:
    speech = noise(2)
    whole = features_of(EXTRACT, np.pad(speech, (0, 28 * 16_000)))
    batch = padded([features_of(EXTRACT, speech), features_of(EXTRACT, noise(5))], FRAMES)
    assert batch.shape == (2, 80, FRAMES)
    np.testing.assert_allclose(batch[0][:, 205:], whole[:, 205:], atol=1e-4)


def test_a_shorter_window_cuts() -> None:
    assert padded([features_of(EXTRACT, noise(5))], 200).shape == (1, 80, 200)
