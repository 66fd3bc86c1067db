"""The page on which a call is reviewed: sound and words beside the form, all of it by keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from qm.io.store import alerts, audio, calls, drafts, feed, reviews, users
from qm.io.store.calls import CallFilter, CallRow, Page
from qm.io.store.drafts import Note
from qm.io.store.reviews import WHY_NOT
from qm.io.store.scopes import Scope
from qm.io.store.typed import Typed, read_typed
from qm.web.auth import Deps, Reach
from qm.web.call import VALIDATED_LANGUAGES
from qm.web.cards import names_of_users, shown_to
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.messages import Catalogue
from qm.web.review import acts
from qm.web.review.acts import Opened
from qm.web.review.missed import ENTITIES
from qm.web.review.sheet import REASON_KEYS, Sheet, option_text
from qm.web.timeline import lanes, silences
from qm.web.transcript import make

router = APIRouter(include_in_schema=False)

MOST_EARLIER = 8
"""Earlier contacts beside the call: what somebody reads before a review, not a history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNote:
    """A note with the name of who wrote it."""

    note: Note
    author: str
    state: str  #: waiting, ready, withheld
    own: bool


@router.get("/review/{review_id}")
def show_review(
    request: Request,
    deps: Deps,
    scope: Reach,
    review_id: str,
    removed: int = Query(0, ge=0, le=10_000),
) -> Response:
    """Show a review to work on, where it is in one's hands; else say who has it."""
    words = words_of(request)
    with deps.database.write() as conn:
        review = acts.visible_review(conn, scope, review_id)
        mine = review.state == "open" and review.holder(deps.now()) == scope.user_id
        if mine:
            review = acts.held(conn, deps, scope, review_id)
            acts.note_view(conn, scope, review.call_id, deps.now())
    with deps.database.read() as conn:
        if not mine:
            names = names_of_users(conn)
            holder = names.get(review.holder(deps.now()), "")
            return render(request, "review_closed.html", {"review": review, "holder": holder})
        found = acts.opened(conn, deps, scope, review)
        context = page_context(conn, deps, scope, found, words)
    if found.sheet is None:
        return render(request, "review_closed.html", {"review": review, "holder": "", **context})
    return render(request, "review_page.html", {**context, "removed": removed})


def page_context(
    conn: Connection, deps: WebDeps, scope: Scope, found: Opened, words: Catalogue
) -> Mapping[str, Any]:
    """Return all that the page shows; on a blind review nothing that a machine judged."""
    review, call = found.review, found.call
    turns = calls.turns(conn, scope, call.call_id)
    labels = {} if review.blind else {
        one.turn_index: one for one in calls.labels(conn, scope, call.call_id)
    }  # fmt: skip
    shown = make(turns, labels, words, own_page=review.blind)
    raised = [] if review.blind else alerts.alerts_of(conn, scope, call.call_id)
    titled = [(row, deps.rule(row.alert.rule).title) for row in shown_to(raised, deps, scope.roles)]
    facts = calls.facts(conn, scope, call.call_id)
    end_ms = call.duration_ms or max([call.clock_ms, *(turn.end_ms for turn in turns)])
    marks = calls.marks(conn, scope, call.call_id)
    return {
        "seq": feed.last_seq(conn),
        "review": review,
        "call": call,
        "end_ms": end_ms,
        "transcript": shown,
        "lanes": [
            lane
            for lane in lanes(shown, turns, titled, marks, end_ms)
            if not review.blind or lane.name not in ("labels", "alerts")
        ],
        "facts": facts,
        "silences": silences(facts),
        "outcome": None if review.blind else calls.outcome(conn, scope, call.call_id),
        "opened": (),
        "recording": audio.find_audio(conn, scope, call.call_id, "redacted"),
        "validated": not call.language or call.language in VALIDATED_LANGUAGES,
        "earlier": earlier_contacts(conn, scope, call),
        "second_open": any(
            one.kind == "second" and one.state == "open" and one.review_id != review.review_id
            for one in reviews.reviews_of_call(conn, scope, call.call_id)
        ),
        "why_not": WHY_NOT,
        "entities": ENTITIES,
        **form_context(conn, scope, found.sheet),
    }


def form_context(conn: Connection, scope: Scope, sheet: Sheet | None) -> dict[str, Any]:
    """Return what the form and the notes beside it show."""
    if sheet is None:
        return {"sheet": None, "notes": ()}
    review = sheet.review
    contested = read_typed(conn, list(review.contested.values()))
    return {
        "sheet": sheet,
        "review": review,
        "reason_keys": REASON_KEYS,
        "option_text": option_text,
        "contested": contested,
        "notes": shown_notes(conn, drafts.notes_of_review(conn, review.review_id), scope.user_id),
        "heard_share": drafts.heard_share(sheet.draft.heard, review.duration_ms or 0),
    }


def shown_notes(conn: Connection, notes: Sequence[Note], user_id: str) -> tuple[ShownNote, ...]:
    """Return notes with their authors' names."""
    names = {user.user_id: user.shown_as for user in users.list_users(conn)}
    return tuple(
        ShownNote(
            note=one,
            author=names.get(one.author, one.author),
            state=one.typed.state if isinstance(one.typed, Typed) else "withheld",
            own=one.author == user_id,
        )
        for one in notes
    )


def earlier_contacts(conn: Connection, scope: Scope, call: CallRow) -> tuple[CallRow, ...]:
    """Return what the same customer called about before, the newest first."""
    if not call.customer_ref:
        return ()
    wanted = CallFilter(customer_ref=call.customer_ref, until=call.started_at)
    return calls.list_calls(conn, scope, wanted, Page(limit=MOST_EARLIER))


@router.post("/review/{review_id}/claim")
def claim(deps: Deps, scope: Reach, review_id: str) -> Response:
    """Take a review and open it."""
    change = acts.claim(deps, scope, review_id)
    if change.result in ("done", "taken"):
        return RedirectResponse(f"/review/{review_id}", HTTPStatus.SEE_OTHER)
    return RedirectResponse(f"/review?refused={change.result}", HTTPStatus.SEE_OTHER)


@router.post("/review/{review_id}/release")
def release(deps: Deps, scope: Reach, review_id: str) -> Response:
    """Give a review back."""
    acts.release(deps, scope, review_id)
    return RedirectResponse("/review", HTTPStatus.SEE_OTHER)
