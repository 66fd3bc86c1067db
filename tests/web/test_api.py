"""The REST API says what the pages say, and keeps to its contract."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from starlette.testclient import TestClient

from tests.web.browser import serving
from tests.web.site import Site, alert, save_closed, save_live

ID = "supervisor-asked-c-live"


@pytest.fixture
def full(site: Site) -> Site:
    save_live(site, "c-live", 3, alert("c-live"))
    save_closed(site, "c1", alert("c1", "vague-ending"), alert("c1", "possible-disclosure"))
    return site


def change(client: TestClient, path: str, body: Any = None) -> Any:
    csrf = client.get("/api/v1/me").json()["csrf"]
    return client.post(f"/api/v1{path}", json=body, headers={"X-CSRF-Token": csrf})


def test_me(full: Site) -> None:
    me = full.client("sue").get("/api/v1/me").json()
    assert me["shown_as"] == "Sue of scheduling"
    assert me["grants"] == [{"role": "supervisor", "team": "scheduling"}]


def test_calls(full: Site) -> None:
    body = full.client("rita").get("/api/v1/calls").json()
    assert [c["call_id"] for c in body["calls"]] == ["c-live", "c1"]
    assert (body["total"], body["next"]) == (2, "")
    one = full.client("rita").get("/api/v1/calls/c1").json()
    assert (one["percent_low"], one["percent_high"], one["status"]) == (62.0, 79.0, "closed")


def test_turns_with_their_labels(full: Site) -> None:
    turns = full.client("rita").get("/api/v1/calls/c1/turns").json()
    assert [t["role"] for t in turns] == ["agent", "customer"] * 3
    assert turns[0]["labels"] == [{"label": "greeting", "prob": 0.98}]
    assert turns[0]["redactions"][0]["entity"] == "NAME" and turns[0]["pass"] == 0


def test_findings_are_for_those_they_are_for(full: Site) -> None:
    for who, rules in (
        ("rita", {"vague-ending"}), ("colin", {"vague-ending", "possible-disclosure"}),
        ("maria", set()),
    ):  # fmt: skip
        rows = full.client(who).get("/api/v1/calls/c1/alerts").json()
        assert {row["rule"] for row in rows} == rules


def test_proposed_findings_are_not_for_the_agent(full: Site) -> None:
    path = "/api/v1/calls/c1/scorecards"
    assert len(full.client("rita").get(path).json()[0]["critical"]) == 1
    assert full.client("maria").get(path).json()[0]["critical"] == []


def test_an_alert_is_claimed_acknowledged_closed_and_rated(full: Site) -> None:
    client = full.client("sam")
    for path, body, state in (
        ("claim", None, "claimed"), ("acknowledge", None, "acknowledged"),
        ("close", {"outcome": "helped"}, "closed"), ("rate", {"reason": "acted"}, "closed"),
    ):  # fmt: skip
        answer = change(client, f"/alerts/{ID}/{path}", body).json()
        assert (answer["result"], answer["alert"]["state"]) == ("done", state)
    assert client.get(f"/api/v1/alerts/{ID}").json()["useful"] == "yes"
    assert client.get("/api/v1/alerts?state=closed").json()[0]["alert_id"] == ID


def test_who_comes_second_is_told_without_an_error(full: Site) -> None:
    change(full.client("sue"), f"/alerts/{ID}/claim")
    answer = change(full.client("sam"), f"/alerts/{ID}/claim")
    assert (answer.status_code, answer.json()["result"]) == (200, "taken")


def test_a_change_needs_the_token(full: Site) -> None:
    assert full.client("sam").post(f"/api/v1/alerts/{ID}/claim").status_code == 403


def test_rules(full: Site) -> None:
    client = full.client("ada")
    assert {r["rule"]: r["on"] for r in client.get("/api/v1/rules").json()}["supervisor-asked"]
    assert not change(client, "/rules/supervisor-asked", {"state": "silent"}).json()["on"]


def test_audit(full: Site) -> None:
    rows = full.client("colin").get("/api/v1/audit?limit=1").json()
    assert [row["action"] for row in rows] == ["view"]


def test_the_contract_names_every_route_of_the_api(full: Site) -> None:
    from qm.web.access import ACCESS

    contract = full.client("rita").get("/api/v1/openapi.json").json()
    named = {(m.upper(), p) for p, ms in contract["paths"].items() for m in ms}
    routes = {key for key in ACCESS if key[1].startswith("/api/")}
    assert named == routes - {("GET", "/api/v1/openapi.json")}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["sam", "colin"])
def test_whatever_is_sent_the_answer_keeps_to_the_contract(full: Site, who: str) -> None:
    client, app = full.client(who), full.app()
    csrf = client.get("/api/v1/me").json()["csrf"]
    with serving(app) as address:
        for found in schemathesis.openapi.from_dict(app.openapi()).get_all_operations():
            check_operation(found.ok(), address, csrf, client.cookies["qm"])


def check_operation(operation: Any, address: str, csrf: str, token: str) -> None:
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        answer = case.call(base_url=address, headers={"X-CSRF-Token": csrf}, cookies={"qm": token})
        assert answer.status_code < 500
        case.validate_response(answer)

    check()
