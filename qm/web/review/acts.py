"""What a reviewer does with a review, for pages and programs alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from http import HTTPStatus

from fastapi import HTTPException
from sqlalchemy import Connection

from qm.errors import InputError
from qm.io.store import audit, calls, drafts, evaluations, flags, reviews
from qm.io.store.calls import CallRow
from qm.io.store.drafts import Audience, DraftAnswer
from qm.io.store.evaluations import Evaluation
from qm.io.store.reviews import NewReview, ReviewRow, WhyNot
from qm.io.store.scopes import Scope
from qm.io.store.typed import write_typed
from qm.stages.sampling import Month
from qm.web.call import visible_call
from qm.web.deps import WebDeps
from qm.web.moments import day_bounds
from qm.web.review.sheet import Sheet, checked, form_of, given_answers, make_sheet

DAY_MS = 86_400_000
MOST_HEARD = 400
"""Stretches of a recording; somebody who jumps more often than that has heard it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A review with its call and its sheet; no sheet where there is no form for the call."""

    review: ReviewRow
    call: CallRow
    sheet: Sheet | None


def visible_review(conn: Connection, scope: Scope, review_id: str) -> ReviewRow:
    """
    Return a review.

    Raises:
        HTTPException: 404, there is none for this person.
    """
    found = reviews.find_review(conn, scope, review_id)
    if found is None or found.state == "withdrawn":
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def held(conn: Connection, deps: WebDeps, scope: Scope, review_id: str) -> ReviewRow:
    """
    Return a review that this person has in hand, and let them keep it for a while from now.

    Raises:
        HTTPException: 404, there is none; 409, it is not (any more) in their hands.
    """
    visible_review(conn, scope, review_id)
    change = reviews.claim(conn, scope, review_id, deps.now(), deps.plan.claim_ms)
    if change.result != "done" or change.review is None:
        raise HTTPException(HTTPStatus.CONFLICT)
    return change.review


def opened(conn: Connection, deps: WebDeps, scope: Scope, review: ReviewRow) -> Opened:
    """Return a review with everything that its page and its form show."""
    call = visible_call(conn, scope, review.call_id)
    card = calls.scorecard(conn, scope, review.call_id)
    draft = drafts.find_draft(conn, review.review_id, scope.user_id)
    form = form_of(deps, call, card)
    sheet = make_sheet(form, review, card, draft, deps.now()) if form else None
    return Opened(review=review, call=call, sheet=sheet)


def note_view(conn: Connection, scope: Scope, call_id: str, now: int) -> None:
    """Write down that the call was looked at: who opened a call is one question, one answer."""
    entry = audit.Entry(user_id=scope.user_id, action="view", kind="call", object_id=call_id,
                        detail={"route": "/review/{review_id}"})  # fmt: skip
    audit.append(conn, entry, now)


def claim(deps: WebDeps, scope: Scope, review_id: str) -> reviews.Change:
    """Take a review."""
    with deps.database.write() as conn:
        visible_review(conn, scope, review_id)
        return reviews.claim(conn, scope, review_id, deps.now(), deps.plan.claim_ms)


def claim_next(deps: WebDeps, scope: Scope) -> str:
    """
    Return the id of the review to go on with: one's own first, else the most urgent free one.

    Of several as urgent that of another agent than the last: nobody should hear one voice all day.
    """
    now = deps.now()
    with deps.database.write() as conn:
        own = reviews.mine(conn, scope, now)
        if own:
            return own[0].review_id
        last = evaluations.evaluations_by(conn, scope, limit=1)
        heard = calls.call_row(conn, scope, last[0].call_id) if last else None
        before = heard.agent_id if heard else ""
        free = reviews.unassigned(conn, scope, now)
        urgent = sorted(free, key=lambda r: (r.due_at >= now, -r.severity, r.agent_id == before))
        for one in urgent:
            if reviews.claim(conn, scope, one.review_id, now, deps.plan.claim_ms).result == "done":
                return one.review_id
    return ""


def release(deps: WebDeps, scope: Scope, review_id: str) -> None:
    """Give a review back."""
    with deps.database.write() as conn:
        visible_review(conn, scope, review_id)
        reviews.release(conn, scope, review_id, deps.now())


def answer(
    deps: WebDeps, scope: Scope, review_id: str, question: str, given: DraftAnswer | None
) -> Sheet:
    """
    Keep an answer (None takes it back) and return the sheet as it stands then.

    Raises:
        HTTPException: 404 no such review, 409 not in one's hands, 422 no such answer.
    """
    with deps.database.write() as conn:
        review = held(conn, deps, scope, review_id)
        sheet = _sheet(conn, deps, scope, review)
        answers = dict(sheet.draft.answers)
        before = answers.pop(question, None)
        if given is not None:
            _check(sheet, question, given)
            first = before.first if before else ""
            kept = given.reason or _kept_reason(before, given)
            answers[question] = replace(
                given, first=first or (given.said if review.blind else ""), reason=kept
            )
        elif review.blind and before is not None:
            answers[question] = before  # what was said before the machine's answer stays said
        draft = replace(sheet.draft, answers=answers)
        drafts.save_draft(conn, review_id, scope.user_id, draft, deps.now())
        return make_sheet(sheet.form, review, sheet.card, draft, deps.now())


def hear(deps: WebDeps, scope: Scope, review_id: str, stretches: list[tuple[int, int]]) -> None:
    """Note which stretches of the recording were played."""
    with deps.database.write() as conn:
        review = held(conn, deps, scope, review_id)
        draft = _sheet(conn, deps, scope, review).draft
        all_heard = drafts.joined([*draft.heard, *stretches])[:MOST_HEARD]
        kept = replace(draft, heard=all_heard)
        drafts.save_draft(conn, review_id, scope.user_id, kept, deps.now())


def note(
    deps: WebDeps, scope: Scope, review_id: str, text: str, audience: Audience, at_ms: int | None
) -> str:
    """Keep a note and return its id; others see it when the worker has redacted it."""
    with deps.database.write() as conn:
        review = held(conn, deps, scope, review_id)
        typed_id = write_typed(
            conn,
            deps.vault,
            kind="review_note",
            call_id=review.call_id,
            author=scope.user_id,
            text=text,
            now=deps.now(),
        )
        drafts.add_note(conn, typed_id, review_id, audience, at_ms, deps.now())
    return typed_id


def drop_note(deps: WebDeps, scope: Scope, review_id: str, typed_id: str) -> None:
    """Remove a note of one's own before the review is submitted."""
    with deps.database.write() as conn:
        held(conn, deps, scope, review_id)
        if not drafts.drop_note(conn, review_id, typed_id, scope.user_id):
            raise HTTPException(HTTPStatus.NOT_FOUND)


def not_scoreable(deps: WebDeps, scope: Scope, review_id: str, reason: WhyNot) -> str:
    """
    End a review without scores; in the place of a drawn call another of its agent is drawn.

    Returns:
        The id of the review of the other call; "" where there is none.
    """
    now = deps.now()
    with deps.database.write() as conn:
        review = held(conn, deps, scope, review_id)
        reviews.close(conn, scope, review_id, now, "not_scoreable", reason)
        if review.kind != "sample":
            return ""
        reviews.withdraw(conn, review.call_id, "second", now)
        year, number = (int(part) for part in review.month.split("-"))
        first = date(year, number, 1)
        following = (first + timedelta(days=32)).replace(day=1)
        month = Month(name=review.month, day=1, days=(following - first).days)
        since, until = day_bounds(first, deps.zone)[0], day_bounds(following, deps.zone)[0]
        other = flags.draw_another(conn, month, since, until, review.agent_id, deps.scoring)
        if other is None:
            return ""
        reviews.withdraw(conn, other, "flag", now)
        new = NewReview(
            call_id=other, kind="sample", month=review.month, day=review.day, due_at=review.due_at
        )
        return reviews.add_review(conn, new, now)


def submit(deps: WebDeps, scope: Scope, review_id: str) -> Evaluation:
    """
    Write the evaluation, beside the machine's check, for good.

    Raises:
        HTTPException: 404 no such review, 409 not in one's hands, 422 something is unanswered.
    """
    now = deps.now()
    with deps.database.write() as conn:
        review = held(conn, deps, scope, review_id)
        found = opened(conn, deps, scope, review)
        sheet = found.sheet
        if sheet is None or not sheet.complete:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
        done = Evaluation(
            evaluation_id=evaluations.new_evaluation_id(),
            call_id=review.call_id,
            review_id=review_id,
            kind=review.kind,
            reviewer=scope.user_id,
            form=sheet.form.key,
            pass_=found.call.pass_,
            blind=review.blind,
            percent=sheet.result.percent,
            earned=sheet.result.earned,
            possible=sheet.result.possible,
            band=sheet.result.band,
            findings=sheet.result.findings,
            not_judged=sheet.result.not_judged,
            heard_share=drafts.heard_share(sheet.draft.heard, found.call.duration_ms or 0),
            begun_at=sheet.draft.begun_at,
            submitted_at=now,
            answers=given_answers(sheet),
        )
        evaluations.submit(conn, done)
        reviews.close(conn, scope, review_id, now, "submitted")
    return done


def to_second(deps: WebDeps, scope: Scope, review_id: str) -> str:
    """Send the call to a second reviewer, who sees neither the machine's answers nor these."""
    now = deps.now()
    with deps.database.write() as conn:
        review = visible_review(conn, scope, review_id)
        for other in reviews.reviews_of_call(conn, scope, review.call_id):
            if other.kind == "second" and other.state == "open":
                return other.review_id
        due_at = now + deps.plan.due_days * DAY_MS
        new = NewReview(call_id=review.call_id, kind="second", due_at=due_at)
        return reviews.add_review(conn, new, now)


def queue_flagged(deps: WebDeps, scope: Scope, call_id: str, since: int) -> str:
    """
    Queue a flagged call that there was no room for, and take it.

    Raises:
        HTTPException: 404, it is none (any more).
    """
    now = deps.now()
    with deps.database.write() as conn:
        found = flags.one_not_queued(conn, scope, since, call_id)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        new = NewReview(
            call_id=call_id,
            kind="flag",
            reason=found.reason,
            severity=found.severity,
            due_at=now + deps.plan.due_days * DAY_MS,
        )
        review_id = reviews.add_review(conn, new, now)
        reviews.claim(conn, scope, review_id, now, deps.plan.claim_ms)
    return review_id


def _sheet(conn: Connection, deps: WebDeps, scope: Scope, review: ReviewRow) -> Sheet:
    sheet = opened(conn, deps, scope, review).sheet
    if sheet is None:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
    return sheet


def _check(sheet: Sheet, question: str, given: DraftAnswer) -> None:
    try:
        checked(sheet.form, question, given)
    except InputError:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from None


def _kept_reason(before: DraftAnswer | None, given: DraftAnswer) -> drafts.ChangeReason:
    """Return the reason given before where the answer is still the same."""
    return before.reason if before is not None and before.said == given.said else ""
