"""The list of calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from qm.io.store import calls, evaluations, people
from qm.io.store.calls import CallFilter, CallRow, Page
from qm.io.store.scopes import Scope
from qm.web.auth import Deps, Reach
from qm.web.cards import not_for
from qm.web.deps import WebDeps
from qm.web.frame import render
from qm.web.moments import day_bounds
from qm.web.rows import MOOD
from qm.web.transcript import TONES

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 50
FILTER_LABELS = tuple(sorted(set(TONES) | set(MOOD)))
FLAGS = ("alerted", "held", "live")
BEFORE = r"^(\d{1,15}\.[A-Za-z0-9_-]{1,64})?$"  # started_at and id of a page's last row

Day = Annotated[date | None, BeforeValidator(lambda text: text or None)]
"""A form sends an empty field as an empty text."""


class Filters(BaseModel):
    """What the list is narrowed to.  Ids, dates and codes only: it is part of the address."""

    model_config = ConfigDict(extra="ignore")

    day: Day = None  #: first local day
    until: Day = None  #: last local day, inclusive
    queue: str = ""
    agent: str = ""
    team: str = ""
    language: str = ""
    label: str = ""
    rule: str = ""
    flag: str = ""
    before: str = Field("", pattern=BEFORE, description="``next`` of the page before.")

    def set_ones(self) -> dict[str, str]:
        """Return the filters that narrow anything."""
        return {k: str(v) for k, v in self.model_dump(exclude={"before"}).items() if v}


Wanted = Annotated[Filters, Query()]


@router.get("/calls")
def show_calls(request: Request, deps: Deps, scope: Reach, wanted: Wanted) -> Response:
    """Show calls, newest first, 50 a page."""
    chosen, page = call_filter(wanted, deps, scope), page_of(wanted.before)
    with deps.database.read() as conn:
        found = calls.list_calls(conn, scope, chosen, page)
        rows = evaluations.without_hidden(conn, scope, found)
        total = calls.count_calls(conn, scope, chosen)
        agents = people.list_agents(conn, scope, deps.now())
        teams = people.list_teams(conn, scope)
    more = rows[:PAGE_ROWS]
    context: Mapping[str, Any] = {
        "rows": more,
        "total": total,
        "wanted": wanted,
        "narrowed": bool(wanted.set_ones()),
        "next": next_page(wanted, rows),
        "first": "/calls?" + urlencode(wanted.set_ones()),
        "agents": agents,
        "teams": teams,
        "labels": FILTER_LABELS,
        "rules": [rule for rule in deps.rules if rule.is_for(scope.roles)],
        "flags": FLAGS,
    }
    return render(request, "calls.html", context)


def call_filter(wanted: Filters, deps: WebDeps, scope: Scope) -> CallFilter:
    """
    Return the store's filter.

    Raises:
        HTTPException: 403, findings by a rule that is for compliance alone.
    """
    if wanted.rule and deps.rule(wanted.rule).confidential and "compliance" not in scope.roles:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    since = day_bounds(wanted.day, deps.zone)[0] if wanted.day else None
    until = day_bounds(wanted.until, deps.zone)[1] if wanted.until else None
    return CallFilter(
        since=since,
        until=until,
        queue=wanted.queue or None,
        agent_id=wanted.agent or None,
        team=wanted.team or None,
        language=wanted.language or None,
        label=wanted.label or None,
        rule=wanted.rule or None,
        alerted=True if wanted.flag == "alerted" else None,
        held=True if wanted.flag == "held" else None,
        status="live" if wanted.flag == "live" else None,
        hidden_rules=sorted(not_for(deps, scope.roles)),
    )


def page_of(before: str) -> Page:
    """
    Return the page after the row that ``before`` names; one row more, to know whether that is all.

    >>> page_of("1000.c-1").before
    (1000, 'c-1')
    """
    if not before:
        return Page(limit=PAGE_ROWS + 1)
    at, _, call_id = before.partition(".")
    return Page(limit=PAGE_ROWS + 1, before=(int(at), call_id))


def next_page(wanted: Filters, rows: tuple[CallRow, ...]) -> str:
    """Return the address of the next page; "" where this is the last."""
    if len(rows) <= PAGE_ROWS:
        return ""
    last = rows[PAGE_ROWS - 1]
    before = {"before": f"{last.started_at}.{last.call_id}"}
    return "/calls?" + urlencode({**wanted.set_ones(), **before})
