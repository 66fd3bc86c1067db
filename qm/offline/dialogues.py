"""Dialogues as text -> redacted, labelled, judged: `qm redact` and `qm label`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from qm.engines.base import LabelRequest, Redactor
from qm.engines.dialogue import redact_dialogue
from qm.errors import InputError
from qm.offline.callfile import outcome_json
from qm.runtime.load import Judging
from qm.stages.redaction import redact
from qm.stages.rules import evaluate
from qm.stages.turns import Draft, build
from qm.types import (
    CallId,
    CallMeta,
    CallView,
    PhiSpan,
    RedactedTurn,
    Role,
    Turn,
    TurnLabels,
    Word,
)

ROLES = {
    "agent": Role.AGENT,
    "customer": Role.CUSTOMER,
    "patient": Role.CUSTOMER,
    "interpreter": Role.INTERPRETER,
    "ivr": Role.IVR,
}

WORD_MS = 400
"""150 words a minute, the middle of ordinary telephone talk: gives text a time line for rules."""

GAP_MS = 350
"""Pause between turns; what the call scripts of this project use by default."""

CONTEXT_TURNS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One line of input.  PHI."""

    dialogue_id: str
    language: str
    turns: tuple[tuple[Role, str], ...] = field(repr=False)


def parse_dialogue(line: str) -> Dialogue:
    """
    Read one line.

    Raises:
        InputError: not an object with an id and turns of known roles and text.
    """
    try:
        found = json.loads(line)
        turns = tuple(
            (ROLES[turn.get("role") or turn["speaker"]], _text(turn["text"]))
            for turn in found["turns"]
        )
        return Dialogue(
            dialogue_id=_text(found["id"]), language=found.get("language", "en"), turns=turns
        )
    except json.JSONDecodeError:
        raise InputError("not JSON") from None
    except (KeyError, TypeError, AttributeError):
        raise InputError("not a dialogue: id, turns with role and text are needed") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def redact_answer(redactor: Redactor, dialogue: Dialogue, *, live: bool) -> dict[str, Any]:
    """Return the redacted dialogue; offsets refer to the input's text."""
    found = redact_dialogue(redactor, dialogue.turns, dialogue.language, live=live)
    turns = []
    for (_, text), spans in zip(dialogue.turns, found, strict=True):
        spans = sorted(spans, key=lambda s: s.start)
        turns.append(
            {
                "text": _replaced(text, spans),
                "redactions": [{"start": s.start, "end": s.end, "entity": s.entity} for s in spans],
            }
        )
    return {"id": dialogue.dialogue_id, "turns": turns}


def _replaced(text: str, spans: Sequence[PhiSpan]) -> str:
    parts: list[str] = []
    position = 0
    for span in spans:
        parts += [text[position : span.start], span.placeholder or f"[{span.entity}]"]
        position = span.end
    return "".join([*parts, text[position:]])


def label_dialogue(
    redactor: Redactor, judging: Judging, dialogue: Dialogue, *, every: bool
) -> dict[str, Any]:
    """
    Return the labels of each turn, the outcome, and the live alerts the dialogue would raise.

    Times are estimated from the number of words, so alerts about waiting are estimates too.
    """
    turns = _redacted_turns(redactor, dialogue)
    labels = _labels(judging, turns)
    last_ms = turns[-1].end_ms if turns else 0
    view = CallView(
        meta=CallMeta(
            call_id=CallId(dialogue.dialogue_id),
            contact_id=dialogue.dialogue_id,
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            channels=("agent", "customer"),
            language=dialogue.language,
        ),
        turns=tuple(turns),
        labels=labels,
        clock_ms=last_ms,
        ended=True,
    )
    outcome = judging.judge(view)
    alerts = evaluate(judging.rules, view, last_ms, judging.rules_on)
    answers = []
    for turn in turns:
        of_turn = labels[turn.index].labels if turn.index in labels else ()
        answers.append(
            {
                "labels": [
                    {"label": x.label, "prob": round(x.label_prob, 4)}
                    | ({"on": x.on} if every else {})
                    for x in of_turn
                    if every or x.on
                ]
            }
        )
    return {
        "id": dialogue.dialogue_id,
        "turns": answers,
        "call_labels": outcome_json(outcome),
        "alerts": [
            {
                "rule": a.rule,
                "severity": a.severity,
                "turn_index": a.evidence[0].turn_index if a.evidence else None,
            }
            for a in alerts
            if a.when == "live"
        ],
    }


def _redacted_turns(redactor: Redactor, dialogue: Dialogue) -> list[RedactedTurn]:
    found = redact_dialogue(redactor, dialogue.turns, dialogue.language, live=False)
    turns: list[RedactedTurn] = []
    clock_ms = 0
    for index, ((role, text), spans) in enumerate(zip(dialogue.turns, found, strict=True)):
        words = tuple(
            Word(start_ms=clock_ms + i * WORD_MS, end_ms=clock_ms + (i + 1) * WORD_MS, text=w)
            for i, w in enumerate(text.split() or ["…"])
        )
        clock_ms = words[-1].end_ms + GAP_MS
        turn = Turn(
            call_id=CallId(dialogue.dialogue_id),
            utterance=index,
            role=role,
            speaker=0 if role is Role.AGENT else 1,
            language=dialogue.language,
            words=words,
        )
        clean = redact(turn, _on_joined_words(text, turn.text, spans))
        draft = Draft(index=index, utterances=(clean,))
        turns.append(build(draft, turn.call_id, 0))
    return turns


def _on_joined_words(text: str, joined: str, spans: Sequence[PhiSpan]) -> list[PhiSpan]:
    """Move spans from the text as written to the words joined by single spaces."""
    if text == joined:
        return list(spans)
    place: list[int] = []  # of each character of ``text`` in ``joined``
    at = 0
    for character in text:
        place.append(min(at, len(joined) - 1))
        if at < len(joined) and character == joined[at]:
            at += 1
    return [
        PhiSpan(
            start=place[s.start],
            end=place[s.end - 1] + 1,
            entity=s.entity,
            placeholder=s.placeholder,
            phi_prob=s.phi_prob,
        )
        for s in spans
    ]


def _labels(judging: Judging, turns: Sequence[RedactedTurn]) -> dict[int, TurnLabels]:
    requests = [
        LabelRequest(
            role=turn.role,
            text=turn.text,
            before=tuple((t.role, t.text) for t in turns[max(0, i - CONTEXT_TURNS) : i]),
            language=turn.language,
        )
        for i, turn in enumerate(turns)
    ]
    probs = judging.classifier.classify(requests) if requests else []
    return {
        turn.index: TurnLabels(
            call_id=turn.call_id,
            pass_=0,
            turn_index=turn.index,
            labels=judging.label(turn.role, row),
            model=judging.classifier.model,
        )
        for turn, row in zip(turns, probs, strict=True)
        if row.size
    }
