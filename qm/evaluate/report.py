"""Calls whose truth is known x what came out of them -> one table of measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from qm.evaluate.asr import WordErrors, non_phi_errors
from qm.evaluate.diarization import WordRoles, word_roles
from qm.evaluate.redaction import Span, TimedTurn, marks_left
from qm.evaluate.scoring import Counts, LabelledSpan, accuracy, count_by_overlap, macro_f1, share
from qm.types import Role

Part = Literal["asr", "diarization", "redaction", "labels", "scorecard"]
PARTS: tuple[Part, ...] = ("asr", "diarization", "redaction", "labels", "scorecard")

FEW = 20
"""Below this many a figure says more about chance than about the system; it is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A call's truth (as in the data's ``<id>.json``) and its ``call.json``.  PHI."""

    truth: Mapping[str, Any] = field(repr=False)
    found: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measure."""

    part: Part
    measure: str
    value: float | None
    low: float | None = None  #: 95 % interval, where there is one
    high: float | None = None
    n: int = 0


def report(pairs: Sequence[Pair], parts: Iterable[Part]) -> list[Row]:
    """Return the measures of the parts asked for; counting rules are those of the contracts."""
    rows: list[Row] = []
    for part in parts:
        match part:
            case "asr":
                rows += _asr(pairs)
            case "diarization":
                rows += _roles(pairs)
            case "redaction":
                rows += _redaction(pairs)
            case "labels":
                rows += _labels(pairs)
            case "scorecard":
                rows += _outcomes(pairs)
    return rows


def _asr(pairs: Sequence[Pair]) -> list[Row]:
    by_role: dict[str, WordErrors] = {}
    for pair in pairs:
        for role in ("agent", "customer"):
            errors = non_phi_errors(
                [
                    (t["text"], [(p["start"], p["end"]) for p in t["phi"]])
                    for t in pair.truth["turns"]
                    if t["role"] == role
                ],
                [t["text"] for t in pair.found["turns"] if t["role"] == role],
                pair.truth["language"],
            )
            by_role[role] = by_role.get(role, WordErrors()) + errors
    total = sum(by_role.values(), WordErrors())
    named = [("non-PHI WER", total), *((f"non-PHI WER, {r}", e) for r, e in by_role.items())]
    return [
        Row(part="asr", measure=name, value=errors.rate, n=errors.words) for name, errors in named
    ]


def _roles(pairs: Sequence[Pair]) -> list[Row]:
    total = WordRoles()
    for pair in pairs:
        truth = [(Role(t["role"]), t["start_ms"], t["end_ms"]) for t in pair.truth["turns"]]
        found = [(Role(t["role"]), t["start_ms"], t["end_ms"]) for t in pair.found["turns"]]
        total = total + word_roles(truth, found)
    return [
        _shared("diarization", "turns with the right role", total.right, total.right + total.wrong)
    ]


def _redaction(pairs: Sequence[Pair]) -> list[Row]:
    left: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    for pair in pairs:
        truth = [_timed(t, t["phi"], "label") for t in pair.truth["turns"]]
        found = [_timed(t, t["redactions"], "entity") for t in pair.found["turns"]]
        for entity, counted in marks_left(truth, found, pair.truth["language"]).items():
            left[entity] += counted.hits
            marks[entity] += counted.n
    named = [("marks left in text", left.total(), marks.total())]
    named += [(f"left: {entity}", left[entity], marks[entity]) for entity in sorted(marks)]
    return [_shared("redaction", name, hits, n) for name, hits, n in named]


def _shared(part: Part, measure: str, hits: int, n: int) -> Row:
    counted = share(hits, n)
    return Row(
        part=part,
        measure=measure,
        value=hits / n if n else None,
        low=counted.low,
        high=counted.high,
        n=n,
    )


def _timed(turn: Mapping[str, Any], spans: Sequence[Mapping[str, Any]], key: str) -> TimedTurn:
    return TimedTurn(
        start_ms=turn["start_ms"],
        end_ms=turn["end_ms"],
        text=turn["text"],
        marks=tuple(Span(start=s["start"], end=s["end"], entity=s[key]) for s in spans),
    )


def _labels(pairs: Sequence[Pair]) -> list[Row]:
    totals: Counter[str] = Counter()
    counts: dict[str, Counts] = {}
    for pair in pairs:
        truth = [_labelled(t, t["labels"]) for t in pair.truth["turns"]]
        found = [_labelled(t, [x["label"] for x in t["labels"]]) for t in pair.found["turns"]]
        for label, counted in count_by_overlap(truth, found).items():
            counts[label] = counts.get(label, Counts()) + counted
            totals[label] += counted.found + counted.missed
    rows = [
        Row(
            part="labels",
            measure="macro-F1",
            value=round(macro_f1(counts.values()), 3),
            n=sum(totals.values()),
        )
    ]
    rows += [
        Row(part="labels", measure=f"F1 {label}", value=round(counts[label].f1, 3), n=totals[label])
        for label in sorted(counts)
    ]
    return rows


def _labelled(turn: Mapping[str, Any], labels: Iterable[str]) -> LabelledSpan:
    return LabelledSpan(
        role=turn["role"],
        start_ms=turn["start_ms"],
        end_ms=turn["end_ms"],
        labels=frozenset(labels),
    )


def _outcomes(pairs: Sequence[Pair]) -> list[Row]:
    rows: list[Row] = []
    for name in ("resolution", "identity", "escalation_requested"):
        truth = {p.truth["call_id"]: p.truth["outcome"][name] for p in pairs}
        said = {p.truth["call_id"]: p.found["call_labels"][name]["value"] for p in pairs}
        right = accuracy(truth, said)
        rows.append(_shared("scorecard", f"{name} accuracy", right.hits, right.n))
    flagged = [p for p in pairs if p.truth["outcome"]["red_flag"]]
    hits = sum(p.found["call_labels"]["red_flag"]["value"] is not None for p in flagged)
    rows.append(_shared("scorecard", "red flag recall, by call", hits, len(flagged)))
    return rows
