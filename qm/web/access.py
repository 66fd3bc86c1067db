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
COACHES = frozenset({"coach", "supervisor"})
AGENTS = frozenset({"agent"})
MEASURE_READERS = LISTENERS - {"agent"}  #: an agent's own figures are on the agent's page
REVIEWERS = frozenset({"reviewer"})
READ_SCORES = frozenset({"reviewer", "supervisor", "coach"})
"""Those who work with what reviewers submit."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks for and leaves behind."""

    roles: frozenset[str]
    action: str = ""  #: of the audit row written before the answer; "" for none
    kind: str = ""  #: what the row is about; its id is the path's parameter ``<kind>_id``
    is_input: bool = True  #: shows that the person is there
    machine: bool = False  #: a gateway with the site's token may ask, too


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
    # measures
    ("GET", "/measures"): Access(MEASURE_READERS, "view", "measures"),
    ("GET", "/measures/practice"): Access(MEASURE_READERS, "view", "practice"),
    ("GET", "/measures/export.csv"): Access(MEASURE_READERS, "export", "measures"),
    ("GET", "/measures/export.parquet"): Access(MEASURE_READERS, "export", "measures"),
    # rules, audit
    ("GET", "/rules"): Access(RULE_READERS, "view", "rules"),
    ("POST", "/rules/{rule_id}"): Access(RULE_WRITERS, "change", "rule"),
    ("GET", "/audit"): Access(COMPLIANCE, "view", "audit"),
    ("POST", "/audit"): Access(COMPLIANCE, "search", "audit"),
    ("POST", "/audit/verify"): Access(COMPLIANCE, "verify", "audit"),
}

_REVIEW: dict[tuple[str, str], Access] = {
    ("GET", "/review"): Access(REVIEWERS, "list", "reviews"),
    ("POST", "/review/next"): Access(REVIEWERS, "claim", "reviews"),
    ("GET", "/review/flagged"): Access(REVIEWERS, "list", "flags"),
    ("POST", "/review/flagged/{call_id}/queue"): Access(REVIEWERS, "queue", "call"),
    ("GET", "/review/averages"): Access(READ_SCORES, "view", "averages"),
    ("GET", "/review/agreement"): Access(READ_SCORES, "view", "agreement"),
    ("GET", "/review/evaluations/{evaluation_id}"): Access(READ_SCORES, "view", "evaluation"),
    ("GET", "/review/{review_id}"): Access(REVIEWERS, "view", "review"),
    ("POST", "/review/{review_id}/claim"): Access(REVIEWERS, "claim", "review"),
    ("POST", "/review/{review_id}/release"): Access(REVIEWERS, "release", "review"),
    ("POST", "/review/{review_id}/answers/{question_id}"): Access(REVIEWERS, "score", "review"),
    # how much of the recording was played; each play has a row of its own
    ("POST", "/review/{review_id}/heard"): Access(REVIEWERS),
    # asked for again while notes wait for their check; the page's row is written
    ("GET", "/review/{review_id}/notes"): Access(REVIEWERS, is_input=False),
    ("POST", "/review/{review_id}/notes"): Access(REVIEWERS, "note", "review"),
    ("POST", "/review/{review_id}/notes/{typed_id}/delete"): Access(REVIEWERS, "note", "review"),
    ("POST", "/review/{review_id}/missed"): Access(REVIEWERS, "remove", "review"),
    ("POST", "/review/{review_id}/second"): Access(REVIEWERS, "assign", "review"),
    ("POST", "/review/{review_id}/not-scoreable"): Access(REVIEWERS, "set_aside", "review"),
    ("POST", "/review/{review_id}/submit"): Access(REVIEWERS, "submit", "review"),
    # the same for programs
    ("GET", "/api/v1/reviews"): Access(REVIEWERS, "list", "reviews"),
    ("POST", "/api/v1/reviews/next"): Access(REVIEWERS, "claim", "reviews"),
    ("GET", "/api/v1/reviews/{review_id}"): Access(REVIEWERS, "view", "review"),
    ("POST", "/api/v1/reviews/{review_id}/claim"): Access(REVIEWERS, "claim", "review"),
    ("POST", "/api/v1/reviews/{review_id}/release"): Access(REVIEWERS, "release", "review"),
    ("POST", "/api/v1/reviews/{review_id}/answers"): Access(REVIEWERS, "score", "review"),
    ("POST", "/api/v1/reviews/{review_id}/heard"): Access(REVIEWERS),
    ("GET", "/api/v1/reviews/{review_id}/notes"): Access(REVIEWERS, "view", "review"),
    ("POST", "/api/v1/reviews/{review_id}/notes"): Access(REVIEWERS, "note", "review"),
    ("DELETE", "/api/v1/reviews/{review_id}/notes/{typed_id}"): Access(REVIEWERS, "note", "review"),
    ("POST", "/api/v1/reviews/{review_id}/missed"): Access(REVIEWERS, "remove", "review"),
    ("POST", "/api/v1/reviews/{review_id}/second"): Access(REVIEWERS, "assign", "review"),
    ("POST", "/api/v1/reviews/{review_id}/not-scoreable"): Access(REVIEWERS, "set_aside", "review"),
    ("POST", "/api/v1/reviews/{review_id}/submit"): Access(REVIEWERS, "submit", "review"),
    ("GET", "/api/v1/flagged"): Access(REVIEWERS, "list", "flags"),
    ("POST", "/api/v1/flagged/{call_id}/queue"): Access(REVIEWERS, "queue", "call"),
    ("GET", "/api/v1/calls/{call_id}/evaluations"): Access(READ_SCORES, "view", "call"),
    ("GET", "/api/v1/evaluations/{evaluation_id}"): Access(READ_SCORES, "view", "evaluation"),
    ("GET", "/api/v1/agreement"): Access(READ_SCORES, "view", "agreement"),
    ("GET", "/api/v1/averages"): Access(READ_SCORES, "view", "averages"),
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
    # measures
    ("GET", "/api/v1/measures"): Access(MEASURE_READERS, "view", "measures"),
    ("GET", "/api/v1/measures/figures"): Access(MEASURE_READERS, "view", "measures"),
    ("GET", "/api/v1/measures/behind"): Access(MEASURE_READERS, "view", "measures"),
    ("GET", "/api/v1/measures/practice"): Access(MEASURE_READERS, "view", "practice"),
    ("GET", "/api/v1/measures/export.csv"): Access(MEASURE_READERS, "export", "measures"),
    ("GET", "/api/v1/measures/export.parquet"): Access(MEASURE_READERS, "export", "measures"),
    ("GET", "/api/v1/rules"): Access(RULE_READERS, "view", "rules"),
    ("POST", "/api/v1/rules/{rule_id}"): Access(RULE_WRITERS, "change", "rule"),
    ("GET", "/api/v1/audit"): Access(COMPLIANCE, "view", "audit"),
}

# text channels: gateways and administrators put messages in
_TEXTS: dict[tuple[str, str], Access] = {
    ("POST", "/api/v1/messages"): Access(
        frozenset({"admin"}), "receive", "message", is_input=False, machine=True
    ),
}

_COACH: dict[tuple[str, str], Access] = {
    # coach
    ("GET", "/coach"): Access(COACHES, "view", "coach"),
    ("POST", "/coach"): Access(COACHES, "search", "turns"),
    ("GET", "/coach/calls/{call_id}"): Access(COACHES, "view", "call"),
    ("GET", "/coach/clips"): Access(COACHES, "list", "clips"),
    ("POST", "/coach/clips"): Access(COACHES, "cut", "clips"),
    ("POST", "/coach/clips/found"): Access(COACHES, "search", "clips"),
    ("GET", "/coach/clips/{clip_id}"): Access(COACHES, "view", "clip"),
    ("POST", "/coach/clips/{clip_id}"): Access(COACHES, "change", "clip"),
    ("POST", "/coach/clips/{clip_id}/remove"): Access(COACHES, "remove", "clip"),
    ("POST", "/coach/clips/{clip_id}/consent"): Access(COACHES, "ask_consent", "clip"),
    ("POST", "/coach/clips/{clip_id}/share"): Access(COACHES, "share", "clip"),
    ("POST", "/coach/clips/{clip_id}/add"): Access(COACHES, "change", "clip"),
    ("GET", "/coach/playlists"): Access(COACHES, "list", "playlists"),
    ("POST", "/coach/playlists"): Access(COACHES, "make", "playlists"),
    ("GET", "/coach/playlists/{playlist_id}"): Access(COACHES, "view", "playlist"),
    ("POST", "/coach/playlists/{playlist_id}"): Access(COACHES, "change", "playlist"),
    ("POST", "/coach/playlists/{playlist_id}/move"): Access(COACHES, "change", "playlist"),
    ("POST", "/coach/playlists/{playlist_id}/remove"): Access(COACHES, "remove", "playlist"),
    ("POST", "/coach/playlists/{playlist_id}/share"): Access(COACHES, "share", "playlist"),
    ("POST", "/coach/shares/{share_id}/withdraw"): Access(COACHES, "withdraw", "share"),
    ("GET", "/coach/agents"): Access(COACHES, "list", "agents"),
    ("GET", "/coach/agents/{agent_id}"): Access(COACHES, "view", "agent"),
    ("GET", "/clips/{clip_id}/audio"): Access(COACHES | AGENTS, "play", "clip"),
    # the agent's own page
    ("GET", "/mine"): Access(AGENTS, "view", "mine"),
    ("GET", "/mine/shares/{share_id}"): Access(AGENTS, "view", "share"),
    ("POST", "/mine/shares/{share_id}/heard"): Access(AGENTS, "heard", "share"),
    ("POST", "/mine/shares/{share_id}/acknowledge"): Access(AGENTS, "acknowledge", "share"),
    ("POST", "/mine/clips/{clip_id}/consent"): Access(AGENTS, "consent", "clip"),
    ("GET", "/mine/evaluations/{evaluation_id}"): Access(AGENTS, "view", "evaluation"),
    ("POST", "/mine/evaluations/{evaluation_id}/acknowledge"): Access(
        AGENTS, "acknowledge", "evaluation"
    ),
    ("POST", "/mine/evaluations/{evaluation_id}/differ"): Access(AGENTS, "differ", "evaluation"),
    # coach, agent's page
    ("POST", "/api/v1/turns/search"): Access(COACHES, "search", "turns"),
    ("GET", "/api/v1/clips"): Access(COACHES, "list", "clips"),
    ("POST", "/api/v1/clips"): Access(COACHES, "cut", "clips"),
    ("GET", "/api/v1/clips/{clip_id}"): Access(COACHES, "view", "clip"),
    ("POST", "/api/v1/clips/{clip_id}"): Access(COACHES, "change", "clip"),
    ("POST", "/api/v1/clips/{clip_id}/remove"): Access(COACHES, "remove", "clip"),
    ("POST", "/api/v1/clips/{clip_id}/consent"): Access(COACHES, "ask_consent", "clip"),
    ("POST", "/api/v1/clips/{clip_id}/share"): Access(COACHES, "share", "clip"),
    ("GET", "/api/v1/clips/{clip_id}/audio"): Access(COACHES | AGENTS, "play", "clip"),
    ("GET", "/api/v1/playlists"): Access(COACHES, "list", "playlists"),
    ("POST", "/api/v1/playlists"): Access(COACHES, "make", "playlists"),
    ("GET", "/api/v1/playlists/{playlist_id}"): Access(COACHES, "view", "playlist"),
    ("POST", "/api/v1/playlists/{playlist_id}"): Access(COACHES, "change", "playlist"),
    ("POST", "/api/v1/playlists/{playlist_id}/clips"): Access(COACHES, "change", "playlist"),
    ("POST", "/api/v1/playlists/{playlist_id}/remove"): Access(COACHES, "remove", "playlist"),
    ("POST", "/api/v1/playlists/{playlist_id}/share"): Access(COACHES, "share", "playlist"),
    ("POST", "/api/v1/shares/{share_id}/withdraw"): Access(COACHES, "withdraw", "share"),
    ("GET", "/api/v1/agents/{agent_id}"): Access(COACHES, "view", "agent"),
    ("GET", "/api/v1/mine"): Access(AGENTS, "view", "mine"),
    ("GET", "/api/v1/mine/shares"): Access(AGENTS, "list", "shares"),
    ("POST", "/api/v1/mine/shares/{share_id}/heard"): Access(AGENTS, "heard", "share"),
    ("POST", "/api/v1/mine/shares/{share_id}/acknowledge"): Access(AGENTS, "acknowledge", "share"),
    ("POST", "/api/v1/mine/clips/{clip_id}/consent"): Access(AGENTS, "consent", "clip"),
    ("GET", "/api/v1/mine/evaluations/{evaluation_id}"): Access(AGENTS, "view", "evaluation"),
    ("POST", "/api/v1/mine/evaluations/{evaluation_id}/acknowledge"): Access(
        AGENTS, "acknowledge", "evaluation"
    ),
    ("POST", "/api/v1/mine/evaluations/{evaluation_id}/differ"): Access(
        AGENTS, "differ", "evaluation"
    ),
}

# administration and privacy
ADMINISTERS = frozenset({"supervisor", "compliance", "admin"})
ADMINS = frozenset({"admin"})
QUEUE_KEEPERS = frozenset({"compliance", "admin"})
_PRIVACY: dict[tuple[str, str], Access] = {
    ("GET", "/admin"): Access(ADMINISTERS, "view", "admin"),
    ("GET", "/admin/people"): Access(ADMINS, "view", "people"),
    ("POST", "/admin/people"): Access(ADMINS, "change", "people"),
    ("POST", "/admin/people/{user_id}/roles"): Access(ADMINS, "change", "user"),
    ("POST", "/admin/people/{user_id}/allowed"): Access(ADMINS, "change", "user"),
    ("POST", "/admin/people/{user_id}/reset"): Access(ADMINS, "change", "user"),
    ("GET", "/admin/groups"): Access(ADMINS, "view", "groups"),
    ("POST", "/admin/groups"): Access(ADMINS, "change", "groups"),
    ("GET", "/admin/queues"): Access(QUEUE_KEEPERS, "view", "queues"),
    ("POST", "/admin/queues"): Access(QUEUE_KEEPERS, "change", "queues"),
    ("GET", "/privacy"): Access(COMPLIANCE, "view", "findings"),
    ("POST", "/privacy/findings/{alert_id}/decide"): Access(COMPLIANCE, "decide", "alert"),
    ("GET", "/privacy/holds"): Access(COMPLIANCE, "view", "holds"),
    ("POST", "/privacy/holds"): Access(COMPLIANCE, "change", "holds"),
    ("POST", "/privacy/holds/{hold_id}/lift"): Access(COMPLIANCE, "lift", "hold"),
    ("GET", "/privacy/erasures"): Access(COMPLIANCE, "view", "erasures"),
    ("POST", "/privacy/erasures"): Access(COMPLIANCE, "change", "erasures"),
    ("GET", "/privacy/restricted"): Access(COMPLIANCE, "view", "restricted"),
    ("POST", "/privacy/restricted"): Access(COMPLIANCE, "change", "restricted"),
    ("POST", "/privacy/restricted/{customer_id}/release"): Access(
        COMPLIANCE, "release", "customer"
    ),
    # the same for programs
    ("GET", "/api/v1/findings"): Access(COMPLIANCE, "view", "findings"),
    ("POST", "/api/v1/findings/{alert_id}/decide"): Access(COMPLIANCE, "decide", "alert"),
    ("GET", "/api/v1/holds"): Access(COMPLIANCE, "view", "holds"),
    ("POST", "/api/v1/holds"): Access(COMPLIANCE, "change", "holds"),
    ("POST", "/api/v1/holds/{hold_id}/lift"): Access(COMPLIANCE, "lift", "hold"),
    ("GET", "/api/v1/erasures"): Access(COMPLIANCE, "view", "erasures"),
    ("POST", "/api/v1/erasures"): Access(COMPLIANCE, "change", "erasures"),
    ("GET", "/api/v1/restricted-customers"): Access(COMPLIANCE, "view", "restricted"),
    ("POST", "/api/v1/restricted-customers"): Access(COMPLIANCE, "change", "restricted"),
    ("POST", "/api/v1/restricted-customers/{customer_id}/release"): Access(
        COMPLIANCE, "release", "customer"
    ),
    ("POST", "/api/v1/audit/customer"): Access(COMPLIANCE, "search", "audit"),
    ("GET", "/api/v1/users"): Access(ADMINS, "view", "people"),
    ("POST", "/api/v1/users"): Access(ADMINS, "change", "people"),
    ("POST", "/api/v1/users/{user_id}/roles"): Access(ADMINS, "change", "user"),
    ("POST", "/api/v1/users/{user_id}/allowed"): Access(ADMINS, "change", "user"),
    ("POST", "/api/v1/users/{user_id}/reset"): Access(ADMINS, "change", "user"),
    ("GET", "/api/v1/groups"): Access(ADMINS, "view", "groups"),
    ("POST", "/api/v1/groups"): Access(ADMINS, "change", "groups"),
    ("GET", "/api/v1/queues"): Access(QUEUE_KEEPERS, "view", "queues"),
    ("POST", "/api/v1/queues"): Access(QUEUE_KEEPERS, "change", "queues"),
}

ACCESS: Mapping[tuple[str, str], Access] = MappingProxyType(
    _PAGES | _REVIEW | _API | _TEXTS | _COACH | _PRIVACY
)


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
