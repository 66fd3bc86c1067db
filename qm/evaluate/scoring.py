"""
How good are the labels of turns and the outcomes of calls.

Counting is that of the contracts ("How outside checks count"): by turn where turns are the truth's
own, by overlap in time where they were recognised.  Intervals are 95 %: a bootstrap over calls for
F1, since turns of one call are alike (Efron, 1979), Wilson (1927) for shares of calls, Clopper and
Pearson (1934) for the bound on alarms that hardly ever happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta  # type: ignore[import-untyped]  # scipy ships no stubs
from sklearn.metrics import average_precision_score

#: A recognised turn counts for a truth turn from this much common time on (contracts).
OVERLAP_MS = 150
#: Enough for two digits of a 95 % bound.
RESAMPLES = 1000
_Z95 = 1.959964

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Right, missed and false marks of one label."""

    found: int = 0
    missed: int = 0
    false: int = 0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false) if self.found + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed) if self.found + self.missed else 0.0

    @property
    def f1(self) -> float:
        return f1(self.found, self.missed, self.false)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            found=self.found + other.found,
            missed=self.missed + other.missed,
            false=self.false + other.false,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """One label on turns whose truth is known."""

    label: str
    counts: Counts
    turns: int  #: of the label's role
    f1_low: float
    f1_high: float
    average_precision: float  #: area under precision over recall, no threshold; 0 without positives

    @property
    def positives(self) -> int:
        return self.counts.found + self.counts.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of calls with its interval."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSpan:
    """A turn of either side of the comparison: who, when, and its decided labels."""

    role: str
    start_ms: int
    end_ms: int
    labels: frozenset[str]


def f1(found: float, missed: float, false: float) -> float:
    """
    Return the harmonic mean of precision and recall; 0 where nothing was found.

    >>> f1(3, 1, 1)
    0.75
    """
    return 2 * found / (2 * found + missed + false) if found else 0.0


def count(truth: Bools, decided: Bools) -> Counts:
    """Return the counts of one label over turns, arrays of shape (turns,)."""
    return Counts(
        found=int((truth & decided).sum()),
        missed=int((truth & ~decided).sum()),
        false=int((~truth & decided).sum()),
    )


def score_label(
    label: str, truth: Bools, decided: Bools, probs: Floats, calls: Sequence[str]
) -> LabelScore:
    """
    Score one label on the turns of its role.

    Args:
        label: its name.
        truth: shape (turns,).
        decided: shape (turns,).
        probs: shape (turns,), any score that rises with the belief.
        calls: the call of each turn; whole calls are resampled for the interval.

    Returns:
        Counts, the interval of F1 and the average precision.
    """
    low, high = bootstrap_f1([count(truth[at], decided[at]) for at in _by_call(calls)])
    return LabelScore(
        label=label,
        counts=count(truth, decided),
        turns=len(truth),
        f1_low=low,
        f1_high=high,
        average_precision=float(average_precision_score(truth, probs)) if truth.any() else 0.0,
    )


def _by_call(calls: Sequence[str]) -> list[npt.NDArray[np.intp]]:
    names = np.asarray(calls)
    return [np.flatnonzero(names == name) for name in np.unique(names)]


def bootstrap_f1(by_call: Sequence[Counts], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of F1 when whole calls are drawn with replacement."""
    if not by_call:
        return 0.0, 0.0
    table = np.array([(c.found, c.missed, c.false) for c in by_call], dtype=np.float64)
    draws = np.random.default_rng(seed).multinomial(
        len(table), np.full(len(table), 1 / len(table)), size=RESAMPLES
    )
    values = [f1(*row) for row in draws @ table]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def macro_f1(scores: Iterable[LabelScore | Counts]) -> float:
    """Return the plain mean of F1 over labels; a label without positives is left out."""
    counts = [s.counts if isinstance(s, LabelScore) else s for s in scores]
    values = [c.f1 for c in counts if c.found + c.missed]
    return sum(values) / len(values) if values else 0.0


def count_by_overlap(
    truth: Sequence[LabelledSpan], found: Sequence[LabelledSpan]
) -> dict[str, Counts]:
    """
    Count labels where turns were recognised: the contracts' "Labels, turn level".

    A truth turn's label is found if a turn of the same role that overlaps it by more than 150 ms
    carries it; a label that no overlapping truth turn of the role carries is false, once a turn.
    """
    totals: dict[str, Counts] = {}
    for spans, others, hit, miss in (
        (truth, found, Counts(found=1), Counts(missed=1)),
        (found, truth, Counts(), Counts(false=1)),
    ):
        for span in spans:
            there = {x for other in others if _overlap(span, other) for x in other.labels}
            for label in span.labels:
                totals[label] = totals.get(label, Counts()) + (hit if label in there else miss)
    return totals


def _overlap(a: LabelledSpan, b: LabelledSpan) -> bool:
    common_ms = min(a.end_ms, b.end_ms) - max(a.start_ms, b.start_ms)
    return a.role == b.role and common_ms > OVERLAP_MS


def accuracy(truth: Mapping[str, object], said: Mapping[str, object]) -> Share:
    """Return the share of calls (by id) whose value is the truth's; "can't tell" is a miss."""
    return share(sum(said.get(call) == value for call, value in truth.items()), len(truth))


def share(hits: int, n: int) -> Share:
    """
    Return a share with its Wilson interval.

    >>> s = share(8, 10)
    >>> round(s.low, 2), round(s.high, 2)
    (0.49, 0.94)
    """
    if not n:
        return Share(hits=0, n=0, low=0.0, high=1.0)
    p, z2 = hits / n, _Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = float(max(0.0, centre - half)), float(min(1.0, centre + half))
    return Share(hits=hits, n=n, low=low, high=high)


def alarms_per_100(calls_with_alarm: int, calls: int) -> tuple[float, float]:
    """
    Return false alarms per 100 calls and the one-sided 95 % upper bound on them.

    None in twenty calls still allows fourteen in a hundred:

    >>> rate, bound = alarms_per_100(0, 20)
    >>> rate, round(bound, 1)
    (0.0, 13.9)
    """
    if not calls:
        return 0.0, 100.0
    bound = 1.0
    if calls_with_alarm < calls:
        bound = float(beta.ppf(0.95, calls_with_alarm + 1, calls - calls_with_alarm))
    return 100 * calls_with_alarm / calls, 100 * bound
