"""The labelled turns of one call -> what behaviour measures are summed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qm.types import Role

ANSWER_TURNS = 2
"""Agent turns in which a distress cue may be answered: people ask who is calling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTurn:
    """Who spoke when, and the labels that are decided.  No words."""

    role: Role
    start_ms: int
    labels: frozenset[str]
    counts: bool = True  #: False: agent speech on hold, or withheld text: nobody labelled it


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """Counts of one call."""

    agent_turns: int
    negative_turns: int
    cues: int  #: distress cues
    cues_answered: int  #: with real empathy within the agent's next two turns
    cues_formula: int  #: with a formula only
    specific: bool | None  #: a specific next step with no vague one after it; None: neither kind
    first_response_ms: int | None  #: first agent turn after the first of the customer


def call_figures(turns: Sequence[LabelledTurn]) -> CallFigures:
    """Return the counts of a call's turns, in order."""
    agent = [turn for turn in turns if turn.role is Role.AGENT and turn.counts]
    answers = [
        _answer(turns[i + 1 :])
        for i, turn in enumerate(turns)
        if turn.role is Role.CUSTOMER and "distress_cue" in turn.labels
    ]
    return CallFigures(
        agent_turns=len(agent),
        negative_turns=sum("negative_language" in turn.labels for turn in agent),
        cues=len(answers),
        cues_answered=answers.count("strong"),
        cues_formula=answers.count("weak"),
        specific=_specific(agent),
        first_response_ms=_first_response(turns),
    )


def _answer(after: Sequence[LabelledTurn]) -> str:
    next_turns = [turn for turn in after if turn.role is Role.AGENT and turn.counts][:ANSWER_TURNS]
    labels = {label for turn in next_turns for label in turn.labels}
    if "empathy_strong" in labels:
        return "strong"
    return "weak" if "empathy_weak" in labels else ""


def _specific(agent: Sequence[LabelledTurn]) -> bool | None:
    specific = [i for i, turn in enumerate(agent) if "specific_instructions" in turn.labels]
    vague = [i for i, turn in enumerate(agent) if "vague_instructions" in turn.labels]
    if not specific and not vague:
        return None
    return bool(specific) and (not vague or vague[-1] <= specific[-1])


def _first_response(turns: Sequence[LabelledTurn]) -> int | None:
    asked = next((turn.start_ms for turn in turns if turn.role is Role.CUSTOMER), None)
    if asked is None:
        return None
    answers = (t.start_ms for t in turns if t.role is Role.AGENT and t.start_ms >= asked)
    answered = next(answers, None)
    return None if answered is None else answered - asked
