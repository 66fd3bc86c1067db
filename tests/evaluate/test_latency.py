"""Latency: percentiles that do not flatter."""

import math

from hypothesis import given
from hypothesis import strategies as st

from qm.evaluate.latency import latency


def test_nothing_measured_is_nothing_said():
    assert latency([]).p95_ms is None


def test_few_measurements_give_their_maximum_for_the_high_percentiles():
    assert (latency([10, 20, 30]).p95_ms, latency([10, 20, 30]).p99_ms) == (30, 30)


def test_what_never_came_makes_the_high_percentiles_unknown():
    result = latency([100.0] * 90 + [math.inf] * 10)

    assert (result.p50_ms, result.p95_ms, result.missing) == (100, None, 10)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_at_least_so_many_do_not_exceed_the_percentile(values):
    result = latency(values)

    assert sum(v <= result.p95_ms + 0.5 for v in values) >= 0.95 * len(values)
    assert result.p50_ms <= result.p95_ms <= result.p99_ms <= result.max_ms
