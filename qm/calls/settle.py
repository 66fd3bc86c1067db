"""Everything that follows in a call without asking a model."""

from __future__ import annotations

from dataclasses import replace

from qm.calls.closing import finish
from qm.calls.state import (
    PHI_LANGUAGES,
    CallParams,
    CallState,
    Pending,
    Step,
    drained,
    on_hold,
    overlaps,
    view,
    with_drafts,
)
from qm.calls.work import ready, spoken_turn
from qm.stages.rules import evaluate
from qm.stages.turns import place, withheld
from qm.types import Alert, Event, Role

RULE_TICK_MS = 500
"""Rules about silence and waiting look this often; about words, at each utterance."""

SURE_LANGUAGE_PROB = 0.8
"""A found language counts from here: whisper's own guesses on telephone speech of two seconds or
more are nearly always above it when right."""

SURE_LENGTH_MS = 1_500
"""Language of a shorter utterance ("okay") is anybody's guess."""

LANGUAGE_WAIT_MS = 10_000
"""After this long without a sure language an utterance is withheld: it must not wait for ever.
Later ones may still give the language away."""


def settle(state: CallState, params: CallParams, *, judged: bool = False) -> Step:
    """
    Move on as far as possible without a model.

    Args:
        state: the call.
        params: how calls are heard and judged.
        judged: an utterance has just been through all models, so the rules look now.

    Returns:
        The new state and what happened: turns that are withheld, alerts, and at the end of a
        drained call its facts, outcome, scorecard and closing.
    """
    events: list[Event] = []
    while (step := _step(state, params)) is not None:
        state, moved = step
        events += moved
        judged = judged or bool(moved)
    clock_ms = state.clock_ms
    if judged or drained(state) or clock_ms - state.ruled_ms >= RULE_TICK_MS:
        state, alerts = _rules(state, params, clock_ms)
        events += alerts
    if drained(state) and not state.closed:
        state, last = finish(state, params)
        events += last
    return Step(state=state, events=tuple(events))


def _step(state: CallState, params: CallParams) -> tuple[CallState, tuple[Event, ...]] | None:
    """Take the first utterance out of the queue if that needs no model; None where it does."""
    head = state.queue[0] if state.queue else None
    if head is None or head.words is None or head.turn_index is not None:
        return None
    if not ready(state, head):
        return None
    rest = replace(state, queue=state.queue[1:])
    start_ms, end_ms = head.utterance.start_ms, head.utterance.end_ms
    if not head.words or overlaps(state.marks, "capture_off", start_ms, end_ms):
        return rest, ()
    held = head.role is Role.AGENT and on_hold(state, start_ms, end_ms)
    if state.language is None:
        language = _found_language(state)
        if language is not None:
            return replace(state, language=language), ()
        return _withheld(rest, head, params, on_hold=held) if _waited_enough(state) else None
    if held or head.unheard or state.language not in PHI_LANGUAGES:
        return _withheld(rest, head, params, on_hold=held)
    return None


def _found_language(state: CallState) -> str | None:
    for pending in state.queue:
        length_ms = pending.utterance.end_ms - pending.utterance.start_ms
        if (
            pending.words
            and pending.language_prob >= SURE_LANGUAGE_PROB
            and length_ms >= SURE_LENGTH_MS
        ):
            return pending.language
    return None


def _waited_enough(state: CallState) -> bool:
    """
    Return whether the first of the queue must wait no longer for a sure language.

    Counted up to where the recogniser has come, not to where the call is: on a busy machine words
    come late, and late words are no sign of a language that cannot be told.
    """
    unheard = next((p for p in state.queue if p.words is None), None)
    if state.duration_ms is not None and all(c.finished for c in state.channels):
        return unheard is None
    judged_ms = min(c.judged_ms for c in state.channels)
    reached_ms = judged_ms if unheard is None else unheard.utterance.start_ms
    return reached_ms - state.queue[0].utterance.decided_ms >= LANGUAGE_WAIT_MS


def _withheld(
    state: CallState, head: Pending, params: CallParams, *, on_hold: bool
) -> tuple[CallState, tuple[Event, ...]]:
    turn = spoken_turn(state, head)
    drafts, index = place(state.drafts, withheld(turn, on_hold=on_hold), params.backchannel)
    state = with_drafts(replace(state, spoken=(*state.spoken, turn)), drafts, index)
    return state, (state.turns[index],)


def _rules(
    state: CallState, params: CallParams, clock_ms: int
) -> tuple[CallState, tuple[Alert, ...]]:
    """Return the alerts that are new, or newly closed by themselves."""
    found = evaluate(params.rules, view(state), clock_ms, params.rules_on)
    fresh: list[Alert] = []
    known = dict(state.alerts)
    for alert in found:
        if alert.when == "after" or (state.pass_ > 0 and alert.when == "live"):
            continue  # flags after the call rest on its facts and outcome: see closing
        before = known.get(alert.alert_id)
        if before is None or (before.closed_ms is None and alert.closed_ms is not None):
            known[alert.alert_id] = alert
            fresh.append(alert)
    return replace(state, alerts=known, ruled_ms=clock_ms), tuple(fresh)
