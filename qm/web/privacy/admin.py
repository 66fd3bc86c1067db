"""Administration: the landing page, people and their roles, groups, queues."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from qm.io.store import deliveries, erasing, groups, jobs, people, queues, users
from qm.io.store.queues import Queue
from qm.io.store.scopes import ROLES, WHOLE_SITE
from qm.io.store.users import User
from qm.stages.handing import EVERYBODY
from qm.web.access import ACCESS
from qm.web.asked import SUPERVISOR
from qm.web.auth import Current, Deps
from qm.web.deps import CONTENT_ROLES, WebDeps
from qm.web.frame import render
from qm.web.privacy.people import (
    AllowedBody,
    GroupBody,
    NewPersonBody,
    QueueBody,
    RolesBody,
    add_person,
    allow,
    change_roles,
    reset,
    set_group,
    set_queue,
)

router = APIRouter(include_in_schema=False)

DAY_MS = 86_400_000
SECTIONS = (
    ("overview", "/admin"), ("people", "/admin/people"), ("groups", "/admin/groups"),
    ("queues", "/admin/queues"), ("rules", "/rules"), ("findings", "/privacy"),
    ("holds", "/privacy/holds"), ("erasures", "/privacy/erasures"),
    ("restricted", "/privacy/restricted"), ("audit", "/audit"),
)  # fmt: skip
"""What the landing page leads to, by the role that opens it."""


def sections(roles: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return (name, path) of the parts of the administration that these roles open."""
    return tuple((name, path) for name, path in SECTIONS if ACCESS["GET", path].roles & roles)


def show(
    request: Request, template: str, context: Mapping[str, Any], status: int = 200
) -> Response:
    """Return a page of the administration, with the way to its other parts."""
    roles = request.state.session.user.scope.roles
    return render(request, template, {"sections": sections(roles), **context}, status)


@router.get("/admin")
def show_admin(request: Request, deps: Deps) -> Response:
    """Show what there is to administer, and how the jobs and the webhook do."""
    with deps.database.read() as conn:
        context = {
            "runs": jobs.list_runs(conn),
            "webhook": deliveries.count(conn, deps.now() - DAY_MS),
        }
    return show(request, "admin.html", context)


@router.get("/admin/people")
def show_people(request: Request, deps: Deps) -> Response:
    """Show who may sign in, and as what."""
    return _people(request, deps)


@router.post("/admin/people")
def add(
    request: Request, deps: Deps, session: Current, body: Annotated[NewPersonBody, Form()]
) -> Response:
    """Add somebody; their password for one sign-in is shown once."""
    user, password = add_person(deps, session, body)
    return _people(request, deps, user, password)


@router.post("/admin/people/{user_id}/roles")
def set_roles(
    deps: Deps, session: Current, user_id: str, body: Annotated[RolesBody, Form()]
) -> Response:
    """Change what somebody may do."""
    change_roles(deps, session, user_id, body)
    return RedirectResponse(f"/admin/people#{user_id}", HTTPStatus.SEE_OTHER)


@router.post("/admin/people/{user_id}/allowed")
def set_allowed(
    deps: Deps, session: Current, user_id: str, body: Annotated[AllowedBody, Form()]
) -> Response:
    """Let somebody in no more, or again."""
    allow(deps, session, user_id, body)
    return RedirectResponse(f"/admin/people#{user_id}", HTTPStatus.SEE_OTHER)


@router.post("/admin/people/{user_id}/reset")
def reset_person(request: Request, deps: Deps, session: Current, user_id: str) -> Response:
    """Give somebody a password for one sign-in; it is shown once."""
    user, password = reset(deps, session, user_id)
    return _people(request, deps, user, password)


@router.get("/admin/groups")
def show_groups(request: Request, deps: Deps) -> Response:
    """Show the groups that rules and restrictions name, and who is in each."""
    with deps.database.read() as conn:
        context = {
            "groups": {name: groups.list_groups(conn).get(name, frozenset())
                       for name in group_names(conn, deps)},
            "staff": [user for user in users.list_users(conn) if not user.disabled],
            "asked": asked_groups(deps),
        }  # fmt: skip
    return show(request, "admin_groups.html", context)


@router.post("/admin/groups")
def change_group(deps: Deps, session: Current, body: Annotated[GroupBody, Form()]) -> Response:
    """Say who is in a group."""
    set_group(deps, session, body)
    return RedirectResponse("/admin/groups", HTTPStatus.SEE_OTHER)


@router.get("/admin/queues")
def show_queues(request: Request, deps: Deps) -> Response:
    """Show how the calls of each queue are treated."""
    with deps.database.read() as conn:
        context = {"queues": known_queues(conn)}
    return show(request, "admin_queues.html", context)


@router.post("/admin/queues")
def change_queue(deps: Deps, session: Current, body: Annotated[QueueBody, Form()]) -> Response:
    """Say how a queue's calls are treated."""
    set_queue(deps, session, body)
    return RedirectResponse("/admin/queues", HTTPStatus.SEE_OTHER)


def known_queues(conn: Connection) -> tuple[Queue, ...]:
    """Return the queues that are described or have calls, by name."""
    described = {queue.queue: queue for queue in queues.list_queues(conn)}
    names = {*described, *erasing.queues_of_calls(conn)} - {""}
    return tuple(described.get(name, Queue(queue=name)) for name in sorted(names))


def group_names(conn: Connection, deps: WebDeps) -> tuple[str, ...]:
    """Return every group that somebody names: rules, queues, restrictions, and those there are."""
    named = {*asked_groups(deps), *groups.list_groups(conn)}
    for queue in queues.list_queues(conn):
        if queue.settings.get("restricted") is True:
            named.add(str(queue.settings.get("access_group") or "restricted"))
    return tuple(sorted(named))


def asked_groups(deps: WebDeps) -> frozenset[str]:
    """Return the groups that rules name as recipients."""
    named = {to for rule in deps.rules if rule.when == "live" for to in rule.to}
    return frozenset(named - CONTENT_ROLES - {SUPERVISOR, EVERYBODY})


def _people(
    request: Request, deps: WebDeps, made: User | None = None, password: str = ""
) -> Response:
    with deps.database.read() as conn:
        everybody = people.list_teams(conn, WHOLE_SITE)
        context = {
            "people": users.list_users(conn),
            "teams": [team.team for team in everybody],
            "roles": ROLES,
            "made": made,
            "password": password,
        }
    return show(request, "admin_people.html", context)
