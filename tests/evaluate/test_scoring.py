"""How labels and outcomes are counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.evaluate.scoring import (
    Counts,
    LabelledSpan,
    accuracy,
    alarms_per_100,
    bootstrap_f1,
    count,
    count_by_overlap,
    macro_f1,
    score_label,
    share,
)

bools = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def span(role, start_ms, end_ms, *labels):
    return LabelledSpan(role=role, start_ms=start_ms, end_ms=end_ms, labels=frozenset(labels))


@pytest.mark.parametrize(
    ("told", "truth", "found", "counts"),
    [
        ("found", [span("agent", 0, 1000, "a")], [span("agent", 500, 2000, "a")], (1, 0, 0)),
        ("151 ms in common are enough", [span("agent", 0, 1000, "a")],
         [span("agent", 849, 2000, "a")], (1, 0, 0)),
        ("150 ms are not", [span("agent", 0, 1000, "a")], [span("agent", 850, 2000, "a")],
         (0, 1, 1)),
        ("the other side's turn does not count", [span("agent", 0, 1000, "a")],
         [span("customer", 0, 1000, "a")], (0, 1, 1)),
        ("missed", [span("agent", 0, 1000, "a")], [span("agent", 0, 1000)], (0, 1, 0)),
        ("false", [span("agent", 0, 1000)], [span("agent", 0, 1000, "a")], (0, 0, 1)),
        ("one turn over two of the truth finds both",
         [span("agent", 0, 1000, "a"), span("agent", 1000, 2000, "a")],
         [span("agent", 0, 2000, "a")], (2, 0, 0)),
        ("a truth turn cut in two is found once, and never false",
         [span("agent", 0, 2000, "a")],
         [span("agent", 0, 1000, "a"), span("agent", 1000, 2000, "a")], (1, 0, 0)),
        ("nothing", [], [], (0, 0, 0)),
    ],
)  # fmt: skip
def test_recognised_turns_count_by_overlap(told, truth, found, counts):
    made = count_by_overlap(truth, found).get("a", Counts())
    assert (made.found, made.missed, made.false) == counts, told


@given(bools)
def test_precision_recall_and_f1_are_the_usual_ones(pairs):
    truth, decided = (np.array(x) for x in zip(*pairs, strict=True))
    made = count(truth, decided)
    assert made.found + made.missed == truth.sum()
    assert made.found + made.false == decided.sum()
    assert 0 <= made.f1 <= 1
    if made.found:
        harmonic = 2 / (1 / made.precision + 1 / made.recall)
        assert made.f1 == pytest.approx(harmonic)


@given(bools)
def test_swapping_truth_and_result_leaves_f1_alone(pairs):
    truth, decided = (np.array(x) for x in zip(*pairs, strict=True))
    assert count(truth, decided).f1 == pytest.approx(count(decided, truth).f1)


def test_a_label_is_scored_with_its_interval():
    truth = np.array([True, True, False, False] * 10)
    decided = np.array([True, False, False, False] * 10)
    probs = np.where(truth, 0.8, 0.1)
    calls = [f"call-{i // 4}" for i in range(40)]
    made = score_label("a", truth, decided, probs, calls)
    assert (made.positives, made.turns) == (20, 40)
    assert made.counts.f1 == pytest.approx(2 / 3)
    assert made.f1_low == made.f1_high == pytest.approx(2 / 3)  # every call is alike
    assert made.average_precision == 1.0


def test_the_interval_widens_where_calls_differ():
    low, high = bootstrap_f1([Counts(found=4), Counts(missed=4), Counts(found=2, false=2)])
    assert low < 0.5 < high


def test_the_interval_is_the_same_each_time():
    some = [Counts(found=4), Counts(missed=4)]
    assert bootstrap_f1(some) == bootstrap_f1(some)
    assert bootstrap_f1([]) == (0.0, 0.0)


def test_macro_f1_leaves_out_labels_that_never_occur():
    assert macro_f1([Counts(found=1), Counts(found=1, missed=1, false=1), Counts(false=3)]) == 0.75
    assert macro_f1([]) == 0.0


def test_cannot_tell_is_a_miss():
    made = accuracy({"a": "resolved", "b": "partly", "c": "partly"}, {"a": "resolved", "b": None})
    assert (made.hits, made.n) == (1, 3)


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_share_lies_in_its_interval(hits, n):
    hits = min(hits, n)
    made = share(hits, n)
    assert 0 <= made.low <= made.value + 1e-12
    assert made.value - 1e-12 <= made.high <= 1


def test_a_share_of_nothing_says_nothing():
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("alarms", "calls", "rate", "bound"),
    [(0, 300, 0.0, 0.99), (0, 1500, 0.0, 0.2), (3, 3, 100.0, 100.0), (0, 0, 0.0, 100.0)],
)
def test_the_bound_on_false_alarms_is_what_so_few_calls_allow(alarms, calls, rate, bound):
    made = alarms_per_100(alarms, calls)
    assert made[0] == rate
    assert made[1] == pytest.approx(bound, abs=0.01)
