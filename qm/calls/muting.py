"""What must be silenced in a call's audio before anybody hears it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qm.calls.state import CallState
from qm.calls.work import CHANNEL_ROLE
from qm.stages.redaction import mute_spans
from qm.types import Channel, Mark, RedactedUtterance, SpeechSpan


def mute_plan(
    utterances: Sequence[RedactedUtterance],
    channels: Sequence[Channel],
    marks: Sequence[Mark] = (),
    duration_ms: int = 0,
) -> dict[Channel, tuple[SpeechSpan, ...]]:
    """
    Return the stretches to silence on each channel.

    Identifiers and withheld speech go on the channel they were spoken on (on a mixed line on the
    only one there is); what lay between ``capture_off`` and ``capture_on`` goes on all of them.
    """
    uncaptured = tuple(
        SpeechSpan(start_ms=m.start_ms, end_ms=duration_ms if m.end_ms is None else m.end_ms)
        for m in marks
        if m.kind == "capture_off"
    )
    plan: dict[Channel, tuple[SpeechSpan, ...]] = {}
    for channel in channels:
        own = [u for u in utterances if channel == "mixed" or u.role is CHANNEL_ROLE[channel]]
        plan[channel] = (*mute_spans(own), *uncaptured)
    return plan


def muting(state: CallState) -> Mapping[Channel, tuple[SpeechSpan, ...]]:
    """Return the plan for a call as its turns stand now."""
    return mute_plan(
        [u for d in state.drafts for u in d.utterances],
        state.meta.channels,
        state.marks,
        state.duration_ms or 0,
    )
