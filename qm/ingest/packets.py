"""Audio files as a telephony gateway would send them: packets of 200 ms, one channel each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import av
import numpy as np

from qm.io import opus
from qm.io.audiofile import AudioFile, read_audio
from qm.stages.audio import RATES_HZ, encode
from qm.types import Channel, Codec, Pcm

PACKET_MS: Final = 200
"""Length of a record: what gateways send, and a latency that nobody hears."""

WHOLE_MS: Final = 40
"""The last packet is filled with silence to this: whole samples at every rate, whole Opus
packets, and less than anybody notices."""

TELEPHONE_HZ: Final = 8_000
"""G.711 is defined at this rate."""

OPUS_HZ: Final = 16_000
"""Wide-band speech; more is never heard by the models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedCall:
    """A recording cut into packets.  PHI."""

    duration_ms: int
    codec: Codec
    rate_hz: int
    channels: tuple[Channel, ...]
    packets: tuple[tuple[bytes, ...], ...] = field(repr=False)  #: by channel, then by seq


def encode_file(path: Path, codec: Codec = "mulaw") -> EncodedCall:
    """
    Read a recording of one or two channels and encode it.

    Two channels are agent and customer, one is both mixed.

    Raises:
        AudioError: it cannot be read, or has more than two channels.
    """
    audio = read_audio(path)
    rate_hz = _rate(codec, audio.rate_hz)
    samples = _filled(_at_rate(audio, rate_hz), rate_hz)
    channels: tuple[Channel, ...] = ("agent", "customer") if audio.channels == 2 else ("mixed",)
    return EncodedCall(
        duration_ms=audio.duration_ms,
        codec=codec,
        rate_hz=rate_hz,
        channels=channels,
        packets=tuple(_packets(samples[:, n], rate_hz, codec) for n in range(audio.channels)),
    )


def _rate(codec: Codec, rate_hz: int) -> int:
    if codec in ("mulaw", "alaw"):
        return TELEPHONE_HZ
    if codec == "opus":
        return OPUS_HZ
    return rate_hz if rate_hz in RATES_HZ else OPUS_HZ


def _at_rate(audio: AudioFile, rate_hz: int) -> Pcm:
    """Return the samples at another rate, shape (n, channels)."""
    if audio.rate_hz == rate_hz:
        return audio.samples
    layout = "mono" if audio.channels == 1 else "stereo"
    resampler = av.AudioResampler(format="s16", layout=layout, rate=rate_hz)
    frame = av.AudioFrame.from_ndarray(audio.samples.reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate = audio.rate_hz
    blocks = [*resampler.resample(frame), *resampler.resample(None)]
    joined = [block.to_ndarray().reshape(-1, audio.channels) for block in blocks]
    return np.concatenate(joined).astype(np.int16)


def _filled(samples: Pcm, rate_hz: int) -> Pcm:
    whole = rate_hz * WHOLE_MS // 1000
    return np.pad(samples, ((0, -len(samples) % whole), (0, 0)))


def _packets(samples: Pcm, rate_hz: int, codec: Codec) -> tuple[bytes, ...]:
    if codec == "opus":
        return _opus(samples, rate_hz)
    step = rate_hz * PACKET_MS // 1000
    return tuple(
        encode(codec, samples[start : start + step]) for start in range(0, len(samples), step)
    )


def _opus(samples: Pcm, rate_hz: int) -> tuple[bytes, ...]:
    """Encode a channel in one go, since each packet builds on those before, and cut it then."""
    wanted = len(samples) * 1000 // (rate_hz * opus.PACKET_MS)  # not what the flush adds behind
    encoded = list(opus.packets(opus.encode_packets(np.ascontiguousarray(samples), rate_hz)))[
        :wanted
    ]
    each = PACKET_MS // opus.PACKET_MS
    return tuple(
        b"".join(len(packet).to_bytes(2, "big") + packet for packet in encoded[n : n + each])
        for n in range(0, len(encoded), each)
    )
