"""Encoded telephone audio -> 16-bit samples -> the 16 kHz that every model is trained on."""

from __future__ import annotations

from functools import cache
from math import gcd
from typing import Literal

import numpy as np

from qm.errors import AudioError
from qm.types import MODEL_RATE_HZ, Codec, Pcm, Samples

Companding = Literal["mulaw", "alaw"]

_FULL_SCALE = 32_768

RATES_HZ = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""Rates that the service accepts."""

_ZERO_CROSSINGS = 24
"""Half width of the low-pass in periods of the lower rate: 3 ms of delay at 8 kHz, and a fall
from pass to stop band within a tenth of the band."""

_KAISER_BETA = 8.0
"""About 80 dB of stop band, below the noise of 12-bit telephone audio."""

_CUTOFF = 0.93
"""Share of the lower rate's band that is passed; the rest is the fall."""

_TAP_SCALE = 1 << 24
"""Filter taps are whole multiples of 2**-24: products with 16-bit samples and their sums stay
below 2**53, so they are exact in float64 and no order of summing can change a bit."""


# ---------------------------------------------------------------------------------- codecs


def decode(codec: Codec, payload: bytes) -> Pcm:
    """
    Return the samples of one packet of G.711 (ITU-T, 1988) or plain 16-bit audio.

    Opus depends on the packets before; it is decoded by ``qm.io.opus``.

    Raises:
        AudioError: an empty or cut payload, or another codec.

    >>> decode("mulaw", bytes([0xFF, 0x80, 0x00]))
    array([     0,  32124, -32124], dtype=int16)
    """
    if not payload:
        raise AudioError("empty audio payload")
    if codec == "pcm_s16le":
        if len(payload) % 2:
            raise AudioError(f"16-bit audio of {len(payload)} bytes")
        return np.frombuffer(payload, "<i2").astype(np.int16)
    if codec in ("mulaw", "alaw"):
        return _levels(codec)[np.frombuffer(payload, np.uint8)]
    raise AudioError(f"codec {codec} is not decoded here")


def encode(codec: Codec, pcm: Pcm) -> bytes:
    """
    Return samples as one packet, the inverse of ``decode``.

    Raises:
        AudioError: another codec.

    >>> encode("mulaw", np.array([0, 32124, -32124], np.int16)).hex()
    'ff8000'
    """
    if codec == "pcm_s16le":
        return pcm.astype("<i2").tobytes()
    if codec == "mulaw":
        return _encode_mulaw(pcm)
    if codec == "alaw":
        return _encode_alaw(pcm)
    raise AudioError(f"codec {codec} is not encoded here")


@cache
def _levels(codec: Companding) -> Pcm:
    """Return the sample that each of the 256 codes stands for."""
    code = np.arange(256, dtype=np.int32)
    if codec == "mulaw":
        code = ~code & 0xFF
        exponent, mantissa = (code >> 4) & 7, code & 15
        level = (((mantissa << 3) + 0x84) << exponent) - 0x84
        return np.where(code & 0x80, -level, level).astype(np.int16)
    code = code ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    level = np.where(
        exponent == 0,
        (mantissa << 4) + 8,
        ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0),
    )
    return np.where(code & 0x80, level, -level).astype(np.int16)


def _exponent(magnitude: np.ndarray) -> np.ndarray:
    """Return the G.711 segment (0-7) of 15-bit magnitudes: the top bit's place above bit 7."""
    top = np.frexp(np.maximum(magnitude, 1).astype(np.float64))[1] - 1
    exponent: np.ndarray = np.maximum(top - 7, 0)
    return exponent


def _encode_mulaw(pcm: Pcm) -> bytes:
    wide = pcm.astype(np.int32)
    magnitude = np.minimum(np.abs(wide), 32_635) + 0x84  # the largest that still fits segment 7
    exponent = _exponent(magnitude)
    code = (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)
    return bytes((~(code | np.where(wide < 0, 0x80, 0)) & 0xFF).astype(np.uint8))


def _encode_alaw(pcm: Pcm) -> bytes:
    wide = pcm.astype(np.int32)
    magnitude = np.where(wide < 0, ~wide, wide)
    exponent = _exponent(magnitude)
    code = (exponent << 4) | ((magnitude >> (np.maximum(exponent, 1) + 3)) & 15)
    return bytes(((code | np.where(wide < 0, 0, 0x80)) ^ 0x55).astype(np.uint8))


def to_float(pcm: Pcm) -> Samples:
    """
    Return 16-bit samples as float32 in [-1, 1).

    >>> to_float(np.array([0, 16384, -32768], np.int16))
    array([ 0. ,  0.5, -1. ], dtype=float32)
    """
    return pcm.astype(np.float32) / np.float32(_FULL_SCALE)


def to_pcm(samples: Samples) -> Pcm:
    """
    Return float samples as 16-bit ones, clipped; the inverse of ``to_float``.

    >>> to_pcm(np.array([0.5, 2.0, -2.0], np.float32))
    array([ 16384,  32767, -32768], dtype=int16)
    """
    scaled = np.round(samples.astype(np.float64) * _FULL_SCALE)
    return np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


# -------------------------------------------------------------------------------- resampling


def resample(pcm: Pcm, rate_hz: int, history: Pcm) -> tuple[Pcm, Pcm]:
    """
    Convert one piece of a stream to 16 kHz by a windowed-sinc polyphase filter.

    Any cutting of a stream into pieces gives the same samples, bit for bit, on any machine.  The
    output lags by half the filter (3 ms at 8 kHz, 1.5 ms at 16 kHz and above), which is less than
    what word times are good for, and is silence there at the start.

    Args:
        pcm: shape (n,), the next samples.  Pieces of whole 20 ms (40 ms at 11 025 Hz) come out as
            exactly as long; of other pieces the odd samples wait in the history.
        rate_hz: one of ``RATES_HZ``.
        history: what the last call returned; empty at the start and after a gap.

    Returns:
        The samples at 16 kHz and the history for the next call.

    Raises:
        AudioError: a rate that is not supported.
    """
    if rate_hz not in RATES_HZ:
        raise AudioError(f"sample rate {rate_hz} Hz is not supported")
    if rate_hz == MODEL_RATE_HZ:
        return pcm, history
    taps = _taps(rate_hz)
    up = taps.shape[1]
    down = up * rate_hz // MODEL_RATE_HZ
    context = len(taps) - down
    before = history if len(history) >= context else np.zeros(context, np.int16)
    joined = np.concatenate([before, pcm])
    blocks = (len(joined) - context) // down
    if blocks == 0:
        return np.zeros(0, np.int16), joined
    windows = np.lib.stride_tricks.sliding_window_view(joined, len(taps))[::down][:blocks]
    summed = windows.astype(np.float64) @ taps  # (blocks, up), whole numbers
    rounded = np.floor(summed / _TAP_SCALE + 0.5).reshape(-1)
    out = np.clip(rounded, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return out, joined[blocks * down :].copy()


@cache
def _taps(rate_hz: int) -> np.ndarray:
    """
    Return the filter as a matrix: one block of input with its context -> one block of output.

    ``down`` samples at ``rate_hz`` last as long as ``up`` samples at 16 kHz.  Column ``j`` holds
    the taps of output ``j`` of a block.

    Returns:
        Whole numbers as float64, shape (context + down, up).
    """
    shared = gcd(MODEL_RATE_HZ, rate_hz)
    up, down = MODEL_RATE_HZ // shared, rate_hz // shared
    band = min(1.0, MODEL_RATE_HZ / rate_hz) * _CUTOFF  # of the input's Nyquist frequency
    half = int(np.ceil(_ZERO_CROSSINGS * max(1.0, rate_hz / MODEL_RATE_HZ)))
    rows = np.arange(2 * half + down)[:, None]
    # Output j of a block stands at input j * down / up, read half a filter late.
    distance = rows - half - np.arange(up)[None, :] * down / up
    inside = np.clip(1 - (distance / half) ** 2, 0, None)
    window = np.i0(_KAISER_BETA * np.sqrt(inside)) / np.i0(_KAISER_BETA)
    taps = np.where(np.abs(distance) <= half, band * np.sinc(band * distance) * window, 0.0)
    taps /= taps.sum(axis=0)  # a constant passes unchanged through every phase
    return np.asarray(np.round(taps * _TAP_SCALE))
