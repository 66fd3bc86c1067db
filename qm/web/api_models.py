"""The shapes that the REST API answers in."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from qm.io.store.alerts import AlertRow
from qm.io.store.calls import CallRow
from qm.types import Evidence, RedactedTurn, Scorecard, TurnLabels


class Shape(BaseModel):
    """Base: read from attributes, nothing else."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class Refusal(BaseModel):
    """An error, RFC 9457; never holds anything of the request."""

    type: str = "about:blank"
    title: str
    status: int
    reason: str


class GrantShape(Shape):
    """A role in a team; "*" for all."""

    role: str
    team: str


class Me(BaseModel):
    """The person who asks."""

    user_id: str
    name: str
    shown_as: str
    grants: list[GrantShape]
    csrf: str = Field(description="Send it as X-CSRF-Token with every POST.")


class CallShape(Shape):
    """A call in a list.  Instants are UTC ms."""

    call_id: str
    contact_id: str
    agent_id: str
    agent_name: str
    team: str
    queue: str
    direction: str
    language: str
    medium: str
    disposition: str
    started_at: int
    status: Literal["live", "closed"]
    clock_ms: int
    duration_ms: int | None
    complete: bool
    held: bool
    alerts: int
    waiting_alerts: int
    flags: int = Field(description="Findings after the call, those for the reader's roles.")
    form: str
    percent: float | None
    percent_low: float | None
    percent_high: float | None
    coverage: float | None
    not_scoreable: str
    resolution: str | None


class CallPage(BaseModel):
    """A page of calls; ``next`` is the ``before`` of the page after, "" at the end."""

    calls: list[CallShape]
    total: int
    next: str


class LabelShape(Shape):
    """A decided label."""

    label: str
    prob: float


class RedactionShape(Shape):
    """Where a placeholder stands in the text (code points), and which sound is muted."""

    entity: str
    start: int
    end: int
    start_ms: int
    end_ms: int


class TurnShape(Shape):
    """A redacted turn.  Identifiers are reduced, not gone: treat it as PHI."""

    index: int
    pass_: int = Field(serialization_alias="pass")
    role: str
    speaker: int
    start_ms: int
    end_ms: int
    text: str
    withheld: bool
    on_hold: bool
    asr_confidence: float
    revision: int
    redactions: list[RedactionShape]
    labels: list[LabelShape]


class EvidenceShape(Shape):
    """A place in the call."""

    role: str
    start_ms: int
    end_ms: int


class AlertShape(BaseModel):
    """An alert with its fate."""

    alert_id: str
    call_id: str
    rule: str
    rule_version: int
    severity: str
    at_ms: int
    act: str
    when: str
    silent: bool
    state: Literal["open", "claimed", "acknowledged", "closed"]
    raised_at: int
    late_ms: int | None = Field(description="From the sound that decided it; null: not known.")
    seen_at: int | None
    asked: int = Field(description="How often it was handed on, because nobody claimed it.")
    answered_at: int | None = Field(description="When a person first answered.")
    claimed_by: str
    acknowledged_at: int | None
    closed_at: int | None
    closed_ms: int | None
    outcome: str
    useful: Literal["", "yes", "no"]
    useful_reason: str
    evidence: list[EvidenceShape]


class AlertChange(BaseModel):
    """What came of an attempt to change an alert."""

    result: Literal["done", "taken", "closed", "needs_outcome"]
    alert: AlertShape


class AnswerShape(Shape):
    """One question of a scorecard with what supports the answer."""

    question: str
    state: str
    answer: str | None
    points: float | None
    max_points: float
    who: str
    source: str
    why: str
    evidence: list[EvidenceShape]


class FindingShape(Shape):
    """A critical finding: proposed by the machine, made by a person."""

    question: str
    state: str
    why: str
    evidence: list[EvidenceShape]


class ScorecardShape(Shape):
    """The machine's check: a range with its coverage, no quality score."""

    form: str
    percent: float | None
    percent_low: float | None
    percent_high: float | None
    coverage: float
    not_scoreable: str
    answers: list[AnswerShape]
    critical: list[FindingShape]


class RuleShape(BaseModel):
    """An alert rule with its state and its record over the last 14 days."""

    rule: str
    title: str
    severity: str
    when: str
    act: str
    on: bool
    raised: int
    silent: int
    useful: int
    not_useful: int
    answered: int
    answer_p50_ms: float | None = Field(description="To the first answer of a person.")
    answer_p95_ms: float | None


class AuditShape(BaseModel):
    """An act of the audit trail."""

    seq: int
    at: int
    user_id: str
    action: str
    kind: str
    object_id: str
    detail: dict[str, str | int | bool]


class OutcomeBody(BaseModel):
    """What came of an alert."""

    model_config = ConfigDict(extra="forbid")
    outcome: Literal["stepped_in", "helped", "not_needed", "calling_back"]


class ReasonBody(BaseModel):
    """Whether an alert was useful, and why."""

    model_config = ConfigDict(extra="forbid")
    reason: Literal["acted", "nothing_to_do", "heard_wrong", "rule_wrong", "too_late"]


class RuleBody(BaseModel):
    """Whether a rule's alerts are shown."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["on", "silent"]


def call_shape(row: CallRow) -> CallShape:
    """Return a call as the API says it."""
    return CallShape.model_validate(row)


def turn_shape(turn: RedactedTurn, labels: TurnLabels | None, hidden: frozenset[str]) -> TurnShape:
    """Return a turn with its decided labels but those ``hidden`` from the person."""
    decided = [x for x in labels.labels if x.on and x.label not in hidden] if labels else []
    return TurnShape(
        index=turn.index,
        pass_=turn.pass_,
        role=turn.role.value,
        speaker=turn.speaker,
        start_ms=turn.start_ms,
        end_ms=turn.end_ms,
        text=turn.text,
        withheld=turn.withheld,
        on_hold=turn.on_hold,
        asr_confidence=turn.asr_confidence,
        revision=turn.revision,
        redactions=[RedactionShape.model_validate(one) for one in turn.redactions],
        labels=[LabelShape(label=x.label, prob=x.label_prob) for x in decided],
    )


def alert_shape(row: AlertRow) -> AlertShape:
    """Return an alert as the API says it."""
    alert = row.alert
    return AlertShape(
        alert_id=alert.alert_id,
        call_id=alert.call_id,
        rule=alert.rule,
        rule_version=alert.rule_version,
        severity=alert.severity.value,
        at_ms=alert.at_ms,
        act=alert.act,
        when=alert.when,
        silent=alert.silent,
        closed_ms=alert.closed_ms,
        state=row.state,
        raised_at=row.raised_at,
        late_ms=row.late_ms,
        asked=row.asked,
        answered_at=row.answered_at,
        seen_at=row.seen_at,
        claimed_by=row.claimed_by,
        acknowledged_at=row.acknowledged_at,
        closed_at=row.closed_at,
        outcome=row.outcome,
        useful=row.useful,
        useful_reason=row.useful_reason,
        evidence=[_evidence(one) for one in alert.evidence],
    )


def scorecard_shape(card: Scorecard, *, own_page: bool) -> ScorecardShape:
    """Return a scorecard; what nobody has confirmed stays out of an agent's own view."""
    shape = ScorecardShape.model_validate(card)
    shown = [one for one in shape.critical if one.state == "confirmed" or not own_page]
    return shape.model_copy(update={"critical": shown})


def _evidence(one: Evidence) -> EvidenceShape:
    return EvidenceShape(role=one.role.value, start_ms=one.start_ms, end_ms=one.end_ms)
