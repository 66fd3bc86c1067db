"""Encoded audio becomes the samples the models expect, however it was cut into packets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.errors import AudioError
from qm.stages.audio import RATES_HZ, decode, encode, resample, to_float, to_pcm
from qm.types import Codec, Pcm

EVERY_SAMPLE = np.arange(-32_768, 32_768).astype(np.int16)
FRESH = np.zeros(0, np.int16)
BLOCK_MS = {11_025: 40}  # the others have whole samples in 20 ms


def noise(samples: int, seed: int = 0) -> Pcm:
    return np.random.default_rng(seed).integers(-20_000, 20_000, samples).astype(np.int16)


def tone(rate_hz: int, hz: float, seconds: float = 1.0) -> Pcm:
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    return (16_000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def level_db(samples: Pcm) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(to_float(samples).astype(float) ** 2)) + 1e-9))


@pytest.mark.parametrize(("codec", "encoder"), [("mulaw", "lin2ulaw"), ("alaw", "lin2alaw")])
def test_companding_is_that_of_g711(codec: Codec, encoder: str) -> None:
    audioop = pytest.importorskip("audioop", reason="left Python with 3.13")
    theirs = getattr(audioop, encoder)(EVERY_SAMPLE.tobytes(), 2)
    decoded = getattr(audioop, encoder.replace("lin2", "") + "2lin")(bytes(range(256)), 2)
    np.testing.assert_array_equal(decode(codec, bytes(range(256))), np.frombuffer(decoded, "<i2"))
    ours = np.abs(decode(codec, encode(codec, EVERY_SAMPLE)).astype(int) - EVERY_SAMPLE)
    reference = np.abs(decode(codec, theirs).astype(int) - EVERY_SAMPLE)
    # Encoders may differ where a sample lies between two levels; ours must not be the worse one.
    assert np.all(ours <= reference)


@pytest.mark.parametrize("codec", ["mulaw", "alaw"])
def test_companded_levels_survive_a_second_coding(codec: Codec) -> None:
    once = decode(codec, encode(codec, EVERY_SAMPLE))
    np.testing.assert_array_equal(decode(codec, encode(codec, once)), once)
    error = np.abs(once.astype(int) - EVERY_SAMPLE)
    assert np.all(error <= np.maximum(np.abs(EVERY_SAMPLE.astype(int)) / 16, 16))


def test_plain_audio_is_unchanged() -> None:
    payload = encode("pcm_s16le", EVERY_SAMPLE)
    np.testing.assert_array_equal(decode("pcm_s16le", payload), EVERY_SAMPLE)
    np.testing.assert_array_equal(to_pcm(to_float(EVERY_SAMPLE)), EVERY_SAMPLE)


@pytest.mark.parametrize(
    ("codec", "payload"),
    [("mulaw", b""), ("alaw", b""), ("pcm_s16le", b"abc"), ("opus", b"x"), ("mp3", b"x")],
)
def test_a_bad_payload_is_refused(codec: Codec, payload: bytes) -> None:
    with pytest.raises(AudioError):
        decode(codec, payload)


@settings(deadline=None)
@given(st.sampled_from(RATES_HZ), st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_any_cutting_into_packets_gives_the_same_samples(rate_hz: int, cuts: list[int]) -> None:
    block = rate_hz * BLOCK_MS.get(rate_hz, 20) // 1000
    stream = noise(block * sum(cuts))
    whole, _ = resample(stream, rate_hz, FRESH)
    history, pieces, at = FRESH, [], 0
    for blocks in cuts:
        piece, history = resample(stream[at : at + blocks * block], rate_hz, history)
        assert len(piece) * rate_hz == blocks * block * 16_000
        pieces.append(piece)
        at += blocks * block
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


@settings(deadline=None)
@given(st.sampled_from(RATES_HZ), st.integers(1, 700), st.integers(0, 2000))
def test_odd_pieces_lose_no_sample(rate_hz: int, first: int, second: int) -> None:
    stream = noise(first + second)
    whole, _ = resample(stream, rate_hz, FRESH)
    head, history = resample(stream[:first], rate_hz, FRESH)
    tail, _ = resample(stream[first:], rate_hz, history)
    np.testing.assert_array_equal(np.concatenate([head, tail]), whole)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_speech_keeps_its_level_and_pitch(rate_hz: int) -> None:
    for hz in (200, 1_000, 3_300):
        out, _ = resample(tone(rate_hz, hz), rate_hz, FRESH)
        assert len(out) == 16_000
        middle = out[2_000:-2_000]
        assert level_db(middle) == pytest.approx(level_db(tone(rate_hz, hz)), abs=0.1)
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
        assert np.argmax(spectrum) * 16_000 / len(middle) == pytest.approx(hz, abs=2)


@pytest.mark.parametrize("rate_hz", [r for r in RATES_HZ if r > 16_000])
def test_what_16_khz_cannot_hold_is_removed(rate_hz: int) -> None:
    out, _ = resample(tone(rate_hz, 9_500), rate_hz, FRESH)
    assert level_db(out[2_000:-2_000]) < -70


@pytest.mark.parametrize("rate_hz", [8_000, 11_025])
def test_no_mirror_image_appears_above_the_band(rate_hz: int) -> None:
    out, _ = resample(tone(rate_hz, 3_000), rate_hz, FRESH)
    spectrum = np.abs(np.fft.rfft(out[2_000:-2_000] * np.hanning(len(out) - 4_000)))
    bins = np.arange(len(spectrum)) * 16_000 / (len(out) - 4_000)
    above = spectrum[bins > rate_hz / 2 + 200].max()
    assert 20 * np.log10(above / spectrum.max()) < -70


def test_full_scale_clips_instead_of_wrapping() -> None:
    square = np.tile(np.repeat(np.array([32_767, -32_768], np.int16), 20), 50)
    out, _ = resample(square, 8_000, FRESH)
    assert out.max() == 32_767 and out.min() == -32_768


def test_an_unknown_rate_is_refused() -> None:
    with pytest.raises(AudioError, match="12345 Hz"):
        resample(noise(100), 12_345, FRESH)
