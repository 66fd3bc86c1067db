"""Two voices on one line are told apart, without a word to anybody."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qm.engines.pyannote import PyannoteDiarizer
from qm.evaluate.diarization import diarization_errors
from qm.io.audiofile import read_audio
from qm.stages.audio import resample, to_float
from qm.types import SpeakerSpan

pytestmark = pytest.mark.needs_models


@pytest.fixture(scope="module")
def diarizer(model: Callable[[str], Path]) -> PyannoteDiarizer:
    return PyannoteDiarizer(model("pyannote-segmentation-3.0"), model("speaker-campplus"))


def test_nothing_is_reported_to_anybody() -> None:
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_silence_and_nothing_have_no_voices(diarizer: PyannoteDiarizer) -> None:
    assert diarizer.diarize(np.zeros(0, np.float32), 2) == []
    assert diarizer.diarize(np.zeros(3 * 16_000, np.float32), 2) == []


@pytest.mark.needs_shared
@pytest.mark.slow
@pytest.mark.parametrize(
    ("recording", "most"), [("phone_two_speakers/sample", 0.12), ("simulated_calls/call00", 0.15)]
)
def test_telephone_talk(
    diarizer: PyannoteDiarizer, shared: Path, recording: str, most: float
) -> None:
    path = shared / "data/speech" / f"{recording}.flac"
    audio = read_audio(path)
    mixed = audio.samples.mean(axis=1).astype(np.int16)
    samples = to_float(resample(mixed, audio.rate_hz, np.zeros(0, np.int16))[0])
    voices: dict[str, int] = {}
    truth = []
    for line in path.with_suffix(".rttm").read_text().splitlines():
        _, _, _, start, length, _, _, name, *_ = line.split()
        truth.append(
            SpeakerSpan(
                start_ms=round(float(start) * 1000),
                end_ms=round((float(start) + float(length)) * 1000),
                speaker=voices.setdefault(name, len(voices)),
            )
        )
    found = diarizer.diarize(samples, 2)
    assert found[0].speaker == 0 and {s.speaker for s in found} == {0, 1}
    assert diarization_errors(truth, found).rate < most
