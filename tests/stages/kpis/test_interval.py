"""Intervals against SciPy's, and where nothing can be said."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qm.stages.kpis.interval import mean_interval, t_quantile, wilson


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 30, 59, 60, 61, 100, 999, 100_000])
def test_students_quantile_is_scipys(df: int) -> None:
    assert t_quantile(df) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-8)


@given(st.integers(2, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_scipys(counts: tuple[int, int]) -> None:
    hits, n = counts
    known = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((known.low, known.high), abs=1e-12)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=60))
def test_a_means_interval_is_scipys(values: list[float]) -> None:
    mean, error = statistics.fmean(values), statistics.stdev(values) / math.sqrt(len(values))
    reach = stats.t.ppf(0.975, len(values) - 1) * error
    found = mean_interval(math.fsum(values), math.fsum(v * v for v in values), len(values))
    assert found == pytest.approx((mean - reach, mean + reach), rel=1e-6, abs=1e-2)


@pytest.mark.parametrize("n", [0, 1])
def test_of_fewer_than_two_nothing_is_said(n: int) -> None:
    assert wilson(n, n) is None and mean_interval(5.0 * n, 25.0 * n, n) is None
