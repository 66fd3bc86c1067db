"""Users sign in by what they know, guessing becomes slow, and a code works once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from qm.io import tables as t
from qm.io.database import Database, StoreRefused
from qm.io.store import users
from qm.io.store.scopes import Grant
from qm.io.store.users import (
    FREE_FAILURES,
    NewUser,
    add_user,
    find_login,
    find_user,
    hash_password,
    list_users,
    login_failed,
    password_matches,
    set_grants,
    wait_ms,
)
from qm.io.vault import SealBroken, Vault
from tests.io.store.samples import NOW

VAULT = Vault(current="k1", keys={"k1": bytes(32)})
GRANTS = frozenset({Grant(role="reviewer", team="A"), Grant(role="agent")})


def new(name: str = "ann", **changes: object) -> NewUser:
    given = {"shown_as": "Ann B.", "password_hash": "$hash", "grants": GRANTS, "agent_id": "a1"}
    return NewUser(name=name, **given | changes)  # type: ignore[arg-type]


def test_a_user_comes_back_as_made(database: Database) -> None:
    with database.write() as conn:
        user_id = add_user(conn, new("Ann"), NOW)
        add_user(conn, new("bob", password_hash=None, grants=frozenset()), NOW)
        user = find_user(conn, user_id)
        assert find_user(conn, "u_0") is None
        assert [each.name for each in list_users(conn)] == ["ann", "bob"]
    assert user is not None
    assert (user.name, user.shown_as, user.agent_id, user.has_totp) == (
        "ann",
        "Ann B.",
        "a1",
        False,
    )
    assert user.grants == GRANTS
    assert user.scope.may("reviewer", "A")
    assert not user.scope.may("reviewer", "B")
    assert user.scope.teams == {"A"}


def test_a_name_is_taken_whatever_its_case(database: Database) -> None:
    with database.write() as conn:
        add_user(conn, new("ann"), NOW)
    with pytest.raises(StoreRefused), database.write() as conn:
        add_user(conn, new("ANN"), NOW)


def test_only_enabled_users_can_sign_in(database: Database) -> None:
    with database.write() as conn:
        user_id = add_user(conn, new(), NOW)
        login = find_login(conn, "ANN")
        assert login is not None
        assert (login.user.user_id, login.password_hash) == (user_id, "$hash")
        assert "$hash" not in repr(login)
        assert find_login(conn, "nobody") is None
        users.set_disabled(conn, user_id, True)
        assert find_login(conn, "ann") is None


def test_a_new_password_takes_away_the_need_to_change_it(database: Database) -> None:
    with database.write() as conn:
        user_id = add_user(conn, new(must_change=True), NOW)
        users.set_password(conn, user_id, "$other")
        login = find_login(conn, "ann")
    assert login is not None
    assert (login.password_hash, login.user.must_change) == ("$other", False)


def test_grants_are_replaced(database: Database) -> None:
    with database.write() as conn:
        user_id = add_user(conn, new(), NOW)
        set_grants(conn, user_id, [Grant(role="admin"), Grant(role="admin")])
        user = find_user(conn, user_id)
    assert user is not None
    assert user.grants == {Grant(role="admin")}


def test_a_password_is_checked_and_never_kept() -> None:
    hashed = hash_password("correct horse")
    assert hashed.startswith("$argon2id$")
    assert "horse" not in hashed
    assert password_matches(hashed, "correct horse")
    assert not password_matches(hashed, "correct cow")
    assert not password_matches(None, "correct horse")
    assert not password_matches("no hash", "correct horse")


def test_a_few_mistakes_cost_nothing_then_guessing_gets_slow(database: Database) -> None:
    waits = []
    with database.write() as conn:
        for _ in range(FREE_FAILURES + 12):
            waits.append(wait_ms(conn, "ann", NOW))
            login_failed(conn, "Ann", NOW)
        assert waits[: FREE_FAILURES + 4] == [0] * FREE_FAILURES + [2_000, 4_000, 8_000, 16_000]
        assert waits[-1] == 15 * 60_000
        assert wait_ms(conn, "ann", NOW + 15 * 60_000) == 0
        assert wait_ms(conn, "bob", NOW) == 0


def test_failures_are_forgotten_by_success_or_after_a_day(database: Database) -> None:
    with database.write() as conn:
        for name in ("ann", "bob"):
            for _ in range(FREE_FAILURES + 3):
                login_failed(conn, name, NOW)
        users.login_succeeded(conn, "ann")
        assert wait_ms(conn, "ann", NOW) == 0
        login_failed(conn, "bob", NOW + 25 * 3_600_000)
        assert wait_ms(conn, "bob", NOW + 25 * 3_600_000) == 0


def test_what_was_typed_as_a_name_is_not_kept(database: Database) -> None:
    with database.write() as conn:
        login_failed(conn, "hunter2", NOW)
        stored = conn.execute(select(t.login_failures)).one()
    assert "hunter2" not in str(stored)


def test_the_second_factor_is_sealed_and_a_code_works_once(database: Database) -> None:
    with database.write() as conn:
        user_id = add_user(conn, new(), NOW)
        assert users.totp_secret(conn, user_id, VAULT) is None
        users.set_totp(conn, user_id, "JBSWY3DPEHPK3PXP", VAULT)
        assert users.totp_secret(conn, user_id, VAULT) == "JBSWY3DPEHPK3PXP"
        assert b"JBSWY" not in conn.execute(select(t.users.c.totp)).scalar_one()
        steps = [users.use_totp_step(conn, user_id, step) for step in (100, 100, 99, 101)]
        other = Vault(current="k1", keys={"k1": bytes(31) + b"x"})
        with pytest.raises(SealBroken):
            users.totp_secret(conn, user_id, other)
        user = find_user(conn, user_id)
        assert user is not None
        assert user.has_totp
        users.set_totp(conn, user_id, None, VAULT)
        assert users.totp_secret(conn, user_id, VAULT) is None
    assert steps == [True, False, False, True]
