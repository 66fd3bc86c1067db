"""Alert cards: their words, their order, and who gets to see them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qm.io.store import alerts
from qm.io.store.alerts import AlertFilter, AlertRow
from qm.types import Evidence, Role
from qm.web.cards import by_need, cards, shown_to
from qm.web.messages import catalogue
from qm.web.pushes import EVERYTHING
from tests.web.site import Site, alert, save_closed, save_live

ENGLISH = catalogue("en")


def stored(site: Site) -> tuple[AlertRow, ...]:
    with site.deps.database.read() as conn:
        return alerts.list_alerts(conn, EVERYTHING, AlertFilter())


def test_a_card_quotes_the_words_it_rests_on_and_leads_to_them(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    with site.deps.database.read() as conn:
        (card,) = cards(conn, site.deps, EVERYTHING, stored(site), ENGLISH)
    assert (card.rule.title, card.tone) == ("Asked for a supervisor", "look")
    assert "referral" in " ".join(p.text for p in card.proofs[0].pieces)
    assert card.path == "/calls/c1#m-6000"


def test_words_are_found_by_speaker_and_time_not_by_number(site: Site) -> None:
    moved = Evidence(role=Role.CUSTOMER, start_ms=6_000, end_ms=9_900, turn_index=77)
    save_live(site, "c1", 3, alert("c1", evidence=(moved,)))
    with site.deps.database.read() as conn:
        (card,) = cards(conn, site.deps, EVERYTHING, stored(site), ENGLISH)
    assert card.proofs[0].pieces


def test_an_alert_without_evidence_leads_to_its_moment(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1", evidence=()))
    with site.deps.database.read() as conn:
        (card,) = cards(conn, site.deps, EVERYTHING, stored(site), ENGLISH)
    assert (card.proofs, card.path) == ((), "/calls/c1#m-20000")


def test_urgent_first_then_the_longest_waiting(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"))
    save_live(site, "c2", 2, alert("c2", "red-flag-no-step"))
    urgent, warn = sorted(stored(site), key=lambda row: row.alert.severity == "warn")
    older = replace(warn, raised_at=warn.raised_at - 1)
    assert by_need([warn, older, urgent]) == [urgent, older, warn]


@pytest.mark.parametrize(
    ("roles", "seen"),
    [
        ({"compliance"}, {"possible-disclosure", "vague-ending"}),
        ({"reviewer"}, {"vague-ending"}),
        ({"supervisor", "admin"}, {"vague-ending"}),
        ({"agent"}, set()),
        ({"agent", "coach"}, {"vague-ending"}),
    ],
)
def test_findings_reach_those_they_are_for(site: Site, roles: set[str], seen: set[str]) -> None:
    save_closed(site, "c1", alert("c1", "possible-disclosure"), alert("c1", "vague-ending"))
    shown = shown_to(stored(site), site.deps, frozenset(roles))
    assert {row.alert.rule for row in shown} == seen


def test_a_rule_that_is_gone_still_has_a_name(site: Site) -> None:
    assert site.deps.rule("left-waiting").title == "Left waiting"
