"""A stretch of a FLAC recording as a recording of its own, made in memory for one listener."""

from __future__ import annotations

import io

import soundfile

from qm.errors import AudioError


def cut_flac(data: bytes, start_ms: int, end_ms: int) -> bytes:
    """
    Return ``[start_ms, end_ms)`` of a recording as FLAC, byte for byte the same each time.

    What reaches past the end of the recording is left out.

    Args:
        data: a FLAC file.
        start_ms: of the recording.
        end_ms: of the recording.

    Raises:
        AudioError: it cannot be read, or nothing of it is in the stretch.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as whole:
            rate = whole.samplerate
            start = min(start_ms * rate // 1000, whole.frames)
            whole.seek(start)
            length = max(0, end_ms * rate // 1000 - start)
            samples = whole.read(length, dtype="int16", always_2d=True)
        if not len(samples):
            raise AudioError("nothing of the recording is in the stretch")
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format="FLAC", subtype="PCM_16")
    except soundfile.LibsndfileError as wrong:
        raise AudioError(f"recording cannot be read: {type(wrong).__name__}") from None
    return buffer.getvalue()
