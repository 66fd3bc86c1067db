"""Scores of one person's practice calls, and the range of a team to hold them against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEAST = 10
"""Calls from which a tenth can be told: of fewer the range would be their extremes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRange:
    """Where eight of ten of a team's calls lie."""

    low: float  #: one in ten is below
    middle: float
    high: float  #: one in ten is above
    n: int


def team_range(percents: Sequence[float]) -> TeamRange | None:
    """
    Return the range of a team's scores; None of fewer than ten.

    >>> team_range([float(x) for x in range(0, 101, 10)])
    TeamRange(low=10.0, middle=50.0, high=90.0, n=11)
    """
    if len(percents) < LEAST:
        return None
    low, middle, high = np.quantile(percents, (0.1, 0.5, 0.9))
    return TeamRange(low=float(low), middle=float(middle), high=float(high), n=len(percents))


def ramp(percents: Sequence[float | None], over: int = 3) -> tuple[float | None, ...]:
    """
    Return the curve: at each call the mean of it and the last ones, calls without score left out.

    >>> ramp([40.0, None, 60.0, 80.0, 100.0])
    (40.0, 40.0, 50.0, 60.0, 80.0)
    """
    found: list[float | None] = []
    scored: list[float] = []
    for percent in percents:
        scored += [] if percent is None else [percent]
        last = scored[-over:]
        found.append(sum(last) / len(last) if last else None)
    return tuple(found)
