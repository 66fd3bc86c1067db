"""Redacted utterances -> turns: all speech of one person until the other takes the floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from qm.types import (
    WITHHELD,
    CallId,
    RedactedTurn,
    RedactedUtterance,
    RedactedWord,
    Redaction,
    Turn,
)

FRESH_START_MS = 5_000
"""After this long a silence the same person begins a new turn: seeking, reading and rules about
silence need it, and nobody hears two remarks so far apart as one."""

LONGEST_WORDS = 250
"""A monologue is cut here (about 100 s), so that no turn outgrows a classifier or a page row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A turn as it grows: its utterances, oldest first."""

    index: int
    utterances: tuple[RedactedUtterance, ...] = field(repr=False)
    revision: int = 0
    redaction_version: int = 0

    @property
    def end_ms(self) -> int:
        return max(u.words[-1].end_ms for u in self.utterances)


def place(
    drafts: tuple[Draft, ...],
    utterance: RedactedUtterance,
    backchannel: Callable[[Sequence[RedactedWord]], bool],
) -> tuple[tuple[Draft, ...], int]:
    """
    Put ``utterance`` where it belongs.

    It continues the speaker's last turn unless somebody else has spoken since (a back-channel is
    not speaking: "mm-hm" leaves the floor where it is), or the silence was long, or one of the two
    was on hold or withheld and the other not.

    Args:
        drafts: the turns so far, by index.
        utterance: at least one word.
        backchannel: whether words only say "I am listening".

    Returns:
        The new turns and the index of the one that changed.
    """
    own = [d for d in drafts if _voice(d.utterances[-1]) == _voice(utterance)]
    if own and _continues(own[-1], drafts, utterance, backchannel):
        grown = replace(
            own[-1],
            utterances=(*own[-1].utterances, utterance),
            revision=own[-1].revision + 1,
        )
        return _put(drafts, grown), grown.index
    new = Draft(index=len(drafts), utterances=(utterance,))
    return (*drafts, new), new.index


def revise(
    drafts: tuple[Draft, ...], utterance: RedactedUtterance
) -> tuple[tuple[Draft, ...], int | None]:
    """
    Put a corrected utterance in the place of the one with its number.

    Returns:
        The new turns and the index of the one that changed; None where there is no such utterance.
    """
    for draft in drafts:
        if any(u.utterance == utterance.utterance for u in draft.utterances):
            corrected = replace(
                draft,
                utterances=tuple(
                    utterance if u.utterance == utterance.utterance else u for u in draft.utterances
                ),
                revision=draft.revision + 1,
                redaction_version=draft.redaction_version + 1,
            )
            return _put(drafts, corrected), draft.index
    return drafts, None


def build(draft: Draft, call_id: CallId, pass_: int) -> RedactedTurn:
    """
    Return the turn of a draft: text, offsets of its placeholders, confidence.

    The text is the words joined by one space; a placeholder is one word, so its offsets are where
    it stands.
    """
    words = tuple(w for u in draft.utterances for w in u.words)
    redactions: list[Redaction] = []
    position = 0
    for word in words:
        if word.entity:
            redactions.append(
                Redaction(
                    entity=word.entity,
                    start=position,
                    end=position + len(word.text),
                    start_ms=word.start_ms,
                    end_ms=word.end_ms,
                )
            )
        position += len(word.text) + 1
    spoken = [w.word_prob for w in words if not w.entity and w.text != WITHHELD]
    first = draft.utterances[0]
    return RedactedTurn(
        call_id=call_id,
        pass_=pass_,
        index=draft.index,
        role=first.role,
        speaker=first.speaker,
        start_ms=min(w.start_ms for w in words),
        end_ms=draft.end_ms,
        text=" ".join(w.text for w in words),
        words=words,
        redactions=tuple(redactions),
        withheld=any(u.withheld for u in draft.utterances),
        on_hold=any(u.on_hold for u in draft.utterances),
        asr_confidence=round(sum(spoken) / len(spoken), 4) if spoken else 0.0,
        language=first.language,
        revision=draft.revision,
        redaction_version=draft.redaction_version,
    )


def withheld(turn: Turn, *, on_hold: bool = False) -> RedactedUtterance:
    """Return ``turn`` as one word that says nothing, with its times."""
    word = RedactedWord(start_ms=turn.start_ms, end_ms=turn.end_ms, text=WITHHELD, word_prob=0.0)
    return RedactedUtterance(
        utterance=turn.utterance,
        role=turn.role,
        speaker=turn.speaker,
        language=turn.language,
        words=(word,),
        withheld=True,
        on_hold=on_hold,
    )


def _voice(utterance: RedactedUtterance) -> tuple[str, int]:
    return utterance.role, utterance.speaker


def _continues(
    mine: Draft,
    drafts: tuple[Draft, ...],
    utterance: RedactedUtterance,
    backchannel: Callable[[Sequence[RedactedWord]], bool],
) -> bool:
    last = mine.utterances[-1]
    if utterance.words[0].start_ms - mine.end_ms >= FRESH_START_MS:
        return False
    if (last.withheld, last.on_hold) != (utterance.withheld, utterance.on_hold):
        return False
    if sum(len(u.words) for u in mine.utterances) + len(utterance.words) > LONGEST_WORDS:
        return False
    return not any(
        d.end_ms > mine.end_ms and not backchannel([w for u in d.utterances for w in u.words])
        for d in drafts
        if _voice(d.utterances[-1]) != _voice(utterance)
    )


def _put(drafts: tuple[Draft, ...], draft: Draft) -> tuple[Draft, ...]:
    return (*drafts[: draft.index], draft, *drafts[draft.index + 1 :])
