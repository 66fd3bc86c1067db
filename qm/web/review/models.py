"""The shapes in which the REST API speaks of reviews."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from qm.io.store.drafts import AnswerState, Audience, ChangeReason
from qm.io.store.evaluations import Averages, Evaluation, QuestionMean
from qm.io.store.flags import FlaggedCall
from qm.io.store.reviews import ReviewRow, WhyNot
from qm.stages.agreement import Agreement, Mean
from qm.web.api_models import EvidenceShape, Shape
from qm.web.review.missed import Entity
from qm.web.review.page import ShownNote
from qm.web.review.sheet import Asked, Sheet

CallMs = Annotated[int, Field(ge=0, le=86_400_000)]
Place = Annotated[int, Field(ge=0, le=100_000)]


class ReviewShape(Shape):
    """A task.  Instants are UTC ms."""

    review_id: str
    call_id: str
    kind: str
    reason: str
    severity: int
    blind: bool
    state: str
    why_not: str
    claimed_by: str
    claimed_until: int | None
    due_at: int
    agent_id: str
    agent_name: str
    queue: str
    language: str
    started_at: int
    duration_ms: int | None


class PlanShape(Shape):
    """How far the plan of an agent is this month."""

    agent_id: str
    drawn: int
    done: int
    planned: int


class QueueShape(BaseModel):
    """The queue as the person who asks sees it."""

    mine: list[ReviewShape]
    free: list[ReviewShape]
    held_by_others: int
    queued_today: int
    per_day: int
    not_queued: dict[str, int] = Field(description="Reason -> flagged calls without room.")
    plan: list[PlanShape]


class FlaggedShape(Shape):
    """A flagged call that there was no room for."""

    call_id: str
    severity: int
    reason: str
    agent_id: str
    queue: str
    language: str
    started_at: int


class MachineShape(BaseModel):
    """What the machine says of a question."""

    said: str
    suggested: bool
    why: str
    proposed: bool
    evidence: list[EvidenceShape]


class AskedShape(BaseModel):
    """A question with one's own answer, and the machine's where it may be seen."""

    question: str
    text: str
    options: list[str]
    may_not_apply: bool
    required: bool
    state: Literal["open", "own", "agreed", "changed", "reason"]
    answer: str
    reason: str
    hidden: bool = Field(description="The machine's answer is shown after one's own.")
    machine: MachineShape | None


class SheetShape(BaseModel):
    """The form of a review as it stands."""

    review: ReviewShape
    form: str
    questions: list[AskedShape]
    done: int
    complete: bool
    percent: float | None = Field(description="None until all is answered, or with too little.")
    band: str


class AnswerBody(BaseModel):
    """An answer; without a state it is taken back."""

    question: str = Field(max_length=64)
    state: AnswerState | None = None
    chosen: list[str] = Field(default=[], max_length=20)
    number: float | None = None
    reason: ChangeReason = ""


class HeardBody(BaseModel):
    """Stretches of the recording that were played, ms."""

    stretches: list[tuple[CallMs, CallMs]] = Field(max_length=100)


class NoteBody(BaseModel):
    """A note; others see it when identifiers have been taken out."""

    text: str = Field(min_length=1, max_length=4_000)
    audience: Audience
    at_ms: CallMs | None = None


class NoteShape(BaseModel):
    """A note as far as it may be shown."""

    typed_id: str
    author: str
    audience: Audience
    at_ms: int | None
    state: str
    text: str


class MissedBody(BaseModel):
    """Words of a turn that redaction missed, by their place in it."""

    turn: Place
    first: Place
    last: Place
    of: Place = Field(description="Words of the turn as it was read.")
    entity: Entity


class MissedShape(BaseModel):
    """What was taken out."""

    turns: int
    start_ms: int


class WhyNotBody(BaseModel):
    """Why a call cannot be scored."""

    reason: WhyNot


class ReviewIdShape(BaseModel):
    """A task's id; "" for none."""

    review_id: str


class GivenShape(Shape):
    """A submitted answer beside the machine's."""

    question: str
    state: str
    answer: str
    number: float | None
    points: float | None
    max_points: float
    first: str
    machine: str
    how: str
    reason: str


class EvaluationShape(Shape):
    """What somebody submitted; never changed."""

    evaluation_id: str
    call_id: str
    kind: str
    reviewer: str
    form: str
    blind: bool
    percent: float | None
    earned: float
    possible: float
    band: str
    findings: list[str]
    not_judged: int
    heard_share: float
    submitted_at: int
    answers: list[GivenShape]


class AgreementShape(Shape):
    """How far two agree; nothing but n where there are too few."""

    n: int
    percent: float | None
    low: float | None
    high: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None


class QuestionAgreementShape(BaseModel):
    """Agreement on one question, from the blind random sample."""

    question: str
    machine: AgreementShape
    people: AgreementShape
    abstained: int


class MeanShape(Shape):
    """A mean with its 95 % interval; nothing but n where there are too few."""

    n: int
    mean: float | None
    low: float | None
    high: float | None


class AveragesShape(BaseModel):
    """An agent's averages, from the blind random sample."""

    agent_id: str
    name: str
    percent: MeanShape
    questions: dict[str, MeanShape]


def review_shape(row: ReviewRow) -> ReviewShape:
    """Return a task as the API gives it."""
    return ReviewShape.model_validate(row)


def flagged_shape(row: FlaggedCall) -> FlaggedShape:
    """Return a flagged call as the API gives it."""
    return FlaggedShape.model_validate(row)


def sheet_shape(sheet: Sheet) -> SheetShape:
    """Return a sheet as the API gives it; what is hidden on the page is hidden here."""
    return SheetShape(
        review=review_shape(sheet.review),
        form=sheet.form.key,
        questions=[_asked(one) for one in sheet.asked],
        done=sheet.done,
        complete=sheet.complete,
        percent=sheet.result.percent if sheet.complete else None,
        band=sheet.result.band if sheet.complete else "",
    )


def note_shape(shown: ShownNote) -> NoteShape:
    """Return a note as the API gives it."""
    typed = shown.note.typed
    return NoteShape(
        typed_id=shown.note.typed_id,
        author=shown.note.author,
        audience=shown.note.audience,
        at_ms=shown.note.at_ms,
        state=shown.state,
        text=typed.text if typed is not None and typed.state == "ready" else "",
    )


def evaluation_shape(evaluation: Evaluation) -> EvaluationShape:
    """Return an evaluation as the API gives it."""
    return EvaluationShape.model_validate(evaluation)


def agreement_shape(found: Agreement) -> AgreementShape:
    """Return an agreement as the API gives it."""
    return AgreementShape.model_validate(found)


def averages_shape(agent_id: str, name: str, found: Averages) -> AveragesShape:
    """Return averages as the API gives them."""

    def shape(mean: Mean) -> MeanShape:
        return MeanShape.model_validate(mean)

    questions: tuple[QuestionMean, ...] = found.questions
    return AveragesShape(
        agent_id=agent_id,
        name=name,
        percent=shape(found.percent),
        questions={one.question: shape(one.mean) for one in questions},
    )


def _asked(one: Asked) -> AskedShape:
    machine = one.machine
    return AskedShape(
        question=one.question.question,
        text=one.question.text,
        options=[option.option for option in one.question.options],
        may_not_apply=bool(one.question.not_applicable),
        required=one.question.required,
        state=one.state,
        answer=one.given.said if one.given else "",
        reason=one.given.reason if one.given else "",
        hidden=one.hidden,
        machine=None
        if machine is None
        else MachineShape(
            said=machine.said,
            suggested=machine.suggested,
            why=machine.why,
            proposed=machine.proposed,
            evidence=[EvidenceShape.model_validate(e) for e in machine.evidence],
        ),
    )
