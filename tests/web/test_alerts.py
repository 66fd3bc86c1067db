"""Alerts as pages: taking, acknowledging, closing, rating."""

from __future__ import annotations

import pytest

from qm.io.store import alerts, audit
from qm.io.store.alerts import AlertRow
from qm.web.pushes import EVERYTHING
from tests.web.site import Site, alert, post, save_live

ID = "supervisor-asked-c1"


@pytest.fixture
def raised(site: Site) -> Site:
    save_live(site, "c1", 3, alert("c1"), alert("c1", "red-flag-no-step"))
    return site


def stored(site: Site, alert_id: str = ID) -> AlertRow:
    with site.deps.database.read() as conn:
        found = alerts.find_alert(conn, EVERYTHING, alert_id)
    assert found
    return found


def test_the_most_urgent_is_on_top(raised: Site) -> None:
    page = raised.client("sam").get("/alerts").text
    assert page.index("Red flag without a step") < page.index("Asked for a supervisor")


def test_each_says_why_where_and_what_to_do(raised: Site) -> None:
    page = raised.client("sam").get("/alerts").text
    assert 'href="/calls/c1#m-6000"' in page and "referral" in page
    assert "Join or message: emergency step now." in page


def test_the_whole_life_of_an_alert(raised: Site) -> None:
    client = raised.client("sam")
    for act, form, state in (
        ("claim", {}, "claimed"), ("acknowledge", {}, "acknowledged"),
        ("close", {"outcome": "helped"}, "closed"),
    ):  # fmt: skip
        assert post(client, f"/alerts/{ID}/{act}", **form).status_code == 303
        assert stored(raised).state == state
    post(client, f"/alerts/{ID}/rate", reason="heard_wrong")
    row = stored(raised)
    assert (row.outcome, row.useful, row.useful_reason) == ("helped", "no", "heard_wrong")
    assert (row.claimed_by, row.rated_by) == (raised.users["sam"],) * 2


@pytest.mark.parametrize(
    ("reason", "useful"),
    [("acted", "yes"), ("nothing_to_do", "yes"), ("heard_wrong", "no"), ("rule_wrong", "no"),
     ("too_late", "no")],
)  # fmt: skip
def test_the_reason_says_whether_it_was_true(raised: Site, reason: str, useful: str) -> None:
    post(raised.client("sam"), f"/alerts/{ID}/rate", reason=reason)
    assert stored(raised).useful == useful


def test_each_act_is_written_down(raised: Site) -> None:
    post(raised.client("sam"), f"/alerts/{ID}/claim")
    with raised.deps.database.read() as conn:
        entry = audit.search(conn, audit.AuditFilter(action="claim"))[0].entry
    assert (entry.user_id, entry.object_id) == (raised.users["sam"], ID)


def test_of_two_who_claim_the_second_is_told(raised: Site) -> None:
    post(raised.client("sue"), f"/alerts/{ID}/claim")
    client = raised.client("sam")
    client.headers["HX-Request"] = "true"
    card = post(client, f"/alerts/{ID}/claim").text
    assert "Somebody else has it already" in card and "Sue of scheduling has it." in card
    assert stored(raised).claimed_by == raised.users["sue"]


def test_a_page_asks_for_one_card_and_gets_one(raised: Site) -> None:
    client = raised.client("sam")
    client.headers["HX-Request"] = "true"
    card = post(client, f"/alerts/{ID}/claim").text
    assert card.strip().startswith("<article") and "<html" not in card
    assert 'data-state="claimed"' in card


@pytest.mark.parametrize(("act", "form"), [
    ("close", {}), ("close", {"outcome": "because"}), ("rate", {}), ("rate", {"reason": "?"}),
])  # fmt: skip
def test_only_known_answers_are_taken(raised: Site, act: str, form: dict[str, str]) -> None:
    assert post(raised.client("sam"), f"/alerts/{ID}/{act}", **form).status_code == 422
    assert stored(raised).state == "open"


def test_closed_ones_stay_a_day_for_rating(raised: Site) -> None:
    client = raised.client("sam")
    post(client, f"/alerts/{ID}/close", outcome="not_needed")
    page = client.get("/alerts").text
    assert "Closed by Sam Supervisor: Not needed after all" in page and "Was it useful?" in page
    assert ID not in client.get("/alerts/list").text


def test_a_silent_rule_shows_nothing(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1", silent=True))
    page = site.client("sam").get("/alerts").text
    assert "Nobody needs you right now" in page


def test_one_whose_step_was_heard_says_so(site: Site) -> None:
    given = save_live(site, "c1", 3, alert("c1"))
    save_live(site, given.call_id, 3, alert("c1", closed_ms=52_000))
    assert "Closed by itself: the step was heard at 0:52." in site.client("sam").get("/alerts").text
