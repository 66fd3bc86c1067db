"""The search page: what it finds, what it keeps of the asking, and what it never shows."""

from __future__ import annotations

import re

import pytest

from qm.io.store import audit
from qm.types import WITHHELD
from tests.web.coach.rooms import evaluated, heard_call
from tests.web.site import Site, post, save_closed, turn


def hits(site: Site, who: str = "cora", **asked: str) -> list[str]:
    page = post(site.client(who), "/coach", **asked)
    assert page.status_code == 200
    return re.findall(r'id="hit-([\w-]+)"', page.text)


@pytest.fixture
def found(site: Site) -> Site:
    heard_call(site, "c1", disposition="referral-status")
    heard_call(site, "c2", agent_id="a2", queue="Pharmacy line", language="es")
    save_closed(site, "c3", agent_id="a3", queue="Billing")  # of another team
    return site


@pytest.mark.parametrize(
    ("asked", "found_there"),
    [
        ({"words": "referral"}, ["c2-1", "c1-1"]),
        ({"words": "REFERRAL twice"}, ["c2-1", "c1-1"]),
        ({"words": '"called me"', "agent": "a1"}, ["c1-1"]),
        ({"label": "empathy_strong"}, ["c2-2", "c1-2"]),
        ({"label": "empathy_strong", "queue": "Pharmacy line"}, ["c2-2"]),
        ({"label": "empathy_strong", "language": "es", "order": "surest"}, ["c2-2"]),
        ({"words": "thank", "role": "customer", "disposition": "referral-status"}, ["c1-5"]),
        ({"words": "sorry", "score_from": "60"}, ["c2-2", "c1-2"]),
        ({"words": "sorry", "score_from": "63"}, []),
        ({"words": "sorry", "day": "2026-11-24"}, []),
        ({"words": "sorry", "until": "2026-11-23", "minutes": "1"}, ["c2-2", "c1-2"]),
        ({"words": "zebra"}, []),
        ({}, []),
    ],
)
def test_a_question_finds_turns_of_the_own_teams(
    found: Site, asked: dict[str, str], found_there: list[str]
) -> None:
    assert hits(found, **asked) == found_there


def test_calls_that_a_person_scored_are_found_by_their_score(found: Site) -> None:
    evaluated(found, "c1", percent=90.0)
    evaluated(found, "c2", percent=55.0)
    assert hits(found, words="sorry", person_from="80") == ["c1-2"]
    assert hits(found, words="sorry", person_to="60") == ["c2-2"]
    assert hits(found, words="sorry", person_from="95") == []


def test_a_supervisor_of_all_teams_finds_more(found: Site) -> None:
    assert hits(found, "sam", words="referral") == ["c3-1", "c2-1", "c1-1"]


@pytest.mark.parametrize("asked", [{"minutes": "0"}, {"score_from": "101"}, {"day": "soon"},
                                   {"role": "nurse"}, {"words": "x" * 201}])  # fmt: skip
def test_what_makes_no_sense_is_refused(found: Site, asked: dict[str, str]) -> None:
    assert post(found.client("cora"), "/coach", **asked).status_code == 422


def test_withheld_words_are_neither_found_nor_shown(site: Site) -> None:
    heard_call(site, "c1")
    save_closed(site, "c4", turn("c4", 6, "agent", WITHHELD, withheld=True, words=()))
    assert hits(site, words="withheld") == []
    assert hits(site, words="relief") == ["c4-5", "c1-5"]


def test_words_that_were_looked_for_stand_out_among_those_around(found: Site) -> None:
    page = post(found.client("cora"), "/coach", words="sorry", agent="a1").text
    assert re.search(r"<mark[^>]*>sorry,</mark>", page)
    assert "I have called twice" in " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "empathy" in page and "disclosure" not in page


def test_the_address_never_holds_what_was_looked_for(found: Site) -> None:
    client = found.client("cora")
    assert client.get("/coach?words=referral").text.count("hit-") == 0
    assert "referral" not in post(client, "/coach", words="referral").url.query.decode()


def test_the_audit_trail_keeps_a_keyed_hash_of_the_words(found: Site) -> None:
    hits(found, words="my Referral")
    hits(found, words="referral my")
    hits(found, words="sorry")
    with found.deps.database.read() as conn:
        rows = audit.search(conn, audit.AuditFilter(action="search_terms"))
    assert not any("eferral" in repr(row) for row in rows)
    sorry, *same = [row.entry.detail for row in rows]
    assert same[0]["terms"] == same[1]["terms"] != sorry["terms"]
    assert sorry["found"] == 2 and len(str(sorry["terms"])) == 32


def test_pages_go_on_where_the_one_before_ended(site: Site) -> None:
    for n in range(23):
        save_closed(site, f"c{n:02}")
    first, second = hits(site, words="sorry"), hits(site, words="sorry", page="2")
    assert len(first) == 20 and len(second) == 3 and not set(first) & set(second)


def test_a_piece_of_the_page_comes_for_htmx(found: Site) -> None:
    client = found.client("cora")
    csrf = client.get("/api/v1/me").json()["csrf"]
    headers = {"X-CSRF-Token": csrf, "HX-Request": "true"}
    piece = client.post("/coach", data={"words": "sorry"}, headers=headers).text
    assert piece.lstrip().startswith('<section id="found"')


def test_a_whole_call_is_shown_to_cut_from(found: Site) -> None:
    client = found.client("cora")
    page = client.get("/coach/calls/c1").text
    assert page.count("data-cut") == 6 and "/calls/c1/audio" in page
    assert client.get("/coach/calls/c3").status_code == 404


def test_an_empty_page_says_how_to_begin(site: Site) -> None:
    page = site.client("cora").get("/coach").text
    assert "Find an example" in page and 'data-start-label="empathy_strong"' in page
    assert "Nothing fits" in post(site.client("cora"), "/coach", words="zebra").text
