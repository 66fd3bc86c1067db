"""Nothing more comes: drain what is open; and the second recognition pass of a whole call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from qm.calls.settle import settle
from qm.calls.state import SAMPLES_PER_MS, CallParams, CallState, Pending, Step
from qm.calls.work import silent_tail
from qm.types import Role, Utterance, Word


def end(
    state: CallState,
    params: CallParams,
    *,
    duration_ms: int | None = None,
    reason: Literal["ended", "inactive", "log_lost"] = "ended",
) -> Step:
    """
    Say that nothing more comes.

    What is open is cut here and goes through the models; the call closes by itself when the last
    of it is applied.

    Args:
        state: a live call; one that has ended already is returned as it is.
        params: how calls are heard and judged.
        duration_ms: as the end record gave it; by default what was heard.
        reason: why.
    """
    if state.duration_ms is not None:
        return Step(state=state)
    heard_ms = max((c.heard_ms for c in state.channels), default=0)
    channels = tuple(silent_tail(c) for c in state.channels)
    state = replace(
        state, channels=channels, duration_ms=max(heard_ms, duration_ms or 0), ended_by=reason
    )
    return settle(state, params)


def reopened(state: CallState) -> CallState:
    """Return a call that was closed for inactivity, ready for more audio."""
    channels = tuple(
        replace(c, heard_ms=(c.audio_start + len(c.audio)) // SAMPLES_PER_MS)
        for c in state.channels  # the silence that closed them is part of them now
    )
    return replace(state, channels=channels, duration_ms=None, closed=False, ended_by="ended")


def final_pass(
    state: CallState, utterances: Sequence[tuple[int, Role, tuple[Word, ...]]], params: CallParams
) -> Step:
    """
    Begin pass 1 of a closed call.

    Args:
        state: the call as it closed.
        utterances: speaker, role and words of each, by time; at least one word each.
        params: how calls are heard and judged.

    Returns:
        A call whose utterances are recognised and wait for redaction, by a redactor that still
        knows the people and numbers of the call: the same machine carries it to its new turns,
        facts and scorecard.
    """
    queue = tuple(
        Pending(
            utterance=Utterance(
                channel="mixed",
                index=i,
                start_ms=words[0].start_ms,
                end_ms=words[-1].end_ms,
                decided_ms=words[-1].end_ms,
                samples=np.zeros(0, np.int16),
            ),
            words=words,
            speaker=speaker,
            role=role,
            language=state.language or "",
            language_prob=1.0,
        )
        for i, (speaker, role, words) in enumerate(utterances)
    )
    empty = tuple(
        replace(c, audio=np.zeros(0, np.int16), audio_start=c.heard_ms * SAMPLES_PER_MS)
        for c in state.channels
    )
    begun = CallState(
        meta=state.meta,
        pass_=1,
        channels=tuple(replace(c, judged=c.audio_start) for c in empty),
        queue=queue,
        memory=params.reread(state.memory),
        language=state.language,
        marks=state.marks,
        alerts=state.alerts,
        duration_ms=state.duration_ms,
        ended_by=state.ended_by,
    )
    return settle(begun, params)
