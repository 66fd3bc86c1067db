"""Charts: numbers become places in the picture, and what is not known stays a gap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qm.io.store.agent_page import MachineCheck
from qm.io.store.evaluations import CountedScore
from qm.stages.agreement import Mean
from qm.web.coach.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Window, bars, trend

NOTHING = Mean(n=3, mean=None, low=None, high=None)


def score(at: int, percent: float) -> CountedScore:
    return CountedScore(
        evaluation_id="e", call_id="c", agent_id="a", team="", queue="", language="", medium="",
        disposition="", started_at=at, form="f@1", percent=percent, findings=0,
    )  # fmt: skip


def window(at: int, mean: Mean) -> Window:
    return Window(at=at, label="1 Nov", mean=mean)


def test_a_mean_that_is_not_known_leaves_a_gap() -> None:
    known = Mean(n=9, mean=80.0, low=75.0, high=85.0)
    chart = trend([window(100, NOTHING), window(200, known)], [score(150, 90.0)], since=100)
    assert chart.line == f"{WIDTH - RIGHT:g},{chart.means[0].y:g}"
    assert len(chart.means) == 1 and len(chart.dots) == 1
    assert trend([window(100, NOTHING)], [], since=0).band == ""


def test_the_picture_begins_at_40_unless_somebody_was_below() -> None:
    high = trend([window(100, NOTHING)], [score(50, 60.0)], since=0)
    low = trend([window(100, NOTHING)], [score(50, 12.0)], since=0)
    assert high.y_ticks[0].label == "40" and low.y_ticks[0].label == "0"
    assert high.y_ticks[-1].place == TOP and high.y_ticks[0].place == HEIGHT - BOTTOM


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 100)), max_size=30),
    st.lists(st.floats(0, 100), min_size=1, max_size=6),
)
def test_nothing_is_drawn_outside_the_picture(
    scores: list[tuple[int, float]], means: list[float]
) -> None:
    windows = [
        window((i + 1) * 1_000, Mean(n=9, mean=m, low=max(0.0, m - 9), high=min(100.0, m + 9)))
        for i, m in enumerate(means)
    ]
    chart = trend(windows, [score(at, percent) for at, percent in scores], since=0)
    for dot in (*chart.dots, *chart.means):
        assert LEFT <= dot.x <= WIDTH - RIGHT and TOP <= dot.y <= HEIGHT - BOTTOM
    assert len(chart.band.split()) == 2 * len(means)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=120))
def test_each_machine_check_is_one_line_that_can_be_seen(ranges: list[tuple[float, float]]) -> None:
    checks = [
        MachineCheck(call_id=f"c{i:03}", started_at=i, queue="", low=min(r), high=max(r),
                     coverage=1.0)
        for i, r in enumerate(ranges)
    ]  # fmt: skip
    drawn = bars(checks[::-1])
    assert [bar.check for bar in drawn] == checks
    assert all(0 < bar.x < WIDTH and bar.bottom - bar.top >= 1.4 for bar in drawn)
