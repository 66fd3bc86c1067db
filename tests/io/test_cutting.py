"""A stretch of a recording holds its own samples and no others."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from qm.errors import AudioError
from qm.io.cutting import cut_flac

RATE = 8_000


def recording(seconds: int = 10) -> tuple[bytes, np.ndarray]:
    rng = np.random.default_rng(7)
    samples = rng.integers(-3_000, 3_000, (seconds * RATE, 2), dtype=np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue(), samples


@pytest.mark.parametrize(("start_ms", "end_ms"), [(0, 1_000), (2_500, 7_250), (9_000, 12_000)])
def test_it_holds_exactly_its_samples(start_ms: int, end_ms: int) -> None:
    data, samples = recording()
    cut, rate = soundfile.read(io.BytesIO(cut_flac(data, start_ms, end_ms)), dtype="int16")
    assert rate == RATE
    np.testing.assert_array_equal(cut, samples[start_ms * 8 : end_ms * 8])


def test_it_is_the_same_each_time_so_that_ranges_fit_together() -> None:
    data, _ = recording()
    assert cut_flac(data, 1_000, 5_000) == cut_flac(data, 1_000, 5_000)


@pytest.mark.parametrize(("start_ms", "end_ms"), [(20_000, 21_000), (5_000, 5_000), (6_000, 2_000)])
def test_nothing_is_no_recording(start_ms: int, end_ms: int) -> None:
    with pytest.raises(AudioError, match="nothing"):
        cut_flac(recording()[0], start_ms, end_ms)


def test_what_is_no_recording_is_said_without_quoting_it() -> None:
    with pytest.raises(AudioError, match="LibsndfileError"):
        cut_flac(b"Maria Lopez, born", 0, 1_000)
