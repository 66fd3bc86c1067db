"""The pages in a real browser: they update, answer to keys, and let nobody out or in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qm.io.store import alerts
from qm.types import CallClosed
from tests.web.browser import Visit, serving, visit
from tests.web.site import (
    DIALOGUE,
    Site,
    alert,
    labelled,
    save_closed,
    save_live,
    save_recording,
    save_step,
    turn,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Shift:
    """Sam at the live board of a running site."""

    site: Site
    app: Any
    sam: Visit

    def open(self, path: str) -> Page:
        page = self.sam.page()
        page.goto(self.sam.address + path)
        expect(page.locator("#connection")).to_have_text("Live")
        page.evaluate("window.opened = true")  # gone after a reload
        return page


@pytest.fixture
def shift(running: Site, browser: Browser) -> Iterator[Shift]:
    app = running.app()
    with serving(app) as address, visit(browser, address, "sam") as sam:
        yield Shift(running, app, sam)
        assert not sam.outside(), "a page asked another host"
        assert not sam.complaints, sam.complaints


def until(page: Page, expression: str, limit_s: float = 10) -> None:
    """Wait for a JavaScript expression; Playwright's own wait needs what the policy forbids."""
    end = time.monotonic() + limit_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(40)


def stored(site: Site, alert_id: str) -> alerts.AlertRow:
    from qm.web.pushes import EVERYTHING

    with site.deps.database.read() as conn:
        found = alerts.find_alert(conn, EVERYTHING, alert_id)
    assert found
    return found


def test_the_board_follows_calls_without_a_reload(shift: Shift) -> None:
    page = shift.open("/live")
    expect(page.locator("#board-empty")).to_be_visible()
    given = save_live(shift.site, "c1", 1)
    row = page.locator("#row-c1")
    expect(row).to_contain_text("Thank you for calling Riverside Clinic")
    expect(page.locator("#board-empty")).to_be_hidden()
    save_step(shift.site, given, [turn("c1", 1, *DIALOGUE[1][:2])], clock_ms=10_000)
    expect(row).to_contain_text("nobody called me back.")
    save_step(shift.site, given, [labelled("c1", 1, {"anger": 0.9})], clock_ms=10_000)
    expect(row.locator(".spark title")).to_have_text("Mood of the caller, last: anger")
    ended = CallClosed(
        call_id=given.call_id, duration_ms=12_000, complete=True, reason="ended", held=False
    )
    save_step(shift.site, given, [ended], clock_ms=12_000)
    expect(row).to_have_count(0)
    assert page.evaluate("window.opened")


def test_who_needs_somebody_comes_first(shift: Shift) -> None:
    for call_id in ("c1", "c2", "c3"):
        save_live(shift.site, call_id, 2)
    page = shift.open("/live")
    given = save_live(shift.site, "c3", 2, alert("c3"))
    expect(page.locator("#board tr").first).to_have_attribute("id", "row-c3")
    page.locator("#row-c3 .chip").wait_for()
    save_live(shift.site, "c2", 2, alert("c2", "red-flag-no-step"))
    expect(page.locator("#board tr").first).to_have_attribute("id", "row-c2")
    assert given.call_id == "c3"


def test_rows_do_not_move_under_the_pointer(shift: Shift) -> None:
    for call_id in ("c1", "c2"):
        save_live(shift.site, call_id, 2)
    page = shift.open("/live")
    page.hover("#row-c1")
    save_live(shift.site, "c2", 2, alert("c2"))
    expect(page.locator("#row-c2 .chip")).to_be_visible()
    expect(page.locator("#board tr").first).to_have_attribute("id", "row-c1")
    page.hover("h1")
    expect(page.locator("#board tr").first).to_have_attribute("id", "row-c2")


def test_an_alert_is_on_screen_soon_and_the_server_knows_when(shift: Shift) -> None:
    page = shift.open("/live")
    waits = []
    for n in range(12):
        began = time.monotonic()
        save_live(shift.site, f"c{n}", 2, alert(f"c{n}"))
        page.locator(f"#alert-supervisor-asked-c{n}").wait_for()
        waits.append(time.monotonic() - began)
    for n in range(12):
        for _ in range(100):
            if stored(shift.site, f"supervisor-asked-c{n}").seen_at:
                break
            time.sleep(0.05)
        assert stored(shift.site, f"supervisor-asked-c{n}").seen_at
    assert sorted(waits)[6] < 1.5  # half of them; .3 s on a machine with nothing else to do
    expect(page.locator("#waiting-count")).to_contain_text("12")


def test_an_alert_is_claimed_acknowledged_closed_and_rated_by_keyboard(shift: Shift) -> None:
    save_live(shift.site, "c1", 2, alert("c1", "red-flag-no-step"))
    page = shift.open("/live")
    card = page.locator(".alert")
    for _ in range(40):
        page.keyboard.press("Tab")
        if card.evaluate("card => card === document.activeElement"):
            break
    assert card.evaluate("card => card === document.activeElement"), "Tab never came to the card"
    page.keyboard.press("c")
    expect(card).to_contain_text("Sam Supervisor has it.")
    expect(card).to_be_focused()
    assert stored(shift.site, "red-flag-no-step-c1").claimed_by == shift.site.users["sam"]
    page.keyboard.press("a")
    expect(card).to_contain_text("Sam Supervisor is acting on it.")
    page.keyboard.press("x")
    page.keyboard.type("I stepped")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("Closed by Sam Supervisor: I stepped in")
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.value === 'acted'"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("Rated: True, I acted")
    assert stored(shift.site, "red-flag-no-step-c1").useful == "yes"


def test_new_alerts_wait_above_while_somebody_points_at_the_list(shift: Shift) -> None:
    save_live(shift.site, "c1", 2, alert("c1"))
    page = shift.open("/live")
    page.hover(".alert")
    save_live(shift.site, "c2", 2, alert("c2", "red-flag-no-step"))
    new = page.locator("#alerts-new")
    expect(new).to_have_text("1 new alert")
    assert page.locator(".alert").count() == 1
    new.click()
    expect(page.locator(".alert").first).to_contain_text("Red flag without a step")
    expect(new).to_be_hidden()


def test_what_another_supervisor_takes_is_for_reading(shift: Shift, browser: Browser) -> None:
    save_live(shift.site, "c1", 2, alert("c1"))
    page = shift.open("/live")
    with visit(browser, shift.sam.address, "sue") as sue:
        hers = sue.page()
        hers.goto(f"{sue.address}/alerts")
        hers.get_by_role("button", name="Claim").click()
        expect(hers.locator(".alert")).to_contain_text("Sue of scheduling has it.")
    expect(page.locator(".alert")).to_contain_text("Sue of scheduling has it.")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_hidden()


def test_a_board_without_words_shows_none_and_gets_none(shift: Shift) -> None:
    page = shift.open("/live?words=no")
    heard: list[str] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda text: heard.append(str(text))))
    save_live(shift.site, "c1", 3, alert("c1"))
    expect(page.locator("#row-c1")).to_contain_text("Asked for a supervisor")
    assert "referral" not in page.content() and not [text for text in heard if "referral" in text]


def test_eight_tabs_share_one_connection(shift: Shift) -> None:
    pages = [shift.open("/live") for _ in range(8)]
    save_live(shift.site, "c1", 2, alert("c1"))
    for page in pages:
        expect(page.locator("#alert-supervisor-asked-c1")).to_have_count(1)
    assert len(shift.app.state.hub.clients) == 1


def test_a_live_call_grows_while_one_reads_it_and_says_when_it_has_ended(shift: Shift) -> None:
    given = save_live(shift.site, "c1", 1)
    page = shift.open("/calls/c1")
    save_step(shift.site, given, [turn("c1", 1, *DIALOGUE[1][:2])], clock_ms=10_000)
    expect(page.locator("#t-1")).to_contain_text("I have called twice about my referral")
    save_step(shift.site, given, [labelled("c1", 1, {"dissatisfaction": 0.9})], clock_ms=10_000)
    expect(page.locator("#t-1 .chip")).to_have_text("dissatisfaction")
    ended = CallClosed(
        call_id=given.call_id, duration_ms=12_000, complete=True, reason="ended", held=False
    )
    save_step(shift.site, given, [ended], clock_ms=12_000)
    expect(page.locator("#ended")).to_be_visible()
    assert page.evaluate("window.opened")


@pytest.fixture
def heard_call(shift: Shift) -> Shift:
    save_closed(shift.site, "c1", alert("c1", "vague-ending"))
    save_recording(shift.site, "c1")
    return shift


def test_a_word_that_is_clicked_is_played_from(heard_call: Shift) -> None:
    page = heard_call.open("/calls/c1")
    page.locator("#transcript").get_by_text("referral", exact=True).click()
    until(page, "audio.currentTime >= 8")
    expect(page.locator("#t-1")).to_have_class("turn customer speaking")
    until(page, "!audio.paused")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")


def test_evidence_is_one_key_away_and_plays_from_a_second_before(heard_call: Shift) -> None:
    page = heard_call.open("/calls/c1")
    page.get_by_role("tab", name="Alerts").click()
    link = page.get_by_role("link", name="Hear it at 0:06")
    link.focus()
    page.keyboard.press("Enter")
    until(page, "audio.currentTime >= 5")
    assert page.evaluate("audio.currentTime") < 6.5
    assert page.url.endswith("#m-6000")


def test_an_address_with_a_moment_opens_there(heard_call: Shift) -> None:
    page = heard_call.open("/calls/c1#m-18000")
    until(page, "audio.currentTime === 17")
    expect(page.locator("#t-3")).to_be_in_viewport()


def test_the_player_answers_to_keys(heard_call: Shift) -> None:
    page = heard_call.open("/calls/c1")
    page.keyboard.press("ArrowRight")
    until(page, "audio.currentTime === 5")
    page.keyboard.press("ArrowLeft")
    until(page, "audio.currentTime === 0")
    page.keyboard.press("Space")
    until(page, "audio.currentTime > 0.2")
    page.keyboard.press("Space")
    until(page, "audio.paused")


def test_silence_is_skipped_when_asked(heard_call: Shift) -> None:
    page = heard_call.open("/calls/c1")
    page.check("#skip")
    page.evaluate("audio.currentTime = 28.2")
    page.click("#play")
    until(page, "audio.currentTime >= 31.8")


def test_the_outline_is_drawn_without_loading_the_sound(heard_call: Shift) -> None:
    page = heard_call.open("/calls/c1")
    until(
        page,
        "document.querySelector('#wave > div')?.shadowRoot?.querySelector('canvas')?.width > 0",
    )
    assert not [url for url in heard_call.sam.requests if url.endswith("/audio")]


def test_each_side_has_its_own_volume(heard_call: Shift) -> None:
    page = heard_call.open("/calls/c1")
    page.locator(".volume").first.fill("0")
    page.click("#play")
    until(page, "audio.currentTime > 0.2")


def test_a_lost_connection_is_said_and_what_was_missed_comes_after(
    running: Site, browser: Browser
) -> None:
    with ExitStack() as stack:
        first = serving(running.app())
        address = first.__enter__()
        sam = stack.enter_context(visit(browser, address, "sam"))
        page = sam.page()
        page.goto(f"{address}/live")
        expect(page.locator("#connection")).to_have_text("Live")
        first.__exit__(None, None, None)
        expect(page.locator("#connection")).to_contain_text("Connection lost")
        save_live(running, "c1", 2, alert("c1"))
        stack.enter_context(serving(running.app(), port=int(address.rsplit(":", 1)[1])))
        expect(page.locator("#connection")).to_have_text("Live", timeout=20_000)
        expect(page.locator("#alert-supervisor-asked-c1")).to_be_visible()


def test_an_idle_person_is_signed_off_though_the_stream_runs(
    running: Site, browser: Browser
) -> None:
    late = [0]
    deps = running.deps
    moved = replace(running, deps=replace(deps, now=lambda: deps.now() + late[0]))
    with serving(moved.app()) as address, visit(browser, address, "sam") as sam:
        page = sam.page()
        page.goto(f"{address}/live")
        expect(page.locator("#connection")).to_have_text("Live")
        late[0] = 16 * 60_000
        page.wait_for_url("**/sign-in?signed_off=true")
        expect(page.locator(".note")).to_contain_text("You were signed out")


def test_nothing_jumps_when_live_data_arrive(shift: Shift) -> None:
    for n in range(5):
        save_live(shift.site, f"c{n}", 2)
    page = shift.open("/live")
    page.evaluate(
        """() => { window.shift = 0;
        const add = (list) => { for (const e of list.getEntries()) window.shift += e.value; };
        new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: false }); }"""
    )
    for n in range(5):
        save_live(shift.site, f"c{n}", 4)
        page.wait_for_timeout(250)
    page.wait_for_timeout(2_500)  # a round of figures too
    assert page.evaluate("window.shift") < 0.02
