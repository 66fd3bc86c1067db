"""The pages of measures in a browser: accessible, whole at every width, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.browser import serving, visit
from tests.web.measures.made import fill, practise
from tests.web.site import Site
from tests.web.test_looks import SHOWS_FOCUS, House, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "/measures",
    "/measures?measure=empathy_answered_share&by=agent&group=a1",
    "/measures?measure=service_level&by=hour&at=2026-11-10",
    "/measures/practice",
)


@pytest.fixture
def full(running: Site, browser: Browser) -> Iterator[House]:
    fill(running, contacts=150)
    practise(running, "a2", 6)
    practise(running, "cand-7", 2)
    with serving(running.app()) as address:
        yield House(address, browser)


def test_axe_finds_nothing_light_and_dark(full: House) -> None:
    for dark in (False, True):
        for path in PAGES:
            for page in full.see("sam", path, dark=dark):
                for details in page.locator("main details").all():
                    details.evaluate("one => one.open = true")
                assert violations(page) == [], path


def test_axe_finds_nothing_where_there_is_nothing(running: Site, browser: Browser) -> None:
    with serving(running.app()) as address:
        for path in ("/measures", "/measures/practice"):
            for page in House(address, browser).see("sam", path):
                assert violations(page) == [], path


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
def test_nothing_sticks_out_sideways(full: House, language: str) -> None:
    seen = []
    for width in (390, 1024, 1280):
        with visit(full.browser, full.address, "sam", width=width, locale=language) as came:
            for path in PAGES:
                page = came.page()
                page.goto(full.address + path)
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                seen += [(path, width, wide)] if wide > 0 else []
                page.close()
    assert not seen


def test_everything_can_be_reached_by_keyboard_with_a_ring_on_it(full: House) -> None:
    for page in full.see("sam", "/measures"):
        page.evaluate("document.activeElement.blur()")
        wrong = []
        for _ in range(80):
            page.keyboard.press("Tab")
            said = page.evaluate(SHOWS_FOCUS)
            if said == "nothing":
                break
            wrong += [said] if said != "ring" else []
        assert not wrong


def test_from_a_tile_to_the_calls_behind_a_group_by_keyboard(full: House) -> None:
    for page in full.see("sam", "/measures"):
        page.get_by_role("link", name="Machine check").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**measure=quality_score**")
        page.locator("#compared").get_by_role("link", name="Agent", exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**by=agent**")
        page.get_by_role("link", name="Maria Lopez").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#behind-title")).to_contain_text("Maria Lopez")
        page.get_by_role("link", name="Open the call").first.press("Enter")
        page.wait_for_url("**/calls/d*")
