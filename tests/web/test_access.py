"""Every route has a row in the table; every role gets what the row says, and nothing else."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from qm.errors import ConfigError
from qm.web.access import ACCESS, EVERYBODY, ROLES, SIGNED_IN, Access, check_routes, routes_of
from qm.web.app import ROUTERS
from tests.web.site import Site, alert, post, save_closed, save_live, save_recording

NAMES = {
    "agent": "maria", "reviewer": "rita", "supervisor": "sam", "coach": "cora",
    "compliance": "colin", "admin": "ada",
}  # fmt: skip


class Ids(dict[str, str]):
    """Ids for the places of a path; of what is not made here there is none."""

    def __missing__(self, name: str) -> str:
        return "none"


IDS = Ids(call_id="c-closed", alert_id="supervisor-asked-c-live", rule_id="vague-ending")
BODIES = {
    "/close": {"outcome": "helped"},
    "/rate": {"reason": "acted"},
    "/rules/{rule_id}": {"state": "on"},
    "/api/v1/rules/{rule_id}": {"state": "on"},
}
ROUTES = sorted(key for key, access in ACCESS.items() if access.roles and key[0] != "WS")


def test_every_route_is_in_the_table_and_the_table_names_no_other() -> None:
    assert set(routes_of(ROUTERS)) == set(ACCESS)
    check_routes(ROUTERS)


def test_a_route_without_a_row_stops_the_process_from_starting() -> None:
    router = APIRouter()
    router.add_api_route("/new", lambda: None)
    with pytest.raises(ConfigError, match="GET /new has no row in the access table"):
        check_routes([*ROUTERS, router])


def test_a_row_without_a_route_stops_it_too() -> None:
    with pytest.raises(ConfigError, match="is no route"):
        check_routes(ROUTERS[1:])


def test_routes_that_show_or_change_anything_leave_an_audit_row() -> None:
    silent = {key for key, access in ACCESS.items() if access.roles and not access.action}
    assert silent == {
        ("GET", "/"), ("POST", "/input"), ("GET", "/account"), ("POST", "/account/look"),
        ("WS", "/live/stream"), ("GET", "/calls/{call_id}/peaks"),
        ("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/me"),
        ("GET", "/review/{review_id}/notes"), ("POST", "/review/{review_id}/heard"),
        ("POST", "/api/v1/reviews/{review_id}/heard"),
    }  # fmt: skip


def test_nobody_but_health_and_sign_in_answers_strangers() -> None:
    public = {path for (_, path), access in ACCESS.items() if access.roles == EVERYBODY}
    assert public == {"/livez", "/readyz", "/metrics", "/sign-in"}


@pytest.fixture
def full(site: Site) -> Site:
    save_live(site, "c-live", 3, alert("c-live"))
    save_closed(site, "c-closed")
    save_recording(site, "c-closed", seconds=2)
    return site


def ask(client: TestClient, method: str, path: str) -> int:
    real = path.format_map(IDS)
    if method == "GET":
        return client.get(real).status_code
    body = next((b for end, b in BODIES.items() if path.endswith(end)), {})
    if path.startswith("/api/"):
        csrf = client.get("/api/v1/me").json()["csrf"]
        sent = {"json": body} if method == "POST" else {}
        headers = {"X-CSRF-Token": csrf}
        return client.request(method, real, headers=headers, **sent).status_code
    return post(client, real, **body).status_code


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_routes_and_no_other(full: Site, role: str) -> None:
    client, wrong = full.client(NAMES[role]), []
    for method, path in ROUTES:
        if path == "/sign-out":
            continue  # ends the session of the client that asks
        status = ask(client, method, path)
        allowed = role in ACCESS[method, path].roles
        if allowed == (status == 403) or status >= 500:
            wrong.append((method, path, status))
    assert not wrong


def test_strangers_are_sent_to_sign_in_and_programs_are_told_so(full: Site) -> None:
    client = full.client()
    for method, path in ROUTES:
        real = path.format_map(IDS)
        answer = client.request(method, real)
        if path.startswith("/api/"):
            assert answer.status_code == 401, path
        else:
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in"), path


@pytest.mark.parametrize(
    "path",
    ["/calls/{}", "/calls/{}/audio", "/calls/{}/peaks", "/api/v1/calls/{}",
     "/api/v1/calls/{}/turns", "/api/v1/calls/{}/scorecards", "/api/v1/calls/{}/alerts",
     "/api/v1/calls/{}/audio"],
)  # fmt: skip
@pytest.mark.parametrize(("who", "seen"), [("sue", False), ("maria", False), ("rita", True)])
def test_a_call_of_another_team_is_as_missing_as_one_that_never_was(
    site: Site, path: str, who: str, seen: bool
) -> None:
    save_closed(site, "c-billing", agent_id="a3", queue="Billing")
    save_recording(site, "c-billing", seconds=2)
    client = site.client(who)
    assert client.get(path.format("c-billing")).status_code == (200 if seen else 404)
    assert client.get(path.format("c-never")).status_code == 404


@pytest.mark.parametrize("act", ["claim", "acknowledge", "close", "rate"])
def test_alerts_of_another_team_cannot_be_touched(site: Site, act: str) -> None:
    save_live(site, "c-billing", 2, alert("c-billing"), agent_id="a3")
    body = {"outcome": "helped", "reason": "acted"}
    path = f"/alerts/supervisor-asked-c-billing/{act}"
    assert post(site.client("sue"), path, **body).status_code == 404
    assert post(site.client("sam"), path, **body).status_code == 303


def test_every_role_has_a_row_that_opens_something_for_it() -> None:
    assert {r for access in ACCESS.values() for r in access.roles} == set(ROLES) == SIGNED_IN
    assert Access(SIGNED_IN).action == ""
