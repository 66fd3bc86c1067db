"""Words and speaker spans -> who said what."""

from __future__ import annotations

from collections.abc import Sequence

from qm.types import SpeakerSpan, Word

NEAR_MS = 250
"""A word that touches no span goes to a span this near: recogniser and diariser each miss edges by
some frames of 20 ms.  Farther off nobody is better than a guess."""

BREAK_MS = 1_000
"""A pause this long ends a stretch of speech even where nobody else speaks."""

Stretch = tuple[int, tuple[Word, ...]]
"""Speaker and words of what one person said without a break."""


def speaker_of(word: Word, spans: Sequence[SpeakerSpan]) -> int | None:
    """
    Return the speaker who talks most while ``word`` is said, or None where nobody is near.

    >>> spans = [SpeakerSpan(start_ms=0, end_ms=900, speaker=0),
    ...          SpeakerSpan(start_ms=900, end_ms=2000, speaker=1)]
    >>> speaker_of(Word(start_ms=850, end_ms=1100, text="hello"), spans)
    1
    >>> speaker_of(Word(start_ms=2100, end_ms=2200, text="bye"), spans)
    1
    >>> speaker_of(Word(start_ms=9000, end_ms=9100, text="hm"), spans) is None
    True
    """
    shared_ms: dict[int, int] = {}
    gap_ms: dict[int, int] = {}
    for span in spans:
        overlap = min(word.end_ms, span.end_ms) - max(word.start_ms, span.start_ms)
        if overlap > 0:
            shared_ms[span.speaker] = shared_ms.get(span.speaker, 0) + overlap
        else:
            gap_ms[span.speaker] = min(gap_ms.get(span.speaker, -overlap), -overlap)
    if shared_ms:
        return max(shared_ms, key=lambda s: (shared_ms[s], -s))
    nearest = min(gap_ms, key=lambda s: (gap_ms[s], s), default=None)
    return nearest if nearest is not None and gap_ms[nearest] <= NEAR_MS else None


def by_speaker(words: Sequence[Word], spans: Sequence[SpeakerSpan]) -> list[Stretch]:
    """
    Cut the words of a mixed line into stretches of one speaker.

    A word that nobody is near stays with the words before it (the first ones with those after).

    Args:
        words: of the whole call, by time.
        spans: of the whole call; without any, all words are speaker 0's.

    Returns:
        Stretches by time; each begins where the speaker changes or has paused.
    """
    found = [speaker_of(word, spans) for word in words]
    current = next((s for s in found if s is not None), 0)
    stretches: list[Stretch] = []
    for word, speaker in zip(words, found, strict=True):
        current = current if speaker is None else speaker
        last = stretches[-1] if stretches else None
        if last and last[0] == current and word.start_ms - last[1][-1].end_ms < BREAK_MS:
            stretches[-1] = (current, (*last[1], word))
        else:
            stretches.append((current, (word,)))
    return stretches
