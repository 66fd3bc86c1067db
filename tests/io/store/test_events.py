"""An event counts once, in whatever order it comes, and shows on its call's time line."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from qm.io.database import Database
from qm.io.store import events
from qm.types import ContactEvent, EventKind, Mark
from tests.io.store.samples import NOW, STARTED, meta


def at(seconds: float, kind: EventKind, **changes: str) -> ContactEvent:
    given = {"event_id": f"{kind}-{seconds}", "contact_id": "k-c1"} | changes
    return ContactEvent(at=STARTED + timedelta(seconds=seconds), kind=kind, **given)  # type: ignore[arg-type]


MARKS: dict[str, tuple[list[ContactEvent], list[Mark]]] = {
    "a hold": (
        [at(10, "hold"), at(40, "resume")],
        [Mark(kind="hold", start_ms=10_000, end_ms=40_000)],
    ),
    "a hold that lasts": ([at(10, "hold")], [Mark(kind="hold", start_ms=10_000)]),
    "a hold told twice": (
        [at(10, "hold"), at(20, "hold"), at(40, "resume")],
        [Mark(kind="hold", start_ms=10_000, end_ms=40_000)],
    ),
    "two holds": (
        [at(10, "hold"), at(20, "resume"), at(30, "hold"), at(35, "ended")],
        [
            Mark(kind="hold", start_ms=10_000, end_ms=20_000),
            Mark(kind="hold", start_ms=30_000, end_ms=35_000),
        ],
    ),
    "a transfer out of a hold": (
        [at(10, "hold"), at(40, "transferred", target="clinical")],
        [
            Mark(kind="hold", start_ms=10_000, end_ms=40_000),
            Mark(kind="transferred", start_ms=40_000, end_ms=40_000, target="clinical"),
        ],
    ),
    "recording switched off": (
        [at(5.5, "capture_off"), at(7, "capture_on")],
        [Mark(kind="capture_off", start_ms=5_500, end_ms=7_000)],
    ),
    "a resume without a hold": ([at(10, "resume")], []),
    "a hold over before the call": ([at(-9, "hold"), at(-2, "resume")], []),
    "a hold that began before": (
        [at(-9, "hold"), at(4, "resume")],
        [Mark(kind="hold", start_ms=0, end_ms=4_000)],
    ),
    "a transfer before the call": ([at(-2, "transferred", target="language")], []),
    "events without a mark": ([at(-5, "queued"), at(0, "answered"), at(60, "ended")], []),
}


@pytest.mark.parametrize(("given", "marks"), MARKS.values(), ids=MARKS.keys())
def test_marks(given: list[ContactEvent], marks: list[Mark]) -> None:
    assert events.marks(meta(), given) == tuple(marks)


def test_events_count_once_and_in_any_order_of_arrival(database: Database) -> None:
    given = [at(0, "answered", agent="a1", queue="billing"), at(10, "hold"), at(40, "resume")]
    for order in itertools.permutations(given):
        with database.write() as conn:
            events.insert(conn, order, NOW)
            assert events.insert(conn, order, NOW) == 0
            assert events.events_of(conn, "k-c1") == tuple(given)
            assert events.marks_of(conn, meta()) == (
                Mark(kind="hold", start_ms=10_000, end_ms=40_000),
            )


def test_an_event_comes_back_as_it_was(database: Database) -> None:
    given = at(
        70, "survey", queue="billing", agent="a1", channel="voice", language="es",
        customer_ref="x", authenticated="ivr", disposition="refill", target="other", reason="r",
        call_id="c1",
    )  # fmt: skip
    given = ContactEvent(
        **{name: getattr(given, name) for name in ContactEvent.__dataclass_fields__} | {"score": 4}
    )
    with database.write() as conn:
        assert events.insert(conn, [given, given], NOW) == 1
        assert events.events_of(conn, "k-c1") == (given,)


def test_events_of_another_call_of_the_contact_do_not_show(database: Database) -> None:
    given = [
        at(10, "hold", call_id="c2"),
        at(20, "hold", event_id="x", contact_id="other", call_id="c1"),
        at(30, "hold", event_id="y", contact_id="other"),
    ]
    with database.write() as conn:
        assert events.insert(conn, given, NOW) == 3
        assert events.marks_of(conn, meta("c1")) == (Mark(kind="hold", start_ms=20_000),)
