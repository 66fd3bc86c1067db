"""Alert rules: which are on, what the silent ones would have said, how useful they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from qm.io.store import alerts, calls, rules
from qm.io.store.alerts import RuleCount
from qm.io.store.calls import CallFilter
from qm.io.store.scopes import WHOLE_SITE
from qm.web.access import RULE_WRITERS
from qm.web.auth import Current, Deps
from qm.web.cards import names_of_users
from qm.web.deps import RuleText, WebDeps
from qm.web.frame import render
from qm.web.privacy.admin import show
from qm.web.problems import is_htmx

router = APIRouter(include_in_schema=False)

COUNTED_DAYS = 14  # how long a rule stays silent before somebody may judge it
DAY_MS = 86_400_000
NO_COUNTS = RuleCount(rule="", raised=0, silent=0, useful=0, not_useful=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRule:
    """A rule with its state and its record."""

    text: RuleText
    on: bool
    changed_by: str  #: name; "" for the site's settings
    changed_at: int | None
    counts: RuleCount
    per_100: float | None  #: of the last 14 days' calls; None where there were none


@router.get("/rules")
def show_rules(request: Request, deps: Deps, session: Current) -> Response:
    """Show all rules, live ones first."""
    with deps.database.read() as conn:
        shown = shown_rules(conn, deps)
        latency = alerts.latency(conn, deps.now() - COUNTED_DAYS * DAY_MS)
    context: Mapping[str, Any] = {
        "live_rules": [rule for rule in shown if rule.text.when == "live"],
        "after_rules": [rule for rule in shown if rule.text.when != "live"],
        "days": COUNTED_DAYS,
        "latency": latency,
        "may_change": bool(session.user.scope.roles & RULE_WRITERS),
    }
    return show(request, "rules.html", context)


@router.post("/rules/{rule_id}")
def change_rule(
    request: Request,
    deps: Deps,
    session: Current,
    rule_id: str,
    state: Annotated[Literal["on", "silent"], Form()],
) -> Response:
    """Turn a rule on or make it silent, for the whole site."""
    rule = set_state(deps, rule_id, state == "on", session.user.user_id)
    if is_htmx(request):
        return render(request, "_rule.html", {"rule": rule, "may_change": True})
    return RedirectResponse("/rules", HTTPStatus.SEE_OTHER)


def set_state(deps: WebDeps, rule: str, on: bool, user_id: str) -> ShownRule:
    """
    Turn a configured rule on or make it silent.

    Raises:
        HTTPException: 404, there is no such rule.
    """
    if rule not in {known.rule for known in deps.rules}:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    with deps.database.write() as conn:
        rules.set_rule(conn, rule, on, user_id, deps.now())
    with deps.database.read() as conn:
        return next(one for one in shown_rules(conn, deps) if one.text.rule == rule)


def shown_rules(conn: Connection, deps: WebDeps) -> tuple[ShownRule, ...]:
    """Return every configured rule, in the order of the rule files."""
    since = deps.now() - COUNTED_DAYS * DAY_MS
    states = rules.rule_states(conn)
    counts = {count.rule: count for count in alerts.rule_counts(conn, since)}
    heard = calls.count_calls(conn, WHOLE_SITE, CallFilter(since=since))
    names = names_of_users(conn)
    shown: list[ShownRule] = []
    for text in deps.rules:
        state, count = states.get(text.rule), counts.get(text.rule, NO_COUNTS)
        shown.append(
            ShownRule(
                text=text,
                on=state is not None and state.on,
                changed_by=names.get(state.changed_by, "") if state else "",
                changed_at=state.changed_at if state else None,
                counts=count,
                per_100=100 * (count.raised + count.silent) / heard if heard else None,
            )
        )
    return tuple(shown)
