"""Filling in: answers, notes and what was heard, kept as they come; submitting."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from qm.io.store.drafts import AnswerState, Audience, ChangeReason, DraftAnswer
from qm.io.store.reviews import WhyNot
from qm.web.auth import Deps, Reach, current_session
from qm.web.deps import WebDeps
from qm.web.frame import piece, render, words_of
from qm.web.moments import Moments
from qm.web.review import acts
from qm.web.review.page import form_context
from qm.web.review.sheet import Sheet

router = APIRouter(include_in_schema=False)

MOST_CHARACTERS = 4_000
Milliseconds = Annotated[int | None, Form(ge=0, le=86_400_000)]


@router.post("/review/{review_id}/answers/{question_id}")
def answer(
    request: Request,
    deps: Deps,
    scope: Reach,
    review_id: str,
    question_id: str,
    state: Annotated[AnswerState | None, Form()] = None,
    chosen: Annotated[list[str] | None, Form(max_length=20)] = None,
    number: Annotated[float | None, Form()] = None,
    reason: Annotated[ChangeReason, Form()] = "",
) -> Response:
    """Keep an answer and return the question as it looks then; no state takes it back."""
    given = (
        DraftAnswer(state=state, chosen=tuple(chosen or ()), number=number, reason=reason)
        if state
        else None
    )
    sheet = acts.answer(deps, scope, review_id, question_id, given)
    return _pieces(request, deps, scope, sheet, question_id)


def _pieces(
    request: Request, deps: WebDeps, scope: Any, sheet: Sheet, question_id: str
) -> Response:
    words = words_of(request)
    with deps.database.read() as conn:
        context = {**form_context(conn, scope, sheet), "csrf": current_session(request).csrf}
    moments = Moments(zone=deps.zone, words=words, now=deps.now())
    asked = next(one for one in sheet.asked if one.question.question == question_id)
    return JSONResponse(
        {
            "question": piece("_review_question.html", words, moments, {**context, "one": asked}),
            "foot": piece("_review_foot.html", words, moments, context),
            "reload": any(one.question.asked_if for one in sheet.asked),
        }
    )


@router.post("/review/{review_id}/heard")
def hear(
    deps: Deps,
    scope: Reach,
    review_id: str,
    start_ms: Annotated[list[int], Form(max_length=100)],
    end_ms: Annotated[list[int], Form(max_length=100)],
) -> Response:
    """Note which stretches of the recording were played."""
    pairs = [(s, e) for s, e in zip(start_ms, end_ms, strict=False) if 0 <= s < e <= 86_400_000]
    acts.hear(deps, scope, review_id, pairs)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/review/{review_id}/notes")
def show_notes(request: Request, deps: Deps, scope: Reach, review_id: str) -> Response:
    """Return the notes anew: some become readable when the worker has looked at them."""
    return _notes(request, deps, scope, review_id)


@router.post("/review/{review_id}/notes")
def add_note(
    request: Request,
    deps: Deps,
    scope: Reach,
    review_id: str,
    text: Annotated[str, Form(min_length=1, max_length=MOST_CHARACTERS)],
    audience: Annotated[Audience, Form()],
    at_ms: Milliseconds = None,
) -> Response:
    """Keep a note."""
    acts.note(deps, scope, review_id, text, audience, at_ms)
    return _notes(request, deps, scope, review_id)


@router.post("/review/{review_id}/notes/{typed_id}/delete")
def drop_note(
    request: Request, deps: Deps, scope: Reach, review_id: str, typed_id: str
) -> Response:
    """Remove a note of one's own."""
    acts.drop_note(deps, scope, review_id, typed_id)
    return _notes(request, deps, scope, review_id)


def _notes(request: Request, deps: WebDeps, scope: Any, review_id: str) -> Response:
    with deps.database.read() as conn:
        review = acts.visible_review(conn, scope, review_id)
        context = form_context(conn, scope, acts.opened(conn, deps, scope, review).sheet)
    return render(request, "_review_notes.html", context)


@router.post("/review/{review_id}/not-scoreable")
def set_aside(
    deps: Deps, scope: Reach, review_id: str, reason: Annotated[WhyNot, Form()]
) -> Response:
    """End the review without scores; another call is drawn in the place of a drawn one."""
    acts.not_scoreable(deps, scope, review_id, reason)
    return RedirectResponse("/review", HTTPStatus.SEE_OTHER)


@router.post("/review/{review_id}/second")
def to_second(deps: Deps, scope: Reach, review_id: str) -> Response:
    """Send the call to a second reviewer, blind."""
    acts.to_second(deps, scope, review_id)
    return RedirectResponse(f"/review/{review_id}", HTTPStatus.SEE_OTHER)


@router.post("/review/{review_id}/submit")
def submit(deps: Deps, scope: Reach, review_id: str) -> Response:
    """Submit, for good."""
    done = acts.submit(deps, scope, review_id)
    return RedirectResponse(f"/review/evaluations/{done.evaluation_id}", HTTPStatus.SEE_OTHER)
