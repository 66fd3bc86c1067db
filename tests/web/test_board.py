"""The live board as a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qm.io.store import alerts
from qm.io.store.calls import live_calls
from qm.web.board import HOUR_MS, behind_ms, figures
from qm.web.pushes import EVERYTHING
from tests.io.store.samples import scope
from tests.web.site import NOW, Site, alert, save_closed, save_live


def ago(seconds: int) -> datetime:
    return datetime.fromtimestamp(NOW / 1000 - seconds, UTC)


def test_it_shows_who_talks_what_was_said_and_who_needs_somebody(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"))
    page = site.client("sam").get("/live").text
    for said in ("Maria Lopez", "New patients", "me back."[:2], "Asked for a supervisor",
                 "Take it or tell the agent when."):  # fmt: skip
        assert said in page
    assert 'data-need="look"' in page and 'data-topics="board alerts"' in page


def test_a_supervisor_sees_their_own_teams(site: Site) -> None:
    save_live(site, "c1", 2)
    save_live(site, "c2", 2, agent_id="a3")
    page = site.client("sue").get("/live").text
    assert 'id="row-c1"' in page and "row-c2" not in page


def test_without_words_no_word_leaves_the_server(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    for path in ("/live?words=no", "/live/rows?words=no"):
        page = site.client("sam").get(path).text
        assert "Maria Lopez" in page
        assert "referral" not in page and "birth" not in page


def test_there_is_no_score_and_no_mood_of_the_agent(site: Site) -> None:
    save_live(site, "c1", 3)
    page = site.client("sam").get("/live").text
    assert "percent" not in page and "Machine check" not in page
    assert "Mood of the caller" in page and "Mood of the agent" not in page


def test_an_empty_board_says_what_will_be_here(site: Site) -> None:
    save_closed(site, "c1")
    page = site.client("sam").get("/live").text
    assert "No call at the moment" in page and "Nobody needs you right now" in page


def test_closed_calls_are_not_on_it(site: Site) -> None:
    save_closed(site, "c1")
    assert "row-c1" not in site.client("sam").get("/live/rows").text


def test_figures(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"), started_at=ago(120))  # heard up to 118 s
    save_live(site, "c2", 2, alert("c2"), started_at=ago(123))
    with site.deps.database.write() as conn:
        alerts.claim(conn, scope(), "supervisor-asked-c2", NOW)
        alerts.mark_seen(conn, scope(), "supervisor-asked-c1", NOW + 300)
    with site.deps.database.read() as conn:
        live = live_calls(conn, EVERYTHING)
        shown = figures(conn, site.deps, live, scope())
    assert (shown.calls, shown.waiting, shown.shown) == (2, 1, 1)
    assert (shown.p95_ms, shown.behind_ms) == (1_500, 5_000)


@pytest.mark.parametrize(
    ("seconds", "behind"), [(120, 2_000), (118, 0), (100, 0), (3 * HOUR_MS // 1000, None)]
)
def test_how_far_hearing_is_behind(site: Site, seconds: int, behind: int | None) -> None:
    save_live(site, "c1", 1, started_at=ago(seconds))
    with site.deps.database.read() as conn:
        live = live_calls(conn, EVERYTHING)
    assert behind_ms(live, NOW) == behind
    assert behind_ms([], NOW) is None


def test_names_and_words_cannot_become_markup(site: Site) -> None:
    save_live(site, "c1", 1, queue="<script>alert(1)</script>")
    page = site.client("sam").get("/live").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_the_page_speaks_spanish(site: Site) -> None:
    client = site.client("sam")
    client.cookies.set("qm-language", "es")
    assert "Llamadas ahora" in client.get("/live").text
    assert replace(site.deps, idle_minutes=1).idle_minutes == 1
