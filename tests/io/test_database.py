"""The database opens privately, writes one at a time, migrates both ways and quotes nothing."""

from __future__ import annotations

import stat
import threading
import traceback
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from qm.errors import ConfigError, StoreError
from qm.io import tables as t
from qm.io.database import Database, StoreRefused, migrate, open_database

SECRET = "Maria Ortega 555-0142"


def test_migrations_make_exactly_the_declared_tables_and_unmake_them(empty_url: str) -> None:
    migrate(empty_url)
    opened = open_database(empty_url)
    with opened.read() as conn:
        assert set(t.metadata.tables) <= set(inspect(conn).get_table_names())
        ours = MigrationContext.configure(
            conn,
            opts={
                "compare_type": True,
                "include_object": lambda _o, name, *_: not (name or "").startswith("turns_text"),
            },
        )
        assert compare_metadata(ours, t.metadata) == []
    migrate(empty_url)  # again: nothing to do
    migrate(empty_url, "base")
    with opened.read() as conn:
        assert set(inspect(conn).get_table_names()) <= {"alembic_version"}
    migrate(empty_url)
    opened.close()


def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(migrate, [empty_url] * 4)) == [None] * 4


def add_team(conn: Connection, name: str) -> None:
    conn.execute(t.teams.insert().values(team=name, site="", supervisor=""))


def team_names(database: Database) -> set[str]:
    with database.read() as conn:
        return set(conn.execute(t.teams.select()).scalars())


def test_a_write_commits_at_its_end_and_rolls_back_when_it_raises(database: Database) -> None:
    with database.write() as conn:
        add_team(conn, "A")
    with pytest.raises(ZeroDivisionError), database.write() as conn:
        add_team(conn, "B")
        _ = 1 // 0
    assert team_names(database) == {"A"}


def test_a_read_cannot_change_anything(database: Database) -> None:
    with pytest.raises(StoreError), database.read() as conn:
        add_team(conn, "A")
    with database.write() as conn:  # the connection serves writers again
        add_team(conn, "B")
    assert team_names(database) == {"B"}


def test_a_read_sees_one_state_while_others_write(database: Database) -> None:
    with database.read() as conn:
        assert conn.execute(t.teams.select()).all() == []
        with database.write() as other:
            add_team(other, "A")
        assert conn.execute(t.teams.select()).all() == []
    assert team_names(database) == {"A"}


def test_writers_wait_for_each_other(database: Database) -> None:
    def run(number: int) -> None:
        for i in range(5):
            with database.write() as conn:
                add_team(conn, f"{number}-{i}")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(team_names(database)) == 20


def test_a_busy_database_is_a_retriable_error(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sqlite_database.engine.url.database
    monkeypatch.setattr("qm.io.database.BUSY_S", 0.05)
    hurried = open_database(f"sqlite:///{path}")
    with (
        sqlite_database.write(),
        pytest.raises(StoreError, match="SQLITE_BUSY") as caught,
        hurried.write(),
    ):
        pass
    assert caught.value.retriable
    hurried.close()


FAILING = {
    "a key that is taken": "INSERT INTO teams (team, site, supervisor) VALUES (:v, '', '')",
    "a reference to nothing": "INSERT INTO sessions VALUES ('h', :v, '', 0, 0, {false})",
    "a column that is not there": "UPDATE teams SET nowhere = :v",
    "a value of the wrong type": "UPDATE teams SET site = CAST(:v AS nothing(",
    "a null where none may be": "UPDATE teams SET site = NULL WHERE team = :v",
}


@pytest.mark.parametrize("statement", FAILING.values(), ids=FAILING.keys())
def test_no_value_shows_in_an_error(database: Database, statement: str) -> None:
    with database.write() as conn:
        add_team(conn, SECRET)
    filled = text(statement.replace("{false}", "false"))
    with pytest.raises(StoreError) as caught, database.write() as conn:
        conn.execute(filled, {"v": SECRET})
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "Maria" not in shown
    assert "0142" not in shown
    assert caught.value.__cause__ is None


def test_what_the_schema_refuses_is_not_worth_repeating(database: Database) -> None:
    with database.write() as conn:
        add_team(conn, "A")
    with pytest.raises(StoreRefused) as caught, database.write() as conn:
        add_team(conn, "A")
    assert not caught.value.retriable


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "qm.db"
    migrate(f"sqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_deleted_words_are_gone_from_the_files_after_scrubbing(sqlite_database: Database) -> None:
    folder = Path(str(sqlite_database.engine.url.database)).parent
    with sqlite_database.write() as conn:
        add_team(conn, SECRET)
    assert any(SECRET.encode() in file.read_bytes() for file in folder.iterdir())
    with sqlite_database.write() as conn:
        conn.execute(t.teams.delete())
    sqlite_database.scrub()
    assert not any(SECRET.encode() in file.read_bytes() for file in folder.iterdir())


def test_scrubbing_says_when_a_reader_is_in_the_way(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qm.io.database.BUSY_S", 0.05)
    hurried = open_database(f"sqlite:///{sqlite_database.engine.url.database}")
    with hurried.read() as conn:
        conn.execute(t.teams.select()).all()
        with sqlite_database.write() as other:
            add_team(other, "A")
        with pytest.raises(StoreError, match="readers") as caught:
            hurried.scrub()
    assert caught.value.retriable
    hurried.scrub()
    hurried.close()


def test_scrubbing_leaves_rows_and_time_limits_as_they_are(database: Database) -> None:
    with database.write() as conn:
        add_team(conn, "A")
    database.scrub()
    assert team_names(database) == {"A"}
    if database.dialect == "postgresql":
        with database.read() as conn:
            assert conn.execute(text("SHOW statement_timeout")).scalar_one() == "30s"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "pass:word@"])
def test_an_unusable_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_database(url)
    assert url not in str(caught.value)


def test_an_unreachable_server_is_a_retriable_error_without_its_password() -> None:
    nobody = open_database("postgresql://qm:hunter2@127.0.0.1:1/qm")
    with pytest.raises(StoreError) as caught, nobody.read():
        pass
    assert caught.value.retriable
    assert "hunter2" not in str(caught.value) + repr(nobody)
