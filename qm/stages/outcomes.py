"""
Labels of turns -> what the call came to, as far as words show it.

Resolution, effort and satisfaction are linear in a few numbers of the labels' probabilities;
identity is a rule on the time line of questions, given identifiers and disclosures.  The weights
come with the model: ``models/call-outcomes``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qm.types import CallOutcome, CallView, RedactedTurn, Role, Verdict

Floats = npt.NDArray[np.float64]

ENDINGS = (8, 4)
"""How many last turns count as the end of a call: the settling of it, and the farewell."""

SUM_CAP = 3.0
"""More than three turns of a label say no more about the outcome than three."""

RED_FLAGS = (
    ("suicidal thoughts", r"suicid|kill (my|him|her|them)sel[fv]|end (it all|my life)"
     r"|(don't|not) want to (live|be here|wake up)|better off dead|hurt(ing)? (my|him|her)self"),
    ("overdose", r"overdos|took (all|too many|the whole)|whole bottle|swallowed|poison"),
    ("trouble breathing", r"breath|choking|can't get (any )?air|blue lips|lips .{0,20}blue|wheez"),
    ("chest pain", r"chest|heart attack|crushing|arm .{0,20}numb"),
    ("stroke signs", r"stroke|face .{0,20}droop|slurr|can't (lift|move|feel) (my|h)|one side"),
    ("severe allergic reaction", r"allerg|hives|(throat|tongue|face) .{0,20}swell|swollen"),
    ("unresponsive", r"unresponsive|won't wake|not waking|unconscious|passed out|faint|collapsed"),
    ("seizure", r"seizure|convuls|shaking all over"),
    ("bleeding", r"bleed|blood"),
    ("violence", r"hit(s|ting)? me|hurts me|weapon|gun|knife|not safe|kill (me|you|them|him|her)"),
    ("low blood sugar", r"blood sugar|glucose"),
    ("high fever", r"fever|temperature|hundred and (three|four|five)"),
)  # fmt: skip
"""Names for what was said, the gravest first; they name a flag and never raise one."""
OTHER_RED_FLAG = "possible emergency"
_KINDS = tuple((kind, re.compile(pattern)) for kind, pattern in RED_FLAGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One turn, as far as outcomes look at it."""

    role: Role
    probs: Mapping[str, float] = field(repr=False)  #: of the labels that the role may carry
    entities: frozenset[str] = frozenset()  #: identifiers that were said (and redacted)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutcomeModel:
    """Weights and limits.  ``means`` and ``scales`` have one entry a feature."""

    labels: tuple[str, ...]
    means: Floats = field(repr=False)
    scales: Floats = field(repr=False)
    resolutions: tuple[str, ...]
    resolution_weights: Floats = field(repr=False)  #: (resolutions, 1 + features), constant first
    resolution_floor: float  #: below this nothing is said
    effort_weights: Floats = field(repr=False)  #: (1 + features,)
    satisfaction_weights: Floats = field(repr=False)
    disclosure_floor: float  #: less probable disclosures are taken for none
    asked_floor: float  #: so sure must an identity question be
    identifiers: int  #: kinds of identifier that make a person identified


def read_outcome_model(document: Mapping[str, object]) -> OutcomeModel:
    """
    Return the model in ``outcomes.json`` (decoded).

    Raises:
        KeyError: an entry is missing.
        ValueError: shapes do not fit.
    """

    def array(key: str) -> Floats:
        return np.asarray(document[key], dtype=np.float64)

    def names(key: str) -> tuple[str, ...]:
        found = document[key]
        if not isinstance(found, Sequence):
            raise ValueError(f"{key}: a list is needed")
        return tuple(str(name) for name in found)

    model = OutcomeModel(
        labels=names("labels"),
        means=array("means"),
        scales=array("scales"),
        resolutions=names("resolutions"),
        resolution_weights=array("resolution_weights"),
        resolution_floor=float(array("resolution_floor")),
        effort_weights=array("effort_weights"),
        satisfaction_weights=array("satisfaction_weights"),
        disclosure_floor=float(array("disclosure_floor")),
        asked_floor=float(array("asked_floor")),
        identifiers=int(array("identifiers")),
    )
    n = len(features((), model.labels))
    shapes = (model.means.shape, model.scales.shape, model.resolution_weights.shape)
    if shapes != ((n,), (n,), (len(model.resolutions), n + 1)):
        raise ValueError("outcomes: weights do not fit the labels")
    return model


def features(turns: Sequence[Heard], labels: Sequence[str]) -> Floats:
    """
    Return what the linear models look at, shape (labels * (2 + endings) + 1,).

    By label: the strongest turn, the expected number of turns, the strongest turn of each ending;
    last the logarithm of the number of turns.
    """
    table = np.array([[t.probs.get(label, 0.0) for label in labels] for t in turns])
    table = table.reshape(len(turns), len(labels))
    if not len(turns):
        return np.zeros(len(labels) * (2 + len(ENDINGS)) + 1)
    parts = [table.max(axis=0), np.minimum(table.sum(axis=0), SUM_CAP) / SUM_CAP]
    parts += [table[-n:].max(axis=0) for n in ENDINGS]
    return np.concatenate([*parts, [np.log(len(turns))]])


def judge(view: CallView, model: OutcomeModel) -> CallOutcome:
    """
    Say what the call came to; every value None where its labels are not validated or missing.

    Effort and satisfaction are predictions of what the caller would say, not answers of a caller.
    """
    turns = heard(view)
    unknown = Verdict(value=None)
    if view.not_validated or not any(t.probs for t in turns):
        return CallOutcome(
            call_id=view.meta.call_id, resolution=unknown, identity=unknown,
            escalation_requested=unknown, red_flag=unknown, effort=unknown, satisfaction=unknown,
        )  # fmt: skip
    row = np.concatenate([[1.0], (features(turns, model.labels) - model.means) / model.scales])
    return CallOutcome(
        call_id=view.meta.call_id,
        resolution=resolution(row, model),
        identity=identity(turns, model, known=bool(view.meta.authenticated)),
        escalation_requested=_escalation(view, turns),
        red_flag=_red_flag(view, turns),
        effort=Verdict(value=_one_to_five(float(row @ model.effort_weights))),
        satisfaction=Verdict(value=_one_to_five(float(row @ model.satisfaction_weights))),
    )


def heard(view: CallView) -> tuple[Heard, ...]:
    """Return the turns of a view, those on hold left out."""
    return tuple(
        Heard(
            role=turn.role,
            probs=_probs(view, turn),
            entities=frozenset(r.entity for r in turn.redactions),
        )
        for turn in view.turns
        if not turn.on_hold
    )


def resolution(row: Floats, model: OutcomeModel) -> Verdict:
    """Return the likeliest resolution, None where even that is unlikely."""
    scores = model.resolution_weights @ row
    probs = np.exp(scores - scores.max())
    probs /= probs.sum()
    best = int(probs.argmax())
    if probs[best] < model.resolution_floor:
        return Verdict(value=None, verdict_prob=float(probs[best]))
    return Verdict(value=model.resolutions[best], verdict_prob=float(probs[best]))


def identity(turns: Sequence[Heard], model: OutcomeModel, *, known: bool = False) -> Verdict:
    """
    Return whether the caller was asked and had answered before the first disclosure.

    Each agent turn is the first disclosure with its probability times that of none before it; the
    caller counts as identified once an identity question was asked and enough kinds of identifier
    were given since.  Nobody compares them with the record here.

    Args:
        turns: the call.
        model: floors and the number of identifiers.
        known: the telephone system or an earlier leg had identified the caller.
    """
    none_yet, before, after = 1.0, 0.0, 0.0
    asked, given = False, set[str]()
    for turn in turns:
        if turn.role is Role.CUSTOMER and asked:
            given |= turn.entities
        if turn.role is not Role.AGENT:
            continue
        prob = turn.probs.get("disclosure", 0.0)
        prob = prob if prob >= model.disclosure_floor else 0.0
        if known or (asked and len(given) >= model.identifiers):
            after += none_yet * prob
        else:
            before += none_yet * prob
        none_yet *= 1 - prob
        asked = asked or turn.probs.get("verification", 0.0) >= model.asked_floor
    value, prob = max(
        ("verified_before_disclosure", after),
        ("disclosed_before_verified", before),
        ("no_disclosure", none_yet),
        key=lambda pair: pair[1],
    )
    return Verdict(value=value, verdict_prob=prob)


def red_flag_kind(text: str) -> str:
    """
    Return a short name for the danger in a redacted turn.

    >>> red_flag_kind("He took the whole bottle, I can't wake him")
    'overdose'
    >>> red_flag_kind("It came back and it is much worse now")
    'possible emergency'
    """
    said = text.lower().replace("\u2019", "'")
    return next((kind for kind, pattern in _KINDS if pattern.search(said)), OTHER_RED_FLAG)


def _probs(view: CallView, turn: RedactedTurn) -> dict[str, float]:
    found = view.labels.get(turn.index)
    return {x.label: x.label_prob for x in found.labels} if found else {}


def _decided(view: CallView, label: str) -> list[RedactedTurn]:
    labels = view.labels
    return [t for t in view.turns if t.index in labels and labels[t.index].on(label)]


def _strongest(turns: Sequence[Heard], label: str) -> float:
    return max((t.probs.get(label, 0.0) for t in turns), default=0.0)


def _escalation(view: CallView, turns: Sequence[Heard]) -> Verdict:
    prob = _strongest(turns, "escalation_request")
    asked = bool(_decided(view, "escalation_request"))
    return Verdict(value=asked, verdict_prob=prob if asked else 1 - prob)


def _red_flag(view: CallView, turns: Sequence[Heard]) -> Verdict:
    prob = _strongest(turns, "red_flag")
    flagged = _decided(view, "red_flag")
    if not flagged:
        return Verdict(value=None, verdict_prob=1 - prob)
    kinds = [red_flag_kind(turn.text) for turn in flagged]
    named = [kind for kind in kinds if kind != OTHER_RED_FLAG]
    return Verdict(value=(named or kinds)[0], verdict_prob=prob)


def _one_to_five(value: float) -> int:
    return int(min(5, max(1, round(value))))
