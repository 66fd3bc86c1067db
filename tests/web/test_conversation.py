"""A written conversation on the page of a call: bubbles by role and time, no player, no outline."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from qm.io.store.checkpoints import Checkpoint, Step, save
from qm.stages.forms import FormWords
from qm.types import (
    CallClosed,
    CallFacts,
    CallId,
    CallMeta,
    Event,
    Label,
    RedactedTurn,
    RedactedWord,
    Role,
    TurnLabels,
)
from tests.web.browser import serving, visit
from tests.web.site import MODEL, NOW, Site, save_closed

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CALL = CallId("mail-1")
MESSAGES = (
    (Role.CUSTOMER, 0, "Subject: My bill\nHello, this is [NAME_1].\nIt is wrong.", False),
    (Role.CUSTOMER, 3, "Earlier letter, about the bill", True),
    (Role.IVR, 60_000, "This is an automated response.", False),
    (Role.AGENT, 7_200_000, "Good morning, I have asked billing and will call you today.", False),
)


def written(index: int, role: Role, at_ms: int, text: str, aside: bool) -> RedactedTurn:
    words = tuple(
        RedactedWord(
            start_ms=at_ms + line, end_ms=at_ms + line + 1, text=word,
            entity="NAME" if word.startswith("[NAME") else "",
        )
        for line, whole in enumerate(text.split("\n"))
        for word in whole.split()
    )  # fmt: skip
    return RedactedTurn(
        call_id=CALL, pass_=0, index=index, role=role, speaker=0, start_ms=at_ms,
        end_ms=words[-1].end_ms, text=" ".join(text.split()), words=words, on_hold=aside,
        medium="email",
    )  # fmt: skip


def save_letters(site: Site, *, closed: bool = True) -> None:
    events: list[Event] = [written(i, *m) for i, m in enumerate(MESSAGES)]
    events.append(
        TurnLabels(
            call_id=CALL, pass_=0, turn_index=3, model=MODEL,
            labels=(Label(label="specific_instructions", label_prob=0.9, on=True),),
        )
    )  # fmt: skip
    if closed:
        events += [
            CallFacts(
                call_id=CALL, duration_ms=7_200_001, talk_ms={"agent": 0, "customer": 0},
                turns={"agent": 1, "customer": 1}, words={"agent": 9}, words_per_minute={},
                overlap_ms=0, non_talk_ms=0, longest_silence_ms=0, silences=(), interruptions={},
                hold_ms=0, holds=0, lost_ms=0, mean_response_ms={"agent": 7_199_997},
                redacted_words=1, withheld_turns=0,
            ),
            CallClosed(call_id=CALL, duration_ms=7_200_001, complete=True, reason="ended",
                       held=False),
        ]  # fmt: skip
    meta = CallMeta(
        call_id=CALL, started_at=datetime.fromtimestamp(NOW / 1000 - 9_000, UTC),
        contact_id=CALL, channels=(), agent_id="a1", queue="billing", medium="email",
        language="en",
    )  # fmt: skip
    checkpoint = Checkpoint(
        call_id=CALL, topic="qm.messages.v1", partition=0, first_offset=1, next_offset=1, epoch=1,
        broker_id="b", blob=b"sealed", closed=closed,
    )  # fmt: skip
    step = Step(meta=meta, events=tuple(events), checkpoint=checkpoint, clock_ms=7_200_001)
    with site.deps.database.write() as conn:
        save(conn, step, NOW)


@pytest.fixture
def rita(site: Site) -> TestClient:
    save_letters(site)
    return site.client("rita")


def test_messages_are_bubbles_by_role_with_their_lines(rita: TestClient) -> None:
    page = rita.get("/calls/mail-1").text
    assert page.count('class="turn message customer') == 2
    assert 'class="turn message ivr"' in page
    assert "Conversation of" in page
    assert "3 messages" in page
    assert page.split('id="t-0"')[1].split("</li>")[0].count("<br>") == 2
    assert "[NAME" not in page


def test_there_is_no_player_no_outline_and_no_silence(rita: TestClient) -> None:
    page = rita.get("/calls/mail-1").text
    for absent in ('id="wave"', 'id="lanes"', 'id="player"', "Longest silence", "Interruptions"):
        assert absent not in page
    assert "Mean response time" in page
    assert "1:59:59" in page


def test_what_is_quoted_is_folded_and_says_so(rita: TestClient) -> None:
    aside = rita.get("/calls/mail-1").text.split('id="t-1"')[1].split("</li>")[0]
    assert "<details" in aside
    assert "quoted, not counted" in aside


def test_a_letter_is_not_on_the_live_board(site: Site) -> None:
    save_letters(site, closed=False)
    assert "mail-1" not in site.client("sam").get("/live").text
    assert "mail-1" in site.client("rita").get("/calls").text


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_it_can_be_read_and_is_accessible(
    running: Site, browser: Browser, width: int
) -> None:
    save_letters(running)
    with (
        serving(running.app()) as address,
        visit(browser, address, "rita", width=width) as rita,
    ):
        page = rita.page()
        page.goto(address + "/calls/mail-1")
        expect(page.locator(".message .bubble").first).to_contain_text("It is wrong.")
        page.get_by_role("tab", name="Facts").click()
        expect(page.locator("#pane-facts")).to_contain_text("Mean response time")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
        assert not rita.complaints


def test_a_form_is_read_in_the_persons_language(site: Site) -> None:
    save_closed(site, "c1")
    words = FormWords(
        language="es", sentences={"Opening and identity": "Inicio", "Any wording.": "Da igual."}
    )
    client = site.client("rita", form_words={"es": words})
    assert "Opening and identity" in client.get("/calls/c1").text
    client.cookies.set("qm-language", "es")
    page = client.get("/calls/c1").text
    assert "Inicio" in page
    assert "Da igual." in page
    assert "Opening and identity" not in page
