"""What is counted in one call's labelled turns."""

from __future__ import annotations

import pytest

from qm.stages.kpis import CallFigures, LabelledTurn, call_figures
from qm.types import Role


def turns(*told: str) -> list[LabelledTurn]:
    """Return turns from "agent label label" or "customer label", ten seconds apart."""
    found = []
    for i, one in enumerate(told):
        role, *labels = one.split()
        found.append(LabelledTurn(role=Role(role), start_ms=i * 10_000, labels=frozenset(labels)))
    return found


EMPATHY = {
    "answered at once": (["customer distress_cue", "agent empathy_strong"], (1, 1, 0)),
    "answered in the agent's second turn": (
        ["customer distress_cue", "agent", "customer", "agent empathy_strong"], (1, 1, 0),
    ),
    "in the third it is too late": (
        ["customer distress_cue", "agent", "customer", "agent", "customer", "agent empathy_strong"],
        (1, 0, 0),
    ),
    "a formula only": (["customer distress_cue", "agent empathy_weak"], (1, 0, 1)),
    "a formula, then in earnest": (
        ["customer distress_cue", "agent empathy_weak", "customer", "agent empathy_strong"],
        (1, 1, 0),
    ),
    "before the cue it is none": (["agent empathy_strong", "customer distress_cue"], (1, 0, 0)),
    "one answer for two cues": (
        ["customer distress_cue", "agent", "customer distress_cue", "agent empathy_strong"],
        (2, 2, 0),
    ),
    "no cue": (["agent empathy_strong"], (0, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", EMPATHY)
def test_empathy(name: str) -> None:
    told, expected = EMPATHY[name]
    found = call_figures(turns(*told))
    assert (found.cues, found.cues_answered, found.cues_formula) == expected


INSTRUCTIONS = {
    "specific": (["agent specific_instructions"], True),
    "vague": (["agent vague_instructions"], False),
    "neither": (["agent"], None),
    "vague, then specific": (["agent vague_instructions", "agent specific_instructions"], True),
    "specific, then vague": (["agent specific_instructions", "agent vague_instructions"], False),
    "specific again after vague": (
        ["agent specific_instructions", "agent vague_instructions", "agent specific_instructions"],
        True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_instructions(name: str) -> None:
    told, expected = INSTRUCTIONS[name]
    assert call_figures(turns(*told)).specific is expected


RESPONSES = {
    "the first answer after the first message": (
        ["customer", "agent", "customer", "agent"],
        10_000,
    ),
    "an agent who writes first has not answered yet": (["agent", "customer", "agent"], 10_000),
    "nobody answered": (["customer"], None),
    "nobody asked": (["agent"], None),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_first_responses(name: str) -> None:
    told, expected = RESPONSES[name]
    assert call_figures(turns(*told)).first_response_ms == expected


def test_negative_language_is_counted_by_agent_turn() -> None:
    found = call_figures(turns("agent negative_language", "agent", "customer negative_language"))
    assert (found.agent_turns, found.negative_turns) == (2, 1)


def test_what_was_not_labelled_is_not_counted() -> None:
    held = LabelledTurn(role=Role.AGENT, start_ms=0, labels=frozenset(), counts=False)
    assert call_figures([held]).agent_turns == 0


def test_a_call_without_words_counts_nothing() -> None:
    assert call_figures([]) == CallFigures(
        agent_turns=0, negative_turns=0, cues=0, cues_answered=0, cues_formula=0, specific=None,
        first_response_ms=None,
    )  # fmt: skip
