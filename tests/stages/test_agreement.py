"""Agreement and means, with too few said to be too few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.agreement import agreement, mean

answers = st.sampled_from(["yes", "part", "no"])


def test_cohens_own_arithmetic() -> None:
    pairs = ([("yes", "yes")] * 20 + [("no", "no")] * 15 + [("yes", "no")] * 5
             + [("no", "yes")] * 10)  # fmt: skip
    found = agreement(pairs)
    assert (found.n, found.percent) == (50, 70.0)
    assert found.kappa == pytest.approx(0.4)


def test_below_thirty_pairs_there_is_only_n() -> None:
    found = agreement([("yes", "yes")] * 29)
    assert (found.n, found.percent, found.kappa, found.enough) == (29, None, None, False)


def test_one_and_the_same_answer_throughout_has_no_kappa() -> None:
    found = agreement([("yes", "yes")] * 30)
    assert (found.percent, found.kappa) == (100.0, None)


@given(st.lists(st.tuples(answers, answers), min_size=30, max_size=80))
def test_intervals_hold_what_they_are_about(pairs: list[tuple[str, str]]) -> None:
    found = agreement(pairs)
    assert found.percent is not None and found.low is not None and found.high is not None
    assert found.low - 0.06 <= found.percent <= found.high + 0.06
    if found.kappa is not None and found.kappa_low is not None and found.kappa_high is not None:
        assert -1 <= found.kappa_low <= found.kappa <= found.kappa_high <= 1


def test_fewer_than_five_evaluations_have_no_average() -> None:
    assert mean([80.0] * 4).mean is None
    assert mean([80.0] * 5).mean == 80.0
