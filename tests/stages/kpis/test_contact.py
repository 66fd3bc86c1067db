"""What became of a contact, told by its events in whatever order and however often."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.kpis import Contact, contact_of
from qm.types import ContactEvent
from tests.stages.kpis.told import NINE_MS, PLAIN, QUEUED, TRANSFER, at


def became(*events: ContactEvent) -> Contact:
    found = contact_of(events)
    assert found is not None
    return found


def legs(*events: ContactEvent) -> list[tuple[str, float, float, float]]:
    """Return (agent, talk, hold, wrap-up) of each leg, in seconds."""
    found = became(*events).legs
    return [(x.agent, x.talk_ms / 1e3, x.hold_ms / 1e3, x.wrapup_ms / 1e3) for x in found]


LEGS: dict[str, tuple[tuple[ContactEvent, ...], list[tuple[str, float, float, float]]]] = {
    "an answered call": (PLAIN, [("a1", 120, 0, 30)]),
    "no wrap-up told": (PLAIN[:-1], [("a1", 120, 0, 0)]),
    "a hold": ((*PLAIN, at(50, "hold"), at(70, "resume")), [("a1", 100, 20, 30)]),
    "two holds": (
        (*PLAIN, at(50, "hold"), at(70, "resume"), at(80, "hold"), at(90, "resume")),
        [("a1", 90, 30, 30)],
    ),
    "a hold told twice begins once": (
        (*PLAIN, at(50, "hold"), at(60, "hold"), at(70, "resume")),
        [("a1", 100, 20, 30)],
    ),
    "a hold without resume lasts until the leg ends": (
        (*PLAIN, at(100, "hold")),
        [("a1", 80, 40, 30)],
    ),
    "a hold of no length": ((*PLAIN, at(50, "hold"), at(50, "resume")), [("a1", 120, 0, 30)]),
    "a hold that follows another at once": (
        (*PLAIN, at(50, "hold"), at(60, "resume"), at(60, "hold"), at(80, "resume")),
        [("a1", 90, 30, 30)],
    ),
    "a resume without a hold": ((*PLAIN, at(70, "resume")), [("a1", 120, 0, 30)]),
    "a hold while nobody has the call": ((*PLAIN, at(10, "hold")), [("a1", 120, 0, 30)]),
    "a transfer: the wait after it is nobody's": (TRANSFER, [("a1", 60, 0, 0), ("a2", 290, 0, 60)]),
    "a transfer out of a hold": (
        (*TRANSFER, at(60, "hold")),
        [("a1", 40, 20, 0), ("a2", 290, 0, 60)],
    ),
    "each agent's own after-call work": (
        (*TRANSFER, at(95, "wrapup_done", "a1")),
        [("a1", 60, 0, 15), ("a2", 290, 0, 60)],
    ),
    "after-call work without a name is of the last leg": (
        (*TRANSFER[:-1], at(460, "wrapup_done")),
        [("a1", 60, 0, 0), ("a2", 290, 0, 60)],
    ),
    "a transfer answered at the same instant": (
        (*QUEUED, at(20, "answered", "a1"), at(80, "transferred"), at(80, "answered", "a2"),
         at(90, "ended")),
        [("a1", 60, 0, 0), ("a2", 10, 0, 0)],
    ),
    "an answer told twice is one leg": ((*PLAIN, at(21, "answered", "a1")), [("a1", 120, 0, 30)]),
    "a leg that has not ended is not counted": (PLAIN[:3], []),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGS)
def test_legs(name: str) -> None:
    events, expected = LEGS[name]
    assert legs(*events) == expected


WAITS = {
    "from the queue": (PLAIN, 15.0),
    "from the offer, where there is no queue": ((PLAIN[0], *PLAIN[2:]), 20.0),
    "from the first queue, not from that after a transfer": (TRANSFER, 15.0),
    "a queue entered after the answer is another": (
        (PLAIN[0], at(20, "answered", "a1"), at(80, "transferred"), at(81, "queued"),
         at(99, "answered", "a2"), at(120, "ended")),
        20.0,
    ),
    "unknown, where nobody said when it began": (PLAIN[2:], None),
    "until it was abandoned": ((*QUEUED, at(12, "abandoned")), 7.0),
    "none, where it was neither answered nor abandoned": ((*QUEUED, at(60, "ended")), None),
}  # fmt: skip


@pytest.mark.parametrize("name", WAITS)
def test_waits(name: str) -> None:
    events, seconds = WAITS[name]
    waited = became(*events).wait_ms
    assert (None if waited is None else waited / 1000) == seconds


FATES = {
    "answered": (PLAIN, (True, False, 140)),
    "abandoned": ((*QUEUED, at(50, "abandoned")), (False, True, 50)),
    "moved to a callback, not abandoned": (
        (*QUEUED, at(40, "callback"), at(50, "abandoned")),
        (False, False, 50),
    ),
    "called back": (
        (*QUEUED, at(40, "callback"), at(900, "answered", "a1"), at(990, "ended")),
        (True, False, 990),
    ),
    "abandoned in the second queue: it was answered": (
        (*TRANSFER[:5], at(100, "abandoned")),
        (True, False, 100),
    ),
    "waiting after a transfer": (TRANSFER[:5], (True, False, None)),
    "talking": (PLAIN[:3], (True, False, None)),
    "left in the menu": ((at(0, "offered"), at(9, "ended")), (False, False, 9)),
}


@pytest.mark.parametrize("name", FATES)
def test_fates(name: str) -> None:
    events, (answered, abandoned, ended) = FATES[name]
    found = became(*events)
    end_at = None if ended is None else NINE_MS + ended * 1000
    assert (found.answered, found.abandoned, found.ended_at) == (answered, abandoned, end_at)


def test_what_is_said_late_still_counts_for_the_contact() -> None:
    found = became(
        at(0, "offered", direction="outbound"),
        at(5, "queued", queue="billing", channel="voice"),
        at(20, "answered", "a1", language="es", customer_ref="c1", queue="other"),
        at(30, "ended"),
        at(40, "wrapup_done", disposition="refund"),
        at(90, "survey", score=4),
        at(95, "survey", score=2),
    )
    said = (found.queue, found.channel, found.language, found.customer_ref, found.disposition)
    assert said == ("billing", "voice", "es", "c1", "refund")
    assert not found.inbound and found.scores == (4, 2)


def test_nothing_is_known_of_a_contact_without_events() -> None:
    assert contact_of([]) is None


@given(st.randoms(use_true_random=False), st.sampled_from([e for e, _ in LEGS.values()]))
def test_order_of_arrival_and_repeats_change_nothing(
    chance: random.Random, events: tuple[ContactEvent, ...]
) -> None:
    shuffled = [*events, *chance.choices(events, k=3)]
    chance.shuffle(shuffled)
    assert contact_of(shuffled) == contact_of(events)


KINDS = st.sampled_from(
    ["offered", "queued", "answered", "hold", "resume", "transferred", "callback", "abandoned",
     "ended", "wrapup_done", "survey"]
)  # fmt: skip
ANYTHING = st.lists(st.tuples(st.integers(0, 600), KINDS, st.sampled_from(["", "a1", "a2"])))


@given(ANYTHING)
def test_whatever_comes_times_are_never_negative_and_fit_into_the_contact(
    told: list[tuple[int, str, str]],
) -> None:
    events = [
        replace(at(seconds, kind, agent), event_id=str(i))  # type: ignore[arg-type]
        for i, (seconds, kind, agent) in enumerate(told)
    ]
    found = contact_of(events)
    if found is None:
        return
    assert found.wait_ms is None or found.wait_ms >= 0
    assert not (found.answered and found.abandoned)
    for leg in found.legs:
        assert min(leg.talk_ms, leg.hold_ms, leg.wrapup_ms) >= 0
        assert found.start_at <= leg.start_at <= leg.end_at
