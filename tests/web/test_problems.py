"""Errors say what happened and what to do, and never what was sent in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.web.problems import safe_next
from tests.web.site import Site, post

SECRET = "Margaret-Miller-1950"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/api/v1/alerts?limit={SECRET}", None),
        (f"/api/v1/alerts?state={SECRET}", None),
        ("/api/v1/alerts/a/close", {"outcome": SECRET}),
        ("/api/v1/alerts/a/close", {SECRET: "helped"}),
        ("/api/v1/alerts/a/close", {"outcome": "helped", SECRET: SECRET}),
        ("/api/v1/alerts/a/rate", [SECRET]),
        (f"/api/v1/calls?day={SECRET}", None),
        (f"/api/v1/calls?before={SECRET}", None),
        (f"/api/v1/calls/{SECRET}", None),
        (f"/api/v1/{SECRET}", None),
    ],
)
def test_the_api_does_not_send_back_what_it_refuses(site: Site, path: str, body: object) -> None:
    client = site.client("sam")
    csrf = client.get("/api/v1/me").json()["csrf"]
    if body is None:
        answer = client.get(path)
    else:
        answer = client.post(path, json=body, headers={"X-CSRF-Token": csrf})
    assert answer.status_code in (404, 422)
    assert SECRET not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code


def test_it_names_our_own_fields(site: Site) -> None:
    answer = site.client("sam").get("/api/v1/alerts?limit=x")
    assert answer.json()["fields"] == [{"name": "limit", "error": "int_parsing"}]


def test_json_that_is_none_is_refused_without_its_text(site: Site) -> None:
    client = site.client("sam")
    csrf = client.get("/api/v1/me").json()["csrf"]
    headers = {"X-CSRF-Token": csrf, "content-type": "application/json"}
    answer = client.post("/api/v1/alerts/a/close", content="{" + SECRET, headers=headers)
    assert answer.status_code == 422 and SECRET not in answer.text


@pytest.mark.parametrize("path", [f"/calls/{SECRET}", f"/{SECRET}", f"/calls?day={SECRET}"])
def test_pages_do_not_either(site: Site, path: str) -> None:
    answer = site.client("sam").get(path)
    assert answer.status_code in (404, 422)
    assert SECRET not in answer.text
    assert "<h1>" in answer.text and "othing" in answer.text


def test_a_piece_of_a_page_that_fails_goes_to_the_notice(site: Site) -> None:
    client = site.client("sam")
    client.headers["HX-Request"] = "true"
    answer = post(client, "/alerts/none/claim")
    assert answer.status_code == 404
    assert answer.headers["hx-retarget"] == "#notice"
    assert "<html" not in answer.text


def test_a_piece_of_a_page_after_the_session_sends_the_page_to_sign_in(site: Site) -> None:
    client = site.client()
    client.headers["HX-Request"] = "true"
    assert client.post("/alerts/a/claim").headers["hx-redirect"] == "/sign-in"


def test_errors_speak_the_persons_language(site: Site) -> None:
    client = site.client("sam")
    client.headers["accept-language"] = "es-MX,es;q=0.9"
    assert "Aquí no hay nada para usted." in client.get("/calls/none").text


@given(st.text())
def test_whatever_is_asked_for_one_lands_on_a_page_of_ours(target: str) -> None:
    safe = safe_next(target)
    assert safe.startswith("/") and not safe.startswith("//")
    assert "\\" not in safe and safe.isprintable()
