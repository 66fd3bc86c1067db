"""Events around played calls: whole, in order, the same each time, and countable."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qm.ingest.contacts import after_call, before_call, past_contacts
from qm.ingest.replay import Planned
from qm.io.wire import encode_contact_event

NOW = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
PLANNED = Planned(
    number=1,
    path=Path("a.opus"),
    agent_id="a1",
    queue="scheduling",
    language="en",
    customer_ref="c1",
    disposition="booked",
)


def test_a_caller_waits_is_answered_and_the_agent_wraps_up():
    events = [*before_call(PLANNED, "c-1", NOW), *after_call(PLANNED, "c-1", NOW)]

    kinds = [e.kind for e in events if e.kind != "survey"]
    assert kinds == ["offered", "queued", "answered", "ended", "wrapup_done"]
    assert [e.at for e in events] == sorted(e.at for e in events)
    assert {e.contact_id for e in events} == {"contact-c-1"}
    assert events[4].disposition == "booked"


def test_nobody_waits_to_be_called():
    outbound = Planned(number=1, path=Path("a.opus"), direction="outbound")

    assert [e.kind for e in before_call(outbound, "c-1", NOW)] == ["answered"]


def test_the_same_call_has_the_same_events():
    assert after_call(PLANNED, "c-1", NOW) == after_call(PLANNED, "c-1", NOW)


@pytest.fixture(scope="module")
def fortnight():
    return list(past_contacts([PLANNED], NOW, days=14, a_day=40))


def test_past_contacts_are_on_the_days_before(fortnight):
    offered = [e.at for e in fortnight if e.kind == "offered"]

    assert min(offered) >= NOW.replace(hour=0) - timedelta(days=14)
    assert max(offered) < NOW.replace(hour=0)
    assert len(offered) == 10 * 40 + 4 * 10


def test_each_is_answered_or_abandoned_and_the_answered_end(fortnight):
    kinds = Counter(e.kind for e in fortnight)

    assert kinds["answered"] + kinds["abandoned"] == kinds["offered"]
    assert kinds["ended"] == kinds["wrapup_done"] == kinds["answered"]
    assert kinds["hold"] == kinds["resume"]
    assert all(kinds[k] for k in ("abandoned", "hold", "transferred", "survey"))


def test_every_event_can_be_sent_and_counts_once(fortnight):
    assert len({e.event_id for e in fortnight}) == len(fortnight)
    for event in fortnight:
        encode_contact_event(event)


def test_some_call_again(fortnight):
    callers = Counter(e.customer_ref for e in fortnight if e.kind == "offered")

    assert sum(n > 1 for n in callers.values()) > 10
