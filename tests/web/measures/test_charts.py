"""Axes are round, hold what they show, and end where values end; lines break where nothing is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.kpis import BY_NAME, Figure, Tally, figure
from qm.web.measures.charts import Scale, dot, line, scale_of, spark

SHARE = (0.0, 1.0)


def share(hits: int, n: int) -> Figure:
    return figure(BY_NAME["csat"], Tally(n=n, total=hits))


FIGURES = st.lists(
    st.integers(1, 500).flatmap(lambda n: st.builds(share, st.integers(0, n), st.just(n))),
    max_size=30,
)


@given(FIGURES)
def test_an_axis_of_shares_holds_every_value_and_stays_between_0_and_1(found: list[Figure]) -> None:
    scale = scale_of(found, SHARE)
    assert scale.low >= 0 and scale.high <= 1 + 1e-9 and scale.step > 0
    assert all(scale.low - 1e-9 <= (f.value or 0) <= scale.high + 1e-9 for f in found)
    assert len(scale.ticks) <= 8


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=30))
def test_an_axis_of_times_begins_at_0_at_the_least(values: list[float]) -> None:
    found = [Figure(value=v, numerator=v, denominator=1, n=1) for v in values]
    scale = scale_of(found, (0.0, float("inf")))
    assert scale.low >= 0
    assert all(scale.low - 1e-6 <= v <= scale.high * (1 + 1e-9) + 1e-6 for v in values)


def test_steps_are_round() -> None:
    scale = scale_of([share(81, 100), share(86, 100)], SHARE)
    assert [round(tick, 2) for tick in scale.ticks] == [0.7, 0.75, 0.8, 0.85, 0.9, 0.95]


def test_a_target_fits_on_the_axis() -> None:
    assert scale_of([share(30, 100)], SHARE, 0.8).high >= 0.8


def test_a_day_without_a_value_breaks_the_line() -> None:
    days = ["d1", "d2", "d3", "d4", "d5"]
    found = [share(1, 4), share(2, 4), None, share(0, 0), share(3, 4)]
    drawn = line(days, found, Scale(low=0, step=0.25), 0.5)
    assert drawn.paths == ("10,75 30,50",)
    assert [one.key for one in drawn.dots] == ["d1", "d2", "d5"]
    assert drawn.target == 50 and len(drawn.bands) == 1


def test_a_dot_has_its_interval_where_there_is_one() -> None:
    scale = Scale(low=0, step=0.25)
    many, one = dot("a", share(5, 10), scale), dot("b", share(1, 1), scale)
    assert (many.x, many.sure) == (50, True) and many.low < 50 < many.high
    assert (one.x, one.sure, one.low, one.high) == (100, False, 100, 100)


@pytest.mark.parametrize(
    ("found", "stretches"),
    [([], 0), ([share(1, 2)], 0), ([share(1, 2), share(2, 2)], 1),
     ([share(1, 2), share(1, 2), None, share(2, 2), share(1, 2)], 2)],
)  # fmt: skip
def test_a_small_line_needs_two_points(found: list[Figure | None], stretches: int) -> None:
    assert len(spark(found)) == stretches
