"""Leaf conditions: what turns, marks, silence, language, metadata, facts and the outcome show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qm.stages.rules.heard import Doubt, Heard, Moment, merge, point, said
from qm.stages.rules.model import (
    EndIs,
    FactIs,
    ForeignIs,
    MarkIs,
    MetaIs,
    OutcomeIs,
    SilenceIs,
    TurnIs,
)
from qm.types import MarkKind, RedactedTurn, Role, Verdict

UNLABELLED = ("not labelled", "no validated labels")
"""Reasons for doubt that leave the words of a turn as good as ever."""

SHORT_GAP_MS = 2_000
"""Lost audio shorter than this hides no remark that would have ended a silence."""

WORD_MS = 400
"""A written word counts as long as it would take to say, at 150 words a minute."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a condition holds, and where that could not be evaluated."""

    moments: tuple[Moment, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def of_role(heard: Heard, role: Role) -> tuple[RedactedTurn, ...]:
    """Return the turns of ``role``."""
    return tuple(t for t in heard.turns if t.role == role)


def is_one_of(value: str, values: Iterable[str]) -> bool:
    """
    Return whether ``value`` is one of ``values``, of which ``x*`` begins with x.

    >>> is_one_of("nurse_line", ["billing", "nurse*"])
    True
    """
    return any(value.startswith(v[:-1]) if v.endswith("*") else value == v for v in values)


# ------------------------------------------------------------------------------------- turns


def _turns(condition: TurnIs, heard: Heard, generous: bool) -> Found:
    if condition.last_ms is not None and not heard.ended:
        return Found()
    doubts = _doubts(condition, heard, generous)
    doubted = {d.turn_index for d in doubts}
    moments = tuple(
        said(turn)
        for turn in _candidates(condition, heard)
        if (generous or turn.index not in doubted)
        and _may_be(condition, turn, heard)
        and _worded(condition, turn)
    )
    known = {m.evidence[0].turn_index for m in moments}
    return Found(moments, tuple(d for d in doubts if d.turn_index not in known))


def _doubts(condition: TurnIs, heard: Heard, generous: bool) -> list[Doubt]:
    """
    Return the turns for which labels or words cannot be relied on.

    A label that is neither on nor off is a doubt only where it is awaited (``generous``): it may
    be the step; as a cause it is not sure enough.
    """
    if not (condition.labels or condition.words or condition.not_words):
        return []
    by_index = {t.index: t for t in heard.turns} if heard.doubts else {}
    found = [
        (by_index[index], reason)
        for index, reason in heard.doubts.items()
        if condition.labels or reason not in UNLABELLED
    ]
    for label in condition.labels if generous else ():
        found += [(t, "unsure") for t in heard.unsure.get(label, ()) if _worded(condition, t)]
    return [
        Doubt(at_ms=turn.end_ms, reason=reason, turn_index=turn.index)
        for turn, reason in found
        if _may_be(condition, turn, heard)
    ]


def _candidates(condition: TurnIs, heard: Heard) -> Iterable[RedactedTurn]:
    if not condition.labels:
        keys = condition.words.keys if condition.words else ()
        return heard.holding(keys) if keys else heard.turns
    index = heard.sure if condition.sure else heard.on
    found = {t.index: t for label in condition.labels for t in index.get(label, ())}
    return found.values()


def _may_be(condition: TurnIs, turn: RedactedTurn, heard: Heard) -> bool:
    """Return whether everything but labels and words holds for ``turn``."""
    if condition.role is not None and turn.role != condition.role:
        return False
    if condition.switched:
        first = next(t for t in heard.turns if t.role == turn.role)
        if turn.language == first.language:
            return False
    if condition.first_ms is not None and turn.start_ms > condition.first_ms:
        return False
    if condition.last_ms is not None and turn.end_ms < heard.until_ms - condition.last_ms:
        return False
    return turn.text.count(" ") + 1 >= condition.least_words


def _worded(condition: TurnIs, turn: RedactedTurn) -> bool:
    if condition.words and condition.words.span(turn.text) is None:
        return False
    return condition.not_words is None or condition.not_words.span(turn.text) is None


# ----------------------------------------------------------------------------- marks, silence


def _marks(condition: MarkIs, heard: Heard, generous: bool) -> Found:
    if condition.total_ms is not None:
        return _total(condition.kind, condition.total_ms, heard)
    moments = []
    for mark in heard.marks(condition.kind):
        if condition.target not in ("", mark.target):
            continue
        end_ms = heard.until_ms if mark.end_ms is None else min(mark.end_ms, heard.until_ms)
        over_ms = condition.over_ms
        if over_ms is not None:
            at_ms = mark.start_ms + over_ms if end_ms - mark.start_ms > over_ms else None
        elif condition.ends:
            at_ms = None if mark.end_ms is None or mark.end_ms > heard.until_ms else mark.end_ms
        else:
            at_ms = mark.start_ms
        if at_ms is not None:
            moments.append(_unspoken(mark.kind, mark.start_ms, at_ms, heard))
    return Found(tuple(moments))


def _total(kind: MarkKind, over_ms: int, heard: Heard) -> Found:
    """Return when all marks of a kind together have lasted longer than ``over_ms``."""
    before_ms = 0
    for start_ms, end_ms in heard.spans.get(kind, ()):
        if before_ms + end_ms - start_ms > over_ms:
            return Found((_unspoken(kind, start_ms, start_ms + over_ms - before_ms, heard),))
        before_ms += end_ms - start_ms
    return Found()


def _unspoken(kind: str, start_ms: int, at_ms: int, heard: Heard) -> Moment:
    """Return a moment that no turn makes; the last turn begun by then is what one can hear."""
    before = [t for t in heard.turns if t.start_ms <= start_ms]
    return Moment(
        start_ms=start_ms,
        heard_ms=at_ms,
        at_ms=at_ms,
        evidence=(point(before[-1]),) if before else (),
        cause=f"{kind}:{start_ms}",
    )


def _silences(condition: SilenceIs, heard: Heard, generous: bool) -> Found:
    if heard.view.meta.medium != "voice":
        return Found()  # between messages people do other things: forms count response times
    open_ms = heard.view.open_speech_ms
    until_ms = heard.until_ms if open_ms is None else min(open_ms, heard.until_ms)
    unheard = [
        (start, end)
        for kind, spans in heard.spans.items()
        for start, end in spans
        if kind != "gap" or end - start >= SHORT_GAP_MS
    ]
    gone = [(m.start_ms, heard.until_ms) for m in heard.marks("transferred")]
    spoken = merge([*((t.start_ms, t.end_ms) for t in heard.turns), *unheard, *gone])
    edges = [*(e for span in spoken for e in span), until_ms][1:]
    moments = []
    for start_ms, end_ms in zip(edges[::2], edges[1::2], strict=True):
        if end_ms - start_ms <= condition.over_ms:
            continue
        ended = [t for t in heard.turns if t.end_ms <= start_ms]
        if ended and _leaves_waiting(condition, max(ended, key=lambda t: t.end_ms), heard):
            at_ms = start_ms + condition.over_ms
            moments.append(_unspoken("silence", start_ms, at_ms, heard))
    return Found(tuple(moments))


def _leaves_waiting(condition: SilenceIs, before: RedactedTurn, heard: Heard) -> bool:
    if condition.after is not None and before.role != condition.after:
        return False
    if condition.unless_question and before.text.rstrip().endswith("?"):
        return False
    labels = heard.view.labels.get(before.index)
    return labels is None or not any(labels.on(x) for x in condition.unless_labels)


# ----------------------------------------------------------------------------------- language


def _foreign(condition: ForeignIs, heard: Heard, generous: bool) -> Found:
    agent: set[str] = set()
    turns: dict[str, list[RedactedTurn]] = defaultdict(list)
    for turn in heard.turns:
        if turn.role == Role.AGENT:
            agent.add(turn.language)
        elif turn.role == Role.CUSTOMER:
            turns[turn.language].append(turn)
    moments = []
    for language in sorted(turns.keys() - agent) if agent else ():
        speech_ms = 0
        for n, turn in enumerate(turns[language], start=1):
            speech_ms += _length_ms(turn)
            if n >= condition.turns and speech_ms >= condition.speech_ms:
                first = said(turns[language][0])
                moments.append(
                    Moment(
                        start_ms=first.start_ms,
                        heard_ms=turn.end_ms,
                        at_ms=turn.end_ms,
                        evidence=(*first.evidence, point(turn)),
                        cause=first.cause,
                    )
                )
                break
    return Found(tuple(moments))


def _length_ms(turn: RedactedTurn) -> int:
    if turn.medium == "voice":
        return turn.end_ms - turn.start_ms
    return WORD_MS * (turn.text.count(" ") + 1)


# ------------------------------------------------------------------------------ the whole call


def _meta(condition: MetaIs, heard: Heard, generous: bool) -> Found:
    value = getattr(heard.view.meta, condition.name)
    holds = is_one_of(str(value or ""), condition.values) is not condition.negated
    return Found((_START,) if holds else ())


def _fact(condition: FactIs, heard: Heard, generous: bool) -> Found:
    if not heard.ended:
        return Found()
    if heard.view.facts is None:
        return Found(doubts=(Doubt(at_ms=heard.until_ms, reason="no facts"),))
    value = getattr(heard.view.facts, condition.name)
    if isinstance(value, Mapping):
        value = value.get(condition.role, 0)
    over = condition.over is None or value > condition.over
    under = condition.under is None or value < condition.under
    return Found((_end(heard),) if over and under else ())


def _outcome(condition: OutcomeIs, heard: Heard, generous: bool) -> Found:
    if not heard.ended:
        return Found()
    outcome = heard.view.outcome
    verdict: Verdict | None = getattr(outcome, condition.name) if outcome else None
    if verdict is None or verdict.value is None or verdict.value == "cannot_tell":
        return Found(doubts=(Doubt(at_ms=heard.until_ms, reason=f"{condition.name} unknown"),))
    return Found((_end(heard),) if verdict.value in condition.values else ())


def _ended(condition: EndIs, heard: Heard, generous: bool) -> Found:
    return Found((_end(heard),) if heard.ended else ())


_START = Moment(start_ms=0, heard_ms=0, at_ms=0, cause="call")


def _end(heard: Heard) -> Moment:
    at_ms = heard.until_ms
    return Moment(start_ms=at_ms, heard_ms=at_ms, at_ms=at_ms, cause="call")


LEAVES: Mapping[type, Callable[[Any, Heard, bool], Found]] = {
    TurnIs: _turns,
    MarkIs: _marks,
    SilenceIs: _silences,
    ForeignIs: _foreign,
    MetaIs: _meta,
    FactIs: _fact,
    OutcomeIs: _outcome,
    EndIs: _ended,
}
"""By kind of condition.  The last argument, ``generous``: a doubtful turn counts if it matches."""
