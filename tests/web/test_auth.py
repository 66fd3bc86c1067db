"""The gate: sessions, tokens, second factor, and no answer without an audit row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from qm.io.store import audit
from qm.web.auth import narrowed, same_site
from tests.io.store.samples import scope
from tests.web.site import MINUTE, NOW, Site, alert, post, save_closed, save_live


def rows(site: Site) -> tuple[audit.AuditRow, ...]:
    with site.deps.database.read() as conn:
        return audit.search(conn, audit.AuditFilter())


def test_a_view_is_written_down_before_it_is_answered(site: Site) -> None:
    save_closed(site, "c1")
    site.client("rita").get("/calls/c1")
    newest = rows(site)[0].entry
    assert (newest.user_id, newest.action, newest.kind, newest.object_id) == (
        site.users["rita"], "view", "call", "c1",
    )  # fmt: skip


def test_a_refusal_is_written_down_too(site: Site) -> None:
    assert site.client("ada").get("/calls").status_code == 403
    newest = rows(site)[0].entry
    assert (newest.action, newest.detail) == ("denied", {"route": "/calls"})


@contextmanager
def unwritable_audit(site: Site) -> Iterator[None]:
    """Make the audit trail refuse rows, as a full disk would."""
    with site.deps.database.write() as conn:
        conn.execute(
            text(
                "CREATE TRIGGER stop BEFORE INSERT ON audit "
                "BEGIN SELECT RAISE(ABORT, 'no space'); END"
            )
        )
    yield
    with site.deps.database.write() as conn:
        conn.execute(text("DROP TRIGGER stop"))


@pytest.mark.parametrize(
    "path",
    ["/live", "/alerts", "/calls", "/calls/c1", "/calls/c1/audio", "/rules", "/api/v1/calls",
     "/api/v1/calls/c1/turns", "/api/v1/alerts"],
)  # fmt: skip
def test_without_an_audit_row_nothing_is_shown(site: Site, path: str) -> None:
    save_live(site, "c1", 3, alert("c1"))
    client = site.client("sam")
    with unwritable_audit(site):
        answer = client.get(path)
    assert answer.status_code == 503
    assert "referral" not in answer.text and "Maria" not in answer.text


def test_without_an_audit_row_nothing_is_changed(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    client = site.client("sam")
    with unwritable_audit(site):
        assert post(client, "/alerts/supervisor-asked-c1/claim").status_code == 503
    assert 'data-state="open"' in client.get("/alerts").text


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),  # a program
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),  # typed into the address bar
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),  # a neighbour on the same domain
        ({"origin": "https://qm.example", "host": "qm.example"}, True),
        ({"origin": "https://evil.example", "host": "qm.example"}, False),
        ({"origin": "null", "host": "qm.example"}, False),
    ],
)
def test_changes_come_from_our_own_pages(headers: dict[str, str], ours: bool) -> None:
    assert same_site(headers) is ours


@pytest.mark.parametrize("csrf", ["", "wrong"])
def test_a_change_without_the_sessions_token_is_refused(site: Site, csrf: str) -> None:
    save_live(site, "c1", 3, alert("c1"))
    client = site.client("sam")
    answer = client.post("/alerts/supervisor-asked-c1/claim", data={"csrf": csrf})
    assert answer.status_code == 403
    assert 'data-state="open"' in client.get("/alerts").text


def test_the_token_of_another_session_does_not_help(site: Site) -> None:
    sam, sue = site.client("sam"), site.client("sue")
    theirs = sue.get("/api/v1/me").json()["csrf"]
    assert sam.post("/input", headers={"X-CSRF-Token": theirs}).status_code == 403


class Clock:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> int:
        return self.at


def test_a_session_ends_after_the_idle_time_and_polling_does_not_keep_it(site: Site) -> None:
    clock = Clock()
    client = site.client("sam", now=clock, idle_minutes=15)
    clock.at += 10 * MINUTE
    assert client.get("/live/rows").status_code == 200  # a reload by script, no input
    clock.at += 6 * MINUTE
    assert client.get("/live").status_code == 303


def test_input_keeps_a_session(site: Site) -> None:
    clock = Clock()
    client = site.client("sam", now=clock, idle_minutes=15)
    clock.at += 10 * MINUTE
    csrf = client.get("/api/v1/me").json()["csrf"]
    assert client.post("/input", headers={"X-CSRF-Token": csrf}).status_code == 204
    clock.at += 10 * MINUTE
    assert client.get("/live").status_code == 200


def test_a_long_day_ends_even_with_input(site: Site) -> None:
    clock = Clock()
    client = site.client("sam", now=clock)
    for _ in range(80):
        clock.at += 10 * MINUTE
        last = client.get("/rules").status_code
    assert last == 303


def test_where_a_second_factor_is_asked_for_nothing_opens_before_it(site: Site) -> None:
    client = site.client("rita", second_factor=True)
    assert client.get("/calls").headers["location"] == "/account"
    assert client.get("/api/v1/calls").status_code == 403
    assert "Set up a second factor" in client.get("/account").text


def test_an_administrator_who_sees_no_content_needs_none(site: Site) -> None:
    assert site.client("ada", second_factor=True).get("/rules").status_code == 200


def test_a_person_sees_through_the_roles_of_the_route_alone() -> None:
    both = scope(("supervisor", "A"), ("reviewer", "B"))
    assert narrowed(both, frozenset({"supervisor"})).teams == {"A"}


def test_the_cookie_is_bound_to_the_host_where_there_is_tls(site: Site) -> None:
    answers: list[Any] = []
    for secure in (False, True):
        client = site.client(secure_cookies=secure)
        client.base_url = "https://127.0.0.1" if secure else "http://127.0.0.1"
        answers.append(client.get("/sign-in").headers["set-cookie"])
    plain, tls = answers
    assert plain.startswith("qm-start=") and "HttpOnly" in plain and "SameSite=lax" in plain
    assert tls.startswith("__Host-qm-start=") and "Secure" in tls and "Path=/" in tls
