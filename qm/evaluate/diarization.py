"""Who spoke when, against the truth: diarization error rate, and words given to the right role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyannote.core import Annotation, Segment
from pyannote.metrics.diarization import DiarizationErrorRate

from qm.types import Role, SpeakerSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationErrors:
    """Seconds of speech that went wrong; add those of several calls."""

    speech_s: float = 0.0  #: of the truth; speech of two at once counts twice
    missed_s: float = 0.0
    false_s: float = 0.0  #: speech where nobody spoke
    confused_s: float = 0.0  #: the wrong voice

    @property
    def rate(self) -> float:
        """The diarization error rate; 0 where nobody spoke and nothing was found."""
        wrong = self.missed_s + self.false_s + self.confused_s
        if self.speech_s == 0:
            return float(wrong > 0)
        return wrong / self.speech_s

    def __add__(self, other: DiarizationErrors) -> DiarizationErrors:
        return DiarizationErrors(
            speech_s=self.speech_s + other.speech_s,
            missed_s=self.missed_s + other.missed_s,
            false_s=self.false_s + other.false_s,
            confused_s=self.confused_s + other.confused_s,
        )


def diarization_errors(
    truth: Sequence[SpeakerSpan], found: Sequence[SpeakerSpan], collar_ms: int = 0
) -> DiarizationErrors:
    """
    Compare spans under the best matching of voices; speech of several at once is scored.

    Args:
        truth: who spoke when.
        found: what the diarizer says; its numbers need not be those of the truth.
        collar_ms: what is forgiven on each side of a true boundary; 0 or, in older papers, 250.
    """
    # Its collar is the whole stretch around a boundary.
    metric = DiarizationErrorRate(collar=2 * collar_ms / 1000, skip_overlap=False)
    everything = Segment(0, max((s.end_ms for s in (*truth, *found)), default=0) / 1000)
    parts = metric(_annotation(truth), _annotation(found), uem=everything, detailed=True)
    return DiarizationErrors(
        speech_s=parts["total"],
        missed_s=parts["missed detection"],
        false_s=parts["false alarm"],
        confused_s=parts["confusion"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRoles:
    """How many words have the right role; add those of several calls."""

    right: int = 0
    wrong: int = 0
    unknown: int = 0  #: no role was given
    outside: int = 0  #: said where the truth has nobody: not judged

    @property
    def right_share(self) -> float | None:
        """Of the judged words; None where there are none."""
        judged = self.right + self.wrong + self.unknown
        return self.right / judged if judged else None

    def __add__(self, other: WordRoles) -> WordRoles:
        return WordRoles(
            right=self.right + other.right,
            wrong=self.wrong + other.wrong,
            unknown=self.unknown + other.unknown,
            outside=self.outside + other.outside,
        )


def word_roles(
    truth: Sequence[tuple[Role, int, int]], words: Sequence[tuple[Role, int, int]]
) -> WordRoles:
    """
    Count words by whether their role is that of the truth.

    A word that overlaps turns of both roles is right with either.

    Args:
        truth: role, start and end (ms) of each true turn.
        words: role, start and end (ms) of each word.
    """
    counts = WordRoles()
    for role, start_ms, end_ms in words:
        spoken = {r for r, a, b in truth if min(b, end_ms) > max(a, start_ms)}
        if not spoken:
            counts += WordRoles(outside=1)
        elif role is Role.UNKNOWN:
            counts += WordRoles(unknown=1)
        else:
            counts += WordRoles(right=1) if role in spoken else WordRoles(wrong=1)
    return counts


def _annotation(spans: Sequence[SpeakerSpan]) -> Annotation:
    annotation = Annotation()
    for track, span in enumerate(spans):
        if span.end_ms > span.start_ms:
            segment = Segment(span.start_ms / 1000, span.end_ms / 1000)
            annotation[segment, track] = str(span.speaker)
    return annotation
