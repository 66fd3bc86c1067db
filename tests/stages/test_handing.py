"""Who is asked after how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.handing import EVERYBODY, recipients, step_at

WAITS = st.lists(st.integers(1, 600), max_size=4).map(sorted)


@pytest.mark.parametrize(
    ("to", "waits", "asked"),
    [(["lead", "supervisor", "nurse"], [30, 90], ("lead", "supervisor", "nurse")),
     (["lead"], [30, 90], ("lead", EVERYBODY, EVERYBODY)), ([], [], (EVERYBODY,))],
)  # fmt: skip
def test_recipients_come_in_order_and_then_everybody(
    to: list[str], waits: list[int], asked: tuple[str, ...]
) -> None:
    assert recipients(to, waits) == asked


@given(WAITS, st.integers(0, 700_000), st.integers(0, 700_000))
def test_nobody_is_asked_earlier_for_having_waited_longer(
    waits: list[int], one: int, other: int
) -> None:
    assert step_at(min(one, other), waits) <= step_at(max(one, other), waits) <= len(waits)


@given(WAITS, st.lists(st.sampled_from("abc"), max_size=4))
def test_every_step_has_somebody_to_ask(waits: list[int], to: list[str]) -> None:
    assert len(recipients(to, waits)) == len(waits) + 1
