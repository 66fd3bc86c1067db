"""The coach's and the agent's pages in a real browser: the whole first job, heard and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qm.io.store.audio import find_audio
from qm.io.store.clips import list_clips
from qm.io.store.consents import ask_consent
from qm.io.store.scopes import WHOLE_SITE
from qm.io.store.shares import shares_of_agent
from tests.web.browser import serving, visit
from tests.web.coach.rooms import (
    agree,
    check_texts,
    clip_of,
    coach,
    evaluated,
    give,
    heard_call,
    playlist_of,
)
from tests.web.site import NOW, Site
from tests.web.test_looks import SHOWS_FOCUS, violations
from tests.web.test_pages import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_page(came: Any, path: str) -> Page:
    page = came.page()
    page.goto(came.address + path)
    expect(page.locator("#connection")).to_have_text("Live")
    return page


def settle(page: Page, site: Site) -> None:
    """Let the texts be checked, as the worker does within seconds."""
    page.wait_for_timeout(100)
    check_texts(site)


def test_three_examples_of_good_empathy_are_found_cut_put_in_a_playlist_and_shared(
    running: Site, browser: Browser
) -> None:
    for call_id in ("c1", "c2", "c3"):
        heard_call(running, call_id)
    with serving(running.app()) as address, visit(browser, address, "cora") as cora:
        page = open_page(cora, "/coach")
        page.get_by_role("button", name="empathy", exact=True).click()
        expect(page.locator("#found-title")).to_have_text("3 turns found")
        page.get_by_role("button", name="Play 0:12").first.click()
        until(page, "document.getElementById('listen-audio').currentTime > 11.6")
        for n in range(3):
            page.get_by_role("link", name="Cut a clip").nth(n).click()
            expect(page.locator("#cut-title")).to_be_focused()
            page.keyboard.type(f"Owns the delay {n}")
            page.fill("#cut-why", "Says sorry before asking anything.")
            if n == 0:
                page.select_option("#cut-playlist", "new")
                page.fill("#cut-new-title", "Good empathy")
            page.keyboard.press("Tab")
            page.get_by_role("button", name="Keep the clip").click()
            expect(page.locator("[data-saved]")).to_contain_text("put in the playlist")
        settle(page, running)
        page.get_by_role("link", name="Open the playlist").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Good empathy")
        expect(page.locator("#through > li")).to_have_count(3)
        page.select_option("#to", label="Maria Lopez · scheduling")
        page.fill("#note", "Three of yours, well done.")
        page.get_by_role("button", name="Share").click()
        expect(page.get_by_role("status").filter(has_text="Shared with 1 agent")).to_be_visible()
        settle(page, running)
        with visit(browser, address, "maria") as maria:
            hers = open_page(maria, "/mine")
            hers.get_by_role("link", name="Good empathy").click()
            expect(hers.get_by_text("Three of yours, well done.")).to_be_visible()
            hers.evaluate("document.getElementById('listen-audio').muted = true")
            hers.locator("#listen-speed").evaluate("s => { s.value = '1.5'; }")
            hers.get_by_role("button", name="Play all").click()
            for place in range(3):  # one after the other, by itself
                chip = hers.locator("[data-heard-of]").nth(place)
                expect(chip).to_be_visible(timeout=20_000)
            hers.get_by_role("button", name="I have heard it").click()
            expect(hers.get_by_text("You acknowledged this")).to_be_visible()
            assert not maria.outside() and not maria.complaints, maria.complaints
        page.reload()
        expect(page.locator(".shared")).to_contain_text("acknowledged")
        expect(page.locator(".shared")).to_contain_text("heard")
        assert not cora.outside() and not cora.complaints, cora.complaints
    with running.deps.database.read() as conn:
        (given,) = shares_of_agent(conn, "a1", NOW)
        assert given.is_heard and given.acknowledged_at


def test_words_that_are_selected_become_the_clip(running: Site, browser: Browser) -> None:
    heard_call(running)
    with serving(running.app()) as address, visit(browser, address, "cora") as cora:
        page = open_page(cora, "/coach/calls/c1")
        page.evaluate(
            """() => { const words = [...document.querySelectorAll('#m-12000 [data-ms]')];
            const range = document.createRange();
            range.setStart(words[1].firstChild, 0); range.setEnd(words[4].firstChild, 2);
            getSelection().removeAllRanges(); getSelection().addRange(range); }"""
        )
        expect(page.locator("#cut-start")).to_have_value("0:12.2")
        expect(page.locator("#cut-end")).to_have_value("0:13.7")
        assert page.locator(".in-cut").count() == 5  # the one that follows is half inside
        page.get_by_role("button", name="End half a second earlier").click()
        expect(page.locator("#cut-length")).to_have_text("1.0 s")
        page.fill("#cut-title", "So sorry")
        page.fill("#cut-end", "0:12.4")
        page.keyboard.press("Enter")
        expect(page.locator("#cut-said")).to_contain_text("at least one second")
        page.fill("#cut-end", "0:16")
        page.keyboard.press("Enter")
        expect(page.locator("#cut-said")).to_contain_text("Clip kept.")
        assert not cora.complaints
    with running.deps.database.read() as conn:
        (clip,) = list_clips(conn, coach(running), NOW)
        assert (clip.start_ms, clip.end_ms) == (12_200, 16_000)
        assert find_audio(conn, WHOLE_SITE, "c1", "redacted")


def test_consent_is_given_on_the_agents_page_and_taken_back(
    running: Site, browser: Browser
) -> None:
    heard_call(running)
    clip_id = clip_of(running)
    with serving(running.app()) as address, visit(browser, address, "cora") as cora:
        page = open_page(cora, f"/coach/clips/{clip_id}")
        page.select_option("#to", label="Tom Becker · scheduling")
        page.get_by_role("button", name="Share", exact=True).click()
        expect(page.get_by_role("status").last).to_contain_text("has not agreed")
        page.get_by_role("button", name="Ask Maria Lopez").click()
        with visit(browser, address, "maria") as maria:
            hers = open_page(maria, "/mine")
            hers.get_by_role("button", name="Play Owns the delay").click()
            until(hers, "document.getElementById('listen-audio').currentTime > 0.3")
            hers.get_by_role("button", name="Yes, share it").click()
            expect(hers.get_by_role("button", name="Take it back")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Maria Lopez has agreed")).to_be_visible()


@dataclass
class House:
    """A served site, with the paths of the pages of coach and agent."""

    address: str
    browser: Browser
    paths: list[tuple[str, str]]

    def see(self, which: slice = slice(None), **how: Any) -> Iterator[Page]:
        for who in ("cora", "maria"):
            with visit(self.browser, self.address, who, **how) as came:
                for whose, path in self.paths[which]:
                    if whose == who:
                        page = came.page()
                        page.goto(self.address + path)
                        page.wait_for_timeout(200)
                        yield page
                        page.close()
                assert not came.outside() and not came.complaints, came.complaints


EMPTY = [("cora", "/coach"), ("cora", "/coach/clips"), ("cora", "/coach/playlists"),
         ("cora", "/coach/agents"), ("cora", "/coach/agents/a1"), ("maria", "/mine")]  # fmt: skip


@pytest.fixture
def full(running: Site, browser: Browser) -> Iterator[House]:
    heard_call(running, "c1")
    heard_call(running, "c2", agent_id="a2")
    own = clip_of(running, "c1", title="Says when and by whom, in words of one syllable each")
    others = clip_of(running, "c2")
    soon = clip_of(running, "c1", kind="improve", expires_at=NOW + 3 * 86_400_000)
    agree(running, others, "a2")
    with running.deps.database.write() as conn:
        ask_consent(conn, coach(running), own, NOW)
    playlist = playlist_of(running, own, others)
    give(running, "a1", playlist_id=playlist, note="Hear the second one twice.")
    give(running, "a1", clip_id=soon)
    for n in range(10):
        heard_call(running, f"e{n}")
        evaluation = evaluated(running, f"e{n}", percent=70.0 + 2 * n)
    with running.deps.database.read() as conn:
        share_id = next(x.share_id for x in shares_of_agent(conn, "a1", NOW) if x.playlist_id)
    paths = [
        *EMPTY, ("cora", "/coach/calls/c1"), ("cora", f"/coach/clips/{own}"),
        ("cora", f"/coach/clips/{soon}"), ("cora", f"/coach/playlists/{playlist}"),
        ("maria", f"/mine/shares/{share_id}"), ("maria", f"/mine/evaluations/{evaluation}"),
    ]  # fmt: skip
    with serving(running.app()) as address:
        yield House(address, browser, paths)


def unfold(page: Page) -> None:
    """Open what is folded, find and play something: the page at its fullest."""
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
    if page.locator("#words").count() and page.locator("#found").count():
        page.fill("#words", "sorry")
        page.press("#words", "Enter")
        page.locator(".hit").first.wait_for()
        page.locator("[data-cut]").first.click()
    if page.locator("[data-play]").count():
        page.evaluate("document.querySelector('[data-play]').click()")
        page.wait_for_timeout(150)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(full: House, dark: bool) -> None:
    for page in full.see(dark=dark):
        assert violations(page) == [], page.url
        unfold(page)
        assert violations(page) == [], page.url


def test_axe_finds_nothing_where_there_is_nothing(running: Site, browser: Browser) -> None:
    with serving(running.app()) as address:
        for page in House(address, browser, EMPTY).see():
            assert violations(page) == [], page.url


@pytest.mark.parametrize(("width", "locale"), [(390, "en-US"), (390, "es-MX"), (1024, "es-MX")])
def test_nothing_sticks_out_sideways(full: House, width: int, locale: str) -> None:
    for page in full.see(width=width, locale=locale):
        unfold(page)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, (page.url, wide)


def test_tab_goes_everywhere_with_a_ring(full: House) -> None:
    for page in full.see():
        page.evaluate("document.activeElement.blur()")
        wrong = []
        for _ in range(70):
            page.keyboard.press("Tab")
            said = page.evaluate(SHOWS_FOCUS)
            if said == "nothing":
                break
            if said != "ring":
                wrong.append(said)
        assert not wrong, (page.url, wrong)


def test_titles_appear_when_they_are_checked_without_a_reload(
    running: Site, browser: Browser
) -> None:
    playlist = playlist_of(running, title="Checked before")
    with serving(running.app()) as address, visit(browser, address, "cora") as cora:
        page = open_page(cora, f"/coach/playlists/{playlist}")
        page.get_by_text("Rename or remove").click()
        page.fill("#title", "Checked after")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("being checked for identifiers")
        page.evaluate("window.opened = true")
        check_texts(running)
        expect(page.get_by_role("heading", level=1)).to_have_text("Checked after", timeout=8_000)
        assert page.evaluate("window.opened")
