"""Privacy, for compliance: findings, holds, erasures, restricted customers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from qm.io.store import erasures, groups, holds, restricted
from qm.web.auth import Current, Deps, Reach
from qm.web.cards import names_of_users
from qm.web.privacy.admin import show
from qm.web.privacy.keeping import (
    CustomerBody,
    DecisionBody,
    HoldBody,
    RestrictBody,
    ask_erasure,
    decide,
    findings,
    lift_hold,
    place_hold,
    release,
    restrict,
)

router = APIRouter(include_in_schema=False)


@router.get("/privacy")
def show_findings(request: Request, deps: Deps, scope: Reach) -> Response:
    """Show the possible disclosures that nobody has decided about, and what was decided."""
    with deps.database.read() as conn:
        found = findings(conn, deps, scope)
        context = {
            "waiting": [one for one in found if one.row.state != "closed"],
            "decided": [one for one in found if one.row.state == "closed"],
            "names": names_of_users(conn),
        }
    return show(request, "privacy_findings.html", context)


@router.post("/privacy/findings/{alert_id}/decide")
def decide_finding(
    deps: Deps, scope: Reach, alert_id: str, body: Annotated[DecisionBody, Form()]
) -> Response:
    """Decide what a finding was."""
    decide(deps, scope, alert_id, body)
    return RedirectResponse("/privacy", HTTPStatus.SEE_OTHER)


@router.get("/privacy/holds")
def show_holds(request: Request, deps: Deps) -> Response:
    """Show what is held."""
    with deps.database.read() as conn:
        context = {"holds": holds.list_holds(conn), "names": names_of_users(conn)}
    return show(request, "privacy_holds.html", context)


@router.post("/privacy/holds")
def add_hold(deps: Deps, session: Current, body: Annotated[HoldBody, Form()]) -> Response:
    """Hold a call, a customer or a queue."""
    place_hold(deps, session, body)
    return RedirectResponse("/privacy/holds", HTTPStatus.SEE_OTHER)


@router.post("/privacy/holds/{hold_id}/lift")
def end_hold(deps: Deps, session: Current, hold_id: str) -> Response:
    """Lift a hold."""
    lift_hold(deps, session, hold_id)
    return RedirectResponse("/privacy/holds", HTTPStatus.SEE_OTHER)


@router.get("/privacy/erasures")
def show_erasures(request: Request, deps: Deps) -> Response:
    """Show the requests to erase a customer, each with its report."""
    with deps.database.read() as conn:
        context = {"erasures": erasures.list_erasures(conn), "names": names_of_users(conn)}
    return show(request, "privacy_erasures.html", context)


@router.post("/privacy/erasures")
def add_erasure(deps: Deps, session: Current, body: Annotated[CustomerBody, Form()]) -> Response:
    """Ask for a customer to be erased."""
    ask_erasure(deps, session, body)
    return RedirectResponse("/privacy/erasures", HTTPStatus.SEE_OTHER)


@router.get("/privacy/restricted")
def show_restricted(request: Request, deps: Deps) -> Response:
    """Show the restricted customers, by hash."""
    with deps.database.read() as conn:
        context = {
            "customers": restricted.list_customers(conn),
            "groups": groups.list_groups(conn),
            "names": names_of_users(conn),
        }
    return show(request, "privacy_restricted.html", context)


@router.post("/privacy/restricted")
def add_restricted(deps: Deps, session: Current, body: Annotated[RestrictBody, Form()]) -> Response:
    """Restrict a customer's calls."""
    restrict(deps, session, body)
    return RedirectResponse("/privacy/restricted", HTTPStatus.SEE_OTHER)


@router.post("/privacy/restricted/{customer_id}/release")
def end_restricted(deps: Deps, customer_id: str) -> Response:
    """Restrict a customer no more."""
    release(deps, customer_id)
    return RedirectResponse("/privacy/restricted", HTTPStatus.SEE_OTHER)
