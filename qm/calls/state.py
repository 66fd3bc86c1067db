"""What is known of one call while it is live.  PHI: it leaves the worker only sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from qm.stages.forms import Form
from qm.stages.rules import Rule
from qm.stages.speech import EndpointParams, EndpointState
from qm.stages.turns import Draft, build
from qm.types import (
    Alert,
    AudioChunk,
    CallMeta,
    CallOutcome,
    CallView,
    Channel,
    Codec,
    Event,
    Label,
    Mark,
    ModelRef,
    Pcm,
    RedactedTurn,
    RedactedWord,
    Role,
    Turn,
    TurnLabels,
    Utterance,
    Word,
)

SAMPLES_PER_MS = 16
"""At the models' 16 kHz."""

LAG_MS = 3_000
"""A channel this far behind the other is taken for silent: one dead leg must not stop the call.
Longer than any jitter of a gateway that sends 200 ms records of both channels in turn."""

PHI_LANGUAGES = frozenset({"en", "es"})
"""Languages whose redaction is validated; text in any other is withheld."""

LABEL_LANGUAGES = frozenset({"en"})
"""Languages whose labels are validated; a call in any other is not scored, and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParams:
    """How calls are heard and judged; the same for every call of a worker."""

    decode: Callable[[Codec, int, bytes, bytes], Pcm]  #: codec, rate, payload, the one before
    label: Callable[[Role, np.ndarray], tuple[Label, ...]]  #: probabilities -> decided labels
    judge: Callable[[CallView], CallOutcome]  #: the whole call -> its outcome
    labels_model: ModelRef
    backchannel: Callable[[Sequence[RedactedWord]], bool]
    endpoint: EndpointParams = field(default_factory=EndpointParams)
    rules: tuple[Rule, ...] = ()
    rules_on: frozenset[str] = frozenset()
    forms: tuple[Form, ...] = ()
    hotwords: Mapping[str, str] = field(default_factory=dict)  #: by queue
    reread: Callable[[bytes], bytes] = lambda _: b""  #: memory of a redactor -> to read once more
    context_turns: int = 4  #: what the classifier sees of the turns before


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelState:
    """One channel: what has been received, judged for speech, and is still needed."""

    channel: Channel
    last_seq: int = -1
    heard_ms: int = 0  #: audio (or silence in its place) is there up to here
    last_payload: bytes = field(repr=False, default=b"")  #: Opus needs the packets before
    resampler: Pcm = field(repr=False, default_factory=lambda: np.zeros(0, np.int16))
    audio: Pcm = field(repr=False, default_factory=lambda: np.zeros(0, np.int16))  #: 16 kHz
    audio_start: int = 0  #: sample number of audio[0]
    judged: int = 0  #: sample number up to which the detector has answered
    detector: bytes = field(repr=False, default=b"")
    endpoint: EndpointState = field(default_factory=EndpointState)

    @property
    def judged_ms(self) -> int:
        return self.judged // SAMPLES_PER_MS

    @property
    def finished(self) -> bool:
        """Whether all audio there is has been judged."""
        return self.judged >= self.audio_start + len(self.audio)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pending:
    """An utterance on its way to its turn."""

    utterance: Utterance = field(repr=False)
    words: tuple[Word, ...] | None = field(repr=False, default=None)  #: None until recognised
    language: str = ""
    language_prob: float = 0.0
    speaker: int = 0
    role: Role = Role.UNKNOWN
    unheard: bool = False  #: the recogniser failed: withheld, and muted in the audio
    turn_index: int | None = None  #: set once redacted: its labels are due

    @property
    def key(self) -> str:
        return f"{self.utterance.channel}-{self.utterance.start_ms}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CallState:
    """A live call.  ``revision`` of a turn, alert ids and utterance numbers only ever grow."""

    meta: CallMeta
    pass_: int = 0
    channels: tuple[ChannelState, ...] = ()
    queue: tuple[Pending, ...] = field(repr=False, default=())  #: by (decided_ms, channel)
    spoken: tuple[Turn, ...] = field(repr=False, default=())  #: raw: late discoveries need them
    memory: bytes = field(repr=False, default=b"")  #: the redactor's
    language: str | None = None
    drafts: tuple[Draft, ...] = field(repr=False, default=())
    turns: tuple[RedactedTurn, ...] = ()  #: the drafts as they stand, built once a change
    labels: Mapping[int, TurnLabels] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    ruled_ms: int = -1  #: call time at which the rules last looked
    duration_ms: int | None = None  #: set when nothing more comes
    ended_by: Literal["ended", "inactive", "log_lost"] = "ended"
    closed: bool = False

    @property
    def clock_ms(self) -> int:
        """Call time up to which everything that was said has become a turn."""
        judged = min((c.judged_ms for c in self.channels), default=0)
        if drained(self):
            return self.duration_ms or judged
        if not self.queue:
            return judged
        return min(judged, self.queue[0].utterance.decided_ms - 1)

    @property
    def unheard_ms(self) -> int:
        """Audio received and not yet through the models: what back-pressure counts."""
        judged = sum(c.heard_ms - c.judged_ms for c in self.channels)
        waiting = sum(
            p.utterance.end_ms - p.utterance.start_ms for p in self.queue if p.words is None
        )
        return judged + waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of feeding or applying."""

    state: CallState
    events: tuple[Event, ...] = ()
    chunks: tuple[AudioChunk, ...] = ()  #: decoded audio to keep until the call is over
    rejected: str = ""  #: why a record was refused, for the dead letter; "" where it was taken


def with_drafts(state: CallState, drafts: tuple[Draft, ...], index: int) -> CallState:
    """Return the state with these turns, of which only the one at ``index`` is new."""
    turn = build(drafts[index], state.meta.call_id, state.pass_)
    return replace(
        state, drafts=drafts, turns=(*state.turns[:index], turn, *state.turns[index + 1 :])
    )


def view(state: CallState) -> CallView:
    """Return what rules and forms may look at."""
    return CallView(
        meta=state.meta,
        turns=state.turns,
        labels=state.labels,
        marks=state.marks,
        clock_ms=state.clock_ms,
        ended=drained(state),
        open_speech_ms=min(
            (c.endpoint.start_ms for c in state.channels if c.endpoint.start_ms is not None),
            default=None,
        ),
        not_validated=state.language not in LABEL_LANGUAGES,
    )


def drained(state: CallState) -> bool:
    """Return whether nothing more comes and everything has been through the models."""
    return (
        state.duration_ms is not None
        and not state.queue
        and all(c.finished for c in state.channels)
    )


def on_hold(state: CallState, start_ms: int, end_ms: int) -> bool:
    """Return whether the caller was on hold at any time of the stretch."""
    return overlaps(state.marks, "hold", start_ms, end_ms)


def overlaps(marks: Sequence[Mark], kind: str, start_ms: int, end_ms: int) -> bool:
    """Return whether a mark of this kind touches the stretch."""
    return any(
        m.kind == kind and m.start_ms < end_ms and (m.end_ms is None or m.end_ms > start_ms)
        for m in marks
    )


def with_channel(state: CallState, channel: ChannelState) -> CallState:
    """Return the state with this channel in the place of its namesake."""
    return replace(
        state,
        channels=tuple(channel if c.channel == channel.channel else c for c in state.channels),
    )
