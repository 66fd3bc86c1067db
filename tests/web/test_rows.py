"""Rows of the live board."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.io.store.calls import LabelHit, live_calls
from qm.web.messages import catalogue
from qm.web.pushes import EVERYTHING
from qm.web.rows import MOOD, SPARK_HEIGHT, SPARK_WIDTH, BoardRow, board_rows, spark
from tests.web.site import Site, alert, save_live, save_step, turn

ENGLISH = catalogue("en")


def rows(site: Site) -> tuple[BoardRow, ...]:
    with site.deps.database.read() as conn:
        return board_rows(live_calls(conn, EVERYTHING), site.deps, ENGLISH, EVERYTHING)


def test_red_comes_before_amber_and_amber_before_the_longest_call(site: Site) -> None:
    from datetime import UTC, datetime

    from tests.web.site import NOW

    old = datetime.fromtimestamp(NOW / 1000 - 900, UTC)
    save_live(site, "long", 2, started_at=old)
    save_live(site, "calm", 2)
    save_live(site, "amber", 2, alert("amber"))
    save_live(site, "red", 2, alert("red", "red-flag-no-step"))
    assert [(r.call_id, r.need) for r in rows(site)] == [
        ("red", "act"), ("amber", "look"), ("long", "calm"), ("calm", "calm"),
    ]  # fmt: skip


def test_silent_rules_do_not_colour_a_row(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1", silent=True))
    assert [(r.need, r.chips) for r in rows(site)] == [("calm", ())]


def test_an_agent_who_is_not_on_the_roster_is_named_by_id(site: Site) -> None:
    save_live(site, "c1", 1, agent_id="a99")
    assert rows(site)[0].agent == "a99"


def test_a_call_on_hold_says_so(site: Site) -> None:
    given = save_live(site, "c1", 1)
    save_step(site, given, [turn("c1", 1, "agent", "one moment", on_hold=True)], clock_ms=9_000)
    assert rows(site)[0].state == "hold"


def test_the_mood_is_the_callers_alone(site: Site) -> None:
    save_live(site, "c1", 3)  # the agent's turn is labelled apology, empathy, verification
    row = rows(site)[0]
    assert row.mood in MOOD and len(row.spark) == 1


def test_a_call_without_words_yet_has_a_row(site: Site) -> None:
    save_live(site, "c1", 0)
    assert [(r.said, r.spark, r.mood) for r in rows(site)] == [((), (), "")]


hits = st.lists(
    st.builds(
        LabelHit, turn_index=st.integers(0, 40), start_ms=st.integers(0, 10**6),
        label=st.sampled_from(sorted(MOOD)), label_prob=st.floats(0, 1),
    )
)  # fmt: skip


@given(hits)
def test_the_line_stays_in_its_box_and_ends_at_the_right(given_hits: list[LabelHit]) -> None:
    points = spark(given_hits)
    assert len(points) <= len({hit.turn_index for hit in given_hits})
    for x, y in points:
        assert 0 <= x <= SPARK_WIDTH and 0 <= y <= SPARK_HEIGHT
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert not points or points[-1][0] == pytest.approx(SPARK_WIDTH - 2)


@pytest.mark.parametrize(("label", "up"), [("satisfaction", True), ("abuse", False)])
def test_up_is_better(label: str, up: bool) -> None:
    hit = LabelHit(turn_index=1, start_ms=0, label=label, label_prob=0.9)
    assert (spark([hit])[0][1] < SPARK_HEIGHT / 2) is up
