"""``call.json``: what `qm process` says of one call (contracts: "Whole call")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from qm.stages.turns import Draft, build
from qm.types import (
    Alert,
    CallFacts,
    CallOutcome,
    Event,
    RedactedTurn,
    RedactedUtterance,
    Scorecard,
    TurnLabels,
    Verdict,
)

SCHEMA = 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """All that came out of one call, in the order it came."""

    call_id: str
    duration_ms: int
    language: str
    layout: str
    events: tuple[Event, ...] = field(repr=False)
    versions: Mapping[str, str]


def last_pass(heard: Heard) -> int:
    """Return the newest recognition pass of the call."""
    return max((e.pass_ for e in heard.events if isinstance(e, RedactedTurn)), default=0)


def newest_turns(events: Sequence[Event], pass_: int) -> list[RedactedTurn]:
    """Return each turn as it stood at the end, by index."""
    latest = {e.index: e for e in events if isinstance(e, RedactedTurn) and e.pass_ == pass_}
    return [latest[i] for i in sorted(latest)]


def first_releases(events: Sequence[Event]) -> list[RedactedTurn]:
    """
    Return each live turn as its words were first released: no later correction.

    A turn grows by words at its end; a correction changes words that were released already and is
    left out, but later words are counted from where it ended.
    """
    shown: dict[int, RedactedTurn] = {}
    released: dict[int, int] = {}  # words of the newest revision that have been taken
    for event in events:
        if not isinstance(event, RedactedTurn) or event.pass_ != 0:
            continue
        before = shown.get(event.index)
        if before is None:
            shown[event.index] = event
        elif event.redaction_version == before.redaction_version:
            words = (*before.words, *event.words[released[event.index] :])
            shown[event.index] = _with_words(event, words)
        else:
            shown[event.index] = _with_words(event, before.words)
        released[event.index] = len(event.words)
    return [shown[i] for i in sorted(shown)]


def _with_words(turn: RedactedTurn, words: tuple[Any, ...]) -> RedactedTurn:
    utterance = RedactedUtterance(
        utterance=0,
        role=turn.role,
        speaker=turn.speaker,
        language=turn.language,
        words=words,
        withheld=turn.withheld,
        on_hold=turn.on_hold,
    )
    draft = Draft(
        index=turn.index,
        utterances=(utterance,),
        revision=turn.revision,
        redaction_version=turn.redaction_version,
    )
    return build(draft, turn.call_id, turn.pass_)


def call_json(heard: Heard, *, live: bool) -> dict[str, Any]:
    """
    Return ``call.json`` as an object.

    Args:
        heard: the call.
        live: turns as first released, and nothing from a later pass.
    """
    pass_ = 0 if live else last_pass(heard)
    turns = first_releases(heard.events) if live else newest_turns(heard.events, pass_)
    labels = {
        e.turn_index: e for e in heard.events if isinstance(e, TurnLabels) and e.pass_ == pass_
    }
    alerts = [e for e in heard.events if isinstance(e, Alert) and e.when == "live"]
    return {
        "schema": SCHEMA,
        "call_id": heard.call_id,
        "duration_ms": heard.duration_ms,
        "language": heard.language,
        "layout": heard.layout,
        "turns": [_turn(t, labels.get(t.index)) for t in turns],
        "facts": _facts(_last(heard.events, CallFacts)),
        "alerts": [_alert(a) for a in {a.alert_id: a for a in alerts}.values()],
        "call_labels": outcome_json(_last(heard.events, CallOutcome)),
        "scorecard": _scorecard(_last(heard.events, Scorecard)),
        "versions": dict(heard.versions),
    }


def _last(events: Sequence[Event], kind: type[T]) -> T | None:
    return next((e for e in reversed(events) if isinstance(e, kind)), None)


def _turn(turn: RedactedTurn, labels: TurnLabels | None) -> dict[str, Any]:
    return {
        "index": turn.index,
        "role": turn.role,
        "speaker": turn.speaker,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "pass": turn.pass_,
        "withheld": turn.withheld,
        "asr_confidence": turn.asr_confidence,
        "text": turn.text,
        "redactions": [asdict(r) for r in turn.redactions],
        "labels": [
            {"label": x.label, "prob": round(x.label_prob, 3)}
            for x in (labels.labels if labels else ())
            if x.on
        ],
    }


def _facts(facts: CallFacts | None) -> dict[str, Any]:
    if facts is None:
        return {}
    known = asdict(facts)
    known.pop("call_id")
    return known


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "rule": alert.rule,
        "severity": alert.severity,
        "turn_index": alert.evidence[0].turn_index if alert.evidence else None,
        "at_ms": alert.at_ms,
        "silent": alert.silent,
    }


def outcome_json(outcome: CallOutcome | None) -> dict[str, Any]:
    """Return ``call_labels``."""
    if outcome is None:
        return {}
    named = {
        "resolution": outcome.resolution,
        "identity": outcome.identity,
        "escalation_requested": outcome.escalation_requested,
        "red_flag": outcome.red_flag,
        "effort": outcome.effort,
        "satisfaction": outcome.satisfaction,
    }
    return {name: _verdict(name, verdict) for name, verdict in named.items()}


def _verdict(name: str, verdict: Verdict) -> dict[str, Any]:
    value = verdict.value
    if value is None and name in ("resolution", "identity"):
        value = "cannot_tell"
    made: dict[str, Any] = {"value": value}
    if verdict.verdict_prob is not None:
        made["prob"] = round(verdict.verdict_prob, 3)
    return made


def _scorecard(card: Scorecard | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        "form": card.form,
        "percent": card.percent,
        "percent_low": card.percent_low,
        "percent_high": card.percent_high,
        "coverage": round(card.coverage, 3),
        "failed": False,  # only a person can fail a call
        "not_scoreable": card.not_scoreable,
        "critical": [{"question": c.question, "state": c.state} for c in card.critical],
        "cannot_tell": sum(a.state == "cannot_tell" for a in card.answers),
        "answers": [
            {
                "question": a.question,
                "state": a.state,
                "answer": a.answer,
                "points": a.points,
                "max_points": a.max_points,
                "who": a.who,
                "source": a.source,
                "evidence": [
                    {"turn_index": e.turn_index, "start_ms": e.start_ms, "end_ms": e.end_ms}
                    for e in a.evidence
                ],
                "why": a.why,
            }
            for a in card.answers
        ],
    }
