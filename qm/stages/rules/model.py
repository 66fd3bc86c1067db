"""
What a rule is: conditions, cases and the rule around them, as read from TOML.

A **condition** finds moments of a call.  Leaves look at turns, marks, silence, language, metadata,
facts or the outcome; the others combine moments: ``All``, ``AnyOf``, ``Not``, and in time ``Then``,
``Without``, ``NoneBefore``, ``Times``.  Times are ms of call time; ``None`` means "no limit".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qm.stages.rules.phrases import Phrases
from qm.types import MarkKind, Role, Severity

DAY_MS = 86_400_000
"""Longer than any call: a cool-down of a day means once per call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnIs:
    """A turn of whom, with which label or words.  All that is given must hold for one turn."""

    role: Role | None = None
    labels: tuple[str, ...] = ()  #: any of them
    sure: bool = False  #: at the stricter threshold that alerts need
    words: Phrases | None = None
    not_words: Phrases | None = None
    switched: bool = False  #: not in the language of the role's first turn
    least_words: int = 0
    first_ms: int | None = None  #: begins within so long of the start of the call
    last_ms: int | None = None  #: ends within so long of its end; judged when the call has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkIs:
    """A mark begins, or lasts longer than ``over_ms``, or all of its kind exceed ``total_ms``."""

    kind: MarkKind
    target: str = ""
    over_ms: int | None = None
    total_ms: int | None = None
    ends: bool = False  #: the moment is the end of the mark


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceIs:
    """Nobody speaks for more than ``over_ms``, not on hold, after a turn of ``after``."""

    over_ms: int
    after: Role | None = None
    unless_labels: tuple[str, ...] = ()  #: of the turn before
    unless_question: bool = False  #: the turn before ends in a question: the other one is looking


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignIs:
    """The customer speaks a language that the agent does not, for long enough to be sure."""

    turns: int
    speech_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaIs:
    """A field of the call's metadata has one of these values, or none (``x*`` begins with x)."""

    name: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactIs:
    """A fact is over or under a number; known after the call."""

    name: str
    role: str = ""
    over: float | None = None
    under: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeIs:
    """A verdict on the whole call has one of these values; known after the call."""

    name: str
    values: tuple[str | bool | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndIs:
    """The call has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """
    Every part holds by the same moment.

    The first part that is not a ``Not`` is the trigger: the alert rests on its moments.
    """

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """One part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold up to the moment asked about.  Stands only inside ``All``."""

    part: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """``first`` and afterwards ``then``, with nothing of ``unless`` between them."""

    first: Condition
    then: Condition
    least_ms: int = 0
    within_ms: int | None = None
    unless: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """
    ``first`` and no ``step`` within the window after it.

    The clock starts at the end of ``first``, stands still while nobody can be heard (hold, capture
    off, lost audio), and stops for good at a transfer.  The end of the call ends the window.
    """

    first: Condition
    step: Condition
    within_ms: int | None = None  #: None: to the end of the call
    within_turns: int | None = None  #: the next n turns of the agent instead of a time
    before_ms: int = 0  #: a step so shortly before ``first`` counts too
    floor_ms: int = 0  #: the window stays open until the customer has been silent so long
    cut_by: Condition | None = None  #: ends the window early: the agent says good-bye
    judge_at_end: bool = True  #: False: a window that the end of the call cuts is dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneBefore:
    """``first`` and no ``step`` in the time before it."""

    first: Condition
    step: Condition
    back_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """``count`` moments of ``of`` within a window."""

    count: int
    of: Condition
    within_ms: int | None = None


Condition = (
    TurnIs | MarkIs | SilenceIs | ForeignIs | MetaIs | FactIs | OutcomeIs | EndIs
    | All | AnyOf | Not | Then | Without | NoneBefore | Times
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way in which a rule matches."""

    condition: Condition
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A request for one act within minutes (``live``), or a flag for after the call."""

    name: str
    version: int
    title: str
    when: Literal["live", "after"]
    act: str  #: what the supervisor is asked to do; never empty for a live rule
    to: tuple[str, ...]  #: recipients, in order
    cases: tuple[Case, ...]
    scope: Condition | None = None  #: the rule is for calls in which this holds
    closes: Condition | None = None  #: after an alert, this closes it
    starts: Literal["silent", "on"] = "silent"
    cooldown_ms: int = DAY_MS  #: no second alert as severe or less so soon after one
    doubt: Literal["hold", "raise"] = "hold"  #: where the awaited step may have gone unheard
    budget: float | None = None  #: bearable false alerts per 100 calls
    demotes: bool = True  #: over budget, the rule becomes a flag by itself
    unclaimed_s: tuple[int, ...] = ()  #: seconds after which the next recipients are asked
    on_record: bool = True  #: False: never stored with the agent
    needs_evidence: bool = True  #: an alert without a turn to point to is not raised
