"""The machine check as its page shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qm.types import Answer
from qm.web.scores import shown_score
from tests.web.site import Site, scorecard

CARD = scorecard("c1")


def test_it_is_a_range_with_its_coverage(site: Site) -> None:
    shown = shown_score(CARD, site.deps, own_page=False)
    assert (shown.low, shown.high, shown.coverage) == (62, 79, 83)


def test_questions_have_their_words_and_answers_their_points(site: Site) -> None:
    first, second = shown_score(CARD, site.deps, own_page=False).answers
    assert first.words.text.startswith("Did the agent say where")
    assert (first.points, first.tone) == ("4 / 4", "met")
    assert (second.points, second.tone) == ("", "")


@pytest.mark.parametrize(("state", "own_page", "seen"), [
    ("proposed", False, 1), ("proposed", True, 0), ("confirmed", True, 1),
    ("dismissed", False, 0), ("dismissed", True, 0),
])  # fmt: skip
def test_what_nobody_has_confirmed_is_not_on_the_agents_page(
    site: Site, state: str, own_page: bool, seen: int
) -> None:
    finding = replace(CARD.critical[0], state=state)
    card = replace(CARD, critical=(finding,))
    assert len(shown_score(card, site.deps, own_page=own_page).critical) == seen


def test_a_form_that_is_gone_still_shows_its_answers(site: Site) -> None:
    shown = shown_score(replace(CARD, form="old@3"), site.deps, own_page=False)
    assert shown.title == "old@3" and shown.answers[0].words.text == "opening"


def test_fewer_points_than_there_are_is_for_a_look(site: Site) -> None:
    part = Answer(question="opening", state="answered", answer="part", points=2, max_points=4,
                  who="M", source="label")  # fmt: skip
    shown = shown_score(replace(CARD, answers=(part,)), site.deps, own_page=False)
    assert (shown.answers[0].points, shown.answers[0].tone) == ("2 / 4", "look")
