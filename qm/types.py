r"""
Every datum that flows through the service, in the order it flows.

    CallStart, AudioRecord, CallEnd, ContactEvent
        -> AudioChunk -> SpeechSpan -> Utterance(words) + SpeakerSpan -> Turn
        ----------------------------------------------------------------- redaction
        -> RedactedTurn -> TurnLabels, CallFacts, CallOutcome -> Alert, Scorecard

Conventions, which hold in the whole package:

* Times are integer milliseconds from the first sample of the call and end in ``_ms``;
  intervals are half-open, ``[start_ms, end_ms)``.  Wall-clock times are aware UTC datetimes and
  end in ``_at``.
* Samples for models are float32 in [-1, 1], mono, 16 000 Hz, shape ``(n,)`` (``Samples``); samples
  at rest are int16 (``Pcm``), so that a state saved and read again is bit for bit the same.
* Probabilities are floats in [0, 1] and end in ``_prob``.
* Text offsets are Unicode code points of the text they refer to, half-open.
* Values are frozen.  A stage never changes what it was given.
* Types above the dashed line carry PHI and never leave the worker.  Redaction misses some, so text
  below the line is confidential too.  No text or audio is in any ``repr``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Pcm = npt.NDArray[np.int16]
CallId = NewType("CallId", str)  #: opaque; letters, digits, ``-`` and ``_``; at most 64
Channel = Literal["agent", "customer", "mixed"]
Codec = Literal["mulaw", "alaw", "pcm_s16le", "opus"]
Direction = Literal["inbound", "outbound"]
Medium = Literal["voice", "chat", "email", "sms", "social"]

MODEL_RATE_HZ = 16_000  #: what every model of the hearing path is trained on
MAX_CALL_ID = 64


class Role(StrEnum):
    """Who a speaker is."""

    AGENT = "agent"
    CUSTOMER = "customer"
    INTERPRETER = "interpreter"
    IVR = "ivr"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How soon somebody must look."""

    INFO = "info"
    WARN = "warn"
    URGENT = "urgent"


# ------------------------------------------------------------------------ what comes in (PHI)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMeta:
    """What the telephony side says of a call.  Holds no name and no number of the caller."""

    call_id: CallId
    started_at: datetime  #: wall clock of the first sample
    contact_id: str
    channels: tuple[Channel, ...]  #: ("agent", "customer") or ("mixed",)
    agent_id: str = ""  #: of the roster; "" where unknown
    queue: str = ""
    direction: Direction = "inbound"
    language: str | None = None  #: ISO 639-1; None: to be found
    practice: bool = False  #: a candidate's or trainee's call: out of the measures
    customer_ref: str = ""  #: opaque, HMACed at ingest; "" where unknown
    authenticated: Literal["", "ivr", "portal", "earlier_leg"] = ""
    disposition: str = ""
    medium: Medium = "voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStart:
    """First record of a call."""

    meta: CallMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRecord:
    """One packet (200 ms) of encoded telephone audio of one channel.  PHI."""

    call_id: CallId
    channel: Channel
    seq: int  #: 0, 1, 2, ... within (call_id, channel); a hole is lost audio
    offset_ms: int  #: call time of the first sample
    sent_at: datetime
    codec: Codec
    rate_hz: int
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """Last record of a call."""

    call_id: CallId
    duration_ms: int
    sent_at: datetime


CallRecord = CallStart | AudioRecord | CallEnd

EventKind = Literal[
    "offered", "queued", "answered", "hold", "resume", "transferred", "callback", "abandoned",
    "capture_off", "capture_on", "ended", "wrapup_done", "survey",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvent:
    """One step in the life of a contact (contracts: ``qm events import``).  No names."""

    event_id: str
    contact_id: str
    at: datetime
    kind: EventKind
    queue: str = ""
    agent: str = ""
    channel: str = ""
    direction: Direction = "inbound"
    language: str = ""
    customer_ref: str = ""
    authenticated: str = ""
    disposition: str = ""
    target: str = ""  #: on transferred: clinical, supervisor, language, other
    reason: str = ""
    score: int | None = None  #: on survey, 1-5
    call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """One message of a chat, an e-mail, SMS or social conversation.  PHI."""

    message_id: str
    conversation_id: str
    at: datetime
    channel: Literal["chat", "email", "sms", "social"]
    direction: Literal["in", "out"]
    role: Literal["customer", "agent"]
    queue: str
    author: str = field(repr=False, default="")  #: opaque, HMACed at ingest
    text: str | None = field(repr=False, default=None)  #: this or ``html``
    html: str | None = field(repr=False, default=None)
    subject: str = field(repr=False, default="")
    attachments: tuple[str, ...] = field(repr=False, default=())  #: their names; never the files
    agent: str = ""
    language: str = ""
    customer_ref: str = ""
    final: bool = False  #: closes the conversation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AudioChunk:
    """Decoded audio of one channel at the rate it came in.  PHI."""

    call_id: CallId
    channel: Channel
    start_ms: int
    rate_hz: int
    samples: Pcm = field(repr=False)  #: shape (n,), int16


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSpan:
    """Somebody speaks.  Holds no content, so it is not PHI."""

    start_ms: int
    end_ms: int
    speech_prob: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A recognised word.  PHI."""

    start_ms: int
    end_ms: int
    text: str = field(repr=False)  #: no white space inside or around
    word_prob: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerSpan:
    """One voice speaks.  ``speaker`` counts voices from 0 within the call."""

    start_ms: int
    end_ms: int
    speaker: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Utterance:
    """Speech of one channel between two pauses, not yet recognised.  PHI."""

    channel: Channel
    index: int  #: 0, 1, 2, ... within the call, in the order in which the ends were decided
    start_ms: int
    end_ms: int
    decided_ms: int  #: call time at which the end was known (end_ms + the pause waited for)
    samples: Pcm = field(repr=False)  #: shape (n,), int16, 16 kHz; begins at ``start_ms``


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One speaker's recognised utterance, before redaction.  PHI."""

    call_id: CallId
    utterance: int
    role: Role
    speaker: int
    language: str
    words: tuple[Word, ...] = field(repr=False)

    @property
    def start_ms(self) -> int:
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.words[-1].end_ms

    @property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhiSpan:
    """Where a text names something that must not leave.  Character offsets, half-open."""

    start: int
    end: int
    entity: str  #: a label of labels.md: NAME, DATE, PHONE, ...
    placeholder: str = ""  #: what stands in its place, e.g. "[NAME_1]"; "" means "[ENTITY]"
    phi_prob: float = 1.0


# ------------------------------------------------------------------------------- redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedWord:
    """A word that may be shown, or a placeholder (which is one word)."""

    start_ms: int
    end_ms: int
    text: str = field(repr=False)
    word_prob: float = 1.0
    entity: str = ""  #: of a placeholder; "" for a spoken word


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedUtterance:
    """One utterance after redaction: what turns are made of."""

    utterance: int
    role: Role
    speaker: int
    language: str
    words: tuple[RedactedWord, ...] = field(repr=False)  #: one "[withheld]" word where withheld
    withheld: bool = False
    on_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """One replaced stretch: where its placeholder stands in the text, and what audio to mute."""

    entity: str
    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedTurn:
    """
    All speech of one person until the other takes the floor; may be stored, shown and scored.

    (call_id, pass_, index) is its key.  It grows while the person speaks on: each growth is the
    same key with a higher ``revision``.
    """

    call_id: CallId
    pass_: int  #: 0 live, 1 after the call
    index: int  #: 0, 1, 2, ... within (call_id, pass_), by start of the first word
    role: Role
    speaker: int
    start_ms: int
    end_ms: int
    text: str = field(repr=False)  #: words joined by one space; "[withheld]" where withheld
    words: tuple[RedactedWord, ...] = field(repr=False, default=())
    redactions: tuple[Redaction, ...] = ()
    withheld: bool = False  #: the redactor failed or the language is not validated
    on_hold: bool = False  #: agent speech while the caller was on hold: not labelled or scored
    asr_confidence: float = 1.0  #: mean word probability
    language: str = "en"
    medium: Medium = "voice"
    revision: int = 0
    redaction_version: int = 0  #: how often its redaction was corrected


WITHHELD = "[withheld]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """Which model said so: a folder name in ``models/`` and its version."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label of labels.md with its calibrated probability."""

    label: str
    label_prob: float
    on: bool = False  #: at or above its decision threshold
    unsure: bool = False  #: not on, but too near to the threshold to say no
    alert: bool = False  #: at or above the stricter threshold that alerts need


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLabels:
    """What the classifier says of one turn, at one revision of it."""

    call_id: CallId
    pass_: int
    turn_index: int
    labels: tuple[Label, ...]  #: every label that applies to the turn's role
    model: ModelRef

    def on(self, label: str) -> bool:
        """Return whether ``label`` is decided."""
        return any(x.on for x in self.labels if x.label == label)

    def alerting(self, label: str) -> bool:
        """Return whether ``label`` is sure enough to alert."""
        return any(x.alert for x in self.labels if x.label == label)


MarkKind = Literal["hold", "capture_off", "transferred", "gap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A stretch of the call that is known from events or from lost audio, not from speech."""

    kind: MarkKind
    start_ms: int
    end_ms: int | None = None  #: None while it lasts
    channel: Channel | None = None  #: of a gap
    target: str = ""  #: of a transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What can be counted without a model."""

    call_id: CallId
    duration_ms: int
    talk_ms: Mapping[str, int]  #: by role
    turns: Mapping[str, int]  #: by role
    words: Mapping[str, int]  #: by role
    words_per_minute: Mapping[str, float]  #: by role, over its talk time
    overlap_ms: int
    non_talk_ms: int
    longest_silence_ms: int
    silences: tuple[SpeechSpan, ...]  #: nobody speaks for 3 s or more, capture gaps left out
    interruptions: Mapping[str, int]  #: by the role that cut in; back-channels left out
    hold_ms: int
    holds: int
    lost_ms: int  #: audio that never came
    mean_response_ms: Mapping[str, int]  #: by the role that answers
    redacted_words: int
    withheld_turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A value at call level; None means "can't tell"."""

    value: str | bool | int | None
    verdict_prob: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """What the whole call came to, as far as words show it (contracts: ``call_labels``)."""

    call_id: CallId
    resolution: Verdict
    identity: Verdict
    escalation_requested: Verdict
    red_flag: Verdict
    effort: Verdict
    satisfaction: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A place in the call that an answer or alert rests on.  Quoted by reference, never copied."""

    role: Role
    start_ms: int
    end_ms: int
    turn_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A request for one act within minutes.  ``alert_id`` is a hash of call, rule and cause."""

    alert_id: str
    call_id: CallId
    rule: str
    rule_version: int
    severity: Severity
    at_ms: int  #: end of the window that decided it
    evidence: tuple[Evidence, ...]
    act: str  #: what the supervisor is asked to do; "" for a flag after the call
    when: Literal["live", "after"] = "live"
    silent: bool = False  #: counted, not shown: the rule has not been turned on
    closed_ms: int | None = None  #: the awaited step was heard after all


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """All that rules and forms may look at, up to ``clock_ms`` of call time."""

    meta: CallMeta
    turns: tuple[RedactedTurn, ...]  #: by index
    labels: Mapping[int, TurnLabels]  #: by turn index; a turn without labels is missing
    marks: tuple[Mark, ...] = ()
    clock_ms: int  #: everything that ended before this has been heard
    ended: bool = False
    facts: CallFacts | None = None  #: after the call
    outcome: CallOutcome | None = None  #: after the call
    not_validated: bool = False  #: the call's language has no validated labels
    open_speech_ms: int | None = None  #: start of speech that goes on at clock_ms; None: nobody


AnswerState = Literal["answered", "cannot_tell", "not_applicable", "person_only"]
AnswerSource = Literal["rule", "label", "fact", "none", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question of a scorecard, with what supports it."""

    question: str
    state: AnswerState
    answer: str | None  #: "yes", "part", "no", "all", ...; None unless answered
    points: float | None
    max_points: float
    who: Literal["M", "S", "P"]  #: machine answers, machine suggests, person only
    source: AnswerSource
    evidence: tuple[Evidence, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalFinding:
    """Proposed by the machine, made only by a person."""

    question: str
    state: Literal["proposed", "confirmed", "dismissed"]
    evidence: tuple[Evidence, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A call judged against one version of a form by the machine: a range with its coverage."""

    call_id: CallId
    form: str  #: "name@version"
    answers: tuple[Answer, ...]
    critical: tuple[CriticalFinding, ...]
    percent: float | None  #: of the judged points; None when not scoreable or too little is judged
    percent_low: float | None  #: every can't-tell lost
    percent_high: float | None  #: every can't-tell earned
    coverage: float  #: judged points / points of the machine's applicable questions
    not_scoreable: str = ""  #: the reason, "" when scoreable
    pass_: int = 0


# ------------------------------------------------------------------- what the pipeline gives out


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClosed:
    """The last word on a call."""

    call_id: CallId
    duration_ms: int
    complete: bool  #: an end record came and no audio is missing
    reason: Literal["ended", "inactive", "log_lost"]
    held: bool  #: some text is withheld


Event = RedactedTurn | TurnLabels | Alert | CallFacts | CallOutcome | Scorecard | CallClosed
"""Always safe to store and send on a topic."""
