"""Alerts: what waits for somebody, and what they say about it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from qm.io.store import alerts, feed
from qm.io.store.alerts import AlertFilter, Change
from qm.io.store.scopes import Scope
from qm.web.auth import Deps, Reach
from qm.web.board import card_context, waiting_alerts
from qm.web.cards import USEFUL, by_need, cards, shown_to
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.problems import is_htmx

router = APIRouter(include_in_schema=False)

CLOSED_SHOWN = 30
DAY_MS = 86_400_000

Outcome = Literal["stepped_in", "helped", "not_needed", "calling_back"]
Reason = Literal["acted", "nothing_to_do", "heard_wrong", "rule_wrong", "too_late"]
Act = Callable[[Connection, Scope, int], Change]


@router.get("/alerts")
def show_alerts(request: Request, deps: Deps, scope: Reach) -> Response:
    """Show what waits and what was closed in the last day."""
    words = words_of(request)
    with deps.database.read() as conn:
        seq = feed.last_seq(conn)
        waiting = by_need(shown_to(waiting_alerts(conn, scope), deps, scope.roles))
        recent = AlertFilter(states=("closed",), when="live", since=deps.now() - DAY_MS)
        closed = shown_to(
            alerts.list_alerts(conn, scope, recent, limit=CLOSED_SHOWN), deps, scope.roles
        )
        context = {
            "seq": seq,
            "cards": cards(conn, deps, scope, waiting, words),
            "closed": cards(conn, deps, scope, closed, words),
            "waiting": len([row for row in waiting if row.state == "open"]),
            "feed_mode": "page",
        }
    return render(request, "alerts.html", {**context, **card_context()})


@router.get("/alerts/list")
def show_list(request: Request, deps: Deps, scope: Reach) -> Response:
    """Return the cards that wait anew, after a break too long to catch up with."""
    with deps.database.read() as conn:
        rows = by_need(shown_to(waiting_alerts(conn, scope), deps, scope.roles))
        shown = cards(conn, deps, scope, rows, words_of(request))
    return render(request, "_cards.html", {"cards": shown, **card_context()})


@router.post("/alerts/{alert_id}/claim")
def claim(request: Request, deps: Deps, scope: Reach, alert_id: str) -> Response:
    """Take an alert."""
    return _change(request, deps, scope, claiming(alert_id))


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(request: Request, deps: Deps, scope: Reach, alert_id: str) -> Response:
    """Say that one acts on it."""
    return _change(request, deps, scope, acknowledging(alert_id))


@router.post("/alerts/{alert_id}/close")
def close(
    request: Request,
    deps: Deps,
    scope: Reach,
    alert_id: str,
    outcome: Annotated[Outcome, Form()],
) -> Response:
    """Close it with what came of it."""
    return _change(request, deps, scope, closing(alert_id, outcome))


@router.post("/alerts/{alert_id}/rate")
def rate(
    request: Request,
    deps: Deps,
    scope: Reach,
    alert_id: str,
    reason: Annotated[Reason, Form()],
) -> Response:
    """Say whether it was useful, and why."""
    return _change(request, deps, scope, rating(alert_id, reason))


def claiming(alert_id: str) -> Act:
    """Return the act of taking an alert."""
    return lambda conn, scope, now: alerts.claim(conn, scope, alert_id, now)


def acknowledging(alert_id: str) -> Act:
    """Return the act of acknowledging an alert."""
    return lambda conn, scope, now: alerts.acknowledge(conn, scope, alert_id, now)


def closing(alert_id: str, outcome: str) -> Act:
    """Return the act of closing an alert."""
    return lambda conn, scope, now: alerts.close(conn, scope, alert_id, outcome, now)


def rating(alert_id: str, reason: str) -> Act:
    """Return the act of rating an alert."""
    useful = reason in USEFUL
    return lambda conn, scope, now: alerts.rate(conn, scope, alert_id, useful, reason, now)


def apply(deps: WebDeps, scope: Scope, act: Act) -> Change:
    """
    Change an alert.

    Raises:
        HTTPException: 404, none that this person may change.
    """
    with deps.database.write() as conn:
        change = act(conn, scope, deps.now())
    hidden = change.alert is None or not shown_to([change.alert], deps, scope.roles)
    if change.result == "missing" or hidden:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return change


def _change(request: Request, deps: WebDeps, scope: Scope, act: Act) -> Response:
    change = apply(deps, scope, act)
    if not is_htmx(request):
        return RedirectResponse("/alerts", HTTPStatus.SEE_OTHER)
    rows = [] if change.alert is None else [change.alert]
    with deps.database.read() as conn:
        shown = cards(conn, deps, scope, rows, words_of(request))
    context = {"card": shown[0], "refused": change.result, **card_context()}
    return render(request, "_alert.html", context)
