"""What a change becomes for open pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qm.io.store import feed
from qm.web.pushes import Wanted, call_topic, is_own_page, pushes
from tests.io.store.samples import scope
from tests.web.site import Site, alert, save_live


def made(site: Site, *topics: str, languages: str = "en") -> list[dict[str, Any]]:
    wanted = Wanted(topics=frozenset(topics), languages=frozenset(languages.split()))
    with site.deps.database.read() as conn:
        found = pushes(conn, site.deps, feed.since(conn, 0), wanted)
    return [{**json.loads(push.text), "language": push.language} for push in found]


def test_nothing_is_made_that_nobody_listens_to(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    assert made(site) == [] and made(site, "count", "call:other") == []


def test_many_changes_of_a_call_are_one_row(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    assert [(m["kind"], m["id"]) for m in made(site, "board")] == [("row", "c1")]


def test_each_language_that_is_listened_in_gets_its_own(site: Site) -> None:
    save_live(site, "c1", 2)
    texts = {m["language"]: m["html"] for m in made(site, "board", languages="en es")}
    assert "Caller" in texts["en"] and "Cliente" in texts["es"]


def test_silent_alerts_are_pushed_to_nobody(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1", silent=True))
    assert made(site, "alerts", "call:c1") and not [
        m for m in made(site, "alerts", "call:c1") if m["kind"] == "alert"
    ]


def test_flags_after_the_call_are_not_in_the_feed_of_alerts(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1", "vague-ending"))
    assert made(site, "alerts") == []


def test_a_card_of_the_board_without_words_quotes_none(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"))
    loud, quiet = (made(site, topic)[0]["html"] for topic in ("alerts", "alerts:quiet"))
    assert "referral" in loud and "referral" not in quiet


@pytest.mark.parametrize(
    ("grants", "own"),
    [
        ([("agent", "*")], True), ([("agent", "*"), ("admin", "*")], True),
        ([("agent", "*"), ("reviewer", "A")], False), ([("supervisor", "*")], False),
    ],
)  # fmt: skip
def test_an_agents_page_is_another_topic(grants: Any, own: bool) -> None:
    assert is_own_page(scope(*grants)) is own
    assert call_topic("c1", own=own) == ("call:c1:own" if own else "call:c1")
