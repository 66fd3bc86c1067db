"""Playlists keep an order, and show each reader what that reader may hear."""

from __future__ import annotations

from sqlalchemy import Connection

from qm.io.database import Database
from qm.io.store.playlists import (
    MOST_CLIPS,
    Playlist,
    add_clip,
    find_playlist,
    list_playlists,
    make_playlist,
    move_clip,
    remove_playlist,
    rename_playlist,
)
from tests.io.store.coaching import COACH, OTHER, VAULT, check_texts, cut, finished
from tests.io.store.samples import NOW


def found(conn: Connection, playlist_id: str) -> Playlist:
    playlist = find_playlist(conn, COACH, playlist_id, NOW)
    assert playlist
    return playlist


def filled(conn: Connection) -> tuple[str, list[str]]:
    finished(conn)
    clips = [cut(conn) for _ in range(3)]
    playlist_id = make_playlist(conn, VAULT, COACH, "Monday huddle", NOW)
    for clip_id in clips:
        assert add_clip(conn, COACH, playlist_id, clip_id, NOW)
    return playlist_id, clips


def test_clips_play_in_the_order_they_were_put_in(database: Database) -> None:
    with database.write() as conn:
        playlist_id, clips = filled(conn)
        add_clip(conn, COACH, playlist_id, clips[0], NOW)  # twice is once
        check_texts(conn)
        playlist = found(conn, playlist_id)
    assert [clip.clip_id for clip in playlist.clips] == clips
    assert playlist.title.text == "Monday huddle"
    assert playlist.length_ms == 21_000


def test_a_clip_moves_up_down_and_out(database: Database) -> None:
    with database.write() as conn:
        playlist_id, (a, b, c) = filled(conn)
        steps = [("up", c, [a, c, b]), ("up", a, [a, c, b]), ("down", a, [c, a, b]),
                 ("down", b, [c, a, b]), ("out", a, [c, b])]  # fmt: skip
        for move, clip_id, order in steps:
            assert move_clip(conn, COACH, playlist_id, clip_id, move, NOW)  # type: ignore[arg-type]
            assert [x.clip_id for x in found(conn, playlist_id).clips] == order
        assert not move_clip(conn, COACH, playlist_id, a, "up", NOW)


def test_an_empty_playlist_shows_to_its_maker_alone(database: Database) -> None:
    with database.write() as conn:
        playlist_id = make_playlist(conn, VAULT, COACH, "Draft", NOW)
        assert [x.playlist_id for x in list_playlists(conn, COACH, NOW)] == [playlist_id]
        assert list_playlists(conn, OTHER, NOW) == ()


def test_others_see_it_with_the_clips_of_their_teams(database: Database) -> None:
    with database.write() as conn:
        playlist_id, _ = filled(conn)
        assert find_playlist(conn, OTHER, playlist_id, NOW) is None
        finished(conn, "c-b", agent_id="a2")
        theirs = cut(conn, "c-b")
        add_clip(conn, COACH, playlist_id, theirs, NOW)
        seen = find_playlist(conn, OTHER, playlist_id, NOW)
        assert seen and [clip.clip_id for clip in seen.clips] == [theirs]
        assert not rename_playlist(conn, VAULT, OTHER, playlist_id, "Mine now", NOW)
        assert not remove_playlist(conn, OTHER, playlist_id)


def test_clips_of_other_teams_are_not_put_in(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn)
        theirs = make_playlist(conn, VAULT, OTHER, "B team", NOW)
        assert not add_clip(conn, OTHER, theirs, clip_id, NOW)
        assert not add_clip(conn, COACH, theirs, clip_id, NOW)


def test_a_new_title_takes_the_place_of_the_old_one(database: Database) -> None:
    with database.write() as conn:
        playlist_id, _ = filled(conn)
        assert rename_playlist(conn, VAULT, COACH, playlist_id, "Tuesday huddle", NOW)
        check_texts(conn)
        assert found(conn, playlist_id).title.text == "Tuesday huddle"


def test_a_removed_playlist_leaves_its_clips(database: Database) -> None:
    with database.write() as conn:
        playlist_id, clips = filled(conn)
        assert remove_playlist(conn, COACH, playlist_id)
        assert list_playlists(conn, COACH, NOW) == ()
        other = make_playlist(conn, VAULT, COACH, "Again", NOW)
        assert add_clip(conn, COACH, other, clips[0], NOW)


def test_a_list_ends_somewhere(database: Database) -> None:
    with database.write() as conn:
        playlist_id, _ = filled(conn)
        for _ in range(MOST_CLIPS - 3):
            assert add_clip(conn, COACH, playlist_id, cut(conn), NOW)
        assert not add_clip(conn, COACH, playlist_id, cut(conn), NOW)
