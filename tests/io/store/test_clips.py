"""Clips go with their call and their time, and their words are shown after the check only."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store.clips import (
    ClipTexts,
    NewClip,
    calls_of_expired,
    change_clip,
    cut_clip,
    expire_clips,
    find_clip,
    list_clips,
    remove_clip,
)
from qm.io.store.erasing import erase_call
from qm.io.store.shares import NewShare, share
from tests.io.store.coaching import COACH, OTHER, SOON, VAULT, check_texts, cut, finished
from tests.io.store.samples import NOW, meta, saved, scope, turn


def texts_left(database: Database) -> int:
    with database.read() as conn:
        return conn.execute(select(func.count()).select_from(t.typed)).scalar_one()


def test_what_is_said_of_a_clip_shows_when_it_is_checked(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn)
        waiting = find_clip(conn, COACH, clip_id, NOW)
        check_texts(conn)
        ready = find_clip(conn, COACH, clip_id, NOW)
    assert waiting and waiting.title.state == "waiting" and waiting.title.text == ""
    assert ready and ready.title.text == "Calm reply"
    assert ready.tag_list == ("empathy", "new hires")
    assert (ready.agent_name, ready.team, ready.length_ms) == ("Agent a1", "A", 7_000)
    assert "Calm" not in repr(ready) and "feeling" not in repr(NewClip.__dataclass_fields__)


@pytest.mark.parametrize("call_id", ["none", "live", "practice", "team-b"])
def test_only_finished_calls_of_the_own_teams_are_cut(database: Database, call_id: str) -> None:
    new = NewClip(
        call_id=call_id, kind="good", start_ms=0, end_ms=5_000, expires_at=SOON, title="x"
    )
    with database.write() as conn:
        finished(conn, "practice", practice=True)
        finished(conn, "team-b", agent_id="a2")
        saved(conn, turn(0, "live"), call=meta("live"))
        own_team = scope(("coach", "A"))
        assert cut_clip(conn, VAULT, own_team, new, NOW) is None
    assert texts_left(database) == 0


def test_clips_of_other_teams_are_not_there(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn)
        assert find_clip(conn, OTHER, clip_id, NOW) is None
        assert list_clips(conn, OTHER, NOW) == ()
        assert not remove_clip(conn, OTHER, clip_id, NOW)
        assert [clip.clip_id for clip in list_clips(conn, COACH, NOW)] == [clip_id]


def test_texts_that_change_are_checked_anew_and_the_old_ones_are_gone(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn)
        check_texts(conn)
        changed = ClipTexts(kind="improve", title="Calm reply", tags="empathy", why="")
        assert change_clip(conn, VAULT, COACH, clip_id, changed, NOW)
        clip = find_clip(conn, COACH, clip_id, NOW)
    assert clip and clip.kind == "improve" and clip.title.state == "ready"
    assert clip.tags and clip.tags.state == "waiting"
    assert clip.why is None
    assert texts_left(database) == 2


def test_a_removed_clip_leaves_no_text(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn)
        new = NewShare(agent_id="a1", clip_id=clip_id, note="listen to the end")
        assert share(conn, VAULT, COACH, new, NOW) == "shared"
        assert remove_clip(conn, COACH, clip_id, NOW)
    assert texts_left(database) == 0


def test_an_erased_call_takes_its_clips_and_their_texts_along(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn)
        new = NewShare(agent_id="a1", clip_id=clip_id, note="listen to the end")
        share(conn, VAULT, COACH, new, NOW)
        erase_call(conn, "c1")
        for table in (t.clips, t.shares, t.typed):
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_past_its_time_nobody_finds_a_clip_and_the_job_removes_it(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        finished(conn, "c2")
        old, held, young = cut(conn), cut(conn, "c2"), cut(conn, expires_at=SOON + 1)
        assert {clip.clip_id for clip in list_clips(conn, COACH, SOON)} == {young}
        assert find_clip(conn, COACH, old, SOON) is None
        assert [call.call_id for call in calls_of_expired(conn, SOON)] == ["c1", "c2"]
        assert expire_clips(conn, SOON - 1, ()) == 0
        assert expire_clips(conn, SOON, {"c2"}) == 1
        left = set(conn.execute(select(t.clips.c.clip_id)).scalars())
    assert left == {held, young}
    assert texts_left(database) == 6
