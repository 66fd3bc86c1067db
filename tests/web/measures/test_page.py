"""The page of measures: what it says, who may see it, and what it never shows."""

from __future__ import annotations

import re

import pytest

from qm.io.store.reviews import NewReview, add_review
from qm.stages.kpis import MEASURES
from tests.web.measures.made import fill, practise, save
from tests.web.site import NOW, Site


@pytest.fixture
def full(site: Site) -> Site:
    fill(site, contacts=200)
    return site


def page(site: Site, who: str = "sam", address: str = "/measures") -> str:
    answer = site.client(who).get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_every_measure_has_a_tile_with_its_name(full: Site) -> None:
    text = page(full)
    for measure in MEASURES:
        assert f"measure={measure.name}" in text
    assert "Speed of answer" in text and "n 1" in text


def test_every_measure_can_be_chosen_in_both_languages(full: Site) -> None:
    client = full.client("sam")
    for language in ("en", "es"):
        client.cookies.set("qm-language", language)
        for measure in MEASURES:
            assert client.get(f"/measures?measure={measure.name}").status_code == 200, measure.name


def test_the_definition_names_the_threshold_it_was_counted_with(full: Site) -> None:
    text = page(full, address="/measures?measure=service_level")
    assert "Answered within 30 s" in text and "Who left before 10 s" in text


def test_without_anything_the_page_says_how_it_comes_about(site: Site) -> None:
    text = page(site)
    assert "No measures yet" in text and "qm events import" in text


def test_people_are_compared_by_what_they_do_and_never_by_outcomes_or_times(full: Site) -> None:
    for measure in MEASURES:
        text = page(full, address=f"/measures?measure={measure.name}&by=agent")
        groups = text.split('id="compared"')[1].split('id="behind"')[0]
        shown = measure.topic == "behaviour"
        assert ("by=agent" in groups) is shown, measure.name
        if measure.name != "quality_score_people":  # nobody has reviewed anything
            assert ("Maria Lopez" in groups) is shown, measure.name


def test_groups_stand_in_the_order_of_their_names(full: Site) -> None:
    text = page(full, address="/measures?measure=dropout_rate&by=hour")
    hours = re.findall(r'title="(\d\d):00"', text)
    assert hours == sorted(hours) and len(hours) > 12


def test_a_point_opens_what_is_behind_it(full: Site) -> None:
    text = page(full, address="/measures?measure=quality_score&by=agent&group=a1")
    assert "What is behind it: Maria Lopez" in text
    assert re.search(r'href="/calls/d\d+">Open the call', text)
    day = page(full, address="/measures?measure=talk_s&by=hour&group=09&at=2026-11-10")
    assert "10 Nov, 09:00" in day


def test_who_supervises_one_team_sees_that_team_and_is_told_what_is_missing(full: Site) -> None:
    text = page(full, "sue", "/measures?measure=quality_score&by=agent")
    assert "Maria Lopez" in text and "Featherstonehaugh" not in text
    assert "Service level and dropout rate are for the whole site" in text
    assert "measure=dropout_rate" not in text


@pytest.mark.parametrize("who", ["maria", "ada"])
@pytest.mark.parametrize("path", ["/measures", "/measures/practice", "/measures/export.csv"])
def test_agents_and_administrators_have_other_pages(site: Site, who: str, path: str) -> None:
    assert site.client(who).get(path).status_code == 403


@pytest.mark.parametrize(
    "query",
    ["measure=magic", "by=name", "day=2026-02-30", "until=soon", "queue=" + "x" * 65],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(site: Site, query: str) -> None:
    assert site.client("sam").get(f"/measures?{query}").status_code == 422


@pytest.mark.parametrize("query", ["by=hour&group=noon", "by=hour&group=", "group=none", "queue=x"])
def test_what_is_not_there_has_nothing_behind_it(site: Site, query: str) -> None:
    save(site, "d1", days=0, score=80.0)
    text = page(site, address=f"/measures?measure=quality_score&{query}")
    assert "Nothing is behind this point" in text or "Nothing was counted" in text


@pytest.mark.parametrize(
    ("query", "said"),
    [("", "27 Oct to 23 Nov 2026"), ("day=2026-03-01", "1 Mar to 28 Mar 2026"),
     ("until=2026-03-28", "1 Mar to 28 Mar 2026"),
     ("day=2026-03-05&until=2026-03-01", "1 Mar to 5 Mar 2026"),
     ("day=2020-01-01&until=2026-01-01", "1 Jan to 1 Jan 2026"),
     ("until=9999-12-31", "4 Dec to 31 Dec 2199"), ("day=0001-01-01", "1 Jan to 28 Jan 2000")],
)  # fmt: skip
def test_days_are_put_in_order_and_are_no_more_than_a_year(
    site: Site, query: str, said: str
) -> None:
    assert said in page(site, address=f"/measures?{query}")


def test_figures_follow_what_comes_in_while_nobody_runs_the_job(site: Site) -> None:
    save(site, "d1", days=0, score=80.0)
    assert "80 %" in page(site, address="/measures?measure=quality_score")
    save(site, "d2", days=0, score=60.0)
    assert "70 %" in page(site, address="/measures?measure=quality_score")


def test_practice_calls_are_a_curve_and_in_no_figure(site: Site) -> None:
    practise(site, "a1")
    assert "No measures yet" in page(site)
    text = page(site, address="/measures/practice")
    assert "Maria Lopez" in text and 'class="path"' in text and "76 %" in text
    assert "too few for a range" in text


def test_a_team_with_enough_calls_gives_the_range(full: Site) -> None:
    practise(full, "a2", 3)
    text = page(full, address="/measures/practice")
    assert "Eight of ten real calls of team scheduling" in text and "team-range" in text


def test_a_candidates_check_waits_until_one_has_scored_the_call(site: Site) -> None:
    practise(site, "cand-7", 2)
    text = page(site, "rita", "/measures/practice")
    assert "Candidate cand-7" in text and "Score this call first" in text
    assert "52 %" not in text and "58 %" not in text
    told = site.client("rita").get("/api/v1/measures/practice").json()
    assert [call["percent"] for call in told[0]["calls"]] == [None, None]
    assert all(call["hidden"] for call in told[0]["calls"])


def test_a_trainees_curve_is_for_who_trains_and_not_for_who_still_has_to_score(site: Site) -> None:
    practise(site, "a1", 2)
    assert "58 %" in page(site, "cora", "/measures/practice")
    assert "58 %" not in page(site, "rita", "/measures/practice")


def test_a_check_that_waits_for_its_blind_reviewer_is_not_behind_the_figure(site: Site) -> None:
    save(site, "d1", days=0, score=80.0)
    with site.deps.database.write() as conn:
        add_review(conn, NewReview(call_id="d1", kind="sample", due_at=NOW + 1), NOW)
    address = "/measures?measure=quality_score"
    assert "Open the call" in page(site, "sam", address)
    assert "Open the call" not in page(site, "rita", address)


def test_nobody_practises(site: Site) -> None:
    assert "No practice calls" in page(site, address="/measures/practice")
