"""What the pages of administration and privacy do, for programs."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from qm.io.store import audit, erasures, groups, holds, restricted, users
from qm.io.store.users import User
from qm.web.api import REFUSALS
from qm.web.api_models import AlertShape, alert_shape
from qm.web.auth import Current, Deps, Reach
from qm.web.privacy.admin import known_queues
from qm.web.privacy.keeping import (
    CustomerBody,
    DecisionBody,
    HoldBody,
    RestrictBody,
    ask_erasure,
    customer_of,
    decide,
    findings,
    lift_hold,
    place_hold,
    release,
    restrict,
)
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

router = APIRouter(prefix="/api/v1", responses=REFUSALS)

MOST_ACTS = 500


class FindingShape(BaseModel):
    """A possible disclosure."""

    alert: AlertShape
    outcome: str
    incident: str


class HoldShape(BaseModel):
    """A hold; of a customer ``object_id`` is a hash."""

    hold_id: str
    kind: str
    object_id: str
    matter: str
    placed_by: str
    placed_at: int
    lifted_by: str
    lifted_at: int | None


class KeptShape(BaseModel):
    """A call that was kept: why, for which matter, or until when."""

    call_id: str
    why: str
    matter: str
    until: int | None


class ErasureShape(BaseModel):
    """A request to erase a customer and its report."""

    erasure_id: str
    customer_hash: str
    asked_by: str
    asked_at: int
    done_at: int | None
    calls: int
    rows: dict[str, int]
    objects: int
    events: int
    kept: list[KeptShape]


class RestrictedShape(BaseModel):
    """A restricted customer."""

    customer_hash: str
    access_group: str
    restricted_by: str
    restricted_at: int


class UserShape(BaseModel):
    """Somebody who may sign in."""

    user_id: str
    name: str
    shown_as: str
    agent_id: str
    grants: list[str]
    groups: list[str]
    disabled: bool
    has_second_factor: bool


class MadeShape(BaseModel):
    """A user with the password of their next sign-in: it is said once."""

    user: UserShape
    password: str


class QueueShape(BaseModel):
    """How a queue's calls are treated."""

    queue: str
    title: str
    clinical: bool
    settings: dict[str, str | int | float | bool]


class Made(BaseModel):
    """The id of what was made."""

    id: str


class ActShape(BaseModel):
    """Somebody who opened something of a customer."""

    seq: int
    at: int
    user_id: str
    action: str
    kind: str
    object_id: str


@router.get("/findings")
def list_findings(deps: Deps, scope: Reach) -> list[FindingShape]:
    """Return the possible disclosures, those to be checked first."""
    with deps.database.read() as conn:
        found = findings(conn, deps, scope)
    return [
        FindingShape(
            alert=alert_shape(one.row),
            outcome=one.decision.outcome if one.decision else "",
            incident=one.decision.incident if one.decision else "",
        )
        for one in found
    ]


@router.post("/findings/{alert_id}/decide", status_code=HTTPStatus.NO_CONTENT)
def decide_finding(deps: Deps, scope: Reach, alert_id: str, body: DecisionBody) -> None:
    """Decide what a finding was."""
    decide(deps, scope, alert_id, body)


@router.get("/holds")
def list_holds(deps: Deps) -> list[HoldShape]:
    """Return all holds."""
    with deps.database.read() as conn:
        return [HoldShape(**asdict(one)) for one in holds.list_holds(conn)]


@router.post("/holds")
def add_hold(deps: Deps, session: Current, body: HoldBody) -> Made:
    """Hold a call, a customer or a queue."""
    return Made(id=place_hold(deps, session, body))


@router.post("/holds/{hold_id}/lift", status_code=HTTPStatus.NO_CONTENT)
def end_hold(deps: Deps, session: Current, hold_id: str) -> None:
    """Lift a hold."""
    lift_hold(deps, session, hold_id)


@router.get("/erasures")
def list_erasures(deps: Deps) -> list[ErasureShape]:
    """Return the requests to erase, the newest first, with their reports."""
    with deps.database.read() as conn:
        return [_erasure(one) for one in erasures.list_erasures(conn)]


@router.post("/erasures")
def add_erasure(deps: Deps, session: Current, body: CustomerBody) -> Made:
    """Ask for a customer to be erased; the report is in the list when it is done."""
    return Made(id=ask_erasure(deps, session, body))


@router.get("/restricted-customers")
def list_restricted(deps: Deps) -> list[RestrictedShape]:
    """Return the restricted customers, by hash."""
    with deps.database.read() as conn:
        return [RestrictedShape(**asdict(one)) for one in restricted.list_customers(conn)]


@router.post("/restricted-customers")
def add_restricted(deps: Deps, session: Current, body: RestrictBody) -> Made:
    """Restrict a customer's calls."""
    return Made(id=restrict(deps, session, body))


@router.post("/restricted-customers/{customer_id}/release", status_code=HTTPStatus.NO_CONTENT)
def end_restricted(deps: Deps, customer_id: str) -> None:
    """Restrict a customer no more."""
    release(deps, customer_id)


@router.post("/audit/customer")
def list_openers(deps: Deps, body: CustomerBody) -> list[ActShape]:
    """Return who opened any call of a customer, or what belongs to one, newest first."""
    with deps.database.read() as conn:
        ids = audit.objects_of_customer(conn, customer_of(conn, deps, body.customer))
        rows = audit.search(conn, audit.AuditFilter(object_ids=ids), MOST_ACTS)
    return [
        ActShape(
            seq=row.seq, at=row.at, user_id=row.entry.user_id, action=row.entry.action,
            kind=row.entry.kind, object_id=row.entry.object_id,
        )
        for row in rows
    ]  # fmt: skip


@router.get("/users")
def list_users(deps: Deps) -> list[UserShape]:
    """Return everybody who may sign in."""
    with deps.database.read() as conn:
        return [_user(one) for one in users.list_users(conn)]


@router.post("/users")
def add_user(deps: Deps, session: Current, body: NewPersonBody) -> MadeShape:
    """Add somebody."""
    return _made(*add_person(deps, session, body))


@router.post("/users/{user_id}/roles")
def set_roles(deps: Deps, session: Current, user_id: str, body: RolesBody) -> UserShape:
    """Change what somebody may do."""
    return _user(change_roles(deps, session, user_id, body))


@router.post("/users/{user_id}/allowed")
def set_allowed(deps: Deps, session: Current, user_id: str, body: AllowedBody) -> UserShape:
    """Let somebody in no more, or again."""
    return _user(allow(deps, session, user_id, body))


@router.post("/users/{user_id}/reset")
def reset_user(deps: Deps, session: Current, user_id: str) -> MadeShape:
    """Give somebody a password for one sign-in."""
    return _made(*reset(deps, session, user_id))


@router.get("/groups")
def list_groups(deps: Deps) -> dict[str, list[str]]:
    """Return the user ids of each group."""
    with deps.database.read() as conn:
        return {name: sorted(ids) for name, ids in groups.list_groups(conn).items()}


@router.post("/groups", status_code=HTTPStatus.NO_CONTENT)
def change_group(deps: Deps, session: Current, body: GroupBody) -> None:
    """Say who is in a group."""
    set_group(deps, session, body)


@router.get("/queues")
def list_queues(deps: Deps) -> list[QueueShape]:
    """Return how the calls of each queue are treated."""
    with deps.database.read() as conn:
        return [
            QueueShape(queue=q.queue, title=q.title, clinical=q.clinical, settings=dict(q.settings))
            for q in known_queues(conn)
        ]


@router.post("/queues", status_code=HTTPStatus.NO_CONTENT)
def change_queue(deps: Deps, session: Current, body: QueueBody) -> None:
    """Say how a queue's calls are treated."""
    set_queue(deps, session, body)


def _erasure(one: erasures.Erasure) -> ErasureShape:
    report: dict[str, Any] = asdict(one.report)
    return ErasureShape(
        erasure_id=one.erasure_id, customer_hash=one.customer_hash, asked_by=one.asked_by,
        asked_at=one.asked_at, done_at=one.done_at, **report,
    )  # fmt: skip


def _user(user: User) -> UserShape:
    return UserShape(
        user_id=user.user_id,
        name=user.name,
        shown_as=user.shown_as,
        agent_id=user.agent_id,
        grants=[f"{grant.role}:{grant.team}" for grant in sorted(user.grants)],
        groups=sorted(user.groups),
        disabled=user.disabled,
        has_second_factor=user.has_totp,
    )


def _made(user: User, password: str) -> MadeShape:
    return MadeShape(user=_user(user), password=password)
