"""95 % intervals: Wilson's for shares, Student's t for means."""

from __future__ import annotations

import math
from functools import cache

Z = 1.959963984540054
"""Standard normal quantile at .975."""

P = 0.975
FEW = 60
"""Degrees of freedom up to which t is solved for exactly; beyond, the expansion is within 1e-9."""


def wilson(hits: float, n: int) -> tuple[float, float] | None:
    """
    Return Wilson's score interval of a share; None where n < 2.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    >>> [round(x, 4) for x in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if n < 2:
        return None
    share, z2 = hits / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def mean_interval(total: float, squares: float, n: int) -> tuple[float, float] | None:
    """
    Return Student's interval of a mean; None where n < 2.

    Args:
        total: sum of the values.
        squares: sum of their squares.
        n: how many values.

    >>> [round(x, 3) for x in mean_interval(6.0, 14.0, 3)]
    [-0.484, 4.484]
    """
    if n < 2:
        return None
    mean = total / n
    variance = max(0.0, squares - n * mean * mean) / (n - 1)
    reach = t_quantile(n - 1) * math.sqrt(variance / n)
    return mean - reach, mean + reach


@cache
def t_quantile(df: int) -> float:
    """
    Return the .975 quantile of Student's t.

    Source: Abramowitz and Stegun, 26.7.3, 26.7.4 (finite sums, solved by bisection) and 26.7.5
    (expansion in 1/df).

    >>> round(t_quantile(1), 4), round(t_quantile(10), 4), round(t_quantile(10_000), 4)
    (12.7062, 2.2281, 1.9602)
    """
    if df > FEW:
        return _expanded(df)
    low, high = 0.0, 13.0  # t at one degree of freedom is 12.71
    for _ in range(60):  # halves 13 to less than 1e-16
        middle = (low + high) / 2
        low, high = (middle, high) if _t_cdf(middle, df) < P else (low, middle)
    return (low + high) / 2


def _t_cdf(t: float, df: int) -> float:
    angle = math.atan(t / math.sqrt(df))
    cos2 = math.cos(angle) ** 2
    term, total = 1.0, 0.0
    if df % 2:
        for k in range(1, (df - 1) // 2 + 1):
            total += term
            term *= cos2 * (2 * k) / (2 * k + 1)
        within = 2 / math.pi * (angle + math.sin(angle) * math.cos(angle) * total)
    else:
        for k in range(1, df // 2 + 1):
            total += term
            term *= cos2 * (2 * k - 1) / (2 * k)
        within = math.sin(angle) * total
    return 0.5 + within / 2


def _expanded(df: int) -> float:
    x = Z
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + math.fsum(term / float(df) ** (i + 1) for i, term in enumerate(terms))
