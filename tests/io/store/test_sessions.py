"""A session lasts while its person is at work, and ends at once when it must."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store.scopes import Grant
from qm.io.store.sessions import (
    SessionLimits,
    end_session,
    end_sessions_of,
    end_stale_sessions,
    find_session,
    open_session,
    touch_session,
)
from qm.io.store.users import NewUser, add_user, set_disabled
from tests.io.store.samples import NOW

LIMITS = SessionLimits(idle_ms=900_000, absolute_ms=3_600_000)


def user(conn: Connection, name: str = "ann") -> str:
    grants = frozenset({Grant(role="coach")})
    return add_user(conn, NewUser(name=name, shown_as="", password_hash=None, grants=grants), NOW)


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(t.sessions)).scalar_one()


def test_a_session_opens_with_its_token_only(database: Database) -> None:
    with database.write() as conn:
        user_id = user(conn)
        token = open_session(conn, user_id, NOW, second_factor=True)
        session = find_session(conn, token, NOW, LIMITS)
        assert find_session(conn, token + "x", NOW, LIMITS) is None
        assert find_session(conn, "\ud800", NOW, LIMITS) is None
        assert token not in str(conn.execute(select(t.sessions)).one())
    assert session is not None
    assert (session.user.user_id, session.opened_at, session.second_factor) == (user_id, NOW, True)
    assert session.csrf
    assert session.csrf not in repr(session)


TIMES = {
    "at once": ([], 0, True),
    "just not idle": ([], 899_999, True),
    "idle": ([], 900_000, False),
    "input in between": ([800_000], 1_600_000, True),
    "input, then idle": ([800_000], 1_700_000, False),
    "too old in spite of input": ([800_000, 1_600_000, 2_400_000, 3_200_000], 3_600_000, False),
}


@pytest.mark.parametrize(("inputs", "at", "good"), TIMES.values(), ids=TIMES.keys())
def test_how_long_a_session_lasts(
    database: Database, inputs: list[int], at: int, good: bool
) -> None:
    with database.write() as conn:
        token = open_session(conn, user(conn), NOW, second_factor=False)
        for each in inputs:
            touch_session(conn, token, NOW + each)
        assert (find_session(conn, token, NOW + at, LIMITS) is not None) == good
        assert end_stale_sessions(conn, NOW + at, LIMITS) == (0 if good else 1)


def test_a_session_ends_when_it_is_ended_or_its_user_disabled(database: Database) -> None:
    with database.write() as conn:
        user_id = user(conn)
        first, second = (open_session(conn, user_id, NOW, second_factor=False) for _ in range(2))
        end_session(conn, first)
        assert find_session(conn, first, NOW, LIMITS) is None
        assert find_session(conn, second, NOW, LIMITS) is not None
        set_disabled(conn, user_id, True)
        assert find_session(conn, second, NOW, LIMITS) is None


def test_all_sessions_of_a_user_but_one_can_be_ended(database: Database) -> None:
    with database.write() as conn:
        ann, bob = user(conn), user(conn, "bob")
        tokens = [open_session(conn, ann, NOW, second_factor=False) for _ in range(3)]
        open_session(conn, bob, NOW, second_factor=False)
        assert end_sessions_of(conn, ann, but=tokens[0]) == 2
        assert find_session(conn, tokens[0], NOW, LIMITS) is not None
        assert end_sessions_of(conn, ann) == 1
        assert count(conn) == 1
