"""The agent's own page: hear, answer, read one's scores, see them differently, know who looked."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from qm.io.store import audit
from qm.io.store.reviews import reviews_of_call
from qm.io.store.scopes import WHOLE_SITE
from qm.io.store.shares import shares_of_agent, shares_of_clip
from tests.web.coach.rooms import (
    DAY,
    agree,
    check_texts,
    clip_of,
    coach,
    evaluated,
    give,
    heard_call,
    playlist_of,
)
from tests.web.site import NOW, Site, post, save_closed

START = datetime.fromtimestamp(NOW / 1000, UTC)
PLAYER = {"Range": "bytes=0-"}


@pytest.fixture
def shared(site: Site) -> tuple[Site, str, str]:
    """A playlist of Maria's and Tom's calls, shared with Maria: (site, share, own clip)."""
    heard_call(site, "c1")
    heard_call(site, "c2", agent_id="a2")
    own, others = clip_of(site, "c1"), clip_of(site, "c2", title="Tom's promise")
    agree(site, others, "a2")
    give(site, "a1", playlist_id=playlist_of(site, own, others))
    with site.deps.database.read() as conn:
        (one,) = shares_of_agent(conn, "a1", NOW)
    return site, one.share_id, own


def test_an_agent_hears_a_playlist_and_acknowledges_it(shared: tuple[Site, str, str]) -> None:
    site, share_id, own = shared
    maria = site.client("maria")
    assert "Monday huddle" in maria.get("/mine").text
    page = maria.get(f"/mine/shares/{share_id}").text
    assert page.count("data-play ") == 2 and "Tom&#39;s promise" in page
    assert re.search(r"I</span>.{0,200}am</span>.{0,200}sorry,</span>", page, re.S)
    path = f"/mine/shares/{share_id}"
    assert post(maria, f"{path}/heard", clip_id=own).status_code == 204
    assert post(maria, f"{path}/heard", clip_id="another").status_code == 404
    assert post(maria, f"{path}/acknowledge").status_code == 303
    assert "You acknowledged this" in maria.get(path).text
    with site.deps.database.read() as conn:
        (one,) = shares_of_agent(conn, "a1", NOW)
    assert one.heard == {own} and one.acknowledged_at == NOW


def test_what_the_coach_sees_of_it(shared: tuple[Site, str, str]) -> None:
    site, share_id, own = shared
    post(site.client("maria"), f"/mine/shares/{share_id}/heard", clip_id=own)
    page = site.client("cora").get("/coach/playlists").text
    playlist = re.findall(r"/coach/playlists/(l\w+)", page)[0]
    assert "heard 1 of 2" in site.client("cora").get(f"/coach/playlists/{playlist}").text


def test_shares_of_others_are_not_there(shared: tuple[Site, str, str]) -> None:
    site, *_ = shared
    clip_id = clip_of(site, "c2", title="Only for Tom")
    give(site, "a2", clip_id=clip_id)
    with site.deps.database.read() as conn:
        (toms,) = shares_of_clip(conn, clip_id, NOW)
    maria, path = site.client("maria"), f"/mine/shares/{toms.share_id}"
    assert maria.get(path).status_code == 404
    assert post(maria, f"{path}/acknowledge").status_code == 404
    assert "Only for Tom" not in maria.get("/mine").text


def test_an_agent_says_whether_others_may_hear_and_takes_it_back(site: Site) -> None:
    heard_call(site)
    clip_id = clip_of(site)
    cora, maria = site.client("cora"), site.client("maria")
    assert "May others hear you?" not in maria.get("/mine").text
    assert post(cora, f"/coach/clips/{clip_id}/consent").status_code == 303
    page = maria.get("/mine").text
    assert "May others hear you?" in page and "Owns the delay" in page
    assert maria.get(f"/clips/{clip_id}/audio", headers=PLAYER).status_code == 206
    for answer, said in (("given", "agreed"), ("revoked", "taken consent back")):
        assert post(maria, f"/mine/clips/{clip_id}/consent", answer=answer).status_code == 303
        assert said in cora.get(f"/coach/clips/{clip_id}").text
    assert post(maria, "/mine/clips/none/consent", answer="given").status_code == 404
    assert post(maria, f"/mine/clips/{clip_id}/consent", answer="perhaps").status_code == 422
    with site.deps.database.read() as conn:
        rows = audit.search(conn, audit.AuditFilter(object_id=clip_id, action="consent"))
    assert len(rows) == 3


def scored(site: Site, count: int = 6) -> str:
    """Give Maria evaluations over the last weeks, and return the newest."""
    for n in reversed(range(count)):
        save_closed(site, f"e{n}", started_at=START - timedelta(days=7 * n + 1))
        newest = evaluated(site, f"e{n}", percent=80.0 + 2 * n, at=NOW - n * DAY)
    return newest


def test_scores_come_with_interval_and_number_and_flagged_calls_apart(site: Site) -> None:
    scored(site)
    save_closed(site, "flagged")
    evaluated(site, "flagged", percent=10.0, kind="flag")
    page = site.client("maria").get("/mine").text
    assert "85 % (between 81 and 89)" in page
    assert "Mean of 6 evaluations of the random sample" in page
    assert "flagged call: not in your average" in page
    assert 'class="band"' in page and page.count('class="one"') == 6


def test_too_few_are_too_few(site: Site) -> None:
    scored(site, 3)
    page = site.client("maria").get("/mine").text
    assert "Too few to say" in page and "a mean needs 5" in page
    assert 'class="band"' not in page


def test_machine_checks_stand_apart_with_range_and_coverage(site: Site) -> None:
    save_closed(site, "c1")
    page = site.client("maria").get("/mine").text
    assert "62–79 %" in page and "could judge 83 %" in page
    assert "No machine result alone changes your record." in page
    assert "71 %" not in page  # never one number where it is a range


def test_an_evaluation_is_read_question_by_question_with_its_evidence(site: Site) -> None:
    path = f"/mine/evaluations/{scored(site)}"
    maria = site.client("maria")
    page = maria.get(path).text
    assert "Did the agent say where the caller has reached" in page
    assert 'href="/calls/e0#m-0"' in page and "92 % of the recording" in page
    assert post(maria, f"{path}/acknowledge").status_code == 303
    assert "You read this at" in maria.get(path).text


def test_i_see_it_differently_sends_the_call_to_another_reviewer(site: Site) -> None:
    evaluation_id = scored(site)
    path = f"/mine/evaluations/{evaluation_id}"
    maria = site.client("maria")
    said = post(maria, f"{path}/differ", question="next-step", why="I did say by four today")
    assert said.status_code == 303
    again = post(maria, f"{path}/differ", question="opening", why="I gave my name")
    assert again.status_code == 303
    with site.deps.database.read() as conn:
        (dispute,) = [r for r in reviews_of_call(conn, WHOLE_SITE, "e0") if r.kind == "dispute"]
    assert dispute.blind and dispute.state == "open"
    assert set(dispute.contested) == {"next-step", "opening"}
    assert "by four" not in maria.get(path).text  # not before it is checked
    check_texts(site)
    page = maria.get(path).text
    assert "I did say by four today" in page and "Somebody else will score this call" in page
    listed = maria.get("/mine").text
    assert "with another reviewer" in listed and "Mean of 5 evaluations" in listed


@pytest.mark.parametrize(
    ("form", "status"),
    [({"question": "nothing", "why": "x"}, 422), ({"question": "opening", "why": " "}, 422),
     ({"question": "opening"}, 422)],
)  # fmt: skip
def test_what_contests_nothing_is_refused(site: Site, form: dict[str, str], status: int) -> None:
    path = f"/mine/evaluations/{scored(site, 1)}/differ"
    assert post(site.client("maria"), path, **form).status_code == status


def test_second_reviews_and_evaluations_of_others_are_not_there(site: Site) -> None:
    save_closed(site, "c1")
    save_closed(site, "c2", agent_id="a2")
    maria = site.client("maria")
    for hidden in (evaluated(site, "c1", kind="second"), evaluated(site, "c2")):
        assert maria.get(f"/mine/evaluations/{hidden}").status_code == 404
        path = f"/mine/evaluations/{hidden}"
        assert post(maria, f"{path}/differ", question="opening", why="x").status_code == 404
    assert "No evaluations yet" in maria.get("/mine").text


def test_an_agent_knows_who_opened_their_calls_and_clips(site: Site) -> None:
    heard_call(site)
    heard_call(site, "c2", agent_id="a2")
    clip_id = clip_of(site)
    site.client("rita").get("/calls/c1")
    site.client("rita").get("/calls/c2")
    site.client("cora").get(f"/clips/{clip_id}/audio", headers=PLAYER)
    maria = site.client("maria")
    maria.get("/calls/c1")
    page = re.sub(r"<[^>]+>|\s+", " ", maria.get("/mine").text.split("Who opened your calls")[1])
    assert page.count("Rita Reviewer") == 1
    assert re.search(r"Cora Coach +a clip of your call", page)
    assert "Maria Lopez" not in page


def test_coaches_see_the_page_of_their_agents_without_who_looked(site: Site) -> None:
    scored(site)
    cora = site.client("cora")
    page = cora.get("/coach/agents/a1").text
    assert "Mean of 6 evaluations" in page and "Who opened" not in page
    assert cora.get("/coach/agents/a3").status_code == 404
    listed = cora.get("/coach/agents").text
    assert "Maria Lopez" in listed and "Wilhelmina" not in listed and "no ranking" in listed
    assert coach(site).teams == {"scheduling"}


def test_an_account_without_an_entry_on_the_roster_is_told(site: Site) -> None:
    with site.deps.database.write() as conn:
        from sqlalchemy import update

        from qm.io import tables as t

        conn.execute(update(t.users).where(t.users.c.name == "maria").values(agent_id=""))
    assert "not tied to an agent" in site.client("maria").get("/mine").text
