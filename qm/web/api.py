"""The REST API: the same resources as the pages, for programs.  OpenAPI is its contract."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse

from qm.io.store import alerts, audit, calls, evaluations
from qm.io.store.alerts import AlertFilter, AlertState
from qm.io.store.scopes import Scope
from qm.web.alerts import Act, acknowledging, apply, claiming, closing, rating
from qm.web.api_models import (
    AlertChange,
    AlertShape,
    AuditShape,
    CallPage,
    CallShape,
    GrantShape,
    Me,
    OutcomeBody,
    ReasonBody,
    Refusal,
    RuleBody,
    RuleShape,
    ScorecardShape,
    TurnShape,
    alert_shape,
    call_shape,
    scorecard_shape,
    turn_shape,
)
from qm.web.audio import audio_answer
from qm.web.auth import Current, Deps, Reach
from qm.web.call import visible_call
from qm.web.calls import PAGE_ROWS, Wanted, call_filter, page_of
from qm.web.cards import not_for, shown_to
from qm.web.deps import WebDeps
from qm.web.pushes import is_own_page
from qm.web.rules import ShownRule, set_state, shown_rules
from qm.web.transcript import NOT_FOR_AGENTS

_PROBLEM: dict[str, Any] = {"application/problem+json": {"schema": Refusal.model_json_schema()}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"description": what, "content": _PROBLEM}
    for code, what in (
        (401, "Nobody is signed in."),
        (403, "The role does not open this, or the CSRF token is missing."),
        (404, "There is none, or it is not for this person."),
        (422, "The request does not fit the schema.  Its values are not quoted."),
        (503, "The database or the audit trail does not answer: nothing is shown or changed."),
    )
}
router = APIRouter(prefix="/api/v1", responses=REFUSALS)

MOST_ROWS = 100


@router.get("/openapi.json", include_in_schema=False)
def show_contract(request: Request) -> Response:
    """Return this contract."""
    return JSONResponse(request.app.openapi())


@router.get("/me")
def show_me(session: Current) -> Me:
    """Return who asks, what they may do, and the token that changes need."""
    user = session.user
    return Me(
        user_id=user.user_id,
        name=user.name,
        shown_as=user.shown_as,
        grants=[GrantShape(role=g.role, team=g.team) for g in sorted(user.grants)],
        csrf=session.csrf,
    )


@router.get("/calls")
def list_calls(deps: Deps, scope: Reach, wanted: Wanted) -> CallPage:
    """Return calls, newest first."""
    chosen = call_filter(wanted, deps, scope)
    with deps.database.read() as conn:
        found = calls.list_calls(conn, scope, chosen, page_of(wanted.before))
        rows = evaluations.without_hidden(conn, scope, found)
        total = calls.count_calls(conn, scope, chosen)
    shown = rows[:PAGE_ROWS]
    following = f"{shown[-1].started_at}.{shown[-1].call_id}" if len(rows) > PAGE_ROWS else ""
    return CallPage(calls=[call_shape(row) for row in shown], total=total, next=following)


@router.get("/calls/{call_id}")
def show_call(deps: Deps, scope: Reach, call_id: str) -> CallShape:
    """Return one call."""
    with deps.database.read() as conn:
        hidden = not_for(deps, scope.roles)
        call = visible_call(conn, scope, call_id, hidden)
        return call_shape(evaluations.without_hidden(conn, scope, [call])[0])


@router.get("/calls/{call_id}/turns")
def list_turns(deps: Deps, scope: Reach, call_id: str) -> list[TurnShape]:
    """Return a call's turns, of the newest finished recognition, with their labels."""
    hidden = NOT_FOR_AGENTS if is_own_page(scope) else frozenset()
    with deps.database.read() as conn:
        visible_call(conn, scope, call_id)
        turns = calls.turns(conn, scope, call_id)
        blind = bool(evaluations.hidden_checks(conn, scope, [call_id]))
        found = () if blind else calls.labels(conn, scope, call_id)
        labels = {one.turn_index: one for one in found}
    return [turn_shape(turn, labels.get(turn.index), hidden) for turn in turns]


@router.get("/calls/{call_id}/scorecards")
def list_scorecards(deps: Deps, scope: Reach, call_id: str) -> list[ScorecardShape]:
    """Return the machine's check of a call, if there is one that this person may see yet."""
    with deps.database.read() as conn:
        visible_call(conn, scope, call_id)
        blind = bool(evaluations.hidden_checks(conn, scope, [call_id]))
        card = None if blind else calls.scorecard(conn, scope, call_id)
    return [scorecard_shape(card, own_page=is_own_page(scope))] if card else []


@router.get("/calls/{call_id}/alerts")
def list_alerts_of(deps: Deps, scope: Reach, call_id: str) -> list[AlertShape]:
    """Return a call's alerts and the flags raised after it."""
    with deps.database.read() as conn:
        visible_call(conn, scope, call_id)
        rows = shown_to(alerts.alerts_of(conn, scope, call_id), deps, scope.roles)
    return [alert_shape(row) for row in rows]


@router.get("/calls/{call_id}/audio", response_class=Response)
def play(request: Request, deps: Deps, scope: Reach, call_id: str) -> Response:
    """Return the redacted recording, or the stretch that ``Range`` asks for."""
    return audio_answer(request, deps, scope, call_id)


@router.get("/alerts")
def list_alerts(
    deps: Deps,
    scope: Reach,
    state: Annotated[list[AlertState] | None, Query()] = None,
    since: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> list[AlertShape]:
    """Return live alerts, newest first."""
    states = tuple(state) if state else None
    wanted = AlertFilter(states=states, since=since, when="live")
    with deps.database.read() as conn:
        rows = shown_to(alerts.list_alerts(conn, scope, wanted, limit), deps, scope.roles)
    return [alert_shape(row) for row in rows]


@router.get("/alerts/{alert_id}")
def show_alert(deps: Deps, scope: Reach, alert_id: str) -> AlertShape:
    """Return one alert."""
    with deps.database.read() as conn:
        found = alerts.find_alert(conn, scope, alert_id)
    if found is None or not shown_to([found], deps, scope.roles):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return alert_shape(found)


@router.post("/alerts/{alert_id}/claim")
def claim(deps: Deps, scope: Reach, alert_id: str) -> AlertChange:
    """Take an alert."""
    return _change(deps, scope, claiming(alert_id))


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(deps: Deps, scope: Reach, alert_id: str) -> AlertChange:
    """Say that one acts on it."""
    return _change(deps, scope, acknowledging(alert_id))


@router.post("/alerts/{alert_id}/close")
def close(deps: Deps, scope: Reach, alert_id: str, body: OutcomeBody) -> AlertChange:
    """Close it with what came of it."""
    return _change(deps, scope, closing(alert_id, body.outcome))


@router.post("/alerts/{alert_id}/rate")
def rate(deps: Deps, scope: Reach, alert_id: str, body: ReasonBody) -> AlertChange:
    """Say whether it was useful, and why."""
    return _change(deps, scope, rating(alert_id, body.reason))


@router.get("/rules")
def list_rules(deps: Deps) -> list[RuleShape]:
    """Return all rules with their state and record."""
    with deps.database.read() as conn:
        return [_rule(one) for one in shown_rules(conn, deps)]


@router.post("/rules/{rule_id}")
def change_rule(deps: Deps, session: Current, rule_id: str, body: RuleBody) -> RuleShape:
    """Turn a rule on or make it silent."""
    return _rule(set_state(deps, rule_id, body.state == "on", session.user.user_id))


@router.get("/audit")
def list_audit(
    deps: Deps,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> list[AuditShape]:
    """Return acts, newest first."""
    with deps.database.read() as conn:
        rows = audit.search(conn, audit.AuditFilter(), limit, before)
    return [
        AuditShape(
            seq=row.seq,
            at=row.at,
            user_id=row.entry.user_id,
            action=row.entry.action,
            kind=row.entry.kind,
            object_id=row.entry.object_id,
            detail=dict(row.entry.detail),
        )
        for row in rows
    ]


def _change(deps: WebDeps, scope: Scope, act: Act) -> AlertChange:
    change = apply(deps, scope, act)
    if change.alert is None or change.result == "missing":
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return AlertChange(result=change.result, alert=alert_shape(change.alert))


def _rule(one: ShownRule) -> RuleShape:
    return RuleShape(
        rule=one.text.rule,
        title=one.text.title,
        severity=one.text.severity,
        when=one.text.when,
        act=one.text.act,
        on=one.on,
        raised=one.counts.raised,
        silent=one.counts.silent,
        useful=one.counts.useful,
        not_useful=one.counts.not_useful,
        answered=one.counts.answered,
        answer_p50_ms=one.counts.answer_p50_ms,
        answer_p95_ms=one.counts.answer_p95_ms,
    )
