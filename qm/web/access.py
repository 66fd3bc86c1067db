"""
Who may do what: every route of the pages and the API, with its roles and its audit row.

This table is the policy.  ``auth.guard`` enforces it for each request; a route that is missing here
stops the process from starting.  A role is needed for any team: which calls, turns and alerts a
person then finds is decided by scope in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute, APIWebSocketRoute

from qm.errors import ConfigError

ROLES = ("agent", "reviewer", "supervisor", "coach", "compliance", "admin")

EVERYBODY: frozenset[str] = frozenset()  #: no sign-in
SIGNED_IN = frozenset(ROLES)
LISTENERS = frozenset({"agent", "reviewer", "supervisor", "coach", "compliance"})
"""Those who see content; which calls depends on their teams."""
SUPERVISORS = frozenset({"supervisor"})
RULE_READERS = frozenset({"supervisor", "compliance", "admin"})
RULE_WRITERS = frozenset({"supervisor", "admin"})
COMPLIANCE = frozenset({"compliance"})


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks for and leaves behind."""

    roles: frozenset[str]
    action: str = ""  #: of the audit row written before the answer; "" for none
    kind: str = ""  #: what the row is about; its id is the path's parameter ``<kind>_id``
    is_input: bool = True  #: shows that the person is there


_PAGES: dict[tuple[str, str], Access] = {
    # the process
    ("GET", "/livez"): Access(EVERYBODY, is_input=False),
    ("GET", "/readyz"): Access(EVERYBODY, is_input=False),
    ("GET", "/metrics"): Access(EVERYBODY, is_input=False),
    # coming and going
    ("GET", "/"): Access(SIGNED_IN),
    ("GET", "/sign-in"): Access(EVERYBODY),
    ("POST", "/sign-in"): Access(EVERYBODY),
    ("POST", "/sign-out"): Access(SIGNED_IN, "sign_out"),
    ("POST", "/input"): Access(SIGNED_IN),
    ("GET", "/account"): Access(SIGNED_IN),
    ("POST", "/account/password"): Access(SIGNED_IN, "change_password"),
    ("POST", "/account/second-factor"): Access(SIGNED_IN, "change_second_factor"),
    ("POST", "/account/look"): Access(SIGNED_IN),
    # live
    ("GET", "/live"): Access(SUPERVISORS, "view", "board"),
    ("GET", "/live/rows"): Access(SUPERVISORS, "view", "board", is_input=False),
    # each topic that a browser listens to has an audit row of its own, see ``live``
    ("WS", "/live/stream"): Access(SIGNED_IN, is_input=False),
    ("GET", "/alerts"): Access(SUPERVISORS, "view", "alerts"),
    ("GET", "/alerts/list"): Access(SUPERVISORS, "view", "alerts", is_input=False),
    ("POST", "/alerts/{alert_id}/claim"): Access(SUPERVISORS, "claim", "alert"),
    ("POST", "/alerts/{alert_id}/acknowledge"): Access(SUPERVISORS, "acknowledge", "alert"),
    ("POST", "/alerts/{alert_id}/close"): Access(SUPERVISORS, "close", "alert"),
    ("POST", "/alerts/{alert_id}/rate"): Access(SUPERVISORS, "rate", "alert"),
    # calls
    ("GET", "/calls"): Access(LISTENERS, "list", "calls"),
    ("GET", "/calls/{call_id}"): Access(LISTENERS, "view", "call"),
    # an outline without words, asked for by the call's page, whose row is written
    ("GET", "/calls/{call_id}/peaks"): Access(LISTENERS, is_input=False),
    ("GET", "/calls/{call_id}/audio"): Access(LISTENERS, "play", "call"),
    # rules, audit
    ("GET", "/rules"): Access(RULE_READERS, "view", "rules"),
    ("POST", "/rules/{rule_id}"): Access(RULE_WRITERS, "change", "rule"),
    ("GET", "/audit"): Access(COMPLIANCE, "view", "audit"),
    ("POST", "/audit"): Access(COMPLIANCE, "search", "audit"),
    ("POST", "/audit/verify"): Access(COMPLIANCE, "verify", "audit"),
}

_API: dict[tuple[str, str], Access] = {
    ("GET", "/api/v1/openapi.json"): Access(SIGNED_IN),
    ("GET", "/api/v1/me"): Access(SIGNED_IN),
    ("GET", "/api/v1/calls"): Access(LISTENERS, "list", "calls"),
    ("GET", "/api/v1/calls/{call_id}"): Access(LISTENERS, "view", "call"),
    ("GET", "/api/v1/calls/{call_id}/turns"): Access(LISTENERS, "view", "call"),
    ("GET", "/api/v1/calls/{call_id}/scorecards"): Access(LISTENERS, "view", "call"),
    ("GET", "/api/v1/calls/{call_id}/alerts"): Access(LISTENERS, "view", "call"),
    ("GET", "/api/v1/calls/{call_id}/audio"): Access(LISTENERS, "play", "call"),
    ("GET", "/api/v1/alerts"): Access(SUPERVISORS, "view", "alerts"),
    ("GET", "/api/v1/alerts/{alert_id}"): Access(SUPERVISORS, "view", "alert"),
    ("POST", "/api/v1/alerts/{alert_id}/claim"): Access(SUPERVISORS, "claim", "alert"),
    ("POST", "/api/v1/alerts/{alert_id}/acknowledge"): Access(SUPERVISORS, "acknowledge", "alert"),
    ("POST", "/api/v1/alerts/{alert_id}/close"): Access(SUPERVISORS, "close", "alert"),
    ("POST", "/api/v1/alerts/{alert_id}/rate"): Access(SUPERVISORS, "rate", "alert"),
    ("GET", "/api/v1/rules"): Access(RULE_READERS, "view", "rules"),
    ("POST", "/api/v1/rules/{rule_id}"): Access(RULE_WRITERS, "change", "rule"),
    ("GET", "/api/v1/audit"): Access(COMPLIANCE, "view", "audit"),
}

ACCESS: Mapping[tuple[str, str], Access] = MappingProxyType(_PAGES | _API)


def routes_of(routers: Iterable[APIRouter]) -> tuple[tuple[str, str], ...]:
    """
    Return (method, path) of every route; "WS" for a web socket.

    Raises:
        ConfigError: a route of a kind that the table cannot describe.
    """
    found: list[tuple[str, str]] = []
    for router in routers:
        for route in router.routes:
            found.extend(_keys(route))
    return tuple(found)


def check_routes(routers: Iterable[APIRouter]) -> None:
    """
    Check that the table names every route and no other.

    Raises:
        ConfigError: the table and the routes differ; names the first difference.
    """
    routes = set(routes_of(routers))
    for key in sorted(routes ^ ACCESS.keys()):
        where = "has no row in the access table" if key in routes else "is no route"
        raise ConfigError(f"{key[0]} {key[1]} {where}")


def _keys(route: Any) -> list[tuple[str, str]]:
    if isinstance(route, APIRoute):
        return [(method, route.path) for method in sorted(route.methods or ())]
    if isinstance(route, APIWebSocketRoute):
        return [("WS", route.path)]
    raise ConfigError(f"a route of kind {type(route).__name__} has no place in the access table")
