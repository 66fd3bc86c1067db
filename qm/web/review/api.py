"""Review for programs: everything that its pages do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from qm.io.store import drafts, evaluations, flags
from qm.io.store.drafts import DraftAnswer
from qm.web.api import router as rest
from qm.web.auth import Deps, Reach
from qm.web.call import visible_call
from qm.web.messages import catalogue
from qm.web.review import acts
from qm.web.review.missed import Words, take_out_of
from qm.web.review.models import (
    AnswerBody,
    AveragesShape,
    EvaluationShape,
    FlaggedShape,
    HeardBody,
    MissedBody,
    MissedShape,
    NoteBody,
    NoteShape,
    PlanShape,
    QuestionAgreementShape,
    QueueShape,
    ReviewIdShape,
    ReviewShape,
    SheetShape,
    WhyNotBody,
    agreement_shape,
    averages_shape,
    evaluation_shape,
    flagged_shape,
    note_shape,
    review_shape,
    sheet_shape,
)
from qm.web.review.page import shown_notes
from qm.web.review.queue import FLAG_KEPT_MS, read_queue
from qm.web.review.results import agents_averages, agreed_questions, visible_evaluation

router = APIRouter(prefix="/api/v1", responses=rest.responses)

Days = Annotated[int, Query(ge=1, le=3_660)]


@router.get("/reviews")
def list_reviews(deps: Deps, scope: Reach) -> QueueShape:
    """Return the queue: what is in one's hands, what is free, the plan, what had no room."""
    with deps.database.read() as conn:
        queue = read_queue(conn, deps, scope, catalogue("en"))
    today = queue.today
    return QueueShape(
        mine=[review_shape(row) for row in queue.mine],
        free=[review_shape(row) for row in queue.free],
        held_by_others=queue.held_by_others,
        queued_today=today.sampled + today.flags_taken + len(today.flags_waiting),
        per_day=deps.plan.per_day,
        not_queued=dict(queue.not_queued),
        plan=[PlanShape.model_validate(row) for row in queue.plan],
    )


@router.post("/reviews/next")
def take_next(deps: Deps, scope: Reach) -> ReviewIdShape:
    """Take the review to go on with."""
    return ReviewIdShape(review_id=acts.claim_next(deps, scope))


@router.get("/reviews/{review_id}")
def show_review(deps: Deps, scope: Reach, review_id: str) -> SheetShape:
    """Return the form of a review that is in one's hands."""
    with deps.database.write() as conn:
        review = acts.held(conn, deps, scope, review_id)
        acts.note_view(conn, scope, review.call_id, deps.now())
        sheet = acts.opened(conn, deps, scope, review).sheet
    if sheet is None:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
    return sheet_shape(sheet)


@router.post("/reviews/{review_id}/claim")
def claim(deps: Deps, scope: Reach, review_id: str) -> ReviewShape:
    """Take a review; 409 where somebody else has it, or one has reviewed the call."""
    change = acts.claim(deps, scope, review_id)
    if change.result != "done" or change.review is None:
        raise HTTPException(HTTPStatus.CONFLICT)
    return review_shape(change.review)


@router.post("/reviews/{review_id}/release", response_class=Response)
def release(deps: Deps, scope: Reach, review_id: str) -> Response:
    """Give a review back."""
    acts.release(deps, scope, review_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/reviews/{review_id}/answers")
def answer(deps: Deps, scope: Reach, review_id: str, body: AnswerBody) -> SheetShape:
    """Keep an answer."""
    given = (
        DraftAnswer(
            state=body.state, chosen=tuple(body.chosen), number=body.number, reason=body.reason
        )
        if body.state
        else None
    )
    return sheet_shape(acts.answer(deps, scope, review_id, body.question, given))


@router.post("/reviews/{review_id}/heard", response_class=Response)
def hear(deps: Deps, scope: Reach, review_id: str, body: HeardBody) -> Response:
    """Note which stretches of the recording were played."""
    acts.hear(deps, scope, review_id, [(s, e) for s, e in body.stretches if s < e])
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/reviews/{review_id}/notes")
def list_notes(deps: Deps, scope: Reach, review_id: str) -> list[NoteShape]:
    """Return the notes of a review."""
    with deps.database.read() as conn:
        acts.visible_review(conn, scope, review_id)
        notes = shown_notes(conn, drafts.notes_of_review(conn, review_id), scope.user_id)
    return [note_shape(one) for one in notes]


@router.post("/reviews/{review_id}/notes")
def add_note(deps: Deps, scope: Reach, review_id: str, body: NoteBody) -> list[NoteShape]:
    """Keep a note."""
    acts.note(deps, scope, review_id, body.text, body.audience, body.at_ms)
    return list_notes(deps, scope, review_id)


@router.delete("/reviews/{review_id}/notes/{typed_id}", response_class=Response)
def drop_note(deps: Deps, scope: Reach, review_id: str, typed_id: str) -> Response:
    """Remove a note of one's own before the review is submitted."""
    acts.drop_note(deps, scope, review_id, typed_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/reviews/{review_id}/missed")
def take_out(deps: Deps, scope: Reach, review_id: str, body: MissedBody) -> MissedShape:
    """Take words that redaction missed out of text, search and sound, at once."""
    with deps.database.write() as conn:
        review = acts.held(conn, deps, scope, review_id)
    done = take_out_of(deps, scope, review.call_id, Words(**body.model_dump()))
    return MissedShape(turns=done.turns, start_ms=done.start_ms)


@router.post("/reviews/{review_id}/second")
def to_second(deps: Deps, scope: Reach, review_id: str) -> ReviewIdShape:
    """Send the call to a second reviewer, blind."""
    return ReviewIdShape(review_id=acts.to_second(deps, scope, review_id))


@router.post("/reviews/{review_id}/not-scoreable")
def set_aside(deps: Deps, scope: Reach, review_id: str, body: WhyNotBody) -> ReviewIdShape:
    """End a review without scores; the answer names the review drawn in its place."""
    return ReviewIdShape(review_id=acts.not_scoreable(deps, scope, review_id, body.reason))


@router.post("/reviews/{review_id}/submit")
def submit(deps: Deps, scope: Reach, review_id: str) -> EvaluationShape:
    """Submit, for good; 422 while something is unanswered."""
    return evaluation_shape(acts.submit(deps, scope, review_id))


@router.get("/flagged")
def list_flagged(deps: Deps, scope: Reach) -> list[FlaggedShape]:
    """Return flagged calls that there was no room for, the most severe first."""
    with deps.database.read() as conn:
        rows = flags.list_not_queued(conn, scope, deps.now() - FLAG_KEPT_MS)
    return [flagged_shape(row) for row in rows]


@router.post("/flagged/{call_id}/queue")
def queue_flagged(deps: Deps, scope: Reach, call_id: str) -> ReviewIdShape:
    """Queue one of them all the same, and take it."""
    since = deps.now() - FLAG_KEPT_MS
    return ReviewIdShape(review_id=acts.queue_flagged(deps, scope, call_id, since))


@router.get("/calls/{call_id}/evaluations")
def list_evaluations(deps: Deps, scope: Reach, call_id: str) -> list[EvaluationShape]:
    """Return what people submitted on a call; nothing while one must still judge it blind."""
    with deps.database.read() as conn:
        visible_call(conn, scope, call_id)
        if call_id in evaluations.hidden_checks(conn, scope, [call_id]):
            return []
        found = evaluations.evaluations_of_call(conn, scope, call_id)
    return [evaluation_shape(one) for one in found]


@router.get("/evaluations/{evaluation_id}")
def show_evaluation(deps: Deps, scope: Reach, evaluation_id: str) -> EvaluationShape:
    """Return what somebody submitted."""
    with deps.database.read() as conn:
        return evaluation_shape(visible_evaluation(conn, scope, evaluation_id))


@router.get("/agreement")
def list_agreement(
    deps: Deps,
    scope: Reach,
    form: Annotated[str, Query(max_length=64)],
    days: Days = 90,
) -> list[QuestionAgreementShape]:
    """Return how far machine and people, and two people, agree, by question of a form."""
    with deps.database.read() as conn:
        rows = agreed_questions(conn, deps, scope, form, days)
    return [
        QuestionAgreementShape(
            question=row.question,
            machine=agreement_shape(row.machine),
            people=agreement_shape(row.people),
            abstained=row.abstained,
        )
        for row in rows
    ]


@router.get("/averages")
def list_averages(deps: Deps, scope: Reach, days: Days = 90) -> list[AveragesShape]:
    """Return agents' averages over the blind random sample, by name."""
    with deps.database.read() as conn:
        rows = agents_averages(conn, deps, scope, days)
    return [averages_shape(row.agent_id, row.name, row.averages) for row in rows]
