"""Samples -> the mel frames that a Whisper encoder reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor

from qm.types import Samples

Features = npt.NDArray[np.float32]

FRAMES = 3_000
"""Frames of the window that Whisper was trained on: 30 s of 10 ms."""

_FLOOR = 2.0  # the extractor keeps 8 decades below the loudest frame and divides logarithms by 4

_SHORTEST = 400  # samples of one Fourier transform: the extractor needs as many


def features_of(extract: FeatureExtractor, samples: Samples) -> Features:
    """Return the frames of one utterance, shape (mels, frames), at most 30 s."""
    if len(samples) < _SHORTEST:
        samples = np.pad(samples, (0, _SHORTEST - len(samples)))
    frames: Features = extract(samples)[:, :FRAMES].astype(np.float32)
    return frames


def padded(batch: Sequence[Features], frames: int) -> Features:
    """
    Return a batch of one length, shape (batch, mels, frames).

    The rest of each row is what digital silence would have given beside its own speech, as in the
    training of Whisper: the floor that the extractor sets below the loudest frame.
    """
    return np.stack([_padded(one[:, :frames], frames) for one in batch])


def _padded(one: Features, frames: int) -> Features:
    room = ((0, 0), (0, frames - one.shape[1]))
    return np.pad(one, room, constant_values=one.max() - _FLOOR)
