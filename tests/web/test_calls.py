"""The list of calls: filters and pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from tests.web.site import NOW, Site, alert, save_closed, save_live

START = datetime.fromtimestamp(NOW / 1000, UTC)


def listed(client: TestClient, query: str = "") -> list[str]:
    return re.findall(r'<a class="cover" href="/calls/([\w-]+)"', client.get(f"/calls{query}").text)


@pytest.fixture
def week(site: Site) -> Site:
    save_closed(site, "monday", started_at=START - timedelta(hours=1))
    save_closed(site, "sunday", started_at=START - timedelta(days=1), queue="Billing",
                agent_id="a3")  # fmt: skip
    save_closed(site, "saturday", alert("saturday", "vague-ending"), language="es",
                started_at=START - timedelta(days=2), agent_id="a2")  # fmt: skip
    save_live(site, "now", 2)
    return site


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["now", "monday", "sunday", "saturday"]),
        ("?day=2026-11-23", ["now", "monday"]),
        ("?until=2026-11-22", ["sunday", "saturday"]),
        ("?day=2026-11-21&until=2026-11-21", ["saturday"]),
        ("?queue=Billing", ["sunday"]),
        ("?agent=a2", ["saturday"]),
        ("?team=billing", ["sunday"]),
        ("?language=es", ["saturday"]),
        ("?label=satisfaction", ["monday", "sunday", "saturday"]),
        ("?label=abuse", []),
        ("?rule=vague-ending", ["saturday"]),
        ("?flag=alerted", ["saturday"]),
        ("?flag=live", ["now"]),
        ("?flag=held", []),
        ("?queue=Billing&agent=a1", []),
    ],
)
def test_filters_narrow_the_list(week: Site, query: str, found: list[str]) -> None:
    assert listed(week.client("rita"), query) == found


def test_pages_of_fifty_hold_each_call_once(site: Site) -> None:
    for n in range(120):
        save_closed(site, f"c{n:03}", started_at=START - timedelta(minutes=n // 2))
    client, seen, path = site.client("rita"), [], "?queue=New+patients"
    while True:
        page = client.get(f"/calls{path}").text
        seen += re.findall(r'<a class="cover" href="/calls/(c\d+)"', page)
        older = re.search(r'href="/calls(\?[^"]*before=[^"]*)"', page)
        if not older:
            break
        path = older[1].replace("&amp;", "&")
        assert "queue=New+patients" in path
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize(
    "query", ["?day=soon", "?until=2026-99-99", "?before=x", "?before=1.", "?before=.c1"]
)
def test_what_is_no_date_and_no_place_is_refused(site: Site, query: str) -> None:
    assert site.client("rita").get(f"/calls{query}").status_code == 422


def test_findings_for_compliance_cannot_be_searched_by_others(site: Site) -> None:
    save_closed(site, "c1", alert("c1", "possible-disclosure"))
    assert site.client("rita").get("/calls?rule=possible-disclosure").status_code == 403
    assert "possible-disclosure" not in site.client("rita").get("/calls").text
    assert listed(site.client("colin"), "?rule=possible-disclosure") == ["c1"]


def test_an_agent_finds_their_own_calls(week: Site) -> None:
    assert listed(week.client("maria")) == ["now", "monday"]


def test_empty_lists_say_why(site: Site) -> None:
    client = site.client("rita")
    assert "No calls yet" in client.get("/calls").text
    assert "No call fits these filters" in client.get("/calls?queue=none").text


def test_a_row_shows_a_range_never_a_single_score(week: Site) -> None:
    page = week.client("rita").get("/calls").text
    assert "62–79 %" in page and "71" not in re.findall(r"\b71\b", page)
