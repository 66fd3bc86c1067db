"""One call: its picture, its words, its score, facts and alerts; live ones follow along."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import Connection

from qm.io.store import alerts, audio, audit, calls, evaluations, feed
from qm.io.store.calls import CallRow
from qm.io.store.scopes import Scope
from qm.web.auth import Deps, Reach
from qm.web.board import card_context
from qm.web.cards import cards, names_of_users, shown_to
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.messages import Catalogue
from qm.web.pushes import call_topic, is_own_page
from qm.web.scores import shown_score
from qm.web.timeline import lanes, silences
from qm.web.transcript import transcript

router = APIRouter(include_in_schema=False)

VALIDATED_LANGUAGES = frozenset({"en"})
"""Languages whose labels were measured; what others are told is that theirs were not."""
MOST_OPENED = 500  # acts that are looked through for who opened a call


@router.get("/calls/{call_id}")
def show_call(request: Request, deps: Deps, scope: Reach, call_id: str) -> Response:
    """Show a call."""
    words = words_of(request)
    with deps.database.read() as conn:
        seq = feed.last_seq(conn)
        context = call_context(conn, deps, scope, visible_call(conn, scope, call_id), words)
    return render(request, "call.html", {"seq": seq, **card_context(), **context})


def _opened(conn: Connection, scope: Scope, call_id: str) -> tuple[tuple[str, int], ...]:
    """Return who looked at a call and when last: for its agent, and for compliance."""
    if not scope.roles & {"agent", "compliance"}:
        return ()
    names = names_of_users(conn)
    last: dict[str, int] = {}
    for row in audit.search(conn, audit.AuditFilter(kind="call", object_id=call_id), MOST_OPENED):
        if row.entry.action != "denied":
            last.setdefault(row.entry.user_id, row.at)  # newest first
    return tuple((names.get(user_id, user_id), at) for user_id, at in last.items())


def visible_call(
    conn: Connection, scope: Scope, call_id: str, hidden_rules: Collection[str] = ()
) -> CallRow:
    """
    Return a call; findings of ``hidden_rules`` are not counted.

    Raises:
        HTTPException: 404, there is none or it is not for this person; never told which.
    """
    call = calls.call_row(conn, scope, call_id, hidden_rules)
    if call is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return call


def call_context(
    conn: Connection, deps: WebDeps, scope: Scope, call: CallRow, words: Catalogue
) -> Mapping[str, Any]:
    """Return all that the page of a call shows."""
    call_id, own = call.call_id, is_own_page(scope)
    blind = call_id in evaluations.hidden_checks(conn, scope, [call_id])
    shown = transcript(conn, scope, call, words, own_page=own, blind=blind)
    raised = shown_to(alerts.alerts_of(conn, scope, call_id), deps, scope.roles)
    raised = [] if blind else raised
    facts = calls.facts(conn, scope, call_id)
    card = None if blind else calls.scorecard(conn, scope, call_id)
    recording = audio.find_audio(conn, scope, call_id, "redacted")
    end_ms = call.duration_ms or max([call.clock_ms, *(turn.end_ms for turn in shown.turns)])
    titled = [(row, deps.rule(row.alert.rule).title) for row in raised]
    return {
        "call": call,
        "live": call.status == "live",
        "topic": call_topic(call_id, own=own) if call.status == "live" else "",
        "end_ms": end_ms,
        "transcript": shown,
        "lanes": lanes(
            shown,
            calls.turns(conn, scope, call_id),
            titled,
            calls.marks(conn, scope, call_id),
            end_ms,
        ),
        "facts": facts,
        "marks": calls.marks(conn, scope, call_id),
        "silences": silences(facts),
        "outcome": None if blind else calls.outcome(conn, scope, call_id),
        "blind": blind,
        "score": shown_score(card, deps, own_page=own) if card else None,
        "cards": cards(conn, deps, scope, [r for r in raised if r.alert.when == "live"], words),
        "flags": cards(conn, deps, scope, [r for r in raised if r.alert.when == "after"], words),
        "own_page": own,
        "opened": _opened(conn, scope, call_id),
        "may_act": "supervisor" in scope.roles,
        "recording": recording,
        "validated": not call.language or call.language in VALIDATED_LANGUAGES,
    }
