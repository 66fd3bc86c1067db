"""Records -> audio on the call's time line: order, gaps, stretches that must not be captured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qm.calls.settle import settle
from qm.calls.state import (
    LAG_MS,
    CallParams,
    CallState,
    ChannelState,
    Step,
    overlaps,
    with_channel,
    with_drafts,
)
from qm.errors import AudioError
from qm.stages.audio import resample
from qm.stages.turns import revise, withheld
from qm.types import (
    AudioChunk,
    AudioRecord,
    CallMeta,
    Codec,
    Event,
    Mark,
    Pcm,
)

JITTER_MS = 20
"""A record this little off its place is put where the audio before it ended: clocks drift."""

LONGEST_GAP_MS = 10 * 60_000
"""A jump beyond this is a broken offset, not lost audio."""

SILENT_RATE_HZ = 8_000
"""Rate of the silence that stands for lost audio in the kept copy."""


def start(meta: CallMeta) -> CallState:
    """Return a call of which nothing has been heard."""
    return CallState(
        meta=meta,
        channels=tuple(ChannelState(channel=c) for c in meta.channels),
        language=meta.language,
    )


def feed(state: CallState, record: AudioRecord, params: CallParams) -> Step:
    """
    Take one packet of audio.

    A packet seen before is left out; a hole is filled with silence and marked; what lies between
    ``capture_off`` and ``capture_on`` is never decoded.

    Returns:
        The new state, the events that follow without a model, the decoded audio, and why the
        record was refused, if it was: "unknown_channel", "duplicate", "seq_back",
        "offset_jump", "bad_audio", "after_end".
    """
    channel = next((c for c in state.channels if c.channel == record.channel), None)
    if channel is None:
        return Step(state=state, rejected="unknown_channel")
    if refused := _refuse(state, channel, record):
        return Step(state=state, rejected=refused)
    try:
        pcm = _decoded(state, channel, record, params.decode)
    except AudioError:
        return Step(state=state, rejected="bad_audio")

    chunks: list[AudioChunk] = []
    gap_ms = record.offset_ms - channel.heard_ms
    if gap_ms > JITTER_MS:
        state, channel, chunk = _silence(state, channel, record.offset_ms)
        chunks.append(chunk)
    elif gap_ms < -JITTER_MS:
        pcm = pcm[-gap_ms * record.rate_hz // 1000 :]
    chunks.append(
        AudioChunk(
            call_id=record.call_id,
            channel=channel.channel,
            start_ms=channel.heard_ms,
            rate_hz=record.rate_hz,
            samples=pcm,
        )
    )
    channel = _appended(channel, pcm, record.rate_hz)
    channel = replace(channel, last_seq=record.seq, last_payload=record.payload)
    state, more = _without_laggards(with_channel(state, channel))
    settled = settle(state, params)
    return replace(settled, chunks=(*chunks, *more))


def note(state: CallState, marks: tuple[Mark, ...], params: CallParams) -> Step:
    """
    Take what contact events say of the call: holds, stretches not to be captured, transfers.

    Args:
        state: the call.
        marks: all of them, as the events known so far give them; marks of lost audio stay.
        params: how calls are heard and judged.

    Returns:
        The new state; where the news came late, what was captured in between is withheld.
    """
    gaps = tuple(m for m in state.marks if m.kind == "gap")
    if state.closed or marks == tuple(m for m in state.marks if m.kind != "gap"):
        return Step(state=state)
    state, events = _late_capture_off(replace(state, marks=(*gaps, *marks)))
    settled = settle(state, params)
    return replace(settled, events=(*events, *settled.events))


def _refuse(state: CallState, channel: ChannelState, record: AudioRecord) -> str:
    if state.duration_ms is not None:
        return "after_end"
    if record.seq == channel.last_seq:
        return "duplicate"
    if record.seq < channel.last_seq:
        return "seq_back"
    if record.offset_ms - channel.heard_ms > LONGEST_GAP_MS:
        return "offset_jump"
    return ""


def _decoded(
    state: CallState,
    channel: ChannelState,
    record: AudioRecord,
    decode: Callable[[Codec, int, bytes, bytes], Pcm],
) -> Pcm:
    if overlaps(state.marks, "capture_off", record.offset_ms, record.offset_ms + 1):
        return np.zeros(record.rate_hz // 5, np.int16)  # 200 ms that nobody may decode
    return decode(record.codec, record.rate_hz, record.payload, channel.last_payload)


def _appended(channel: ChannelState, pcm: Pcm, rate_hz: int) -> ChannelState:
    model_pcm, history = resample(pcm, rate_hz, channel.resampler)
    return replace(
        channel,
        heard_ms=channel.heard_ms + len(pcm) * 1000 // rate_hz,
        resampler=history,
        audio=np.concatenate([channel.audio, model_pcm]),
    )


def _silence(
    state: CallState, channel: ChannelState, until_ms: int
) -> tuple[CallState, ChannelState, AudioChunk]:
    """Fill a channel with silence up to ``until_ms`` and mark it as lost audio."""
    length_ms = until_ms - channel.heard_ms
    pcm = np.zeros(length_ms * SILENT_RATE_HZ // 1000, np.int16)
    chunk = AudioChunk(
        call_id=state.meta.call_id,
        channel=channel.channel,
        start_ms=channel.heard_ms,
        rate_hz=SILENT_RATE_HZ,
        samples=pcm,
    )
    if not overlaps(state.marks, "capture_off", channel.heard_ms, until_ms):
        mark = Mark(kind="gap", start_ms=channel.heard_ms, end_ms=until_ms, channel=channel.channel)
        state = replace(state, marks=(*state.marks, mark))
    # A fresh filter: the history belongs to audio before the gap, maybe at another rate.
    channel = replace(channel, resampler=np.zeros(0, np.int16))
    channel = _appended(channel, pcm, SILENT_RATE_HZ)
    return state, replace(channel, resampler=np.zeros(0, np.int16)), chunk


def _without_laggards(state: CallState) -> tuple[CallState, tuple[AudioChunk, ...]]:
    ahead_ms = max(c.heard_ms for c in state.channels)
    chunks: list[AudioChunk] = []
    for channel in state.channels:
        if ahead_ms - channel.heard_ms > LAG_MS:
            state, filled, chunk = _silence(state, channel, ahead_ms - LAG_MS)
            state = with_channel(state, filled)
            chunks.append(chunk)
    return state, tuple(chunks)


def _late_capture_off(state: CallState) -> tuple[CallState, tuple[Event, ...]]:
    """Withhold what was recognised before the news came that it must not be captured."""
    events: list[Event] = []
    drafts = state.drafts
    for turn in state.spoken:
        if overlaps(state.marks, "capture_off", turn.start_ms, turn.end_ms):
            placed = [u for d in drafts for u in d.utterances if u.utterance == turn.utterance]
            if placed and not placed[0].withheld:
                drafts, index = revise(drafts, withheld(turn))
                if index is not None:
                    state = with_drafts(state, drafts, index)
                    events.append(state.turns[index])
    return state, tuple(events)
