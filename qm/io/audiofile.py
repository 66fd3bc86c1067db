"""Audio files <-> samples: WAV, FLAC, MP3, Ogg/Opus and whatever else FFmpeg opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import soundfile

from qm.errors import AudioError
from qm.types import Pcm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AudioFile:
    """Decoded audio.  PHI."""

    rate_hz: int
    samples: Pcm = field(repr=False)  #: shape (n, channels)

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // self.rate_hz

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])


MOST_CHANNELS = 2


def read_audio(path: Path) -> AudioFile:
    """
    Read one or two channels of any rate.

    Raises:
        AudioError: not there, no audio in it, more than two channels, or empty.  The message does
            not name the file: names may be patients' names.
    """
    try:
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    except soundfile.LibsndfileError:
        samples, rate_hz = _read_by_ffmpeg(path)
    if len(samples) == 0:
        raise AudioError("audio file is empty")
    if samples.shape[1] > MOST_CHANNELS:
        raise AudioError(f"audio file has {samples.shape[1]} channels; at most {MOST_CHANNELS}")
    return AudioFile(rate_hz=int(rate_hz), samples=np.ascontiguousarray(samples, np.int16))


def _read_by_ffmpeg(path: Path) -> tuple[Pcm, int]:
    try:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            layout = "mono" if stream.channels == 1 else "stereo"
            resampler = av.AudioResampler(format="s16", layout=layout, rate=stream.rate)
            blocks = [
                out.to_ndarray().reshape(-1, 1 if layout == "mono" else 2)
                for frame in container.decode(stream)
                for out in resampler.resample(frame)
            ]
            blocks += [
                out.to_ndarray().reshape(-1, 1 if layout == "mono" else 2)
                for out in resampler.resample(None)
            ]
            rate_hz = stream.rate
    except (av.FFmpegError, IndexError, OSError) as wrong:
        raise AudioError(f"audio file cannot be read: {type(wrong).__name__}") from None
    if not blocks:
        raise AudioError("audio file is empty")
    return np.concatenate(blocks).astype(np.int16), int(rate_hz)


def write_flac(path: Path, audio: AudioFile) -> None:
    """Write 16-bit FLAC."""
    soundfile.write(path, audio.samples, audio.rate_hz, format="FLAC", subtype="PCM_16")
