"""The measures: their names, what they are made of, and the figure that a tally gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from qm.stages.kpis.interval import mean_interval, wilson

Kind = Literal["share", "mean"]
Unit = Literal["seconds", "share", "per_100", "percent", "of_five"]
Topic = Literal["reach", "time", "outcome", "behaviour"]
Base = Literal["contacts", "legs", "calls", "labelled", "reviewed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """
    One measure of the contracts' table.

    ``base`` says which rows it is counted over: contacts, legs of contacts, calls, contacts with a
    resolution label, or evaluations by people.
    """

    name: str
    kind: Kind
    unit: Unit
    topic: Topic
    base: Base = "contacts"
    scale: float = 1.0  #: of the sum, to the unit: ms to s, a count to a count per 100
    better: Literal["low", "high", ""] = ""
    by_agent: bool = False  #: may be asked for by agent at all
    needs_reached: bool = False  #: over callers who may have reached no team, too

    @property
    def about_people(self) -> bool:
        """Whether pages show it by agent: behaviours, never outcomes or times."""
        return self.topic == "behaviour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a figure is made of; tallies add up, so no mean is ever taken of means."""

    n: int = 0
    total: float = 0.0  #: sum of values in ms, points, ...; of a share the number of hits
    squares: float = 0.0  #: sum of squared values; of no use for a share

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            n=self.n + other.n,
            total=self.total + other.total,
            squares=self.squares + other.squares,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measure's value with what it rests on; None where nothing can be said."""

    value: float | None
    numerator: float
    denominator: int
    n: int
    low: float | None = field(default=None)
    high: float | None = field(default=None)


def figure(measure: Measure, tally: Tally) -> Figure:
    """Return the value and its 95 % interval: Wilson's for a share, Student's for a mean."""
    if measure.kind == "share":
        bounds = wilson(tally.total, tally.n)
    else:
        bounds = mean_interval(tally.total, tally.squares, tally.n)
    low, high = bounds or (None, None)
    scale = measure.scale
    return Figure(
        value=tally.total * scale / tally.n if tally.n else None,
        numerator=tally.total * scale,
        denominator=tally.n,
        n=tally.n,
        low=None if low is None else low * scale,
        high=None if high is None else high * scale,
    )


_S = 1e-3  # a millisecond in seconds

MEASURES: tuple[Measure, ...] = (
    Measure(
        name="average_response_time_s", kind="mean", unit="seconds", topic="reach", scale=_S,
        better="low",
    ),
    Measure(
        name="first_response_time_s", kind="mean", unit="seconds", topic="reach", base="calls",
        scale=_S, better="low",
    ),
    Measure(
        name="service_level", kind="share", unit="share", topic="reach", better="high",
        needs_reached=True,
    ),
    Measure(
        name="dropout_rate", kind="share", unit="share", topic="reach", better="low",
        needs_reached=True,
    ),
    Measure(
        name="average_handle_time_s", kind="mean", unit="seconds", topic="time", scale=_S,
        by_agent=True,
    ),
    Measure(name="talk_s", kind="mean", unit="seconds", topic="time", scale=_S, by_agent=True),
    Measure(
        name="hold_s", kind="mean", unit="seconds", topic="time", scale=_S, better="low",
        by_agent=True,
    ),
    Measure(name="wrapup_s", kind="mean", unit="seconds", topic="time", scale=_S, by_agent=True),
    Measure(name="transfer_rate", kind="share", unit="share", topic="outcome"),
    Measure(name="fcr_repeat", kind="share", unit="share", topic="outcome", better="high"),
    Measure(
        name="fcr_label", kind="share", unit="share", topic="outcome", base="labelled",
        better="high",
    ),
    Measure(
        name="fcr_label_or_follow_up", kind="share", unit="share", topic="outcome",
        base="labelled", better="high",
    ),
    Measure(name="csat", kind="share", unit="share", topic="outcome", better="high"),
    Measure(name="survey_response_rate", kind="share", unit="share", topic="outcome"),
    Measure(
        name="empathy_answered_share", kind="share", unit="share", topic="behaviour",
        base="calls", better="high", by_agent=True,
    ),
    Measure(
        name="empathy_formula_share", kind="share", unit="share", topic="behaviour", base="calls",
        better="low", by_agent=True,
    ),
    Measure(
        name="negative_language_per_100", kind="share", unit="per_100", topic="behaviour",
        base="calls", scale=100, better="low", by_agent=True,
    ),
    Measure(
        name="specific_instructions_share", kind="share", unit="share", topic="behaviour",
        base="calls", better="high", by_agent=True,
    ),
    Measure(
        name="effort", kind="mean", unit="of_five", topic="outcome", base="calls", better="low"
    ),
    Measure(
        name="quality_score", kind="mean", unit="percent", topic="behaviour", base="calls",
        by_agent=True,
    ),
    Measure(
        name="quality_score_people", kind="mean", unit="percent", topic="behaviour",
        base="reviewed", better="high", by_agent=True,
    ),
)  # fmt: skip
"""
In the order of the pages.  ``quality_score`` is the machine's check, ``quality_score_people`` what
people gave to calls of the blind sample; the two are never mixed.
"""

BY_NAME = {measure.name: measure for measure in MEASURES}
