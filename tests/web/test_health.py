"""Health and numbers."""

from __future__ import annotations

import pytest

from qm.errors import StoreError
from tests.web.site import Site, save_live


def test_a_live_process_says_so(site: Site) -> None:
    assert site.client().get("/livez").status_code == 200


def test_ready_while_the_database_answers_and_the_feed_is_followed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site.client() as client:
        assert client.get("/readyz").status_code == 200
        monkeypatch.setattr(client.app.state.hub, "_looked", -1e9)  # type: ignore[attr-defined]
        monkeypatch.setattr(client.app.state.hub, "_look", refuse)  # type: ignore[attr-defined]
        assert client.get("/readyz").text == "not ready: live feed\n"


def refuse(*_: object) -> None:
    raise StoreError("away")


def test_not_ready_without_the_database(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qm.web.health.feed.last_seq", refuse)
    answer = site.client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: database\n")


def test_numbers_are_by_route_never_by_address(site: Site) -> None:
    save_live(site, "c-secret-id", 1)
    client = site.client("rita")
    client.get("/calls/c-secret-id")
    text = client.get("/metrics").text
    assert 'qm_web_requests_total{route="/calls/{call_id}",status="2xx"}' in text
    assert "c-secret-id" not in text


@pytest.mark.parametrize(
    ("changes", "header", "status"),
    [
        ({}, "", 200),  # this machine
        ({"metrics_token": "t0"}, "", 404),
        ({"metrics_token": "t0"}, "Bearer wrong", 404),
        ({"metrics_token": "t0"}, "Bearer t0", 200),
        ({"secure_cookies": True}, "", 404),  # behind a proxy everybody seems local
    ],
)
def test_numbers_are_for_this_machine_or_for_who_has_the_token(
    site: Site, changes: dict[str, object], header: str, status: int
) -> None:
    client = site.client(**changes)
    assert client.get("/metrics", headers={"Authorization": header}).status_code == status
