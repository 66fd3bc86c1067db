"""The picture of a call: lanes on one time axis, the same order and colours everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qm.io.store.alerts import AlertRow
from qm.types import CallFacts, Mark, RedactedTurn
from qm.web.cards import TONES as ALERT_TONES
from qm.web.transcript import Transcript

LEAST_SHARE = 0.0035  # of the axis: a shorter mark could not be seen or hit
LANES = ("agent", "customer", "labels", "alerts", "redacted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Something that happened from ``start_ms`` on."""

    start_ms: int
    x: float  #: percent of the axis
    width: float
    tone: str  #: class of the mark
    title: str  #: key of the catalogue's group ``label``, ``entity``, ... or a rule's title
    group: str  #: that group; "" where ``title`` is a text
    linked: bool = True  #: leads to its words


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row of the picture."""

    name: str
    markers: tuple[Marker, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Call time from 0 to the end of what is known, at least a second."""

    end_ms: int

    def marker(
        self, start_ms: int, end_ms: int, *, tone: str, title: str, group: str, linked: bool = True
    ) -> Marker:
        """Return a marker at its place, wide enough to be seen, inside the axis."""
        start = min(max(start_ms, 0), self.end_ms)
        share = max((min(end_ms, self.end_ms) - start) / self.end_ms, LEAST_SHARE)
        x = min(start / self.end_ms, 1 - share)
        return Marker(
            start_ms=start_ms,
            x=round(100 * x, 3),
            width=round(100 * share, 3),
            tone=tone,
            title=title,
            group=group,
            linked=linked,
        )


def lanes(
    shown: Transcript,
    turns: Sequence[RedactedTurn],
    alerts: Iterable[tuple[AlertRow, str]],
    marks: Iterable[Mark],
    end_ms: int,
) -> tuple[Lane, ...]:
    """
    Return the lanes of a call, empty ones too: their order never changes.

    Args:
        shown: the transcript.
        turns: the same turns as stored, for their redactions.
        alerts: those that may be shown, with their titles.
        marks: holds and gaps.
        end_ms: length of the call, or how far it is heard.
    """
    axis = Axis(end_ms=max(end_ms, 1_000))
    speech = {"agent": list[Marker](), "customer": list[Marker]()}
    for turn in shown.turns:
        lane = "customer" if turn.role == "customer" else "agent"
        tone = turn.role if turn.role in speech else "other"
        speech[lane].append(
            axis.marker(
                turn.start_ms, turn.end_ms, tone=tone, title=turn.role, group="who", linked=False
            )
        )
    for mark in marks:
        end = axis.end_ms if mark.end_ms is None else mark.end_ms
        speech["agent"].append(
            axis.marker(
                mark.start_ms, end, tone="hold", title=mark.kind, group="mark", linked=False
            )
        )
    labels = [
        axis.marker(
            turn.start_ms,
            turn.start_ms + 1,
            tone=label.tone or "label",
            title=label.label,
            group="label",
        )
        for turn in shown.turns
        for label in turn.labels
    ]
    raised = [
        axis.marker(
            _start(row),
            row.alert.at_ms,
            tone=ALERT_TONES[row.alert.severity],
            title=title,
            group="",
        )
        for row, title in alerts
    ]
    removed = [
        axis.marker(
            one.start_ms, one.end_ms, tone="redacted", title=one.entity.lower(), group="entity"
        )
        for turn in turns
        for one in turn.redactions
    ]
    found = (*(tuple(speech[name]) for name in ("agent", "customer")), labels, raised, removed)
    return tuple(Lane(name=n, markers=tuple(m)) for n, m in zip(LANES, found, strict=True))


def _start(row: AlertRow) -> int:
    return row.alert.evidence[0].start_ms if row.alert.evidence else row.alert.at_ms


def silences(facts: CallFacts | None) -> tuple[tuple[int, int], ...]:
    """Return the stretches that the player may skip."""
    return tuple((one.start_ms, one.end_ms) for one in facts.silences) if facts else ()
