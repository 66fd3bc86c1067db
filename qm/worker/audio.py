"""
A call's audio: kept sealed while the call is live, muted when it is over.

While the call goes on its decoded audio is appended to a sealed working copy, which is durable
before the checkpoint passes it.  At the end the redacted copy is made from it and the working copy
is deleted, or kept as the original where the queue's setting says so.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import soundfile

from qm.io.audiofile import AudioFile
from qm.stages.redaction import mute
from qm.types import AudioChunk, Channel, Pcm, SpeechSpan

PEAKS_PER_SECOND = 10
"""Resolution of the waveform on the pages: a pixel or two at the widths calls are looked at."""


def chunk_name(channel: Channel, rate_hz: int, start_ms: int) -> str:
    """Return the name of a piece of the working copy; it says all that is needed to place it."""
    return f"{channel}-{rate_hz}-{start_ms:09d}"


def pieces(chunks: Sequence[AudioChunk]) -> list[tuple[str, bytes]]:
    """
    Join chunks of one channel that follow each other, so that few objects are written.

    Returns:
        Names and little-endian int16 bytes.
    """
    runs: dict[Channel, list[list[AudioChunk]]] = defaultdict(list)
    for chunk in chunks:
        row = runs[chunk.channel]
        if row and row[-1][-1].rate_hz == chunk.rate_hz:
            row[-1].append(chunk)
        else:
            row.append([chunk])
    return [
        (
            chunk_name(channel, run[0].rate_hz, run[0].start_ms),
            np.concatenate([c.samples for c in run]).astype("<i2").tobytes(),
        )
        for channel, row in runs.items()
        for run in row
    ]


def assemble(
    stored: Iterable[tuple[str, bytes]], channels: Sequence[Channel], duration_ms: int
) -> AudioFile:
    """
    Put the pieces of a working copy on one time line.

    Args:
        stored: names and bytes, in any order; a piece written again replaces the same stretch.
        channels: their order in the file.
        duration_ms: of the call; what is missing is silence.

    Returns:
        Audio at the highest rate of the pieces, shape (n, channels).
    """
    found: list[tuple[str, int, int, Pcm]] = []
    for name, data in stored:
        channel, rate_text, start_text = name.rsplit("-", 2)
        found.append((channel, int(rate_text), int(start_text), np.frombuffer(data, "<i2")))
    rate_hz = max((rate for _, rate, _, _ in found), default=8_000)
    out = np.zeros((duration_ms * rate_hz // 1000, len(channels)), np.int16)
    for channel, rate, start_ms, samples in sorted(found, key=lambda f: f[2]):
        if channel not in channels or rate != rate_hz:
            continue  # a gap's silence comes at a rate of its own, and silence is there already
        begin = start_ms * rate_hz // 1000
        column = out[begin : begin + len(samples), channels.index(channel)]
        column[:] = samples[: len(column)]
    return AudioFile(rate_hz=rate_hz, samples=out)


def muted(
    audio: AudioFile, channels: Sequence[Channel], spans: Mapping[Channel, Sequence[SpeechSpan]]
) -> AudioFile:
    """Return the audio with the spans of each channel silenced; same length."""
    columns = [
        mute(audio.samples[:, i], audio.rate_hz, spans.get(channel, ()))
        for i, channel in enumerate(channels)
    ]
    return AudioFile(rate_hz=audio.rate_hz, samples=np.stack(columns, axis=1))


def flac(audio: AudioFile) -> bytes:
    """Return 16-bit FLAC."""
    buffer = io.BytesIO()
    soundfile.write(buffer, audio.samples, audio.rate_hz, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def peaks(audio: AudioFile) -> list[list[float]]:
    """Return the loudest sample of each tenth of a second in [0, 1], by channel."""
    window = audio.rate_hz // PEAKS_PER_SECOND
    count = -(-len(audio.samples) // window)
    padded = np.zeros((count * window, audio.channels), np.int16)
    padded[: len(audio.samples)] = audio.samples
    loudest = np.abs(padded.reshape(count, window, -1).astype(np.int32)).max(axis=1)
    return [[round(float(x) / 32768, 3) for x in column] for column in loudest.T]
