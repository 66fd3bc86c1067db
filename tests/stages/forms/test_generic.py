"""Sources that a site's own questions, and the other forms that ship, make use of."""

from __future__ import annotations

import pytest

from qm.stages.forms.said import Said
from qm.stages.forms.sources import SOURCES
from tests.stages.spoken import Line, agent, call, caller

TELL, NA, LOOK = "cannot_tell", "not_applicable", "person_only"


def other(name: str, *lines: Line, **settings: object) -> str:
    found = SOURCES[name].answer(Said(view=call(*lines, ended=True)), settings)
    return found.option or found.state


def test_phrases_are_a_sign_and_their_absence_is_none() -> None:
    plan = agent(5, "we could set up a payment plan")
    assert other("phrases", plan, role="agent", any=["payment plan"], present="yes") == "yes"
    assert other("phrases", plan, role="agent", any=["charity"], present="yes") == TELL
    late = {"role": "agent", "any": ["payment plan"], "present": "yes", "last_share": 0.5}
    assert other("phrases", plan, agent(60, "bye now"), **late) == TELL


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([caller(1, "hello"), agent(100, "hi there")], NA),
        ([caller(1, "hello"), agent(200, "hi there")], "no"),
        (
            [agent(0, "give me five minutes", "hold_notice"), caller(3, "ok"), agent(200, "hi")],
            "yes",
        ),
    ],
)
def test_a_long_wait_for_a_reply_is_announced(lines: list[Line], answer: str) -> None:
    assert other("reply_wait", *lines, over_s=120) == answer


def test_dissatisfaction_is_listed_for_a_person() -> None:
    said = Said(view=call(caller(1, "this is a scandal", "dissatisfaction"), ended=True))
    settings = {"role": "customer", "label": "dissatisfaction"}
    found = SOURCES["listed"].answer(said, settings)
    assert (found.state, len(found.evidence)) == (LOOK, 1)
