"""How long after the sound its words, and its alerts, are there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Percentiles in ms of ``n`` measurements; None where there are none or they never ended."""

    n: int
    missing: int  #: never finalised: counted as infinite
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    max_ms: int | None


def latency(measured_ms: Iterable[float]) -> Latency:
    """
    Summarise measurements; ``inf`` stands for something that was never finalised.

    Percentiles are the smallest measurement that at least so many per cent do not exceed: with few
    measurements the high ones are the maximum, not an interpolation below it.

    >>> latency([100, 200, 300, math.inf])
    Latency(n=4, missing=1, p50_ms=200, p95_ms=None, p99_ms=None, max_ms=None)
    """
    values = sorted(measured_ms)
    return Latency(
        n=len(values),
        missing=sum(math.isinf(v) for v in values),
        p50_ms=_percentile(values, 50),
        p95_ms=_percentile(values, 95),
        p99_ms=_percentile(values, 99),
        max_ms=_percentile(values, 100),
    )


def _percentile(values: Sequence[float], percent: int) -> int | None:
    if not values:
        return None
    value = float(np.percentile(np.array(values), percent, method="inverted_cdf"))
    return None if math.isinf(value) else round(value)
