"""
The protocols an engine fulfils, and the requests it is given.

Every engine takes a batch, because that is where the speed is, and answers in the order asked.
An engine raises ``EngineError`` for the whole batch; the redactor raises ``RedactionError`` and the
turn is withheld.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from qm.types import CallId, ModelRef, PhiSpan, Role, Samples, SpeakerSpan, Turn, Word

# ------------------------------------------------------------------------------ speech detection


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechRequest:
    """Whole windows of one channel, in order, with the detector's memory of what came before."""

    samples: Samples = field(repr=False)  #: shape (windows * 512,), 16 kHz: 32 ms a window
    memory: bytes = field(repr=False, default=b"")  #: b"" at the start of a channel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechResult:
    """Speech probability of each window, and the memory for the next request."""

    speech_probs: Samples  #: shape (windows,)
    memory: bytes = field(repr=False)


class SpeechDetector(Protocol):
    """Samples to speech probabilities.  Stateless: the memory travels with the request."""

    def detect(self, batch: Sequence[SpeechRequest]) -> list[SpeechResult]: ...


# -------------------------------------------------------------------------------- recognition


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AsrRequest:
    """One utterance (at most 30 s)."""

    samples: Samples = field(repr=False)
    language: str | None  #: None: find it
    hotwords: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsrResult:
    """Words with times from the first sample of the request; none where nothing was said."""

    words: tuple[Word, ...] = field(repr=False)
    language: str
    language_prob: float = 1.0


class Recognizer(Protocol):
    """Speech to words.  Invented text (loops, text in silence) is the engine's to stop."""

    def recognize(self, batch: Sequence[AsrRequest]) -> list[AsrResult]: ...


# -------------------------------------------------------------------------------- diarization


class Diarizer(Protocol):
    """A whole mono call to speaker spans."""

    def diarize(self, samples: Samples, speakers: int) -> list[SpeakerSpan]: ...


# ---------------------------------------------------------------------------------- redaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PhiRequest:
    """One utterance and what the redactor knows of the call so far."""

    turn: Turn = field(repr=False)
    memory: bytes = field(repr=False, default=b"")  #: PHI; b"" at the start of a call


@dataclass(frozen=True, slots=True, kw_only=True)
class PhiRevision:
    """Identifiers found late in an earlier utterance."""

    utterance: int
    spans: tuple[PhiSpan, ...]  #: all spans of that utterance, the old ones too


@dataclass(frozen=True, slots=True, kw_only=True)
class PhiResult:
    """Spans in the utterance's text, late discoveries in earlier ones, and the new memory."""

    spans: tuple[PhiSpan, ...]
    memory: bytes = field(repr=False)
    revisions: tuple[PhiRevision, ...] = ()


class Redactor(Protocol):
    """
    Text to PHI spans, with the dialogue behind it.

    Raises:
        RedactionError: the text could not be judged; the caller withholds it.
    """

    def find(self, request: PhiRequest) -> PhiResult: ...


# ------------------------------------------------------------------------------------- labels


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequest:
    """A redacted turn with the turns before it, oldest first."""

    role: Role
    text: str = field(repr=False)
    before: tuple[tuple[Role, str], ...] = field(repr=False, default=())
    language: str = "en"


class TurnClassifier(Protocol):
    """Redacted turns to calibrated probabilities."""

    model: ModelRef
    labels: tuple[str, ...]

    def classify(self, batch: Sequence[LabelRequest]) -> list[np.ndarray]:
        """Return one array of shape (labels,) a request; empty where the language is unknown."""
        ...


# --------------------------------------------------------------------------------- scheduling

Stage = Literal["speech", "asr", "phi", "labels"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """One request of one call, as the scheduler sees it.  (call_id, stage, key) names it."""

    call_id: CallId
    stage: Stage
    key: str  #: e.g. channel and start; unique within the call and stage
    length_ms: int  #: of the audio: a batch of like lengths pads least; 0 for text
    request: SpeechRequest | AsrRequest | PhiRequest | LabelRequest = field(repr=False)


Outcome = SpeechResult | AsrResult | PhiResult | np.ndarray | None
"""What came of a piece of work; None: the engine failed for good."""
