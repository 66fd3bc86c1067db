"""The end of a call: flags, facts, outcome, scorecard, and the last word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from qm.calls.state import CallParams, CallState, view
from qm.stages.facts import facts
from qm.stages.forms import choose_form, score
from qm.stages.rules import evaluate
from qm.types import Alert, CallClosed, CallView, Event

COMPLETE_LOST_MS = 1_000
"""A call that lost less than this (all its gaps together) still counts as complete."""


def finish(state: CallState, params: CallParams) -> tuple[CallState, tuple[Event, ...]]:
    """Return the closed call and what can be said of it as a whole."""
    known, made = whole(view(state), state.duration_ms or 0, state.alerts, params, state.pass_)
    events = (*made, last_word(state))
    return replace(state, alerts=known, closed=True), events


def whole(
    looked: CallView,
    duration_ms: int,
    alerts: Mapping[str, Alert],
    params: CallParams,
    pass_: int = 0,
) -> tuple[dict[str, Alert], tuple[Event, ...]]:
    """
    Judge a call or a conversation that is over.

    Args:
        looked: all of it.
        duration_ms: its length.
        alerts: what was raised while it went on, by id.
        params: how it is judged.
        pass_: of its turns.

    Returns:
        All alerts by id, and what came of it: flags, facts, outcome, scorecard.
    """
    looked = replace(looked, facts=facts(looked, duration_ms))
    looked = replace(looked, outcome=params.judge(looked))
    known: dict[str, Alert] = dict(alerts)
    flags = [
        alert
        for alert in evaluate(params.rules, looked, duration_ms, params.rules_on)
        if alert.when == "after" and alert.alert_id not in known
    ]
    known |= {alert.alert_id: alert for alert in flags}
    events: list[Event] = [*flags]
    events += [made for made in (looked.facts, looked.outcome) if made is not None]
    form = choose_form(params.forms, looked.meta)
    if form is not None:
        events.append(replace(score(form, looked), pass_=pass_))
    return known, tuple(events)


def last_word(state: CallState) -> CallClosed:
    """Return how the call ended."""
    duration_ms = state.duration_ms or 0
    lost_ms = sum((m.end_ms or duration_ms) - m.start_ms for m in state.marks if m.kind == "gap")
    return CallClosed(
        call_id=state.meta.call_id,
        duration_ms=duration_ms,
        complete=state.ended_by == "ended" and lost_ms < COMPLETE_LOST_MS,
        reason=state.ended_by,
        held=any(t.withheld and not t.on_hold for t in state.turns),
    )
