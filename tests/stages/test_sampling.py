"""The plan of review: even, fair, and never crowded out by what is flagged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qm.stages.sampling import (
    Drawable,
    Flagged,
    Month,
    draw,
    due,
    fit_flags,
    room_for_sample,
)

days = st.integers(1, 30)
small = st.integers(0, 40)


@given(st.text("abc123", min_size=1), st.integers(0, 60))
def test_by_the_end_of_a_month_each_agent_has_had_the_plan(agent: str, per_month: int) -> None:
    due_by = [due(agent, per_month, Month(name="2026-11", day=d, days=30)) for d in range(31)]
    assert due_by == sorted(due_by) and due_by[-1] == per_month


def test_a_month_of_calls_gives_each_agent_the_plan_on_days_that_are_spread() -> None:
    drawn: dict[str, list[int]] = {f"a{n}": [] for n in range(20)}
    a_day = []
    for day in range(1, 31):
        calls = [Drawable(call_id=f"c{day}-{a}-{n}", agent_id=a) for a in drawn for n in range(50)]
        month = Month(name="2026-11", day=day, days=30)
        chosen = draw(calls, drawn, 4, month, room=100)
        a_day.append(len(chosen))
        for call in chosen:
            drawn[call.agent_id].append(day)
    assert all(len(on) == 4 == len(set(on)) for on in drawn.values())
    assert max(a_day) <= 8  # 80 calls over 30 days, no rush on any


@given(small, small, small, st.lists(st.integers(1, 90), max_size=60))
def test_flagged_calls_leave_half_of_the_day_to_the_sample(
    capacity: int, sampled: int, taken: int, severities: list[int]
) -> None:
    waiting = [Flagged(call_id=f"c{i}", severity=s, at=i) for i, s in enumerate(severities)]
    chosen = fit_flags(waiting, capacity, sampled, taken)
    assert not chosen or 2 * (len(chosen) + taken) <= capacity
    left = [one.severity for one in waiting if one not in chosen]
    assert not chosen or not left or min(c.severity for c in chosen) >= max(left)


@given(small, small, small)
def test_the_day_is_never_overfull(capacity: int, sampled: int, taken: int) -> None:
    room = room_for_sample(capacity, sampled, taken)
    assert room == 0 or room + sampled + taken == capacity
