"""
Turns and marks -> what can be counted without a model.

Definitions, which the pages print beside the numbers:

* **speech** of a person: words no more than ``PAUSE_MS`` apart.  Agent speech while the caller was
  on hold counts nowhere.
* **back-channel**: a remark that only says "I am listening" ("mm-hm", "claro").  It is speech, but
  no turn, no answer and no interruption.
* **silence**: nobody speaks, from the first to the last sample, for at least the preset's length;
  hold, switched-off capture and lost audio are left out, because nobody knows what was said then.
* **non-talk**: hold plus silences.
* **interruption**: somebody begins while another has been speaking for ``TAKEN_MS`` and both go on
  for more than ``CUT_IN_MS``.
* **response**: from the end of a turn to the beginning of the other's next; 0 where they overlap;
  not counted across a hold.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from qm.types import WITHHELD, CallFacts, CallView, RedactedTurn, RedactedWord, Role, SpeechSpan

Span = tuple[int, int]

SILENCE_PRESETS: Mapping[str, int] = {"3s": 3_000, "5s": 5_000}
"""Shortest silence by preset: the two lengths in common use among analytics products."""

PAUSE_MS = 700
"""The longest pause after which an utterance is taken to be over: below it, it is one speech."""

TAKEN_MS = 300
"""Two people who begin within this time began together; neither interrupted."""

CUT_IN_MS = 1_000
"""Shorter overlaps are turn-taking, line delay or the yielding itself (form question 10)."""

_REMARK = (
    # English
    r"(?:m+h?m*|h+m+|m+-?h+m+|uh-? ?huh|u+h+|u+m+|a+h+|o+h+|aha|ok|okay|yeah|yep|yes|yup|right"
    r"|sure|all ?right|gotcha|wow|i see|exactly|definitely|absolutely|good|great"
    # Spanish
    r"|ajá|aja|sí|si|claro|bueno|ya|vale|eh|mj+m+|exacto|correcto|entiendo|dale|así es)"
)
_LISTENING = re.compile(rf"{_REMARK}(?: {_REMARK}){{0,3}}")
"""Up to four remarks: more of them say something."""

_ANSWERS = frozenset(
    ["yes", "yep", "yup", "sí", "si", "sure", "exactly", "exacto", "correcto", "good", "great"]
)
"""These answer a question when they stand alone."""
_EDGE = re.compile(r"^[^\w\[]+|[^\w\]]+$")


def backchannel(words: Sequence[RedactedWord]) -> bool:
    """
    Return whether ``words`` only say "I am listening" (English and Spanish).

    Words alone decide: "yeah" is one even where it answers a question; "yes" alone is none.

    >>> said = lambda text: [RedactedWord(start_ms=0, end_ms=1, text=w) for w in text.split()]
    >>> backchannel(said("Mm-hm, yeah.")), backchannel(said("Yes.")), backchannel(said("I see."))
    (True, False, True)
    """
    if not words or words[-1].text.endswith("?") or any(w.entity for w in words):
        return False
    plain = " ".join(_EDGE.sub("", w.text.lower()) for w in words)
    return plain not in _ANSWERS and _LISTENING.fullmatch(plain) is not None


def silences(
    view: CallView, duration_ms: int, least_ms: int = SILENCE_PRESETS["3s"]
) -> tuple[SpeechSpan, ...]:
    """
    Return the stretches of at least ``least_ms`` in which nobody speaks.

    Hold, switched-off capture and lost audio belong to no silence and end one.  Text channels have
    none.
    """
    if view.meta.medium != "voice":
        return ()
    unknown = [_clip(m.start_ms, m.end_ms, duration_ms) for m in view.marks if m.kind in _UNHEARD]
    taken = merge([*(s for t in view.turns for s in speech(t)), *unknown])
    edges = [0, *(e for span in taken for e in span), duration_ms]
    return tuple(
        SpeechSpan(start_ms=start, end_ms=end)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end - start >= least_ms
    )


def facts(view: CallView, duration_ms: int, silence: str = "3s") -> CallFacts:
    """
    Count what a call holds.

    Args:
        view: the whole call.
        duration_ms: length of the call.
        silence: name of a preset of ``SILENCE_PRESETS``.
    """
    turns = [t for t in view.turns if not t.on_hold]
    voice = view.meta.medium == "voice"
    spoken = {t.index: speech(t) if voice else () for t in turns}
    whole = [t for t in turns if not backchannel(t.words)]
    talk = _talk_ms(turns, spoken)
    words = Counter[str]()
    for turn in turns:
        words[turn.role] += sum(w.text != WITHHELD for w in turn.words)
    holds = merge(_clip(m.start_ms, m.end_ms, duration_ms) for m in view.marks if m.kind == "hold")
    gaps = merge(_clip(m.start_ms, m.end_ms, duration_ms) for m in view.marks if m.kind == "gap")
    quiet = silences(view, duration_ms, SILENCE_PRESETS[silence])
    hold_ms = _length(holds)
    return CallFacts(
        call_id=view.meta.call_id,
        duration_ms=duration_ms,
        talk_ms=talk,
        turns=dict(Counter[str](t.role for t in whole)),
        words=dict(words),
        words_per_minute={
            role: round(words[role] * 60_000 / ms, 1) for role, ms in talk.items() if ms
        },
        overlap_ms=_overlap_ms(turns, spoken),
        non_talk_ms=hold_ms + sum(s.end_ms - s.start_ms for s in quiet),
        longest_silence_ms=max((s.end_ms - s.start_ms for s in quiet), default=0),
        silences=quiet,
        interruptions=_interruptions(turns, spoken),
        hold_ms=hold_ms,
        holds=len(holds),
        lost_ms=_length(gaps),
        mean_response_ms=_mean_response_ms(whole, holds),
        redacted_words=sum(1 for t in view.turns for w in t.words if w.entity),
        withheld_turns=sum(t.withheld for t in view.turns),
    )


_UNHEARD = frozenset({"hold", "capture_off", "gap"})


def speech(turn: RedactedTurn) -> tuple[Span, ...]:
    """Return when ``turn`` is spoken: its words, joined over pauses of up to ``PAUSE_MS``."""
    if not turn.words:
        return ((turn.start_ms, turn.end_ms),)
    runs: list[Span] = []
    for word in turn.words:
        if runs and word.start_ms - runs[-1][1] <= PAUSE_MS:
            runs[-1] = (runs[-1][0], max(runs[-1][1], word.end_ms))
        else:
            runs.append((word.start_ms, word.end_ms))
    return tuple(runs)


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """
    Join overlapping and touching spans; empty ones vanish.

    >>> merge([(5, 9), (0, 3), (3, 4), (8, 12), (20, 20)])
    ((0, 4), (5, 12))
    """
    joined: list[Span] = []
    for start, end in sorted(s for s in spans if s[1] > s[0]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _clip(start_ms: int, end_ms: int | None, duration_ms: int) -> Span:
    return max(0, start_ms), min(duration_ms, duration_ms if end_ms is None else end_ms)


def _length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _talk_ms(turns: Sequence[RedactedTurn], spoken: Mapping[int, Sequence[Span]]) -> dict[str, int]:
    by_role: dict[str, list[Span]] = defaultdict(list)
    for turn in turns:
        by_role[turn.role].extend(spoken[turn.index])
    return {str(role): _length(merge(spans)) for role, spans in by_role.items()}


def _overlap_ms(turns: Sequence[RedactedTurn], spoken: Mapping[int, Sequence[Span]]) -> int:
    by_voice: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for turn in turns:
        by_voice[turn.role, turn.speaker].extend(spoken[turn.index])
    steps: Counter[int] = Counter()
    for spans in by_voice.values():
        for start, end in merge(spans):
            steps[start] += 1
            steps[end] -= 1
    total = voices = since = 0
    for at in sorted(steps):
        total += at - since if voices >= 2 else 0
        voices, since = voices + steps[at], at
    return total


def _interruptions(
    turns: Sequence[RedactedTurn], spoken: Mapping[int, Sequence[Span]]
) -> dict[str, int]:
    """Count by the role that cut in: each speech that begins well inside somebody else's."""
    runs = sorted(
        (
            *run,
            t.role,
            t.speaker,
            backchannel([w for w in t.words if run[0] <= w.start_ms < run[1]]),
        )
        for t in turns
        for run in spoken[t.index]
    )
    counted: Counter[str] = Counter()
    for number, (start, end, role, speaker, listening) in enumerate(runs):
        if listening:
            continue
        for other_start, other_end, other_role, other_speaker, other_listening in runs[:number]:
            if (
                (other_role, other_speaker) != (role, speaker)
                and not other_listening
                and start - other_start >= TAKEN_MS
                and min(end, other_end) - start > CUT_IN_MS
            ):
                counted[role] += 1
                break
    return {str(role): n for role, n in counted.items()}


def _mean_response_ms(turns: Sequence[RedactedTurn], holds: Sequence[Span]) -> dict[str, int]:
    waits: dict[str, list[int]] = defaultdict(list)
    sides = (Role.AGENT, Role.CUSTOMER)
    ordered = sorted(turns, key=lambda t: (t.start_ms, t.index))
    for before, after in pairwise(ordered):
        if before.role == after.role or before.role not in sides or after.role not in sides:
            continue
        if any(start < after.start_ms and end > before.end_ms for start, end in holds):
            continue
        waits[after.role].append(max(0, after.start_ms - before.end_ms))
    return {str(role): round(sum(w) / len(w)) for role, w in waits.items()}
