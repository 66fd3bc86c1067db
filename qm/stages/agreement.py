"""
Two lists of answers -> how far they agree: percent, Cohen's kappa, intervals; means of points.

Cohen, J. (1960), A coefficient of agreement for nominal scales; its large-sample standard error
after Fleiss, Cohen and Everitt (1969), simple form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

LEAST_PAIRS = 30
"""With fewer answers an agreement says more about chance than about the two who answered."""
LEAST_EVALUATIONS = 5
"""With fewer evaluations an agent has no average."""
Z95 = 1.96
T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""Student's t, 97.5 %, for 1 to 30 degrees of freedom; beyond that the normal value is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two agree on one question."""

    n: int
    same: int
    percent: float | None  #: None where n is too small to show
    low: float | None  #: Wilson interval of the percent, 95 %
    high: float | None
    kappa: float | None  #: None where n is too small, or both gave one and the same answer always
    kappa_low: float | None
    kappa_high: float | None

    @property
    def enough(self) -> bool:
        """Whether there are enough pairs to say anything."""
        return self.n >= LEAST_PAIRS


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean with its 95 % interval (t); nothing but n where there are too few."""

    n: int
    mean: float | None
    low: float | None
    high: float | None


def agreement(pairs: Sequence[tuple[str, str]], least: int = LEAST_PAIRS) -> Agreement:
    """
    Return the agreement of pairs of answers.

    Args:
        pairs: what the one and the other said, in the same order each time.
        least: pairs below which nothing but n is given.

    >>> a = agreement([("yes", "yes")] * 20 + [("no", "no")] * 15 + [("yes", "no")] * 5
    ...               + [("no", "yes")] * 10)
    >>> a.percent, round(a.kappa, 2)
    (70.0, 0.4)
    """
    n = len(pairs)
    same = sum(one == other for one, other in pairs)
    if n < max(least, 1):
        return Agreement(
            n=n, same=same, percent=None, low=None, high=None,
            kappa=None, kappa_low=None, kappa_high=None,
        )  # fmt: skip
    low, high = wilson(same, n)
    kappa, error = _kappa(pairs, same)
    return Agreement(
        n=n,
        same=same,
        percent=round(100 * same / n, 1),
        low=low,
        high=high,
        kappa=kappa,
        kappa_low=None if kappa is None else round(max(-1.0, kappa - Z95 * error), 3),
        kappa_high=None if kappa is None else round(min(1.0, kappa + Z95 * error), 3),
    )


def _kappa(pairs: Sequence[tuple[str, str]], same: int) -> tuple[float | None, float]:
    n = len(pairs)
    one, other = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = same / n
    by_chance = sum(one[answer] * other[answer] for answer in one) / n**2
    if by_chance == 1:
        return None, 0.0
    error = sqrt(observed * (1 - observed) / (n * (1 - by_chance) ** 2))
    return round((observed - by_chance) / (1 - by_chance), 3), error


def wilson(hits: int, n: int) -> tuple[float, float]:
    """
    Return the 95 % interval of a share in percent (Wilson, 1927).

    >>> wilson(8, 10)
    (49.0, 94.3)
    """
    p = hits / n
    middle = p + Z95**2 / (2 * n)
    reach = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
    scale = 1 + Z95**2 / n
    return (
        round(100 * max(0.0, (middle - reach) / scale), 1),
        round(100 * min(1.0, (middle + reach) / scale), 1),
    )


def mean(values: Sequence[float], least: int = LEAST_EVALUATIONS) -> Mean:
    """
    Return the mean of values with its interval, kept within 0 and 100; or only n.

    >>> mean([80.0, 90.0, 70.0, 85.0, 75.0])
    Mean(n=5, mean=80.0, low=70.2, high=89.8)
    >>> mean([80.0]).mean is None
    True
    """
    n = len(values)
    if n < max(least, 2):
        return Mean(n=n, mean=None, low=None, high=None)
    middle = sum(values) / n
    deviation = sqrt(sum((value - middle) ** 2 for value in values) / (n - 1))
    reach = (T95[n - 2] if n - 2 < len(T95) else Z95) * deviation / sqrt(n)
    return Mean(
        n=n,
        mean=round(middle, 1),
        low=round(max(0.0, middle - reach), 1),
        high=round(min(100.0, middle + reach), 1),
    )
