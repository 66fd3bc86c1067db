"""
A turn and the identifiers found in it -> an utterance that may be stored, and audio without them.

Widths rest on a measurement with known times (44 identifiers, two sizes of Whisper): the times of
recognised words miss the sound by up to 0.3 s (5 % to 95 %), and 0.5 s more on either side mutes
every identifier whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qm.errors import RedactionError
from qm.types import (
    Pcm,
    PhiSpan,
    RedactedUtterance,
    RedactedWord,
    SpeechSpan,
    Turn,
    Word,
)

#: Muted on either side of an identifier.
PAD_MS = 500
#: Into a spoken word that follows or precedes without a pause, this much is muted: as far as word
#: times are wrong.
INTO_NEIGHBOUR_MS = 300
#: From this pause on the neighbour's edge can be trusted, and muting stops there.
CLEAR_MS = 200
#: A neighbour that is itself a guess does not keep anything from being muted.
SURE_PROB = 0.5
#: A breath inside one number or name.
JOIN_MS = 1000
#: Long enough not to click, short enough to stay inside the pad.
FADE_MS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Muted:
    entity: str
    word: tuple[int, int]  #: times of the placeholder
    padded: SpeechSpan


def redact(turn: Turn, spans: Sequence[PhiSpan]) -> RedactedUtterance:
    """
    Replace every span by its placeholder, which takes the times of the words it covers.

    Spans are widened to whole words: half a number is still an identifier, and audio can only be
    muted by the word.  A word that two spans touch counts to the one that began first.

    Args:
        turn: one recognised utterance.
        spans: offsets into ``turn.text``, in any order.

    Raises:
        RedactionError: a span lies outside the text, so text and spans are not of the same turn.

    >>> from qm.types import CallId, Role
    >>> words = [Word(start_ms=i * 300, end_ms=i * 300 + 250, text=t)
    ...          for i, t in enumerate("my number is 078-05-1120 thanks".split())]
    >>> turn = Turn(call_id=CallId("c1"), utterance=0, speaker=1, role=Role.CUSTOMER,
    ...             language="en", words=tuple(words))
    >>> safe = redact(turn, [PhiSpan(start=13, end=20, entity="SSN")])
    >>> [(w.text, w.start_ms, w.end_ms) for w in safe.words[2:]]
    [('is', 600, 850), ('[SSN]', 900, 1150), ('thanks', 1200, 1450)]
    """
    length = len(turn.text)
    if any(not 0 <= s.start < s.end <= length for s in spans):
        raise RedactionError(f"call {turn.call_id} utterance {turn.utterance}: span outside text")
    ordered = sorted(spans, key=lambda s: (s.start, -s.end))
    words: list[RedactedWord] = []
    position = 0
    last: PhiSpan | None = None
    for word in turn.words:
        end = position + len(word.text)
        hits = [s for s in ordered if s.start < end and s.end > position]
        hit = last if last in hits else next(iter(hits), None)
        if hit is not None and hit is last:
            words[-1] = replace(words[-1], end_ms=max(words[-1].end_ms, word.end_ms))
        else:
            words.append(_word(word, hit))
        last = hit
        position = end + 1
    return RedactedUtterance(
        utterance=turn.utterance,
        role=turn.role,
        speaker=turn.speaker,
        language=turn.language,
        words=tuple(words),
    )


def mute_spans(
    utterances: Sequence[RedactedUtterance], pad_ms: int = PAD_MS
) -> tuple[SpeechSpan, ...]:
    """
    Return what to mute on the channel that these utterances were spoken on.

    An identifier is muted with ``pad_ms`` on either side, less where a surely recognised word is
    spoken after a pause.  A withheld utterance is muted whole.  What lies between two identifiers
    of one kind with less than a second between them belongs to them.

    Args:
        utterances: of one channel, or of the mixed line, in any order.
        pad_ms: how far word times may be wrong, with something to spare.

    Returns:
        Spans in order, none touching another.

    >>> from qm.types import Role
    >>> def said(start, end, text, entity=""):
    ...     return RedactedWord(start_ms=start, end_ms=end, text=text, entity=entity)
    >>> words = (said(0, 900, "yes"), said(1600, 2400, "[DATE]", "DATE"), said(2450, 2900, "okay"))
    >>> mute_spans([RedactedUtterance(utterance=0, role=Role.CUSTOMER, speaker=0, language="en",
    ...                               words=words)])
    (SpeechSpan(start_ms=1100, end_ms=2700, speech_prob=1.0),)
    """
    ordered = sorted(utterances, key=lambda u: u.words[0].start_ms)
    words = [(w, u.withheld) for u in ordered for w in u.words]
    found: list[_Muted] = []
    for i, (word, withheld) in enumerate(words):
        if not word.entity and not withheld:
            continue
        before = words[i - 1] if i else None
        after = words[i + 1] if i + 1 < len(words) else None
        start = word.start_ms - _reach(before, word.start_ms, pad_ms, earlier=True)
        end = word.end_ms + _reach(after, word.end_ms, pad_ms, earlier=False)
        found.append(
            _Muted(
                entity=word.entity,
                word=(word.start_ms, word.end_ms),
                padded=SpeechSpan(start_ms=max(start, 0), end_ms=end),
            )
        )
    return _joined(found)


def mute(samples: Pcm, rate_hz: int, spans: Sequence[SpeechSpan], start_ms: int = 0) -> Pcm:
    """
    Return ``samples`` with silence in every span, of the same length.

    Args:
        samples: shape (n,), int16.
        rate_hz: samples a second.
        spans: call time; parts outside the samples are left out.
        start_ms: call time of the first sample.

    >>> loud = np.full(1600, 1000, dtype=np.int16)
    >>> quiet = mute(loud, 8000, [SpeechSpan(start_ms=50, end_ms=150)])
    >>> int(quiet[399]), int(quiet[800]), int(quiet[1200]), len(quiet)
    (1000, 0, 1000, 1600)
    """
    out = samples.copy()
    fade = max(1, FADE_MS * rate_hz // 1000)
    for span in spans:
        first = (span.start_ms - start_ms) * rate_hz // 1000
        stop = -(-(span.end_ms - start_ms) * rate_hz // 1000)  # rounded up: no sample is left
        gain = np.zeros(max(0, stop - first), dtype=np.float32)
        ramp = np.linspace(1.0, 0.0, fade, dtype=np.float32)
        if len(gain) >= 2 * fade:
            gain[:fade] = ramp
            gain[-fade:] = ramp[::-1]
        low, high = max(first, 0), min(stop, len(out))
        if low < high:
            piece = out[low:high] * gain[low - first : high - first]
            out[low:high] = piece.astype(np.int16)
    return out


def _word(word: Word, hit: PhiSpan | None) -> RedactedWord:
    return RedactedWord(
        start_ms=word.start_ms,
        end_ms=word.end_ms,
        text=word.text if hit is None else hit.placeholder or f"[{hit.entity}]",
        word_prob=word.word_prob,
        entity="" if hit is None else hit.entity,
    )


def _reach(
    neighbour: tuple[RedactedWord, bool] | None, edge_ms: int, pad_ms: int, *, earlier: bool
) -> int:
    """Return how far beyond ``edge_ms`` to mute, towards the word that comes next there."""
    if neighbour is None:
        return pad_ms
    word, withheld = neighbour
    if word.entity or withheld or word.word_prob < SURE_PROB:
        return pad_ms
    pause = edge_ms - word.end_ms if earlier else word.start_ms - edge_ms
    if pause >= CLEAR_MS:
        return min(pad_ms, pause)
    return min(pad_ms, INTO_NEIGHBOUR_MS)


def _joined(found: Sequence[_Muted]) -> tuple[SpeechSpan, ...]:
    spans: list[SpeechSpan] = []
    last: _Muted | None = None
    for muted in sorted(found, key=lambda m: m.padded.start_ms):
        breath = (
            last is not None
            and last.entity == muted.entity
            and muted.word[0] - last.word[1] < JOIN_MS
        )
        if spans and (breath or muted.padded.start_ms <= spans[-1].end_ms):
            end_ms = max(spans[-1].end_ms, muted.padded.end_ms)
            spans[-1] = replace(spans[-1], end_ms=end_ms)
        else:
            spans.append(muted.padded)
        last = muted
    return tuple(spans)
