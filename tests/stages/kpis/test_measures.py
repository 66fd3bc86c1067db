"""Figures keep their numerator and denominator; nothing is said of nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest

from qm.stages.kpis import BY_NAME, MEASURES, Figure, Tally, figure


def test_a_share() -> None:
    found = figure(BY_NAME["dropout_rate"], Tally(n=10, total=8))
    assert (found.value, found.numerator, found.denominator, found.n) == (0.8, 8, 10, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_a_mean_of_times_is_in_seconds() -> None:
    waits = (1_000, 2_000, 3_000)
    tally = Tally(n=3, total=sum(waits), squares=sum(w * w for w in waits))
    found = figure(BY_NAME["average_response_time_s"], tally)
    assert (found.value, found.numerator) == (2.0, 6.0)
    assert (found.low, found.high) == pytest.approx((-0.484, 4.484), abs=1e-3)


def test_negative_language_is_per_100_turns() -> None:
    found = figure(BY_NAME["negative_language_per_100"], Tally(n=200, total=3))
    assert (found.value, found.numerator, found.denominator) == (1.5, 300, 200)
    assert found.low == pytest.approx(0.511, abs=1e-3)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_nothing_is_said_of_nothing_and_little_of_one(measure: object) -> None:
    assert isinstance(measure, type(BY_NAME["csat"]))
    assert figure(measure, Tally()) == Figure(value=None, numerator=0, denominator=0, n=0)
    one = figure(measure, Tally(n=1, total=1.0, squares=1.0))
    assert one.value is not None and one.low is None and one.high is None


def test_tallies_add_up() -> None:
    assert Tally(n=1, total=2.0, squares=4.0) + Tally(n=2, total=3.0, squares=5.0) == Tally(
        n=3, total=5.0, squares=9.0
    )


def test_measures_of_one_topic_stand_together_and_none_twice() -> None:
    topics = [measure.topic for measure in MEASURES]
    assert len(BY_NAME) == len(MEASURES)
    assert sum(a != b for a, b in pairwise(topics)) <= 5
