"""What a call needs from the engines next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qm.calls.state import SAMPLES_PER_MS, CallParams, CallState, ChannelState, Pending
from qm.engines.base import AsrRequest, LabelRequest, PhiRequest, SpeechRequest, Work
from qm.stages.audio import to_float
from qm.types import Role, Turn

WINDOW = 512
"""Samples the speech detector judges at a time: 32 ms."""

CHANNEL_ROLE = {"agent": Role.AGENT, "customer": Role.CUSTOMER, "mixed": Role.UNKNOWN}


def due(state: CallState, params: CallParams) -> tuple[Work, ...]:
    """
    Return all work that could be done now, whether or not some of it is already under way.

    Speech detection and recognition run ahead; redaction and labels only for the utterance whose
    turn it is, so that a call's text is judged in the order in which it was said.
    """
    work = [w for c in state.channels if (w := _speech(state, c)) is not None]
    hotwords = params.hotwords.get(state.meta.queue, "")
    work += [_asr(state, p, hotwords) for p in state.queue if p.words is None]
    head = state.queue[0] if state.queue else None
    if head is not None and head.words and ready(state, head) and state.language is not None:
        work.append(_phi(state, head) if head.turn_index is None else _labels(state, head, params))
    return tuple(work)


def ready(state: CallState, pending: Pending) -> bool:
    """Return whether no utterance can still be decided before this one."""
    over = state.duration_ms is not None
    return all(
        c.judged_ms >= pending.utterance.decided_ms or (over and c.finished) for c in state.channels
    )


def spoken_turn(state: CallState, pending: Pending) -> Turn:
    """Return the utterance as a turn of the call, numbered in the order of release."""
    return Turn(
        call_id=state.meta.call_id,
        utterance=len(state.spoken),
        role=pending.role,
        speaker=pending.speaker,
        language=state.language or "",
        words=pending.words or (),
    )


def _speech(state: CallState, channel: ChannelState) -> Work | None:
    begin = channel.judged - channel.audio_start
    windows = (len(channel.audio) - begin) // WINDOW
    if windows == 0:
        return None
    samples = to_float(channel.audio[begin : begin + windows * WINDOW])
    return Work(
        call_id=state.meta.call_id,
        stage="speech",
        key=f"{channel.channel}-{channel.judged}",
        length_ms=windows * WINDOW // SAMPLES_PER_MS,
        request=SpeechRequest(samples=samples, memory=channel.detector),
    )


def _asr(state: CallState, pending: Pending, hotwords: str) -> Work:
    utterance = pending.utterance
    return Work(
        call_id=state.meta.call_id,
        stage="asr",
        key=pending.key,
        length_ms=utterance.end_ms - utterance.start_ms,
        request=AsrRequest(
            samples=to_float(utterance.samples), language=state.language, hotwords=hotwords
        ),
    )


def _phi(state: CallState, pending: Pending) -> Work:
    return Work(
        call_id=state.meta.call_id,
        stage="phi",
        key=f"{state.pass_}-{len(state.spoken)}",
        length_ms=0,
        request=PhiRequest(turn=spoken_turn(state, pending), memory=state.memory),
    )


def _labels(state: CallState, pending: Pending, params: CallParams) -> Work:
    index = pending.turn_index or 0
    turn = state.turns[index]
    earlier = state.turns[max(0, index - params.context_turns) : index]
    before = tuple((t.role, t.text) for t in earlier if not t.withheld)
    return Work(
        call_id=state.meta.call_id,
        stage="labels",
        key=f"{state.pass_}-{index}-{turn.revision}",
        length_ms=0,
        request=LabelRequest(role=turn.role, text=turn.text, before=before, language=turn.language),
    )


def silent_tail(channel: ChannelState) -> ChannelState:
    """
    Return the channel with its last, incomplete window filled up with silence, and one more.

    The one more makes sure that the detector is asked again, so that open speech is cut off.
    """
    missing = -(channel.audio_start + len(channel.audio) - channel.judged) % WINDOW
    tail = np.zeros(missing + WINDOW, np.int16)
    return replace(channel, audio=np.concatenate([channel.audio, tail]))
