"""Headers of every answer, and requests that are not even looked at."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

import pytest

from qm.web.security import BODY_LIMIT, HEADERS, POLICY, WAVEFORM_STYLE, is_plain_allowed
from tests.web.site import Site, post, save_closed

PAGES = ("/sign-in", "/calls", "/calls/none", "/api/v1/me", "/livez", "/static/qm.css", "/nothing")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_policy_and_says_nothing_of_the_server(
    site: Site, path: str
) -> None:
    answer = site.client("rita").get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "server" not in answer.headers
    cached = "no-cache" if path.startswith("/static/") else "no-store"
    assert answer.headers["cache-control"] == cached


def test_the_policy_lets_nothing_in_from_elsewhere_and_nothing_inline() -> None:
    for directive in (
        "default-src 'none'", "script-src 'self'", "img-src 'self' data:",
        "media-src 'self' blob:", "connect-src 'self'", "form-action 'self'",
        "frame-ancestors 'none'", "base-uri 'none'",
    ):  # fmt: skip
        assert directive in POLICY.split("; ")
    assert "unsafe" not in POLICY and "http" not in POLICY and "*" not in POLICY


def test_the_one_style_element_that_is_let_in_is_the_waveforms() -> None:
    static = files("qm.web").joinpath("static")
    vendored = static.joinpath("vendor/wavesurfer.esm.js").read_text()
    height = re.search(r"HEIGHT = (\d+)", static.joinpath("js/outline.js").read_text())
    style = re.search(r"<style\$\{.*?\}>(.*?)</style>", vendored, re.S)
    assert style and height
    text = re.sub(r"\$\{this\.getHeight\([^}]*\)\}", height[1], style[1]).replace("\\n", "\n")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"sha256-{digest}" == WAVEFORM_STYLE


def test_tls_is_remembered_by_browsers_where_there_is_tls(site: Site) -> None:
    assert "strict-transport-security" not in site.client().get("/livez").headers
    secure = site.client(secure_cookies=True).get("/livez")
    assert secure.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("scheme", "client", "host", "allowed"),
    [
        ("http", "127.0.0.1", "127.0.0.1:8080", True),
        ("http", "127.0.0.1", "localhost:8080", True),
        ("http", "::1", "[::1]:8080", True),
        ("http", "10.0.0.7", "127.0.0.1", False),
        ("http", "10.0.0.7", "qm.example", False),
        ("http", "127.0.0.1", "evil.example", False),  # a name rebound to this address
        ("ws", "10.0.0.7", "qm.example", False),
    ],
)
def test_plain_http_stays_on_this_machine(
    scheme: str, client: str, host: str, allowed: bool
) -> None:
    scope = {"type": "http", "scheme": scheme, "client": (client, 1), "headers": []}
    scope["headers"] = [(b"host", host.encode())]
    assert is_plain_allowed(scope) is allowed


def test_a_stranger_on_plain_http_gets_no_page(site: Site) -> None:
    client = site.client()
    client.base_url = "http://qm.example"  # the client's address is loopback, the name is not
    assert client.get("/sign-in").status_code == 403
    assert client.get("/sign-in").headers["content-security-policy"] == POLICY


def test_a_large_body_is_refused_unread(site: Site) -> None:
    client = site.client("sam")
    big = b"x" * (BODY_LIMIT + 1)
    assert client.post("/sign-in", content=big).status_code == 413
    form = {"content-type": "application/x-www-form-urlencoded"}
    chunks = (b"a=" + b"x" * 8192 for _ in range(20))
    assert client.post("/sign-in", content=chunks, headers=form).status_code in (400, 413)


def test_a_page_that_fails_carries_the_policy_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_closed(site, "c1")
    monkeypatch.setattr("qm.web.call.call_context", lambda *_: 1 / 0)
    client = site.client("rita")
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    answer = client.get("/calls/c1")
    assert answer.status_code == 500 and "division" not in answer.text
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"


def test_form_posts_work_with_the_policy_of_referrers(site: Site) -> None:
    assert HEADERS["Referrer-Policy"] == "same-origin"
    client = site.client("sam")
    client.headers["origin"] = "http://127.0.0.1"
    assert post(client, "/account/look", theme="dark").status_code == 303
