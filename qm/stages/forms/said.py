"""A view of a call -> the index that the sources of answers look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from qm.types import Alert, CallView, Mark, MarkKind, RedactedTurn, Role

Heard = Literal["yes", "no", "unsure"]

LEAST_CONFIDENCE = 0.5
"""Mean word probability under which labels are not relied on: most words of the turn are wrong."""

WORTH_A_DOUBT = 3
"""A turn of fewer words hides nothing that a form asks about."""

ANSWER_WORDS = 4
"""An agent's remark of fewer words is no turn when turns are counted, unless it is a question or
carries a label: "Okay" neither answers a caller nor uses up the chance to."""


BADLY_HEARD_SHARE = 0.2
"""A form's own limit for lost audio: with more doubtful turns than this, too much is missing."""

MISSING_MS = 2_000
"""Lost audio shorter than this hides no question and no answer."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One agent's part of a call: what later legs said and what was said on hold is left out."""

    view: CallView = field(repr=False)
    alerts: tuple[Alert, ...] | None = None  #: None: rules were not asked

    @cached_property
    def turns(self) -> tuple[RedactedTurn, ...]:
        """All turns of the leg by start."""
        left = [m.start_ms for m in self.marks("transferred")]
        until_ms = min(left, default=self.view.clock_ms)
        turns = (t for t in self.view.turns if not t.on_hold and t.start_ms <= until_ms)
        return tuple(sorted(turns, key=lambda t: (t.start_ms, t.index)))

    @cached_property
    def agent(self) -> tuple[RedactedTurn, ...]:
        """The agent's turns that say something."""
        return tuple(
            t
            for t in self.turns
            if t.role == Role.AGENT
            and (t.text.count(" ") >= ANSWER_WORDS - 1 or t.withheld or self._tells(t))
        )

    @cached_property
    def customer(self) -> tuple[RedactedTurn, ...]:
        """The customer's turns."""
        return tuple(t for t in self.turns if t.role == Role.CUSTOMER)

    @cached_property
    def interpreted(self) -> bool:
        """Whether an interpreter speaks."""
        return any(t.role == Role.INTERPRETER for t in self.turns)

    @cached_property
    def transferred(self) -> bool:
        """Whether the leg ends in a transfer."""
        return bool(self.marks("transferred"))

    def marks(self, *kinds: MarkKind) -> tuple[Mark, ...]:
        """Return the marks of these kinds."""
        return tuple(m for m in self.view.marks if m.kind in kinds)

    def unheard(self, start_ms: int, end_ms: int) -> bool:
        """Return whether audio is missing between the two times."""
        return any(
            m.start_ms < end_ms and (m.end_ms is None or m.end_ms > start_ms)
            for m in self.marks("gap", "capture_off")
            if m.end_ms is None or m.end_ms - m.start_ms >= MISSING_MS
        )

    def has(self, turn: RedactedTurn, *labels: str) -> Heard:
        """Return whether ``turn`` carries one of ``labels``; "unsure" where that is not known."""
        if turn.withheld:
            return "unsure"
        found = self.view.labels.get(turn.index)
        judged = found is not None and bool(found.labels)
        if not judged or 0 < turn.asr_confidence < LEAST_CONFIDENCE:  # 0: only placeholders
            return "unsure" if turn.text.count(" ") >= WORTH_A_DOUBT - 1 else "no"
        mine = [x for x in found.labels if x.label in labels] if found else []
        if any(x.on for x in mine):
            return "yes"
        return "unsure" if any(x.unsure for x in mine) else "no"

    def having(self, turns: Iterable[RedactedTurn], *labels: str) -> tuple[RedactedTurn, ...]:
        """Return the turns that surely carry one of ``labels``."""
        return tuple(t for t in turns if self.has(t, *labels) == "yes")

    def doubtful(self, turn: RedactedTurn) -> bool:
        """Return whether labels of ``turn`` cannot be relied on."""
        return self.has(turn) == "unsure"

    def badly_heard(self, turns: Sequence[RedactedTurn]) -> bool:
        """Return whether so many of ``turns`` are doubtful that absence says nothing."""
        return sum(map(self.doubtful, turns)) > BADLY_HEARD_SHARE * len(turns)

    def next_agent(self, turn: RedactedTurn, count: int) -> tuple[RedactedTurn, ...]:
        """Return the agent's next turns that begin after ``turn`` begins."""
        return tuple(t for t in self.agent if t.start_ms > turn.start_ms)[:count]

    def _tells(self, turn: RedactedTurn) -> bool:
        found = self.view.labels.get(turn.index)
        labelled = found is not None and any(x.on or x.unsure for x in found.labels)
        return labelled or turn.text.endswith("?")


def names(
    settings: Mapping[str, object], key: str, default: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Return a setting that is a list of texts."""
    value = settings.get(key, default)
    return tuple(str(v) for v in value) if isinstance(value, list | tuple) else (str(value),)


def entities(turn: RedactedTurn) -> frozenset[str]:
    """Return the kinds of identifier that were said in ``turn``."""
    return frozenset(r.entity for r in turn.redactions)
