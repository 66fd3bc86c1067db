"""Real models, where they are pulled, and a sample call for them to hear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qm.engines.registry import card, verified
from qm.errors import ModelAltered
from qm.io.audiofile import read_audio
from qm.settings import load
from qm.stages.audio import resample, to_float
from qm.types import Samples

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def model() -> Callable[[str], Path]:
    """Return the verified folder of a model; the test skips where it is not pulled."""

    def folder(name: str) -> Path:
        try:
            return verified(card(REPOSITORY / "models", name), load().models_cache)
        except ModelAltered as missing:
            pytest.skip(str(missing))

    return folder


@pytest.fixture(scope="session")
def sample_call() -> tuple[Samples, Samples]:
    """Return agent and customer of the first sample call at 16 kHz."""
    audio = read_audio(REPOSITORY / "streams/samples/sample-01.opus")
    fresh = np.zeros(0, np.int16)
    agent, customer = (
        to_float(resample(audio.samples[:, side].copy(), audio.rate_hz, fresh)[0])
        for side in (0, 1)
    )
    return agent, customer
