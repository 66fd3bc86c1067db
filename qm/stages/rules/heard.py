"""A view of a call -> the index that conditions look things up in, made once an evaluation."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from qm.stages.rules.phrases import plain
from qm.types import CallView, Evidence, Mark, MarkKind, RedactedTurn, Role

LEAST_CONFIDENCE = 0.5
"""Mean word probability under which labels and words of a turn are not relied on: of such turns
more than half of the words are wrong, so that a missing label says nothing."""

DOUBT_WORDS = 3
"""A turn of fewer words is not worth a doubt: it can hold neither a request nor a safety step."""

PAUSE_MS = 400
"""Shortest pause at which the ear cuts an utterance: what comes before it was heard by then."""

LONGEST_UTTERANCE_MS = 12_000
"""Where the ear cuts an utterance at the latest."""

LABEL_WAIT_MS = 10_000
"""A turn this old that still has no labels will not get any: its classifier failed."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A condition holds: since when, what shows it."""

    start_ms: int  #: of what was said or happened
    heard_ms: int  #: the earliest call time at which it could be known
    at_ms: int  #: the end of what decided it
    evidence: tuple[Evidence, ...] = ()
    cause: str = ""  #: stable under growth: kind or role, and start


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A condition might hold, but this cannot be evaluated."""

    at_ms: int
    reason: str
    turn_index: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What has ended by ``until_ms``."""

    view: CallView = field(repr=False)
    until_ms: int
    ended: bool
    turns: tuple[RedactedTurn, ...] = field(repr=False)  #: by start; none on hold
    on: Mapping[str, tuple[RedactedTurn, ...]] = field(repr=False)  #: by label
    sure: Mapping[str, tuple[RedactedTurn, ...]] = field(repr=False)  #: by label, alert level
    unsure: Mapping[str, tuple[RedactedTurn, ...]] = field(repr=False)  #: by label, neither
    doubts: Mapping[int, str] = field(repr=False)  #: reason by turn index
    spans: Mapping[str, tuple[Span, ...]] = field(repr=False)  #: of marks by kind, clipped
    deaf: tuple[Span, ...] = field(repr=False)  #: hold, capture off, lost audio
    letters: str = field(repr=False)  #: of all turns, plain, a line each
    lines: tuple[int, ...] = field(repr=False)  #: where each turn begins in ``letters``

    def marks(self, kind: MarkKind) -> tuple[Mark, ...]:
        """Return the marks of a kind that have begun."""
        return tuple(m for m in self.view.marks if m.kind == kind and m.start_ms < self.until_ms)

    def holding(self, keys: Iterable[str]) -> tuple[RedactedTurn, ...]:
        """Return the turns whose plain text holds one of ``keys``: one search for all turns."""
        found: set[int] = set()
        for key in keys:
            at = self.letters.find(key)
            while at >= 0:
                line = bisect_right(self.lines, at) - 1
                found.add(line)
                end = self.letters.find("\n", at)
                at = self.letters.find(key, end) if end >= 0 else -1
        return tuple(self.turns[i] for i in sorted(found))

    def has_passed(self, at_ms: int) -> bool:
        """Return whether everything up to ``at_ms`` has been heard."""
        return self.until_ms > at_ms or (self.ended and self.until_ms >= at_ms)


def listen(view: CallView, until_ms: int) -> Heard:
    """Index what has ended in ``view`` by ``until_ms``."""
    until_ms = min(until_ms, view.clock_ms)
    turns = tuple(
        sorted(
            (t for t in view.turns if t.end_ms <= until_ms and not t.on_hold),
            key=lambda t: (t.start_ms, t.index),
        )
    )
    letters = plain("\n".join(t.text for t in turns))
    on: dict[str, list[RedactedTurn]] = defaultdict(list)
    sure: dict[str, list[RedactedTurn]] = defaultdict(list)
    unsure: dict[str, list[RedactedTurn]] = defaultdict(list)
    for turn in turns:
        if labels := view.labels.get(turn.index):
            for label in labels.labels:
                if label.on:
                    on[label.label].append(turn)
                    if label.alert:
                        sure[label.label].append(turn)
                elif label.unsure:
                    unsure[label.label].append(turn)
    spans = {kind: _spans(view, kind, until_ms) for kind in ("hold", "capture_off", "gap")}
    return Heard(
        view=view,
        until_ms=until_ms,
        ended=view.ended and until_ms >= view.clock_ms,
        turns=turns,
        on={k: tuple(v) for k, v in on.items()},
        sure={k: tuple(v) for k, v in sure.items()},
        unsure={k: tuple(v) for k, v in unsure.items()},
        doubts={t.index: reason for t in turns if (reason := _doubt(view, t))},
        spans=spans,
        deaf=merge(s for of_kind in spans.values() for s in of_kind),
        letters=letters,
        lines=tuple(accumulate((len(line) + 1 for line in letters.split("\n")), initial=0)),
    )


_SIDES = (Role.AGENT, Role.CUSTOMER)


def _doubt(view: CallView, turn: RedactedTurn) -> str:
    if turn.role not in _SIDES:
        return ""
    if turn.withheld:
        return "withheld"
    if turn.text.count(" ") < DOUBT_WORDS - 1:
        return ""
    if 0 < turn.asr_confidence < LEAST_CONFIDENCE:  # 0: nothing but placeholders
        return "low confidence"
    labels = view.labels.get(turn.index)
    if labels is None or not labels.labels:
        return "no validated labels" if view.not_validated else "not labelled"
    return ""


def _spans(view: CallView, kind: str, until_ms: int) -> tuple[Span, ...]:
    return merge(
        (m.start_ms, until_ms if m.end_ms is None else min(m.end_ms, until_ms))
        for m in view.marks
        if m.kind == kind
    )


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join overlapping and touching spans; empty ones vanish."""
    joined: list[Span] = []
    for start, end in sorted(s for s in spans if s[1] > s[0]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def after(start_ms: int, counted_ms: int, still: Iterable[Span]) -> int:
    """
    Return when a stopwatch that stands still in ``still`` has run ``counted_ms``.

    >>> after(10, 20, [(0, 12), (15, 18), (40, 50)])
    35
    """
    at_ms = start_ms
    left = counted_ms
    for begin, end in still:
        if end <= at_ms:
            continue
        if begin > at_ms:
            if begin - at_ms >= left:
                break
            left -= begin - at_ms
        at_ms = end
    return at_ms + left


def first_heard(turn: RedactedTurn) -> int:
    """
    Return the end of the first utterance in ``turn``.

    A turn grows and its labels may have been on from its first utterance; taking that moment is
    in favour of whoever spoke, and does not change while the turn grows.
    """
    end_ms = 0
    for word in turn.words:
        if end_ms and (
            word.start_ms - end_ms >= PAUSE_MS or word.end_ms > turn.start_ms + LONGEST_UTTERANCE_MS
        ):
            return end_ms
        end_ms = word.end_ms
    return end_ms or turn.end_ms


def point(turn: RedactedTurn) -> Evidence:
    """Return the place of ``turn`` in the call."""
    return Evidence(
        role=turn.role, start_ms=turn.start_ms, end_ms=turn.end_ms, turn_index=turn.index
    )


def said(turn: RedactedTurn) -> Moment:
    """Return the moment at which ``turn`` was said."""
    return Moment(
        start_ms=turn.start_ms,
        heard_ms=first_heard(turn),
        at_ms=turn.end_ms,
        evidence=(point(turn),),
        cause=f"{turn.role}:{turn.start_ms}",
    )
