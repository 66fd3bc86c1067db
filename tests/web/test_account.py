"""One's own account."""

from __future__ import annotations

import re

import pyotp
import pytest

from qm.io.store import users
from tests.web.site import HASH, NOW, PASSWORD, Site, post, sign_in

NEW = "a new sentence to keep"


def test_it_says_what_one_may_see(site: Site) -> None:
    page = site.client("sue").get("/account").text
    assert "Supervisor" in page and "scheduling" in page


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(site: Site) -> None:
    here, there = site.client("sam"), site.client("sam")
    assert post(here, "/account/password", old=PASSWORD, new=NEW).status_code == 303
    assert here.get("/rules").status_code == 200
    assert there.get("/rules").status_code == 303
    assert sign_in(site.client(), "sam", NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new"), [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, PASSWORD)]
)
def test_a_wrong_or_weak_one_changes_nothing(site: Site, old: str, new: str) -> None:
    answer = post(site.client("sam"), "/account/password", old=old, new=new)
    assert answer.status_code == 401 and "Nothing was changed" in answer.text
    assert sign_in(site.client(), "sam").status_code == 303


def test_guessing_the_password_here_is_slowed_down_too(site: Site) -> None:
    client = site.client("sam")
    for _ in range(8):
        post(client, "/account/password", old="wrong", new=NEW)
    assert sign_in(site.client(), "sam").status_code == 429


def enrol(site: Site, name: str, code_at: int = NOW) -> tuple[str, int]:
    client = site.client(name)
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', client.get("/account").text)
    assert secret
    code = pyotp.TOTP(secret[1]).at(code_at // 1000)
    answer = post(client, "/account/second-factor", secret=secret[1], code=code, password=PASSWORD)
    return secret[1], answer.status_code


def test_a_second_factor_is_set_up_with_a_code_that_proves_it(site: Site) -> None:
    secret, status = enrol(site, "rita")
    assert status == 303
    later = pyotp.TOTP(secret).at(NOW // 1000 + 30)
    assert sign_in(site.client(), "rita").status_code == 401
    assert sign_in(site.client(), "rita", code=later).status_code == 303


def test_a_code_that_does_not_fit_sets_nothing_up(site: Site) -> None:
    assert enrol(site, "rita", code_at=NOW + 600_000)[1] == 401
    assert sign_in(site.client(), "rita").status_code == 303


def test_setting_it_up_opens_the_pages_where_it_is_required(site: Site) -> None:
    client = site.client("rita", second_factor=True)
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', client.get("/account").text)
    assert secret and client.get("/calls").status_code == 303
    code = pyotp.TOTP(secret[1]).at(NOW // 1000)
    csrf = client.get("/api/v1/me").json()["csrf"]
    form = {"secret": secret[1], "code": code, "password": PASSWORD, "csrf": csrf}
    assert client.post("/account/second-factor", data=form).status_code == 303
    assert client.get("/calls").status_code == 200


def test_removing_it_needs_password_and_code(site: Site) -> None:
    secret, _ = enrol(site, "rita")
    client = site.client("rita")
    assert (
        post(client, "/account/second-factor", password=PASSWORD, code="000000").status_code == 401
    )
    code = pyotp.TOTP(secret).at(NOW // 1000 + 30)
    assert post(client, "/account/second-factor", password=PASSWORD, code=code).status_code == 303
    assert sign_in(site.client(), "rita").status_code == 303


def test_who_was_given_a_password_must_choose_one_first(site: Site) -> None:
    with site.deps.database.write() as conn:
        grants = users.find_user(conn, site.users["rita"])
        assert grants
        new = users.NewUser(
            name="new", shown_as="New", password_hash=HASH, grants=grants.grants, must_change=True
        )
        site.users["new"] = users.add_user(conn, new, NOW)
    client = site.client("new")
    assert client.get("/calls").headers["location"] == "/account"
    assert post(client, "/account/password", old=PASSWORD, new=NEW).status_code == 303
    assert client.get("/calls").status_code == 200


def test_colours_and_language_are_kept_in_the_browser(site: Site) -> None:
    client = site.client("sam")
    post(client, "/account/look", theme="dark", next="/rules")
    post(client, "/account/look", language="es", next="//evil.example")
    page = client.get("/rules").text
    assert 'lang="es"' in page and 'data-theme="dark"' in page


def test_unknown_looks_are_not_kept(site: Site) -> None:
    answer = post(site.client("sam"), "/account/look", theme="pink", language="xx")
    assert "qm-theme" not in answer.headers.get("set-cookie", "")
