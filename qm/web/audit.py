"""The audit trail, for compliance: who looked at or changed what, and whether the chain holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from qm.io.store import audit
from qm.io.store.audit import AuditFilter
from qm.web.auth import Deps
from qm.web.calls import Day
from qm.web.cards import names_of_users
from qm.web.deps import WebDeps
from qm.web.moments import day_bounds
from qm.web.privacy.admin import show
from qm.web.privacy.keeping import customer_of

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 100
NOTHING: Mapping[str, Any] = {
    "user": "", "action": "", "object_id": "", "day": None, "customer": "",
}  # fmt: skip
ACTIONS = (
    "view", "list", "watch", "play", "claim", "acknowledge", "close", "rate", "change", "search",
    "verify", "erase", "grant", "add", "enable", "disable", "reset", "decide", "hold", "lift",
    "ask_erasure", "restrict", "release",
    "sign_in", "sign_in_failed", "sign_out", "change_password", "change_second_factor",
    "denied",
)  # fmt: skip

Short = Annotated[str, Form(max_length=64)]


@router.get("/audit")
def show_audit(request: Request, deps: Deps) -> Response:
    """Show the newest acts."""
    return _page(request, deps, NOTHING, None, {})


@router.post("/audit")
def search_audit(
    request: Request,
    deps: Deps,
    user: Short = "",
    action: Short = "",
    object_id: Short = "",
    day: Annotated[Day, Form()] = None,
    customer: Annotated[str, Form(max_length=120)] = "",
    before: Annotated[int | None, Form(ge=1)] = None,
) -> Response:
    """Search; by POST, so that what is searched for stays out of addresses and their logs."""
    wanted = {"user": user, "action": action, "object_id": object_id, "day": day}
    wanted["customer"] = customer.strip()
    return _page(request, deps, wanted, before, {})


@router.post("/audit/verify")
def verify_audit(request: Request, deps: Deps) -> Response:
    """Check the whole chain of hashes."""
    with deps.database.read() as conn:
        bad = audit.verify(conn)
    return _page(request, deps, NOTHING, None, {"checked": True, "bad": bad})


def _page(
    request: Request,
    deps: WebDeps,
    wanted: Mapping[str, Any],
    before: int | None,
    result: Mapping[str, Any],
) -> Response:
    with deps.database.read() as conn:
        chosen = audit_filter(deps, wanted)
        if wanted["customer"]:
            customer_ref = customer_of(conn, deps, wanted["customer"])
            ids = audit.objects_of_customer(conn, customer_ref)
            chosen = replace(chosen, object_ids=ids)
        rows = audit.search(conn, chosen, PAGE_ROWS + 1, before)
        names = names_of_users(conn)
    context = {
        "rows": rows[:PAGE_ROWS],
        "next": rows[PAGE_ROWS - 1].seq if len(rows) > PAGE_ROWS else None,
        "names": names,
        "wanted": wanted,
        "actions": ACTIONS,
        "checked": False,
        "bad": None,
        **result,
    }
    return show(request, "audit.html", context)


def audit_filter(deps: WebDeps, wanted: Mapping[str, Any]) -> AuditFilter:
    """Return the store's filter."""
    day = wanted.get("day")
    since, until = day_bounds(day, deps.zone) if day else (None, None)
    return AuditFilter(
        user_id=wanted.get("user") or None,
        action=wanted.get("action") or None,
        object_id=wanted.get("object_id") or None,
        since=since,
        until=until,
    )
