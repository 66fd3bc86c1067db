"""Recordings of calls that are stored: what is silenced later, and outlines that show it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import soundfile

from qm.errors import AudioError
from qm.stages.redaction import mute
from qm.types import SpeechSpan


def silenced(data: bytes, spans: Mapping[int, Sequence[SpeechSpan]]) -> bytes:
    """
    Return a FLAC recording with stretches of some channels silenced, as long as it was.

    Args:
        data: 16-bit FLAC of one or two channels.
        spans: channel from 0 -> stretches, call time.

    Raises:
        AudioError: it cannot be read.
    """
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as wrong:
        raise AudioError(f"a recording cannot be read: {type(wrong).__name__}") from None
    columns = [
        mute(np.ascontiguousarray(samples[:, channel]), rate_hz, spans.get(channel, ()))
        for channel in range(samples.shape[1])
    ]
    buffer = io.BytesIO()
    soundfile.write(buffer, np.stack(columns, axis=1), rate_hz, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def flattened(
    peaks: Sequence[Sequence[float]],
    duration_ms: int,
    spans: Mapping[int, Sequence[SpeechSpan]],
) -> tuple[tuple[float, ...], ...]:
    """
    Return an outline that is flat where its channel was silenced.

    >>> flattened([[0.5, 0.5, 0.5, 0.5]], 400, {0: [SpeechSpan(start_ms=100, end_ms=250)]})
    ((0.5, 0.0, 0.0, 0.5),)
    """
    flat: list[tuple[float, ...]] = []
    for channel, values in enumerate(peaks):
        step = duration_ms / len(values) if values else 1.0
        flat.append(
            tuple(
                0.0
                if any(
                    span.start_ms < (i + 1) * step and span.end_ms > i * step
                    for span in spans.get(channel, ())
                )
                else value
                for i, value in enumerate(values)
            )
        )
    return tuple(flat)
