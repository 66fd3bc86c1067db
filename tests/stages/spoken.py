"""Calls written as lines: who, when in seconds, what, and which labels."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from qm.stages.facts import facts
from qm.types import (
    WITHHELD,
    CallId,
    CallMeta,
    CallOutcome,
    CallView,
    Label,
    Mark,
    ModelRef,
    RedactedTurn,
    RedactedWord,
    Redaction,
    Role,
    TurnLabels,
    Verdict,
)

AGENT, CUSTOMER, INTERPRETER = Role.AGENT, Role.CUSTOMER, Role.INTERPRETER
MODEL = ModelRef(name="by-hand", version="1")
OTHER = Label(label="other", label_prob=0.0)  #: a turn that was judged and carries nothing


@dataclass(frozen=True)
class Line:
    """One turn with its labels."""

    turn: RedactedTurn
    labels: tuple[Label, ...] | None


def agent(at_s: float, text: str, *labels: str, **more: Any) -> Line:
    """An agent's turn; see ``line``."""
    return line(AGENT, at_s, text, *labels, **more)


def caller(at_s: float, text: str, *labels: str, **more: Any) -> Line:
    """A customer's turn; see ``line``."""
    return line(CUSTOMER, at_s, text, *labels, **more)


def line(
    role: Role, at_s: float, text: str, *labels: str, until_s: float | None = None, **more: Any
) -> Line:
    """
    A turn from ``at_s``, five words a second or up to ``until_s``.

    A label is on; "label!" is sure enough to alert; "label?" is neither on nor off.
    ``judged=False``: the classifier has not answered.  Placeholders in the text are redactions.
    """
    judged = more.pop("judged", True)
    tokens = text.split()
    start_ms = round(at_s * 1000)
    end_ms = round(until_s * 1000) if until_s is not None else start_ms + 200 * len(tokens)
    step = (end_ms - start_ms) / len(tokens)
    words = tuple(
        RedactedWord(
            start_ms=start_ms + round(i * step),
            end_ms=start_ms + round((i + 1) * step),
            text=t,
            entity=m[1] if (m := re.search(r"\[([A-Z_]+?)(?:_\d+)?\]", t)) else "",
        )
        for i, t in enumerate(tokens)
    )
    redactions = tuple(
        Redaction(entity=w.entity, start=0, end=1, start_ms=w.start_ms, end_ms=w.end_ms)
        for w in words
        if w.entity
    )
    turn = RedactedTurn(
        call_id=CallId("c-1"),
        pass_=0,
        index=0,
        role=role,
        speaker=int(role != AGENT),
        start_ms=start_ms,
        end_ms=end_ms,
        text=text,
        words=words,
        redactions=redactions,
        withheld=text == WITHHELD,
        **more,
    )
    decided = tuple(
        Label(
            label=name.rstrip("!?"),
            label_prob=0.4 if name.endswith("?") else 0.9,
            on=not name.endswith("?"),
            alert=name.endswith("!"),
            unsure=name.endswith("?"),
        )
        for name in labels
    )
    return Line(turn, (*decided, OTHER) if judged and text != WITHHELD else None)


def call(
    *lines: Line,
    marks: tuple[Mark, ...] = (),
    clock_s: float | None = None,
    ended: bool = False,
    outcome: dict[str, Any] | None = None,
    **meta: Any,
) -> CallView:
    """A view up to ``clock_s`` (default: 1 s after the last turn), with facts once it ended."""
    numbered = [replace(x.turn, index=i) for i, x in enumerate(lines)]
    last_ms = max((t.end_ms for t in numbered), default=0)
    view = CallView(
        meta=CallMeta(
            call_id=CallId("c-1"),
            started_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
            contact_id="k-1",
            **({"queue": "scheduling", "channels": ("agent", "customer")} | meta),
        ),
        turns=tuple(numbered),
        labels={
            i: TurnLabels(
                call_id=CallId("c-1"), pass_=0, turn_index=i, labels=x.labels, model=MODEL
            )
            for i, x in enumerate(lines)
            if x.labels is not None
        },
        marks=marks,
        clock_ms=last_ms + 1_000 if clock_s is None else round(clock_s * 1000),
        ended=ended,
    )
    if not ended:
        return view
    names = [f for f in CallOutcome.__slots__ if f != "call_id"]
    verdicts = {n: Verdict(value=(outcome or {}).get(n)) for n in names}
    return replace(
        view,
        facts=facts(view, view.clock_ms),
        outcome=CallOutcome(call_id=view.meta.call_id, **verdicts),
    )


def hold(start_s: float, end_s: float | None = None) -> Mark:
    """A hold; without an end it lasts."""
    return Mark(
        kind="hold",
        start_ms=round(start_s * 1000),
        end_ms=None if end_s is None else round(end_s * 1000),
    )


def moved(at_s: float, target: str) -> Mark:
    """A transfer."""
    return Mark(kind="transferred", start_ms=round(at_s * 1000), target=target)
