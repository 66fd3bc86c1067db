"""Who may hear which example, and what is written down when they do."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store.consents import answer_consent, ask_consent, consents_of
from qm.io.store.playlists import add_clip, make_playlist
from qm.io.store.shares import (
    NewShare,
    acknowledge_share,
    find_share,
    may_hear,
    note_heard,
    share,
    shares_of_agent,
    shares_of_clip,
    shares_of_playlist,
    withdraw_share,
)
from tests.io.store.coaching import COACH, OTHER, SOON, VAULT, agent, check_texts, cut, finished
from tests.io.store.samples import NOW


def give(conn: Connection, agent_id: str, clip_id: str, **more: str) -> str:
    return share(conn, VAULT, COACH, NewShare(agent_id=agent_id, clip_id=clip_id, **more), NOW)


def agreed(conn: Connection) -> str:
    finished(conn)
    clip_id = cut(conn)
    assert ask_consent(conn, COACH, clip_id, NOW)
    assert answer_consent(conn, "a1", clip_id, "given", NOW)
    return clip_id


@pytest.mark.parametrize(
    ("kind", "to", "state", "result"),
    [
        ("good", "a1", "", "shared"),
        ("improve", "a1", "", "shared"),
        ("good", "a2", "", "needs_consent"),
        ("good", "a2", "asked", "needs_consent"),
        ("good", "a2", "refused", "needs_consent"),
        ("good", "a2", "revoked", "needs_consent"),
        ("good", "a2", "given", "shared"),
        ("improve", "a2", "", "only_own"),
        ("good", "nobody", "", "missing"),
    ],
)
def test_what_may_be_shared_with_whom(
    database: Database, kind: str, to: str, state: str, result: str
) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn, kind=kind)
        if state:
            ask_consent(conn, COACH, clip_id, NOW)
        if state not in ("", "asked"):
            answer_consent(conn, "a1", clip_id, state, NOW)  # type: ignore[arg-type]
        assert give(conn, to, clip_id) == result
        heard = may_hear(conn, agent(to), clip_id, NOW)
        assert (heard is not None) == (result == "shared" or (to == "a1" and bool(state)))


def test_a_bad_example_is_not_even_asked_about(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        assert ask_consent(conn, COACH, cut(conn, kind="improve"), NOW) is None


def test_consent_that_is_taken_back_takes_effect_at_once(database: Database) -> None:
    with database.write() as conn:
        clip_id = agreed(conn)
        give(conn, "a2", clip_id)
        assert may_hear(conn, agent("a2"), clip_id, NOW)
        answer_consent(conn, "a1", clip_id, "revoked", NOW)
        assert may_hear(conn, agent("a2"), clip_id, NOW) is None
        assert shares_of_agent(conn, "a2", NOW) == ()
        answer_consent(conn, "a1", clip_id, "given", NOW)
        assert may_hear(conn, agent("a2"), clip_id, NOW)


def test_only_the_agent_who_is_heard_answers(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn)
        assert not answer_consent(conn, "a1", clip_id, "given", NOW)  # nobody asked
        ask_consent(conn, COACH, clip_id, NOW)
        assert not answer_consent(conn, "a2", clip_id, "given", NOW)
        assert [clip.consent for clip in consents_of(conn, "a1", NOW)] == ["asked"]
        assert consents_of(conn, "a2", NOW) == consents_of(conn, "", NOW) == ()
        answer_consent(conn, "a1", clip_id, "refused", NOW)
        again = ask_consent(conn, COACH, clip_id, NOW)
        assert again and again.consent == "refused"  # who has answered is not asked again


def test_a_good_example_that_becomes_a_bad_one_is_its_owners_alone(database: Database) -> None:
    with database.write() as conn:
        clip_id = agreed(conn)
        give(conn, "a2", clip_id)
        conn.execute(update(t.clips).values(kind="improve"))
        assert may_hear(conn, agent("a2"), clip_id, NOW) is None
        assert may_hear(conn, agent("a1"), clip_id, NOW)


def test_restricted_calls_are_heard_by_no_agent(database: Database) -> None:
    with database.write() as conn:
        clip_id = agreed(conn)
        give(conn, "a2", clip_id)
        give(conn, "a1", clip_id)
        conn.execute(update(t.calls).values(access_group="staff"))
        for who in (agent("a1"), agent("a2"), COACH):
            assert may_hear(conn, who, clip_id, NOW) is None


def test_what_is_heard_and_acknowledged_is_written_down_once(database: Database) -> None:
    with database.write() as conn:
        clip_id = agreed(conn)
        give(conn, "a2", clip_id, note="hear how she waits")
        check_texts(conn)
        (given,) = shares_of_agent(conn, "a2", NOW)
        assert given.note and given.note.text == "hear how she waits"
        assert not given.is_heard and given.acknowledged_at is None
        assert note_heard(conn, "a2", given.share_id, clip_id, NOW + 1)
        assert note_heard(conn, "a2", given.share_id, clip_id, NOW + 2)
        assert acknowledge_share(conn, "a2", given.share_id, NOW + 3)
        assert acknowledge_share(conn, "a2", given.share_id, NOW + 4)
        (given,) = shares_of_clip(conn, clip_id, NOW)
    assert given.is_heard and given.acknowledged_at == NOW + 3


def test_nobody_hears_or_acknowledges_for_another(database: Database) -> None:
    with database.write() as conn:
        clip_id = agreed(conn)
        give(conn, "a2", clip_id)
        (given,) = shares_of_agent(conn, "a2", NOW)
        assert find_share(conn, "a1", given.share_id, NOW) is None
        assert not note_heard(conn, "a1", given.share_id, clip_id, NOW)
        assert not note_heard(conn, "a2", given.share_id, "another", NOW)
        assert not acknowledge_share(conn, "", given.share_id, NOW)


def test_shared_once_until_it_is_taken_back(database: Database) -> None:
    with database.write() as conn:
        clip_id = agreed(conn)
        assert give(conn, "a2", clip_id) == "shared"
        assert give(conn, "a2", clip_id) == "already"
        (given,) = shares_of_clip(conn, clip_id, NOW)
        assert not withdraw_share(conn, OTHER, given.share_id, NOW)
        assert withdraw_share(conn, COACH, given.share_id, NOW)
        assert not withdraw_share(conn, COACH, given.share_id, NOW)
        assert may_hear(conn, agent("a2"), clip_id, NOW) is None
        assert give(conn, "a2", clip_id) == "shared"


def test_of_a_shared_playlist_each_hears_what_they_may(database: Database) -> None:
    with database.write() as conn:
        good, asked = agreed(conn), cut(conn)
        playlist_id = make_playlist(conn, VAULT, COACH, "Huddle", NOW)
        for clip_id in (asked, good):
            add_clip(conn, COACH, playlist_id, clip_id, NOW)
        for agent_id in ("a1", "a2"):
            new = NewShare(agent_id=agent_id, playlist_id=playlist_id)
            assert share(conn, VAULT, COACH, new, NOW) == "shared"
        (own,), (others,) = (shares_of_agent(conn, a, NOW) for a in ("a1", "a2"))
        assert [clip.clip_id for clip in own.clips] == [asked, good]
        assert [clip.clip_id for clip in others.clips] == [good]
        assert may_hear(conn, agent("a2"), asked, NOW) is None
        assert len(shares_of_playlist(conn, playlist_id, NOW)) == 2


def test_what_has_expired_is_heard_no_more(database: Database) -> None:
    with database.write() as conn:
        clip_id = agreed(conn)
        give(conn, "a2", clip_id)
        assert shares_of_agent(conn, "a2", SOON - 1)
        assert shares_of_agent(conn, "a2", SOON) == consents_of(conn, "a1", SOON) == ()
        assert may_hear(conn, agent("a2"), clip_id, SOON) is None
        assert may_hear(conn, COACH, clip_id, SOON) is None


def test_an_agent_without_a_share_hears_nothing_not_even_of_themselves(database: Database) -> None:
    with database.write() as conn:
        finished(conn)
        clip_id = cut(conn, kind="improve")
        assert may_hear(conn, agent("a1"), clip_id, NOW) is None
        assert may_hear(conn, agent(""), clip_id, NOW) is None
