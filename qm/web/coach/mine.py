"""The agent's own page: hear what was shared, answer who asks, read one's scores and reply."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from qm.io.store import calls
from qm.io.store.agent_page import acknowledge_evaluation, evaluations_of_agent
from qm.io.store.consents import answer_consent, consents_of
from qm.io.store.drafts import notes_of_review
from qm.io.store.evaluations import Evaluation, find_evaluation
from qm.io.store.reviews import reviews_of_call, send_to_another
from qm.io.store.scopes import Scope
from qm.io.store.shares import acknowledge_share, find_share, note_heard
from qm.io.store.typed import read_typed, write_typed
from qm.types import Evidence
from qm.web.auth import Current, Deps, Reach
from qm.web.cards import names_of_users
from qm.web.coach.agent import agent_context, agent_in_reach, own_context, question_words
from qm.web.coach.shown import DAY_MS, as_heard, days_left, lines_of
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.messages import Catalogue

router = APIRouter(include_in_schema=False)

SECOND_LOOK_MS = 5 * DAY_MS
"""When another reviewer is due: a week at work."""

ConsentAnswer = Literal["given", "refused", "revoked"]
WhyText = Annotated[str, Form(min_length=1, max_length=1_000)]
Question = Annotated[str, Form(max_length=64)]


@router.get("/mine")
def show_mine(request: Request, deps: Deps, scope: Reach, session: Current) -> Response:
    """Show an agent their own page."""
    words = words_of(request)
    if not scope.agent_id:
        return render(request, "agent_none.html")
    with deps.database.read() as conn:
        agent = agent_in_reach(conn, deps, scope, scope.agent_id)
        context = {
            **agent_context(conn, deps, scope, agent, words),
            **own_context(conn, deps, scope, session.user.user_id),
            "asked_of": consents_of(conn, scope.agent_id, deps.now()),
            "own": True,
        }
    return render(request, "agent.html", context)


@router.get("/mine/shares/{share_id}")
def show_share(request: Request, deps: Deps, scope: Reach, share_id: str) -> Response:
    """Show something to hear."""
    words, now = words_of(request), deps.now()
    with deps.database.read() as conn:
        share = find_share(conn, scope.agent_id, share_id, now)
        if share is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        context = {
            "share": share,
            "lines": {c.clip_id: lines_of(conn, as_heard(c), c, words) for c in share.clips},
            "left": {clip.clip_id: days_left(clip, now) for clip in share.clips},
            "names": names_of_users(conn),
        }
    return render(request, "share.html", context)


@router.post("/mine/shares/{share_id}/heard")
def heard(
    deps: Deps, scope: Reach, share_id: str, clip_id: Annotated[str, Form(max_length=32)]
) -> Response:
    """Write down that a clip was played to its end."""
    with deps.database.write() as conn:
        if not note_heard(conn, scope.agent_id, share_id, clip_id, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/mine/shares/{share_id}/acknowledge")
def acknowledge(deps: Deps, scope: Reach, share_id: str) -> Response:
    """Acknowledge something that was shared."""
    with deps.database.write() as conn:
        if not acknowledge_share(conn, scope.agent_id, share_id, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse(f"/mine/shares/{share_id}", HTTPStatus.SEE_OTHER)


@router.post("/mine/clips/{clip_id}/consent")
def answer(
    deps: Deps, scope: Reach, clip_id: str, answer: Annotated[ConsentAnswer, Form()]
) -> Response:
    """Say whether others may hear a clip; may be said otherwise at any time."""
    with deps.database.write() as conn:
        if not answer_consent(conn, scope.agent_id, clip_id, answer, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse("/mine#consents", HTTPStatus.SEE_OTHER)


@router.get("/mine/evaluations/{evaluation_id}")
def show_evaluation(request: Request, deps: Deps, scope: Reach, evaluation_id: str) -> Response:
    """Show what a person said of one's call."""
    with deps.database.read() as conn:
        evaluation = own_evaluation(conn, scope, evaluation_id)
        context = evaluation_context(conn, deps, scope, evaluation, words_of(request))
    return render(request, "evaluation_mine.html", context)


@router.post("/mine/evaluations/{evaluation_id}/acknowledge")
def acknowledge_score(deps: Deps, scope: Reach, evaluation_id: str) -> Response:
    """Write down that one has read it."""
    with deps.database.write() as conn:
        if not acknowledge_evaluation(conn, scope, evaluation_id, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    return RedirectResponse(f"/mine/evaluations/{evaluation_id}", HTTPStatus.SEE_OTHER)


@router.post("/mine/evaluations/{evaluation_id}/differ")
def differ(
    deps: Deps, scope: Reach, evaluation_id: str, question: Question, why: WhyText
) -> Response:
    """See one question differently: another reviewer looks at the call."""
    see_differently(deps, scope, evaluation_id, question, why)
    path = f"/mine/evaluations/{evaluation_id}#q-{question}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def see_differently(
    deps: WebDeps, scope: Scope, evaluation_id: str, question: str, why: str
) -> str:
    """
    Send a call to another reviewer because its agent sees a question differently.

    Returns:
        The id of the review.

    Raises:
        HTTPException: 404, no such evaluation of an own call; 422, it does not answer this question
            or nothing was said.
    """
    now = deps.now()
    with deps.database.write() as conn:
        evaluation = own_evaluation(conn, scope, evaluation_id)
        if question not in {one.question for one in evaluation.answers} or not why.strip():
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
        typed_id = write_typed(
            conn,
            deps.vault,
            kind="differs",
            call_id=evaluation.call_id,
            author=scope.user_id,
            text=why,
            now=now,
        )
        contested = {question: typed_id}
        return send_to_another(conn, evaluation.call_id, contested, now, now + SECOND_LOOK_MS)


def own_evaluation(conn: Connection, scope: Scope, evaluation_id: str) -> Evaluation:
    """
    Return an evaluation of a call of the agent who asks.

    Second reviews stay between reviewers: they measure how far those agree.

    Raises:
        HTTPException: 404, there is none.
    """
    found = find_evaluation(conn, scope, evaluation_id)
    if found is None or found.kind == "second" or not scope.agent_id:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def evaluation_context(
    conn: Connection, deps: WebDeps, scope: Scope, evaluation: Evaluation, words: Catalogue
) -> Mapping[str, Any]:
    """Return what the page of an evaluation shows its agent."""
    call_id = evaluation.call_id
    disputes = [r for r in reviews_of_call(conn, scope, call_id) if r.kind == "dispute"]
    contested = {q: typed for one in disputes for q, typed in one.contested.items()}
    notes = [n for n in notes_of_review(conn, evaluation.review_id) if n.audience == "agent"]
    listed = evaluations_of_agent(conn, scope, scope.agent_id)
    return {
        "evaluation": evaluation,
        "call": calls.call_row(conn, scope, call_id),
        "listed": next((x for x in listed if x.evaluation_id == evaluation.evaluation_id), None),
        "questions": {
            one.question: question_words(deps, {evaluation.form}, one.question)
            for one in evaluation.answers
        },
        "evidence": evidence_of(conn, scope, call_id),
        "contested": contested,
        "texts": read_typed(conn, [*contested.values(), *(note.typed_id for note in notes)]),
        "notes": notes,
        "waits": any(one.state == "open" for one in disputes),
        "names": names_of_users(conn),
    }


def evidence_of(conn: Connection, scope: Scope, call_id: str) -> Mapping[str, tuple[Evidence, ...]]:
    """Return question -> places of the call that the machine's check points to."""
    card = calls.scorecard(conn, scope, call_id)
    return {one.question: one.evidence for one in card.answers} if card else {}
