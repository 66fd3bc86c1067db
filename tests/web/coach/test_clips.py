"""Clips: cut, said of, shared by the rules, and heard as their own stretch and nothing more."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
import soundfile

from qm.io.store.clips import list_clips
from tests.web.coach.rooms import (
    agree,
    check_texts,
    clip_of,
    coach,
    give,
    heard_call,
    playlist_of,
)
from tests.web.site import NOW, Site, post, save_closed, save_live, save_recording

FORM = {"call_id": "c1", "start": "0:11.9", "end": "0:16.5", "title": "Owns the delay"}
PLAYER = {"Range": "bytes=0-", "Sec-Fetch-Dest": "audio"}


@pytest.fixture
def cut(site: Site) -> Site:
    heard_call(site)
    return site


def test_a_clip_is_cut_and_its_words_wait_for_the_check(cut: Site) -> None:
    client = cut.client("cora")
    made = post(client, "/coach/clips", **FORM, why="Her name is Zelda Quist", tags="empathy")
    assert made.status_code == 303
    page = client.get(made.headers["location"]).text
    assert "being checked for identifiers" in page and "Zelda" not in page
    check_texts(cut)
    page = client.get(made.headers["location"]).text
    assert "Owns the delay" in page and "expires in 90 days" in page
    spoken = re.sub(r"<[^>]+>|\s+", " ", page)
    assert "I am" in re.sub(r" +", " ", spoken) and "twice" not in spoken


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"end": "0:05"}, "after the start"),
        ({"end": "0:12.1"}, "at least one second"),
        ({"end": "3:30"}, "shorter than that"),
        ({"start": "soon"}, "minutes and seconds"),
        ({"call_id": "silent"}, "no recording"),
    ],
)
def test_what_cannot_be_cut_is_said(cut: Site, change: dict[str, str], why: str) -> None:
    save_closed(cut, "silent")
    client = cut.client("cora")
    csrf = client.get("/api/v1/me").json()["csrf"]
    headers = {"X-CSRF-Token": csrf, "HX-Request": "true"}
    answer = client.post("/coach/clips", data=FORM | change, headers=headers)
    assert why in answer.text
    assert post(client, "/coach/clips", **FORM | change).status_code == 422


@pytest.mark.parametrize("call_id", ["other", "none", "live", "trainee"])
def test_calls_that_are_not_there_for_one_are_not_cut(cut: Site, call_id: str) -> None:
    heard_call(cut, "other", agent_id="a3")
    heard_call(cut, "trainee", practice=True)
    save_live(cut, "live", 3)
    save_recording(cut, "live")
    answer = post(cut.client("cora"), "/coach/clips", **FORM | {"call_id": call_id})
    assert answer.status_code in (404, 422)
    with cut.deps.database.read() as conn:
        assert list_clips(conn, coach(cut), NOW) == ()


def test_a_clip_goes_into_a_new_playlist_and_the_next_into_the_same(cut: Site) -> None:
    client = cut.client("cora")
    csrf = client.get("/api/v1/me").json()["csrf"]
    headers = {"X-CSRF-Token": csrf, "HX-Request": "true"}
    new = FORM | {"playlist": "new", "new_title": "Huddle"}
    piece = client.post("/coach/clips", data=new, headers=headers).text
    playlist = re.findall(r"/coach/playlists/(\w+)", piece)[0]
    assert f'<option value="{playlist}" selected>' in piece
    again = client.post("/coach/clips", data=FORM | {"playlist": playlist}, headers=headers)
    assert "put in the playlist" in again.text
    check_texts(cut)
    page = client.get(f"/coach/playlists/{playlist}").text
    assert page.count('name="clip_id"') == 2 and "Huddle" in page


def test_only_the_clips_own_stretch_is_heard(cut: Site) -> None:
    clip_id = clip_of(cut)
    answer = cut.client("cora").get(f"/clips/{clip_id}/audio", headers=PLAYER)
    assert answer.status_code == 206
    sound, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    whole, _ = soundfile.read(io.BytesIO(save_recording(cut, "c1")), dtype="int16")
    np.testing.assert_array_equal(sound, whole[11_900 * rate // 1000 : 16_600 * rate // 1000])


def test_a_clip_is_for_players_and_kept_nowhere(cut: Site) -> None:
    path, client = f"/clips/{clip_of(cut)}/audio", cut.client("cora")
    played = client.get(path, headers=PLAYER)
    assert played.headers["cache-control"] == "no-store"
    assert played.headers["content-disposition"] == "inline"
    assert client.get(path).status_code == 416  # no file to save
    opened = PLAYER | {"Sec-Fetch-Dest": "document"}
    assert client.get(path, headers=opened).status_code == 403
    part = client.get(path, headers=PLAYER | {"Range": "bytes=10-19"})
    assert part.content == played.content[10:20]
    assert "download" not in re.sub("no file to download", "", client.get("/coach/clips").text)


def test_an_expired_clip_is_heard_by_nobody(cut: Site) -> None:
    clip_id = clip_of(cut, expires_at=NOW)
    client = cut.client("cora")
    assert client.get(f"/clips/{clip_id}/audio", headers=PLAYER).status_code == 404
    assert client.get(f"/coach/clips/{clip_id}").status_code == 404


def test_sharing_says_what_came_of_it(cut: Site) -> None:
    clip_id = clip_of(cut)
    client = cut.client("cora")
    path = f"/coach/clips/{clip_id}/share"
    assert "has not agreed" in post(client, path, to="agent:a2").text
    agree(cut, clip_id)
    page = post(client, path, to="team:scheduling", note="Hear how she owns it").text
    assert "Shared with 2 agents" in page
    assert "2 agents had it already" in post(client, path, to="team:scheduling").text
    assert post(client, path, to="agent:a3").status_code == 404  # of another team
    assert post(client, path, to="everybody").status_code == 422


def test_an_agent_hears_what_is_shared_as_long_as_it_is(cut: Site) -> None:
    heard_call(cut, "c2", agent_id="a2")
    clip_id = clip_of(cut, "c2")
    maria, path = cut.client("maria"), f"/clips/{clip_id}/audio"
    assert maria.get(path, headers=PLAYER).status_code == 404
    agree(cut, clip_id, "a2")
    give(cut, "a1", clip_id=clip_id)
    assert maria.get(path, headers=PLAYER).status_code == 206
    assert maria.get("/calls/c2/audio", headers=PLAYER).status_code == 404  # not the call
    page = cut.client("cora").get(f"/coach/clips/{clip_id}").text
    share_id = re.findall(r"/coach/shares/(\w+)/withdraw", page)[0]
    back = {"back": f"/coach/clips/{clip_id}"}
    withdrawn = post(cut.client("cora"), f"/coach/shares/{share_id}/withdraw", **back)
    assert withdrawn.status_code == 303
    assert maria.get(path, headers=PLAYER).status_code == 404


def test_a_bad_example_is_for_its_own_agent(cut: Site) -> None:
    clip_id = clip_of(cut, kind="improve")
    client, path = cut.client("cora"), f"/coach/clips/{clip_id}/share"
    page = post(client, path, to="team:scheduling").text
    assert "Shared with 1 agent" in page and "for its own agent alone" in page
    assert post(client, f"/coach/clips/{clip_id}/consent").status_code == 404


def test_what_is_said_of_a_clip_can_be_changed_and_the_clip_removed(cut: Site) -> None:
    clip_id = clip_of(cut)
    client, path = cut.client("cora"), f"/coach/clips/{clip_id}"
    assert post(client, path, title="Another title", kind="improve").status_code == 303
    check_texts(cut)
    page = client.get(path).text
    assert "Another title" in page and "To improve" in page and ">huddle<" not in page
    assert post(client, f"{path}/remove").status_code == 303
    assert client.get(path).status_code == 404
    assert "No clips yet" in client.get("/coach/clips").text


@pytest.mark.parametrize(
    ("words", "kind", "there"),
    [("delay", "", True), ("empathy -worry", "", True), ("maria", "good", True),
     ("asking", "", True), ("worry", "", False), ("delay", "improve", False), ("", "good", True)],
)  # fmt: skip
def test_the_library_is_searched(cut: Site, words: str, kind: str, there: bool) -> None:
    clip_id = clip_of(cut)
    page = post(cut.client("cora"), "/coach/clips/found", words=words, kind=kind).text
    assert (f"/coach/clips/{clip_id}" in page) is there


def test_clips_of_other_teams_are_as_missing_as_those_that_never_were(cut: Site) -> None:
    clip_id, sue = clip_of(cut), cut.client("sue")
    assert sue.get(f"/coach/clips/{clip_id}").status_code == 200  # she supervises the team
    heard_call(cut, "c-billing", agent_id="a3")
    with cut.deps.database.write() as conn:
        from sqlalchemy import update

        from qm.io import tables as t

        conn.execute(update(t.clips).values(call_id="c-billing"))
    for path in (f"/coach/clips/{clip_id}", "/coach/clips/none"):
        assert sue.get(path).status_code == 404
        assert post(sue, f"{path}/remove").status_code == 404
    assert sue.get(f"/clips/{clip_id}/audio", headers=PLAYER).status_code == 404


def test_from_a_playlist_everybody_who_is_heard_is_asked_in_place(cut: Site) -> None:
    clip_id = clip_of(cut)
    playlist = playlist_of(cut, clip_id)
    client, path = cut.client("cora"), f"/coach/playlists/{playlist}"
    assert "Ask Maria Lopez" in client.get(path).text
    asked = post(client, f"/coach/clips/{clip_id}/consent", back=path)
    assert asked.headers["location"] == path
    assert "consent asked" in client.get(path).text
    away = post(client, f"/coach/clips/{clip_id}/consent", back="//elsewhere")
    assert away.status_code == 422


def test_a_clip_is_added_to_playlists_it_is_not_in(cut: Site) -> None:
    clip_id = clip_of(cut)
    inside, outside = playlist_of(cut, clip_id), playlist_of(cut, title="Class")
    client, path = cut.client("cora"), f"/coach/clips/{clip_id}"
    page = client.get(path).text
    assert f'<option value="{outside}"' in page and f'<option value="{inside}"' not in page
    assert post(client, f"{path}/add", playlist_id=outside).status_code == 303
    assert f'href="/coach/playlists/{outside}"' in client.get(path).text
    assert post(client, f"{path}/add", playlist_id="none").status_code == 404
