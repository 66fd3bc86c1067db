"""
Findings, holds, erasures and restricted customers: what pages and API both do.

A customer is named by their number as the telephony knows it, or by the opaque reference of a call;
neither is kept: what is stored and audited is a hash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from fastapi import HTTPException
from pydantic import Field
from sqlalchemy import Connection

from qm.io.references import opaque_reference
from qm.io.store import alerts, audit, calls, decisions, erasures, holds, restricted
from qm.io.store.alerts import AlertFilter, AlertRow, Change
from qm.io.store.calls import CallFilter
from qm.io.store.decisions import Decision
from qm.io.store.restricted import DEFAULT_GROUP
from qm.io.store.scopes import WHOLE_SITE, Scope
from qm.io.store.sessions import Session
from qm.io.store.tombstones import id_hash
from qm.web.deps import WebDeps
from qm.web.privacy.people import GROUP, SAID, Body

OPAQUE = re.compile(r"[0-9a-f]{32}")
NUMBER = r"^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}$"
"""A number of a matter or incident: no room for a story, and no words are asked for."""
MOST_FINDINGS = 200


class DecisionBody(Body):
    """What a possible disclosure was."""

    outcome: Literal["not_a_disclosure", "permitted", "incident"]
    incident: str = Field("", pattern=r"^$|" + NUMBER)


class HoldBody(Body):
    """What is to be kept, and for which matter."""

    kind: Literal["call", "customer", "queue"]
    object: str = Field(max_length=120, pattern=SAID)
    matter: str = Field(pattern=NUMBER)


class CustomerBody(Body):
    """A customer, by number or by opaque reference."""

    customer: str = Field(max_length=120, pattern=SAID)


class RestrictBody(CustomerBody):
    """A customer whose calls are for one group alone."""

    access_group: str = Field(DEFAULT_GROUP, pattern=GROUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A possible disclosure with what was decided about it."""

    row: AlertRow
    title: str
    decision: Decision | None
    restricted: bool  #: the reader is not in the group that sees the call


def customer_of(conn: Connection, deps: WebDeps, typed: str) -> str:
    """Return the opaque reference of a customer: what was typed if it is one, else its HMAC."""
    wanted = CallFilter(customer_ref=typed)
    if OPAQUE.fullmatch(typed) or calls.count_calls(conn, WHOLE_SITE, wanted):
        return typed
    return opaque_reference(deps.customer_key, typed)


def findings(conn: Connection, deps: WebDeps, scope: Scope) -> tuple[Finding, ...]:
    """Return the possible disclosures: those to be checked first, then the newest decided."""
    found: list[AlertRow] = []
    for rule in deps.rules:
        if rule.confidential and rule.when == "after":
            wanted = AlertFilter(rule=rule.rule, when="after")
            found += alerts.list_alerts(conn, scope, wanted, limit=MOST_FINDINGS)
    decided = decisions.decisions_on(conn, [row.alert.alert_id for row in found])
    ordered = sorted(found, key=lambda row: (row.state == "closed", -row.raised_at))
    return tuple(
        Finding(
            row=row,
            title=deps.rule(row.alert.rule).title,
            decision=decided.get(row.alert.alert_id),
            restricted=not scope.in_group(row.access_group),
        )
        for row in ordered[:MOST_FINDINGS]
    )


def decide(deps: WebDeps, scope: Scope, alert_id: str, body: DecisionBody) -> Change:
    """
    Decide what a finding was.

    Raises:
        HTTPException: 404, there is none; 409, it was decided; 422, an incident without its number.
    """
    with deps.database.write() as conn:
        found = alerts.find_alert(conn, scope, alert_id)
        if found is None or not deps.rule(found.alert.rule).confidential:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        entry = audit.Entry(
            user_id=scope.user_id, action="decide", kind="call", object_id=found.alert.call_id,
            detail={"outcome": body.outcome, "incident": body.incident, "finding": alert_id},
        )  # fmt: skip
        audit.append(conn, entry, deps.now())
        change = decisions.decide(conn, scope, alert_id, body.outcome, body.incident, deps.now())
        if change.result == "needs_outcome":
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
        if change.result != "done":  # nothing was decided, so the trail must not say so
            raise HTTPException(HTTPStatus.CONFLICT)
    return change


def place_hold(deps: WebDeps, session: Session, body: HoldBody) -> str:
    """Hold a call, a customer or a queue and return the hold's id."""
    user_id = session.user.user_id
    with deps.database.write() as conn:
        held = customer_of(conn, deps, body.object) if body.kind == "customer" else body.object
        shown = id_hash("customer", held) if body.kind == "customer" else held
        entry = audit.Entry(
            user_id=user_id, action="hold", kind=body.kind, object_id=shown,
            detail={"matter": body.matter},
        )  # fmt: skip
        audit.append(conn, entry, deps.now())
        return holds.place(conn, body.kind, held, body.matter, user_id, deps.now())


def lift_hold(deps: WebDeps, session: Session, hold_id: str) -> None:
    """
    Lift a hold.

    Raises:
        HTTPException: 404, none holds under this id.
    """
    with deps.database.write() as conn:
        if not holds.lift(conn, hold_id, session.user.user_id, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)


def ask_erasure(deps: WebDeps, session: Session, body: CustomerBody) -> str:
    """Ask for a customer to be erased and return the request's id; a job carries it out."""
    user_id = session.user.user_id
    with deps.database.write() as conn:
        customer_ref = customer_of(conn, deps, body.customer)
        entry = audit.Entry(
            user_id=user_id, action="ask_erasure", kind="customer",
            object_id=id_hash("customer", customer_ref),
        )  # fmt: skip
        audit.append(conn, entry, deps.now())
        return erasures.ask(conn, customer_ref, user_id, deps.now())


def restrict(deps: WebDeps, session: Session, body: RestrictBody) -> str:
    """Restrict a customer's calls and return the hash they are listed by."""
    user_id = session.user.user_id
    with deps.database.write() as conn:
        customer_ref = customer_of(conn, deps, body.customer)
        entry = audit.Entry(
            user_id=user_id, action="restrict", kind="customer",
            object_id=id_hash("customer", customer_ref), detail={"group": body.access_group},
        )  # fmt: skip
        audit.append(conn, entry, deps.now())
        return restricted.restrict_customer(
            conn, customer_ref, body.access_group, user_id, deps.now()
        )


def release(deps: WebDeps, customer_hash: str) -> None:
    """
    Restrict a customer no more.

    Raises:
        HTTPException: 404, they were not.
    """
    with deps.database.write() as conn:
        if not restricted.release_customer(conn, customer_hash, deps.now()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
