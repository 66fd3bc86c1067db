"""The frame: places by role, language, theme."""

from __future__ import annotations

import re

import pytest

from tests.web.site import Site


@pytest.mark.parametrize(
    ("who", "opened"),
    [
        ("sam", ["live", "alerts", "calls", "measures", "coach", "admin"]),
        ("rita", ["calls", "review", "measures"]),
        ("maria", ["mine", "calls"]),
        ("colin", ["calls", "measures", "admin"]),
        ("ada", ["admin"]),
    ],
)
def test_the_rail_shows_the_places_that_the_roles_open(
    site: Site, who: str, opened: list[str]
) -> None:
    page = site.client(who).get("/account").text
    rail = page.split("<nav")[1].split("</nav>")[0]
    assert re.findall(r'href="/([a-z]+)"', rail) == opened


@pytest.mark.parametrize(
    ("who", "start"), [("sam", "/live"), ("rita", "/calls"), ("ada", "/admin")]
)
def test_the_start_page_is_the_first_of_them(site: Site, who: str, start: str) -> None:
    assert site.client(who).get("/").headers["location"] == start


def test_where_one_is_is_marked(site: Site) -> None:
    page = site.client("sam").get("/rules").text
    assert '<a href="/admin" aria-current="page">' in page
    assert page.count('aria-current="page"') == 1


def test_names_are_shown_not_ids(site: Site) -> None:
    page = site.client("sam").get("/rules").text
    assert "Sam Supervisor" in page and site.users["sam"] not in page


def test_the_language_is_declared(site: Site) -> None:
    answer = site.client("sam").get("/rules")
    assert '<html lang="en"' in answer.text
    assert answer.headers["content-language"] == "en"
