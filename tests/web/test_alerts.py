"""Alerts as pages: taking, acknowledging, closing, rating."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from qm.io import tables as t
from qm.io.store import alerts, audit, feed
from qm.io.store.alerts import AlertRow
from qm.io.store.groups import set_members
from qm.io.store.queues import Queue, save_queue
from qm.io.store.restricted import DEFAULT_GROUP
from qm.web.pushes import EVERYTHING, Wanted, pushes
from tests.web.site import NOW, Site, alert, post, save_live

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
    page = site.client("sam").get("/alerts").text
    assert "Closed by itself: the step was heard at 0:52, 0:32 after the alert." in page


def card_of(page: str, alert_id: str) -> str:
    return page.split(f'id="alert-{alert_id}"')[1].split("</article>")[0]


def test_an_open_one_says_who_is_asked_and_who_will_be(raised: Site) -> None:
    with raised.deps.database.write() as conn:
        alerts.hand_on(conn, "red-flag-no-step-c1", 1, NOW)
    page = raised.client("sam").get("/alerts").text
    assert "Asked: supervisor of the team." in card_of(page, ID)
    assert "Unclaimed at 1:00, everybody is asked." in card_of(page, ID)
    red = card_of(page, "red-flag-no-step-c1")
    assert "Handed on 1 time: nobody claimed it." in red


@pytest.mark.parametrize(("groups", "asked"), [
    ({}, "*"), ({"lead on duty": ["sue"]}, "sue"), ({"lead on duty": ["sue", "rita"]}, "sue rita"),
])  # fmt: skip
def test_a_card_is_for_those_who_are_asked(
    raised: Site, groups: dict[str, list[str]], asked: str
) -> None:
    with raised.deps.database.write() as conn:
        for name, members in groups.items():
            set_members(conn, name, [raised.users[one] for one in members])
    ids = asked if asked == "*" else " ".join(sorted(raised.users[one] for one in asked.split()))
    page = raised.client("sam").get("/alerts").text
    assert f'data-asked="{ids}"' in page.split('id="alert-red-flag-no-step-c1"')[1].split(">")[0]


def test_the_supervisors_of_the_team_are_asked_before_those_of_all(raised: Site) -> None:
    page = raised.client("sam").get("/alerts").text
    assert f'data-asked="{raised.users["sue"]}"' in page


def test_the_first_answer_is_timed_and_a_late_alert_says_so(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    later = replace(site, deps=replace(site.deps, now=lambda: NOW + 12_000))
    post(later.client("sam"), f"/alerts/{ID}/claim")
    page = later.client("sam").get("/alerts").text
    assert "First answer after 0:12." in page
    assert "late:" not in page
    with site.deps.database.write() as conn:
        conn.execute(t.alerts.update().values(broker_at=NOW - 25_000))
    assert "late: 0:25 after the words" in later.client("sam").get("/alerts").text


def test_an_alert_of_a_restricted_call_asks_without_a_word(raised: Site) -> None:
    with raised.deps.database.write() as conn:
        save_queue(conn, Queue(queue="New patients", settings={"restricted": True}), NOW)
    client = raised.client("sam")
    card = card_of(client.get("/alerts").text, ID)
    assert "Restricted call" in card
    assert "referral" not in card and "/calls/" not in card
    assert post(client, f"/alerts/{ID}/claim").status_code == 303
    board = client.get("/live").text
    assert "Restricted: no words" in board and "referral" not in board
    assert "/calls/c1" not in board
    assert client.get("/calls/c1").status_code == 404
    with raised.deps.database.write() as conn:
        set_members(conn, DEFAULT_GROUP, [raised.users["sam"]])
    assert "referral" in card_of(client.get("/alerts").text, ID)
    assert client.get("/calls/c1").status_code == 200


def test_pushes_of_a_restricted_call_have_words_for_its_group_alone(raised: Site) -> None:
    with raised.deps.database.write() as conn:
        save_queue(conn, Queue(queue="New patients", settings={"restricted": True}), NOW)
    topics = frozenset({"board", "alerts", "call:c1", "notify"})
    with raised.deps.database.read() as conn:
        rows = feed.since(conn, 0)
        wanted = Wanted(topics=topics, languages=frozenset({"en"}))
        found = pushes(conn, raised.deps, rows, wanted)
    assert found and {push.group for push in found} == {DEFAULT_GROUP}
    outside = [push for push in found if not push.inside]
    assert {push.topic for push in outside} >= {"board", "alerts", "notify"}
    assert not [push for push in outside if "referral" in push.text]
    assert [push for push in found if push.inside and "referral" in push.text]


def test_a_desktop_is_told_rule_and_severity_and_only_of_those_asked(raised: Site) -> None:
    with raised.deps.database.read() as conn:
        rows = feed.since(conn, 0)
        wanted = Wanted(topics=frozenset({"notify"}), languages=frozenset({"en"}))
        found = {push.rule: push for push in pushes(conn, raised.deps, rows, wanted)}
    told = json.loads(found["supervisor-asked"].text)
    assert told.keys() == {"topic", "seq", "kind", "id", "title", "severity", "asked"}
    assert found["supervisor-asked"].only == frozenset({raised.users["sue"]})
    assert found["red-flag-no-step"].only is None
