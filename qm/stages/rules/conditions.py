"""
Condition x what was heard -> moments at which it holds, and doubts where it might.

Every result is decided by what has ended: a moment is reported once the clock has passed the end
of the window that decides it, so that results do not change as the call goes on (labels that
change apart).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from qm.stages.rules.heard import LABEL_WAIT_MS, Doubt, Heard, Moment, after, merge
from qm.stages.rules.leaves import LEAVES, Found, of_role
from qm.stages.rules.model import (
    All,
    AnyOf,
    Condition,
    NoneBefore,
    Not,
    Then,
    Times,
    Without,
)
from qm.types import RedactedTurn, Role

ANSWER_WORDS = 4
"""An agent's remark of fewer words is no turn when turns are counted, unless it is a question or
carries a label: "Okay" neither answers a caller nor uses up the chance to."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds conditions in what was heard; ``doubt`` as the rule says."""

    heard: Heard
    doubt: Literal["hold", "raise"] = "hold"
    _known: dict[tuple[int, bool], Found] = field(default_factory=dict, repr=False)

    def find(self, condition: Condition, *, generous: bool = False) -> Found:
        """
        Return the moments of ``condition`` by the time they were decided, and its doubts.

        ``generous``: a turn that was badly heard counts where it matches.  It is meant for steps
        that are awaited from somebody, so that doubt goes to the person.
        """
        key = (id(condition), generous)  # named conditions are one object wherever they are used
        if key not in self._known:
            self._known[key] = self._find(condition, generous)
        return self._known[key]

    def _find(self, condition: Condition, generous: bool) -> Found:
        match condition:
            case All():
                found = self._all(condition, generous)
            case AnyOf():
                parts = [self.find(p, generous=generous) for p in condition.parts]
                found = Found(
                    tuple(m for p in parts for m in p.moments),
                    tuple(d for p in parts for d in p.doubts),
                )
            case Not():
                raise AssertionError("parsing lets Not stand only inside All")
            case Then():
                found = self._then(condition, generous)
            case Without():
                found = self._without(condition)
            case NoneBefore():
                found = self._none_before(condition)
            case Times():
                found = self._times(condition)
            case _:
                found = LEAVES[type(condition)](condition, self.heard, generous)
        return Found(tuple(sorted(found.moments, key=_order)), found.doubts)

    def _all(self, condition: All, generous: bool) -> Found:
        """Take each moment of the trigger to the moment by which the others hold too."""
        positive = [p for p in condition.parts if not isinstance(p, Not)]
        trigger = self.find(positive[0], generous=generous)
        if not trigger.moments and not trigger.doubts:
            return Found()
        others = [self.find(p, generous=generous) for p in positive[1:]]
        banned = [self.find(p.part, generous=True) for p in condition.parts if isinstance(p, Not)]
        moments: list[Moment] = []
        doubts: list[Doubt] = []
        for moment in trigger.moments:
            firsts = [next(iter(o.moments), None) for o in others]
            missing = [o for o, f in zip(others, firsts, strict=True) if f is None]
            if missing:
                if all(o.doubts for o in missing):
                    doubts += [replace(o.doubts[0], at_ms=moment.at_ms) for o in missing]
                continue
            held = [f for f in firsts if f is not None]
            at_ms = max([moment.at_ms, *(f.at_ms for f in held)])
            if any(m.at_ms <= at_ms for b in banned for m in b.moments):
                continue
            if unsure := [d for b in banned for d in b.doubts if d.at_ms <= at_ms]:
                doubts.append(unsure[0])
                continue
            evidence = tuple(
                dict.fromkeys([*moment.evidence, *(e for f in held for e in f.evidence)])
            )
            heard_ms = max([moment.heard_ms, *(f.heard_ms for f in held)])
            moments.append(replace(moment, heard_ms=heard_ms, at_ms=at_ms, evidence=evidence))
        if all(o.moments or o.doubts for o in others):
            doubts += trigger.doubts
        return Found(tuple(moments), tuple(doubts))

    def _then(self, condition: Then, generous: bool) -> Found:
        first = self.find(condition.first)
        if not first.moments and not first.doubts:
            return Found()
        then = self.find(condition.then, generous=generous)
        between = self.find(condition.unless, generous=True) if condition.unless else Found()
        moments: list[Moment] = []
        for b in then.moments:
            a = next((a for a in reversed(first.moments) if self._follows(condition, a, b)), None)
            if a is None or any(a.start_ms <= m.heard_ms <= b.start_ms for m in between.moments):
                continue
            evidence = tuple(dict.fromkeys([*a.evidence, *b.evidence]))
            moments.append(replace(b, evidence=evidence))
        doubts = (*(first.doubts if then.moments or then.doubts else ()), *then.doubts)
        return Found(tuple(moments), doubts)

    @staticmethod
    def _follows(condition: Then, a: Moment, b: Moment) -> bool:
        wait_ms = b.start_ms - a.at_ms
        within_ms = condition.within_ms
        return (
            b.start_ms > a.start_ms
            and wait_ms >= condition.least_ms
            and (within_ms is None or wait_ms <= within_ms)
        )

    def _none_before(self, condition: NoneBefore) -> Found:
        first = self.find(condition.first)
        if not first.moments:
            return first
        step = self.find(condition.step, generous=True)
        back_ms = condition.back_ms
        moments: list[Moment] = []
        doubts = list(first.doubts)
        for moment in first.moments:
            since_ms = 0 if back_ms is None else moment.start_ms - back_ms
            if any(since_ms <= m.at_ms and m.start_ms < moment.start_ms for m in step.moments):
                continue
            unsure = [d for d in step.doubts if since_ms <= d.at_ms <= moment.start_ms]
            doubts += unsure[:1]
            moments += [] if unsure else [moment]
        return Found(tuple(moments), tuple(doubts))

    def _times(self, condition: Times) -> Found:
        found = self.find(condition.of)
        moments: list[Moment] = []
        for group in _windows(found.moments, condition.count):
            if condition.within_ms is None or (
                group[-1].start_ms - group[0].at_ms <= condition.within_ms
            ):
                evidence = tuple(dict.fromkeys(e for m in group for e in m.evidence))
                moments.append(replace(group[-1], cause=group[0].cause, evidence=evidence))
        enough = len(found.moments) + len(found.doubts) >= condition.count
        return Found(tuple(moments), found.doubts if enough else ())

    # ------------------------------------------------------------------------- absence in time

    def _without(self, condition: Without) -> Found:
        first = self.find(condition.first)
        if not first.moments:
            return first
        step = self.find(condition.step, generous=True)
        cuts = self.find(condition.cut_by).moments if condition.cut_by else ()
        moments: list[Moment] = []
        doubts = list(first.doubts)
        for a in first.moments:
            ends_ms = self._window(condition, a, [c.heard_ms for c in cuts if c.heard_ms > a.at_ms])
            if ends_ms is None:
                continue
            since_ms = a.start_ms - condition.before_ms
            if any(
                m.start_ms >= since_ms and m.heard_ms <= ends_ms and m.cause != a.cause
                for m in step.moments
            ):
                continue
            if unsure := self._unsure(step.doubts, since_ms, ends_ms):
                doubts.append(unsure)
                continue
            moments.append(replace(a, at_ms=ends_ms, heard_ms=ends_ms))
        return Found(tuple(moments), tuple(doubts))

    def _window(self, condition: Without, a: Moment, cuts: Sequence[int]) -> int | None:
        """Return the end of the window after ``a``; None while it is open, or where it stopped."""
        heard = self.heard
        end_ms = heard.until_ms if heard.ended else None
        if condition.within_turns is not None:
            window_ms = self._after_turns(condition.within_turns, a)
        elif condition.within_ms is not None:
            window_ms = after(a.at_ms, condition.within_ms, heard.deaf)
            if condition.floor_ms:
                talked = ((t.start_ms, t.end_ms) for t in of_role(heard, Role.CUSTOMER))
                busy = merge([*heard.deaf, *talked])
                window_ms = max(window_ms, after(a.at_ms, condition.floor_ms, busy))
        else:
            window_ms = None
        until_ms = min((ms for ms in (window_ms, end_ms, *cuts) if ms is not None), default=None)
        if until_ms is None or not heard.has_passed(until_ms):
            return None
        if any(a.at_ms <= m.start_ms < until_ms for m in heard.marks("transferred")):
            return None
        cut_by_end = until_ms == end_ms and until_ms != window_ms and until_ms not in cuts
        return None if cut_by_end and not condition.judge_at_end else until_ms

    def _after_turns(self, turns: int, a: Moment) -> int | None:
        """Return when the agent's next ``turns`` turns are over, None while they are not."""
        heard = self.heard
        answers = [
            t
            for t in of_role(heard, Role.AGENT)
            if t.start_ms > a.start_ms and (t.text.count(" ") >= ANSWER_WORDS - 1 or self._tells(t))
        ]
        if len(answers) < turns:
            return None
        last = answers[turns - 1]
        over = any(t.start_ms >= last.start_ms and t.index != last.index for t in heard.turns)
        return last.end_ms if over or heard.ended else None

    def _tells(self, turn: RedactedTurn) -> bool:
        found = self.heard.view.labels.get(turn.index)
        labelled = found is not None and any(x.on or x.unsure for x in found.labels)
        return labelled or turn.withheld or turn.text.endswith("?")

    def _unsure(self, doubts: Iterable[Doubt], since_ms: int, ends_ms: int) -> Doubt | None:
        """Return a doubt in the window that keeps the absence from being judged."""
        for doubt in doubts:
            if not since_ms <= doubt.at_ms <= ends_ms:
                continue
            if self.doubt == "hold":
                return doubt
            if doubt.reason == "not labelled" and not self.heard.has_passed(
                doubt.at_ms + LABEL_WAIT_MS
            ):
                return doubt
        return None


def _order(moment: Moment) -> tuple[int, int, str]:
    return moment.at_ms, moment.start_ms, moment.cause


def _windows(moments: Sequence[Moment], count: int) -> Iterable[tuple[Moment, ...]]:
    for i in range(len(moments) - count + 1):
        yield tuple(moments[i : i + count])
