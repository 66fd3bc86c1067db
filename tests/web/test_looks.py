"""Every page, light and dark, wide and narrow, full and empty: accessible, whole, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.web.browser import Visit, serving, visit
from tests.web.site import Site, alert, save_closed, save_live, save_recording

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PAGES = (
    ("sam", "/live"), ("sam", "/live?words=no"), ("sam", "/alerts"), ("sam", "/calls"),
    ("sam", "/calls/c-closed"), ("sam", "/calls/c-live"), ("maria", "/calls/c-closed"),
    ("sam", "/rules"), ("colin", "/audit"), ("sam", "/account"), ("", "/sign-in"),
    ("ada", "/admin"), ("ada", "/admin/people"), ("ada", "/admin/groups"),
    ("colin", "/admin/queues"), ("colin", "/privacy"), ("colin", "/privacy/holds"),
    ("colin", "/privacy/erasures"), ("colin", "/privacy/restricted"),
    ("sam", "/calls/none"), ("ada", "/live"), ("colin", "/calls/c-closed"),
)  # fmt: skip
LONG = "Wilhelmina Featherstonehaugh-Oyelaran"


@dataclass
class House:
    """A served site and visits by who asks."""

    address: str
    browser: Browser

    def see(self, who: str, path: str, **how: Any) -> Iterator[Page]:
        with visit(self.browser, self.address, who, **how) as came:
            page = came.page()
            page.goto(self.address + path)
            page.wait_for_timeout(300)
            yield page
            assert_clean(came, path)


def assert_clean(came: Visit, path: str) -> None:
    refused = ("/calls/none", "/live")  # these answer 404 and 403 on purpose
    complaints = [c for c in came.complaints if not ("Failed to load" in c and path in refused)]
    assert not complaints, complaints
    assert not came.outside()


@pytest.fixture
def full(running: Site, browser: Browser) -> Iterator[House]:
    save_live(running, "c-live", 3, alert("c-live"))
    save_live(running, "c-long", 4, alert("c-long", "red-flag-no-step"), agent_id="a3")
    save_live(running, "c-spanish", 2, language="es", agent_id="a2", queue="Línea de enfermería")
    save_closed(running, "c-closed", alert("c-closed", "vague-ending"),
                alert("c-closed", "possible-disclosure"))  # fmt: skip
    save_recording(running, "c-closed")
    with serving(running.app()) as address:
        yield House(address, browser)


@pytest.fixture
def empty(running: Site, browser: Browser) -> Iterator[House]:
    with serving(running.app()) as address:
        yield House(address, browser)


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text() + "; undefined")  # past the policy, as a person's tool would
    found = page.evaluate(
        "axe.run({ resultTypes: ['violations'], runOnly: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })"
    )
    return [
        f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("who", "path"), PAGES)
def test_axe_finds_nothing(full: House, who: str, path: str, dark: bool) -> None:
    for page in full.see(who, path, dark=dark):
        assert violations(page) == []
        for tab in page.get_by_role("tab").all():
            tab.click()
            assert violations(page) == []


@pytest.mark.parametrize(
    ("who", "path"), [p for p in PAGES if "/c-" not in p[1] and "none" not in p[1]]
)
def test_axe_finds_nothing_where_there_is_nothing(empty: House, who: str, path: str) -> None:
    for page in empty.see(who, path):
        assert violations(page) == []


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
@pytest.mark.parametrize("width", [390, 1024, 1280])
def test_nothing_sticks_out_sideways(full: House, width: int, language: str) -> None:
    seen = []
    with visit(full.browser, full.address, "sam", width=width, locale=language) as came:
        for path in [path for who, path in PAGES if who == "sam"]:
            page = came.page()
            page.goto(full.address + path)
            page.wait_for_timeout(200)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                seen.append((path, wide))
            page.close()
    assert not seen


SHOWS_FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return 'nothing';
  const ringed = (node) => {
    const style = getComputedStyle(node);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  const box = at.getBoundingClientRect();
  if (box.bottom < 0 || box.top > innerHeight) return 'out of sight: ' + at.outerHTML.slice(0, 90);
  if (ringed(at) || (at.closest('tr') && ringed(at.closest('tr')))) return 'ring';
  return 'no ring: ' + at.outerHTML.slice(0, 90);
}"""


@pytest.mark.parametrize(
    ("who", "path"),
    [("sam", "/live"), ("sam", "/calls"), ("sam", "/calls/c-closed"), ("sam", "/rules"),
     ("colin", "/audit"), ("sam", "/account"), ("", "/sign-in")],
)  # fmt: skip
def test_tab_goes_through_the_page_in_its_order_with_a_ring_on_everything(
    full: House, who: str, path: str
) -> None:
    for page in full.see(who, path):
        page.evaluate("document.activeElement.blur()")
        places, wrong = [], []
        for _ in range(90):
            page.keyboard.press("Tab")
            said = page.evaluate(SHOWS_FOCUS)
            if said == "nothing":
                break
            if said != "ring":
                wrong.append(said)
            places.append(
                page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
            )
        assert not wrong
        assert len(places) >= 3 and places == sorted(places)


def test_the_first_tab_offers_to_skip_to_the_content(full: House) -> None:
    for page in full.see("sam", "/calls"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_long_names_are_cut_and_said_in_full(full: House) -> None:
    for page in full.see("sam", "/live"):
        cell = page.locator("#row-c-long .c-agent")
        assert cell.locator("a").get_attribute("title") == LONG
        assert cell.evaluate("cell => cell.getBoundingClientRect().height") <= 40


def test_the_persons_theme_wins_over_the_systems(full: House) -> None:
    for page in full.see("sam", "/rules", dark=True):
        background = "getComputedStyle(document.body).backgroundColor"
        dark = page.evaluate(background)
        page.locator("details.menu summary").click()
        page.get_by_role("button", name="Dark colours").click()
        page.locator("details.menu summary").click()
        page.get_by_role("button", name="Light colours").click()
        page.wait_for_load_state()
        assert page.evaluate(background) != dark


def test_fingers_have_room_on_a_phone(full: House) -> None:
    for page in full.see("sam", "/alerts", width=390):
        heights = page.evaluate(
            "[...document.querySelectorAll('main button:not([hidden]), main select')]"
            ".filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height)"
        )
        assert heights and min(heights) >= 44
