"""The transcript: order, overlaps, labels and whom they are for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qm.types import Label
from qm.web.messages import catalogue
from qm.web.transcript import Transcript, make
from tests.web.site import labelled, turn

ENGLISH = catalogue("en")
FIRST = turn("c1", 0, "agent", "Good morning, how can I help you today?")
SECOND = turn("c1", 1, "customer", "I have a question.")


def shown(*turns: object, own_page: bool = False, **on: float) -> Transcript:
    labels = {0: labelled("c1", 0, on)} if on else {}
    return make(turns, labels, ENGLISH, own_page=own_page)  # type: ignore[arg-type]


def test_turns_are_in_the_order_in_which_they_began() -> None:
    assert [t.index for t in shown(SECOND, FIRST).turns] == [0, 1]


@pytest.mark.parametrize(("early_ms", "overlaps"), [(400, False), (500, True), (1_500, True)])
def test_a_turn_that_begins_well_before_the_other_has_ended_overlaps(
    early_ms: int, overlaps: bool
) -> None:
    early = replace(SECOND, start_ms=FIRST.end_ms - early_ms)
    assert [t.overlaps for t in shown(FIRST, early).turns] == [False, overlaps]
    assert [t.overlaps for t in shown(FIRST, SECOND).turns] == [False, False]


def test_ones_own_next_turn_is_no_overlap() -> None:
    again = replace(turn("c1", 1, "agent", "And another thing."), start_ms=FIRST.end_ms - 900)
    assert [t.overlaps for t in shown(FIRST, again).turns] == [False, False]


def test_decided_labels_stand_beside_it_the_surest_first() -> None:
    labels = shown(FIRST, greeting=0.7, apology=0.9).turns[0].labels
    assert [(x.label, x.percent) for x in labels] == [("apology", 90), ("greeting", 70)]


def test_labels_that_are_not_decided_stay_out() -> None:
    doubtful = replace(labelled("c1", 0, {}), labels=(Label(label="anger", label_prob=0.4),))
    assert make([FIRST], {0: doubtful}, ENGLISH, own_page=False).turns[0].labels == ()


def test_a_possible_disclosure_is_not_on_the_agents_own_page() -> None:
    given = {"disclosure": 0.9, "greeting": 0.9}
    assert [x.label for x in shown(FIRST, own_page=True, **given).turns[0].labels] == ["greeting"]
    assert len(shown(FIRST, **given).turns[0].labels) == 2


def test_it_says_what_labelled_it() -> None:
    assert shown(FIRST, greeting=0.9).model == "turn-labels 1"
    assert (shown(FIRST).labelled, shown(FIRST).model) == (False, "")
