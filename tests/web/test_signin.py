"""Signing in and out, the second factor, and what a stranger learns: nothing."""

from __future__ import annotations

import threading

import pyotp
import pytest

from qm.io.store import audit, users
from qm.web import signin
from qm.web.signin import Busy, code_step, hashing
from tests.web.site import NOW, PASSWORD, Site, post, sign_in, token_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def set_up_code(site: Site, name: str) -> pyotp.TOTP:
    with site.deps.database.write() as conn:
        users.set_totp(conn, site.users[name], SECRET, site.deps.vault)
    return pyotp.TOTP(SECRET)


def test_name_and_password_open_a_session_and_lead_to_where_one_was_going(site: Site) -> None:
    client = site.client()
    went = client.get("/calls?queue=Billing").headers["location"]
    page = client.get(went).text
    form = {"csrf": token_of(page), "name": "Sam ", "password": PASSWORD}
    answer = client.post("/sign-in", data={**form, "next": "/calls?queue=Billing"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?queue=Billing")
    assert client.get("/calls").status_code == 200


@pytest.mark.parametrize(
    ("name", "password"), [("sam", "wrong"), ("nobody", PASSWORD), ("", PASSWORD), ("sam", "")]
)
def test_whatever_is_wrong_the_answer_is_the_same(site: Site, name: str, password: str) -> None:
    client = site.client()
    answer = sign_in(client, name or " ", password or " ")
    assert answer.status_code == 401
    assert "Name, password or code is not right." in answer.text
    assert password not in answer.text or password in ("", "wrong")
    assert client.get("/calls").status_code == 303


def test_what_was_typed_is_not_sent_back(site: Site) -> None:
    answer = sign_in(site.client(), "a-password-in-the-wrong-field", "typed-secret")
    assert "a-password-in-the-wrong-field" not in answer.text
    assert "typed-secret" not in answer.text


def test_failures_are_slowed_down_and_say_how_long(site: Site) -> None:
    client = site.client()
    for _ in range(20):
        answer = sign_in(client, "sam", "wrong")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429 and "Wait" in answer.text
    assert sign_in(client, "sam").status_code == 429  # the right password too, for now


def test_signing_in_and_failing_to_are_written_down_without_the_name(site: Site) -> None:
    client = site.client()
    sign_in(client, "hunter2", "x")
    sign_in(client, "sam")
    with site.deps.database.read() as conn:
        newest, before = audit.search(conn, audit.AuditFilter(), 2)
    assert (newest.entry.action, newest.entry.user_id) == ("sign_in", site.users["sam"])
    assert (before.entry.action, before.entry.user_id) == ("sign_in_failed", "")
    assert "hunter2" not in repr(before)


def test_the_form_of_another_browser_does_not_work(site: Site) -> None:
    csrf = token_of(site.client().get("/sign-in").text)
    form = {"csrf": csrf, "name": "sam", "password": PASSWORD}
    assert site.client().post("/sign-in", data=form).status_code == 403


def test_with_a_second_factor_the_password_alone_is_not_enough(site: Site) -> None:
    totp, client = set_up_code(site, "sam"), site.client()
    assert sign_in(client, "sam").status_code == 401
    code = totp.at(NOW // 1000)
    assert sign_in(client, "sam", code=f"{code[:3]} {code[3:]}").status_code == 303


def test_a_code_works_once(site: Site) -> None:
    code = set_up_code(site, "sam").at(NOW // 1000)
    assert sign_in(site.client(), "sam", code=code).status_code == 303
    assert sign_in(site.client(), "sam", code=code).status_code == 401


@pytest.mark.parametrize(("off_s", "good"), [(-30, True), (0, True), (30, True), (90, False)])
def test_a_phones_clock_may_be_half_a_minute_off(off_s: int, good: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOW // 1000 + off_s)
    assert (code_step(SECRET, code, NOW) is not None) is good


def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    client = site.client("sam")
    token = client.cookies["qm"]
    assert post(client, "/sign-out").status_code == 303
    client.cookies.set("qm", token)  # a copied cookie is worth nothing now
    assert client.get("/calls").status_code == 303


def test_who_is_signed_in_is_not_asked_again(site: Site) -> None:
    answer = site.client("sam").get("/sign-in?next=/rules")
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules")


def test_few_passwords_are_checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "HASH_WAIT_S", 0.05)
    release, held = threading.Event(), threading.Barrier(3)

    def hold() -> None:
        with hashing():
            held.wait()
            release.wait()

    threads = [threading.Thread(target=hold) for _ in range(signin.HASHES_AT_ONCE)]
    for thread in threads:
        thread.start()
    held.wait()
    with pytest.raises(Busy), hashing():
        pass
    release.set()
    for thread in threads:
        thread.join()
