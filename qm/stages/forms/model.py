"""What a form is: sections, questions, options, bands, and for which calls it is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from qm.types import Direction, Medium

QuestionKind = Literal["single", "multi", "numeric", "text", "date"]
Who = Literal["M", "S", "P"]
FailPolicy = Literal["flag_only", "zero_form", "zero_section"]

FULL = 100.0
"""What the weights of a form sum to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer that can be chosen."""

    option: str  #: id
    text: str
    points: float = 0.0
    fails: Literal["", "default"] | FailPolicy = (
        ""  #: choosing it is a finding; "default": the form's
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """Points for a number from ``low`` to ``high``, both included."""

    low: float
    high: float
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedIf:
    """The question is asked only where another was answered so, or the metadata is so."""

    question: str = ""
    meta: str = ""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What answers a question by itself: the name of a source, and what it needs to know."""

    name: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, as printed and as scored."""

    question: str  #: id, the same in every version of the form
    number: int
    section: str
    text: str
    kind: QuestionKind
    weight: float  #: most points; 0: not scored
    who: Who  #: machine answers, machine suggests, person only
    guidance: str
    options: tuple[Option, ...] = ()
    ranges: tuple[NumberRange, ...] = ()
    not_applicable: tuple[str, ...] = ()  #: when it does not apply, as printed
    cannot_tell: tuple[str, ...] = ()  #: when the machine says so, as printed
    critical: bool = False  #: a finding, without points; never made by the machine
    bonus: bool = False  #: its points come on top of the hundred
    required: bool = True
    asked_if: AskedIf | None = None
    source: Source | None = None

    def points(self, option: str) -> float:
        """
        Return the points of an option.

        Raises:
            KeyError: no such option.
        """
        for candidate in self.options:
            if candidate.option == option:
                return candidate.points
        raise KeyError(option)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Questions under one heading."""

    section: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A name for percents from ``least`` up."""

    band: str
    title: str
    least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The calls that a form is for.  A queue ``x*`` begins with x; ``*`` is any."""

    queues: tuple[str, ...] = ("*",)
    except_queues: tuple[str, ...] = ()
    directions: tuple[Direction, ...] = ("inbound", "outbound")
    media: tuple[Medium, ...] = ("voice",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a call cannot be scored, or too little of it."""

    least_points: float = 50.0  #: of a hundred, left after N/A
    least_talk_ms: int = 30_000  #: between the two
    most_lost_share: float = 0.2  #: of the audio
    dispositions: tuple[str, ...] = ()  #: wrap-up codes of calls that are none: wrong number, test


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One version of a form; a version never changes."""

    name: str
    version: int
    title: str
    language: str
    head: tuple[str, ...]  #: the rules printed at its head
    meant: Meant
    limits: Limits
    fail_policy: FailPolicy
    points: float  #: what the weights sum to; under 100, what is missing is spread over the others
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    bands: tuple[Band, ...]  #: best first
    not_met: str  #: title of the band of a form with a confirmed finding

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"

    def question(self, name: str) -> Question:
        """
        Return a question by its id.

        Raises:
            KeyError: no such question.
        """
        for question in self.questions:
            if question.question == name:
                return question
        raise KeyError(name)
