"""A flagged call is found, heard, scored and submitted in a real browser, by keyboard alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from qm.io.store import calls, evaluations
from qm.io.store.scopes import WHOLE_SITE
from qm.io.store.typed import settle_typed, waiting_typed
from tests.web.browser import Visit, serving, visit
from tests.web.review.office import FORM, call, left_out, started, task
from tests.web.site import Site
from tests.web.test_looks import SHOWS_FOCUS, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "Wilhelmina Featherstonehaugh-Oyelaran"


@dataclass
class Desk:
    """Rita at a running site."""

    site: Site
    rita: Visit

    def open(self, path: str) -> Page:
        page = self.rita.page()
        page.goto(self.rita.address + path)
        page.wait_for_timeout(250)
        return page

    def stored(self, call_id: str) -> tuple[evaluations.Evaluation, ...]:
        with self.site.deps.database.read() as conn:
            return evaluations.evaluations_of_call(conn, WHOLE_SITE, call_id)


@pytest.fixture
def desk(open_office: Site, browser: Browser) -> Iterator[Desk]:
    with serving(open_office.app()) as address, visit(browser, address, "rita") as rita:
        yield Desk(open_office, rita)
        assert not rita.outside()
        assert not rita.complaints, rita.complaints


def current(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.ask.current').dataset.question"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def until(page: Page, expression: str, limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(40)


def answer_rest(page: Page, total: int) -> None:
    """Answer what is open: accept what the machine says, else the first answer."""
    for _ in range(total + 2):
        if page.evaluate("!document.querySelector('.ask:not([data-done])')"):
            return
        if not page.evaluate("document.querySelector('.ask.current').matches(':not([data-done])')"):
            press(page, "n")
        name = current(page)
        says = page.evaluate("document.querySelector('.ask.current').dataset.machine || ''")
        press(page, "a" if says else "1")
        expect(page.locator(f"#q-{name}")).to_have_attribute("data-done", "")
        press(page, "n")


def test_a_flagged_call_is_found_scored_and_submitted_by_keyboard(desk: Desk) -> None:
    call(desk.site, "c1", sound=True)
    task(desk.site, "c1")
    page = desk.open("/review")
    expect(page.locator("main")).to_contain_text("Critical finding")
    press(page, "n")
    page.wait_for_url("**/review/r*")
    page.wait_for_timeout(400)
    assert current(page) == "opening"
    press(page, "a")  # the machine's answer
    expect(page.locator("#q-opening")).to_have_attribute("data-state", "agreed")
    press(page, "j")
    assert current(page) == "identity"
    press(page, "e")  # its evidence: played from a second before
    until(page, "!document.getElementById('audio').paused")
    until(page, "document.getElementById('audio').currentTime > 11.8")
    press(page, " ")
    until(page, "document.getElementById('audio').paused")
    press(page, "2")  # not what the machine says
    expect(page.locator("#q-identity")).to_have_attribute("data-state", "reason")
    assert page.locator("#submit").is_disabled()
    press(page, "c")  # one key for why: the context
    expect(page.locator("#q-identity")).to_have_attribute("data-state", "changed")
    press(page, "n", "2")  # the proposed finding is confirmed: not met
    expect(page.locator("#q-right-person")).to_have_attribute("data-done", "")
    press(page, "n", "0")  # the third party: does not apply
    expect(page.locator("#q-third-party")).to_have_attribute("data-done", "")
    press(page, "n", "u")
    expect(page.locator("#q-need")).to_have_attribute("data-done", "")
    press(page, "m")  # a note at this moment
    page.keyboard.type("Good that Maria called back.")
    press(page, "Control+Enter")
    expect(page.locator("#notes-count")).to_have_text("1")
    answer_rest(page, len(FORM.questions))
    expect(page.locator("#progress")).to_have_text("18 of 18 answered")
    expect(page.locator("#submit")).to_be_enabled()
    press(page, "Control+Enter")
    page.wait_for_url("**/review/evaluations/*")
    expect(page.locator("main")).to_contain_text("Not met")
    (done,) = desk.stored("c1")
    said = {one.question: one for one in done.answers}
    assert (said["opening"].how, said["identity"].how) == ("accepted", "changed")
    assert said["identity"].reason == "context" and said["identity"].machine == "yes"
    assert done.findings == ("right-person",) and done.not_judged == 1
    assert 0 < done.heard_share < 1
    with desk.site.deps.database.read() as conn:
        card = calls.scorecard(conn, WHOLE_SITE, "c1")
    assert card and card.percent == 80.0  # the machine's is as it was


def test_a_drawn_call_shows_the_machine_only_after_the_person(desk: Desk) -> None:
    call(desk.site, "c1", sound=True)
    review_id = task(desk.site, "c1", "sample")
    page = desk.open("/review")
    press(page, "n")
    page.wait_for_url(f"**/review/{review_id}")
    page.wait_for_timeout(300)
    for hidden in ("found in the agent's second turn", "first disclosure"):
        assert hidden not in page.content()
    assert page.locator(".turn .chip").count() == 0  # labels give answers away
    press(page, "2")
    opening = page.locator("#q-opening")
    expect(opening).to_contain_text("found in the agent's second turn")
    press(page, "1")  # a change of mind stays a second thought
    expect(opening).to_have_attribute("data-state", "agreed")
    answer_rest(page, len(FORM.questions))
    press(page, "Control+Enter")
    page.wait_for_url("**/review/evaluations/*")
    (done,) = desk.stored("c1")
    first = next(one for one in done.answers if one.question == "opening")
    assert (first.first, first.said, first.machine) == ("part", "yes", "yes")


def test_answers_and_the_place_survive_a_reload_and_another_browser(
    desk: Desk, browser: Browser
) -> None:
    call(desk.site, "c1")
    review_id = task(desk.site, "c1")
    page = desk.open("/review")
    press(page, "n")
    page.wait_for_url(f"**/review/{review_id}")
    page.wait_for_timeout(300)
    press(page, "a", "j", "1")
    expect(page.locator("#progress")).to_have_text("2 of 18 answered")
    page.reload()
    expect(page.locator("#progress")).to_have_text("2 of 18 answered")
    with visit(browser, desk.rita.address, "rita") as elsewhere:
        other = elsewhere.page()
        other.goto(f"{desk.rita.address}/review/{review_id}")
        expect(other.locator("#progress")).to_have_text("2 of 18 answered")
        assert current(other) == "right-person"


def test_a_call_that_cannot_be_scored_is_set_aside_by_keyboard(desk: Desk) -> None:
    call(desk.site, "c1")
    call(desk.site, "c2", started_at=started(30))
    task(desk.site, "c1", "sample")
    page = desk.open("/review")
    press(page, "n")
    page.wait_for_url("**/review/r*")
    page.wait_for_timeout(300)
    press(page, "x", "3")
    page.wait_for_url("**/review")
    expect(page.locator("main")).to_contain_text("Random sample")  # another one is drawn
    press(page, "n")
    page.wait_for_url("**/review/r*")
    assert "c2" in page.content()


def test_what_redaction_missed_is_taken_out_by_keyboard(desk: Desk) -> None:
    call(desk.site, "c1", sound=True)
    task(desk.site, "c1")
    page = desk.open("/review")
    press(page, "n")
    page.wait_for_url("**/review/r*")
    page.wait_for_timeout(300)
    press(page, "p")
    expect(page.locator("#marking")).to_be_visible()
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowRight")
    expect(page.locator("#marked-words")).to_have_text("Riverside Clinic,")
    press(page, "8")
    page.wait_for_url("**removed=*")
    expect(page.locator("#transcript")).not_to_contain_text("Riverside")
    expect(page.locator("main")).to_contain_text("Taken out of 1 turn")


def test_notes_are_read_when_they_are_checked(desk: Desk) -> None:
    call(desk.site, "c1")
    task(desk.site, "c1")
    page = desk.open("/review")
    press(page, "n")
    page.wait_for_url("**/review/r*")
    page.wait_for_timeout(300)
    press(page, "m")
    page.keyboard.type("A note about Mrs. Example")
    press(page, "Control+Enter")
    notes = page.locator("#pane-notes")
    page.locator("#tab-notes").click()
    expect(notes).to_contain_text("Being checked for identifiers")
    with desk.site.deps.database.write() as conn:
        (waiting,) = waiting_typed(conn, desk.site.deps.vault, 5)
        settle_typed(conn, waiting.typed_id, "A note about [NAME]")
    press(page, "Escape")
    expect(notes).to_contain_text("A note about [NAME]")


@pytest.fixture
def full(open_office: Site, browser: Browser) -> Iterator[dict[str, str]]:
    site = open_office
    call(site, "c1", sound=True, customer_ref="k1")
    call(site, "c0", customer_ref="k1", started_at=started(50), disposition="new_patient")
    call(site, "c2", agent_id="a2", sound=True)
    call(site, "c3", agent_id="a3", queue="Billing questions")
    call(site, "c4")
    paths = {
        "flag": f"/review/{task(site, 'c1')}", "sample": f"/review/{task(site, 'c2', 'sample')}",
    }  # fmt: skip
    task(site, "c3", reason="alert", severity=60)
    left_out(site, "c4")
    with serving(site.app()) as address:
        yield {"address": address, **paths}


def claimed(page: Page, path: str) -> None:
    page.goto(path)
    if page.locator(".review").count() == 0 and "/review/r" in path:
        page.get_by_role("button", name="Take").click()
        page.wait_for_timeout(200)
    page.wait_for_timeout(300)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(full: dict[str, str], browser: Browser, dark: bool) -> None:
    with visit(browser, full["address"], "rita", dark=dark) as came:
        page = came.page()
        for path in ("/review", "/review/flagged", "/review/averages", "/review/agreement",
                     full["flag"], full["sample"]):  # fmt: skip
            claimed(page, full["address"] + path)
            assert violations(page) == [], path
        for tab in page.get_by_role("tab").all():
            tab.click()
            assert violations(page) == []
        press(page, "?")
        assert violations(page) == []
        assert not came.complaints and not came.outside()


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
@pytest.mark.parametrize("width", [390, 1024, 1280])
def test_nothing_sticks_out_sideways(
    full: dict[str, str], browser: Browser, width: int, language: str
) -> None:
    wide: list[Any] = []
    with visit(browser, full["address"], "rita", width=width, locale="en-US") as first:
        claimed(first.page(), full["address"] + full["flag"])
    with visit(browser, full["address"], "rita", width=width, locale=language) as came:
        page = came.page()
        for path in ("/review", "/review/flagged", "/review/agreement", full["flag"]):
            page.goto(full["address"] + path)
            page.wait_for_timeout(200)
            too = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if too > 0:
                wide.append((path, too))
            if width == 390:
                low = page.evaluate(
                    "[...document.querySelectorAll('main button:not([hidden]), .options label')]"
                    ".filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height)"
                    ".filter(height => height < 44).length"
                )
                wide += [(path, "too low", low)] if low else []
    assert not wide


def test_tab_goes_through_a_review_with_a_ring_on_everything(
    full: dict[str, str], browser: Browser
) -> None:
    with visit(browser, full["address"], "rita") as came:
        page = came.page()
        claimed(page, full["address"] + full["flag"])
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        wrong = []
        for _ in range(120):
            press(page, "Tab")
            said = page.evaluate(SHOWS_FOCUS)
            if said == "nothing":
                break
            if said != "ring" and "chosen-" not in said:  # these ring their label
                wrong.append(said)
        assert not wrong


def test_a_deaf_page_still_works_without_a_recording(desk: Desk) -> None:
    call(desk.site, "c1")
    review_id = task(desk.site, "c1")
    assert replace(desk.site).deps.scoring
    page = desk.open("/review")
    press(page, "n")
    page.wait_for_url(f"**/review/{review_id}")
    expect(page.locator("main")).to_contain_text("There is no recording of this call.")
    press(page, "a")
    expect(page.locator("#q-opening")).to_have_attribute("data-state", "agreed")
