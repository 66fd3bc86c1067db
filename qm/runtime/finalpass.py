"""A closed mono call -> who said each word: the second pass."""

from __future__ import annotations

import numpy as np

from qm.calls import CallState
from qm.engines.base import Diarizer
from qm.io.audiofile import AudioFile
from qm.stages.audio import resample, to_float
from qm.stages.roles import roles
from qm.stages.speakers import by_speaker
from qm.types import Pcm, Role, Samples, Word

Stretch = tuple[int, Role, tuple[Word, ...]]
"""Speaker, role and words of what one person said without a break."""

EXPECTED_SPEAKERS = 2
"""Agent and caller.  A fixed number halves the confusion on telephone calls (anchors: asr 4)."""


def utterances_by_speaker(state: CallState, audio: AudioFile, diarizer: Diarizer) -> list[Stretch]:
    """
    Return speaker, role and words of each stretch of a mono call, by time.

    Args:
        state: the call as it closed, with its words.
        audio: the whole call, one channel.
        diarizer: whole-call speaker diarization.
    """
    words = sorted((w for t in state.spoken for w in t.words), key=lambda w: w.start_ms)
    if not words:
        return []
    spans = diarizer.diarize(model_samples(audio), EXPECTED_SPEAKERS)
    stretches = by_speaker(words, spans)
    who = roles(stretches, state.language or "en")
    return [(speaker, who.get(speaker, Role.UNKNOWN), said) for speaker, said in stretches]


def model_samples(audio: AudioFile) -> Samples:
    """Return the first channel as the models want it: float32, 16 kHz."""
    pcm: Pcm = audio.samples[:, 0]
    resampled, _ = resample(pcm, audio.rate_hz, np.zeros(0, np.int16))
    return to_float(resampled)
