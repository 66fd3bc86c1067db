"""The picture of a call on one axis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.io.store import alerts
from qm.types import Mark
from qm.web.messages import catalogue
from qm.web.pushes import EVERYTHING
from qm.web.timeline import LANES, LEAST_SHARE, Axis, lanes, silences
from qm.web.transcript import make
from tests.web.site import DIALOGUE, Site, alert, facts, labelled, save_live, turn

ENGLISH = catalogue("en")
TURNS = [turn("c1", i, role, text) for i, (role, text, _) in enumerate(DIALOGUE)]
SHOWN = make(
    TURNS, {i: labelled("c1", i, on) for i, (_, _, on) in enumerate(DIALOGUE)}, ENGLISH,
    own_page=False,
)  # fmt: skip


def test_the_lanes_are_always_the_same_in_the_same_order() -> None:
    empty = make([], {}, ENGLISH, own_page=False)
    assert tuple(lane.name for lane in lanes(empty, [], [], [], 0)) == LANES
    assert tuple(lane.name for lane in lanes(SHOWN, TURNS, [], [], 40_000)) == LANES


def test_what_happened_is_in_its_lane() -> None:
    agent, customer, labels, raised, removed = lanes(SHOWN, TURNS, [], [], 40_000)
    assert [m.start_ms for m in agent.markers] == [0, 12_000, 24_000]
    assert [m.start_ms for m in customer.markers] == [6_000, 18_000, 30_000]
    assert {m.title for m in labels.markers} >= {"greeting", "satisfaction"}
    assert [m.title for m in removed.markers] == ["name", "date", "name", "name"]
    assert raised.markers == ()


def test_an_alert_reaches_from_its_evidence_to_its_decision(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    with site.deps.database.read() as conn:
        rows = [(r, "Asked") for r in alerts.alerts_of(conn, EVERYTHING, "c1")]
    marker = lanes(SHOWN, TURNS, rows, [], 40_000)[3].markers[0]
    assert (marker.start_ms, marker.x, marker.width) == (6_000, 15.0, 35.0)
    assert (marker.tone, marker.title) == ("look", "Asked")


def test_a_hold_that_lasts_reaches_to_the_end() -> None:
    hold = Mark(kind="hold", start_ms=10_000)
    marker = lanes(SHOWN, TURNS, [], [hold], 40_000)[0].markers[-1]
    assert (marker.x, marker.width, marker.title) == (25.0, 75.0, "hold")


@given(st.integers(-(10**6), 10**8), st.integers(-(10**6), 10**8), st.integers(1_000, 10**8))
def test_markers_never_leave_the_axis_and_can_always_be_seen(
    start: int, end: int, whole: int
) -> None:
    marker = Axis(end_ms=whole).marker(start, end, tone="", title="", group="")
    assert marker.x >= 0 and marker.x + marker.width <= 100.01
    assert marker.width >= 100 * LEAST_SHARE - 0.001


def test_the_player_skips_the_silences_that_were_counted() -> None:
    assert silences(facts("c1")) == ((28_000, 32_200),)
    assert silences(None) == ()


@pytest.mark.parametrize("end_ms", [0, 1, 999])
def test_a_call_that_has_just_begun_has_an_axis(end_ms: int) -> None:
    assert lanes(SHOWN, TURNS, [], [], end_ms)[0].markers
