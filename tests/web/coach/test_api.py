"""The coach's part of the REST API: a whole first job done by a program."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.web.coach.rooms import check_texts, evaluated, heard_call
from tests.web.site import Site, save_closed


class Program:
    """A signed-in program."""

    def __init__(self, site: Site, name: str) -> None:
        self.client: TestClient = site.client(name)
        self.headers = {"X-CSRF-Token": self.client.get("/api/v1/me").json()["csrf"]}

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        answer = self.client.post(f"/api/v1{path}", json=body, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(f"/api/v1{path}")
        assert answer.status_code == status, answer.text
        return answer.json()


def test_an_example_is_found_cut_ordered_agreed_shared_heard_and_acknowledged(site: Site) -> None:
    heard_call(site, "c1", agent_id="a2")
    cora, maria = Program(site, "cora"), Program(site, "maria")
    found = cora.post("/turns/search", words="sorry", label="empathy_strong")
    (hit,) = found["hits"]
    assert found["total"] == 1 and hit["turn"]["index"] == 2 and len(hit["before"]) == 1
    span = {"start_ms": hit["turn"]["start_ms"], "end_ms": hit["turn"]["end_ms"]}
    clip = cora.post("/clips", call_id="c1", title="Owns it", tags="empathy", **span)["id"]
    playlist = cora.post("/playlists", title="Huddle")["id"]
    cora.post(f"/playlists/{playlist}/clips", clip_id=clip)
    check_texts(site)
    assert cora.get(f"/clips/{clip}")["title"] == {"state": "ready", "text": "Owns it"}
    assert [one["clip_id"] for one in cora.get(f"/playlists/{playlist}")["clips"]] == [clip]
    assert cora.post(f"/clips/{clip}/share", to="agent:a1")["needs_consent"] == 1
    cora.post(f"/clips/{clip}/consent")
    with site.deps.database.write() as conn:
        from qm.io.store.consents import answer_consent

        assert answer_consent(conn, "a2", clip, "given", site.deps.now())  # Tom has no account
    assert cora.post(f"/clips/{clip}/share", to="agent:a1", note="Hear this")["shared"] == 1
    (share,) = maria.get("/mine/shares")
    sound = maria.client.get(f"/api/v1/clips/{clip}/audio", headers={"Range": "bytes=0-99"})
    assert sound.status_code == 206 and len(sound.content) == 100
    maria.post(f"/mine/shares/{share['share_id']}/heard", clip_id=clip)
    maria.post(f"/mine/shares/{share['share_id']}/acknowledge")
    (share,) = maria.get("/mine/shares")
    assert share["heard"] == [clip] and share["acknowledged_at"]
    cora.post(f"/shares/{share['share_id']}/withdraw")
    assert maria.get("/mine/shares") == []


def test_playlists_and_clips_are_changed_and_removed(site: Site) -> None:
    heard_call(site)
    cora = Program(site, "cora")
    ids = [
        cora.post("/clips", call_id="c1", title=f"{n}", start_ms=0, end_ms=4_000)["id"]
        for n in range(2)
    ]
    playlist = cora.post("/playlists", title="Huddle")["id"]
    for clip in ids:
        cora.post(f"/playlists/{playlist}/clips", clip_id=clip)
    cora.post(f"/playlists/{playlist}/clips", clip_id=ids[1], to="up")
    cora.post(f"/playlists/{playlist}", title="Class")
    cora.post(f"/clips/{ids[0]}", title="Other", kind="improve")
    check_texts(site)
    (shown,) = cora.get("/playlists")
    assert [clip["clip_id"] for clip in shown["clips"]] == ids[::-1]
    assert shown["title"]["text"] == "Class" and shown["clips"][1]["kind"] == "improve"
    assert cora.post(f"/playlists/{playlist}/share", to="agent:a1")["shared"] == 1
    cora.post(f"/playlists/{playlist}/clips", clip_id=ids[0], to="out")
    cora.post(f"/clips/{ids[1]}/remove")
    assert cora.get(f"/playlists/{playlist}")["clips"] == []
    assert [clip["clip_id"] for clip in cora.get("/clips")] == [ids[0]]
    cora.post(f"/playlists/{playlist}/remove")
    cora.get(f"/playlists/{playlist}", 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [({"call_id": "none"}, 404), ({"end_ms": 10}, 422), ({"end_ms": 9_000_000}, 422),
     ({"title": ""}, 422), ({"kind": "ugly"}, 422)],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused(site: Site, body: dict[str, Any], status: int) -> None:
    heard_call(site)
    given = {"call_id": "c1", "title": "x", "start_ms": 0, "end_ms": 4_000} | body
    Program(site, "cora").post("/clips", status, **given)


def test_the_agents_page_is_the_same_for_programs(site: Site) -> None:
    save_closed(site, "c1")
    evaluation = evaluated(site, "c1")
    site.client("rita").get("/calls/c1")
    maria, cora = Program(site, "maria"), Program(site, "cora")
    page = maria.get("/mine")
    assert page["score"] == {"n": 1, "mean": None, "low": None, "high": None}
    assert page["machine_checks"][0] | {"started_at": 0} == {
        "call_id": "c1", "started_at": 0, "low": 62.0, "high": 79.0, "coverage": 0.83,
    }  # fmt: skip
    assert [look["user_id"] for look in page["looks"]] == [site.users["rita"]]
    assert cora.get("/agents/a1")["looks"] == []
    cora.get("/agents/a3", 404)
    path = f"/mine/evaluations/{evaluation}"
    maria.post(f"{path}/acknowledge")
    maria.post(f"{path}/differ", question="opening", why="I said my name")
    read = maria.get(path)
    assert read["acknowledged_at"] and read["answers"][0]["contested"]
    (listed,) = maria.get("/mine")["evaluations"]
    assert listed["contest"] == "open"
