"""The result of an engine -> the next state of the call, and what it gives out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qm.calls.settle import settle
from qm.calls.state import (
    SAMPLES_PER_MS,
    CallParams,
    CallState,
    ChannelState,
    Pending,
    Step,
    with_channel,
    with_drafts,
)
from qm.calls.work import CHANNEL_ROLE, WINDOW, spoken_turn
from qm.engines.base import AsrResult, Outcome, PhiResult, SpeechResult, Work
from qm.errors import RedactionError
from qm.stages.redaction import redact
from qm.stages.speech import Boundary, advance, flush, keep_from_ms
from qm.stages.turns import place, revise, withheld
from qm.types import WITHHELD, Event, Pcm, RedactedUtterance, TurnLabels, Utterance, Word


def apply(state: CallState, work: Work, outcome: Outcome, params: CallParams) -> Step:
    """
    Apply what an engine answered.

    Args:
        state: the call now; it may have moved on since the work was handed out.
        work: what was asked.
        outcome: the answer; None where the engine failed for good: speech is then assumed, words
            are lost, text is withheld, labels are missing.
        params: how calls are heard and judged.

    Returns:
        The new state and its events.  An answer to a question that no longer stands (asked twice,
        already applied) changes nothing.
    """
    match work.stage:
        case "speech":
            return _speech(state, work, outcome, params)
        case "asr":
            return _words(state, work, outcome, params)
        case "phi":
            return _redacted(state, work, outcome, params)
        case "labels":
            return _labelled(state, work, outcome, params)


def _speech(state: CallState, work: Work, outcome: Outcome, params: CallParams) -> Step:
    name, _, judged = work.key.partition("-")
    channel = next(c for c in state.channels if c.channel == name)
    if channel.judged != int(judged):
        return Step(state=state)
    if isinstance(outcome, SpeechResult):
        probs, memory = outcome.speech_probs, outcome.memory
    else:  # hearing too much is safe, hearing too little is not
        probs = np.ones(work.length_ms * SAMPLES_PER_MS // WINDOW, np.float32)
        memory = b""
    endpoint, boundaries = advance(channel.endpoint, probs, params.endpoint)
    channel = replace(
        channel,
        endpoint=endpoint,
        detector=memory,
        judged=channel.judged + len(probs) * WINDOW,
    )
    if state.duration_ms is not None and channel.finished:
        boundaries = (*boundaries, *flush(endpoint, params.endpoint))
    queue = [*state.queue, *(_pending(channel, b) for b in boundaries)]
    order = [c.channel for c in state.channels]
    queue.sort(key=lambda p: (p.utterance.decided_ms, order.index(p.utterance.channel)))
    state = replace(with_channel(state, _trimmed(channel, params)), queue=tuple(queue))
    return settle(state, params)


def _pending(channel: ChannelState, boundary: Boundary) -> Pending:
    begin = max(0, boundary.start_ms * SAMPLES_PER_MS - channel.audio_start)
    samples: Pcm = channel.audio[begin : boundary.end_ms * SAMPLES_PER_MS - channel.audio_start]
    role = CHANNEL_ROLE[channel.channel]
    return Pending(
        utterance=Utterance(
            channel=channel.channel,
            index=-1,  # numbered when it becomes a turn
            start_ms=boundary.start_ms,
            end_ms=boundary.end_ms,
            decided_ms=boundary.decided_ms,
            samples=samples.copy(),
        ),
        role=role,
        speaker=0 if channel.channel != "customer" else 1,
    )


def _trimmed(channel: ChannelState, params: CallParams) -> ChannelState:
    """Let go of audio that no open utterance needs."""
    keep = keep_from_ms(channel.endpoint, params.endpoint) * SAMPLES_PER_MS
    keep = min(max(keep, channel.audio_start), channel.judged)
    return replace(
        channel, audio=channel.audio[keep - channel.audio_start :].copy(), audio_start=keep
    )


def _words(state: CallState, work: Work, outcome: Outcome, params: CallParams) -> Step:
    queue: list[Pending] = []
    for pending in state.queue:
        if pending.key == work.key and pending.words is None:
            start_ms = pending.utterance.start_ms
            result = outcome if isinstance(outcome, AsrResult) else _unheard(pending, state)
            words = tuple(
                replace(w, start_ms=w.start_ms + start_ms, end_ms=w.end_ms + start_ms)
                for w in result.words
            )
            pending = replace(
                pending,
                words=words,
                language=result.language,
                language_prob=result.language_prob,
                unheard=not isinstance(outcome, AsrResult),
                utterance=replace(pending.utterance, samples=np.zeros(0, np.int16)),
            )
        queue.append(pending)
    return settle(replace(state, queue=tuple(queue)), params)


def _unheard(pending: Pending, state: CallState) -> AsrResult:
    """Stand for speech that the recogniser failed on: nobody knows what is in it."""
    length_ms = pending.utterance.end_ms - pending.utterance.start_ms
    word = Word(start_ms=0, end_ms=length_ms, text=WITHHELD, word_prob=0.0)
    return AsrResult(words=(word,), language=state.language or "", language_prob=0.0)


def _redacted(state: CallState, work: Work, outcome: Outcome, params: CallParams) -> Step:
    head = state.queue[0] if state.queue else None
    if head is None or head.turn_index is not None:
        return Step(state=state)
    if work.key != f"{state.pass_}-{len(state.spoken)}":
        return Step(state=state)
    turn = spoken_turn(state, head)
    clean: RedactedUtterance
    if isinstance(outcome, PhiResult):
        try:
            clean = redact(turn, outcome.spans)
        except RedactionError:
            clean = withheld(turn)
    else:
        clean = withheld(turn)
    drafts, index = place(state.drafts, clean, params.backchannel)
    state = with_drafts(replace(state, spoken=(*state.spoken, turn)), drafts, index)
    events: list[Event] = [state.turns[index]]
    if isinstance(outcome, PhiResult):
        state, revised = _revised(replace(state, memory=outcome.memory), outcome)
        events += revised
    if clean.withheld:  # nothing to label
        settled = settle(replace(state, queue=state.queue[1:]), params, judged=True)
    else:
        head = replace(head, turn_index=index)
        settled = settle(replace(state, queue=(head, *state.queue[1:])), params)
    return replace(settled, events=(*events, *settled.events))


def _revised(state: CallState, result: PhiResult) -> tuple[CallState, list[Event]]:
    """Redact earlier utterances anew where something was discovered late."""
    events: list[Event] = []
    for revision in result.revisions:
        turn = next((t for t in state.spoken if t.utterance == revision.utterance), None)
        if turn is None:
            continue
        try:
            clean = redact(turn, revision.spans)
        except RedactionError:
            clean = withheld(turn)
        drafts, index = revise(state.drafts, clean)
        if index is not None:
            state = with_drafts(state, drafts, index)
            events.append(state.turns[index])
    return state, events


def _labelled(state: CallState, work: Work, outcome: Outcome, params: CallParams) -> Step:
    head = state.queue[0] if state.queue else None
    if head is None or head.turn_index is None:
        return Step(state=state)
    turn = state.turns[head.turn_index]
    if not work.key.startswith(f"{state.pass_}-{turn.index}-"):
        return Step(state=state)
    events: list[Event] = []
    if isinstance(outcome, np.ndarray) and outcome.size:
        labels = TurnLabels(
            call_id=turn.call_id,
            pass_=turn.pass_,
            turn_index=turn.index,
            labels=params.label(turn.role, outcome),
            model=params.labels_model,
        )
        state = replace(state, labels={**state.labels, turn.index: labels})
        events.append(labels)
    settled = settle(replace(state, queue=state.queue[1:]), params, judged=True)
    return replace(settled, events=(*events, *settled.events))
