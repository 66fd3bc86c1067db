"""
Databases for tests: the same tests run on SQLite and on a real PostgreSQL.

A module that says ``pytest_plugins = ["tests.databases"]`` has the fixtures ``database`` (of either
kind; each test gets an empty, migrated one), ``sqlite_database`` and ``postgres_url`` (a server).
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from qm.io.database import Database, migrate, open_database

KINDS = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of the ``pgserver`` package, on a socket of its own, gone after the run."""
    import pgserver

    folder = Path(tempfile.mkdtemp(prefix="qm-pg-"))  # short: the socket's path has a limit
    server = pgserver.get_server(folder, cleanup_mode="delete")
    url = server.get_uri()
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # no test cuts the power
        administer(url, f"ALTER SYSTEM SET {setting} = off")
    administer(url, "SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """Name of a migrated database to copy: faster than migrating for each test."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    administer(postgres_url, f"CREATE DATABASE {name}")
    migrate(named(postgres_url, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "qm.db"
    migrate(f"sqlite:///{path}")
    opened = open_database(f"sqlite:///{path}")
    opened.scrub()  # all content in the one file
    opened.close()
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database."""
    path = tmp_path / "qm.db"
    shutil.copyfile(sqlite_template, path)
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def postgres_database(postgres_url: str, postgres_template: str) -> Iterator[Database]:
    """An empty, migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    opened = open_database(named(postgres_url, name))
    yield opened
    opened.close()
    administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Database:
    """An empty, migrated database of either kind."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    opened: Database = request.getfixturevalue(f"{kind}_database")
    return opened


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of either kind without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_url")
    name = f"empty_{uuid.uuid4().hex[:8]}"
    administer(url, f"CREATE DATABASE {name}")
    return named(url, name)


def named(url: str, name: str) -> str:
    """Return ``url`` for another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def administer(url: str, statement: str) -> None:
    """Run a statement that cannot run in a transaction."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as conn:
        conn.exec_driver_sql(statement)
    engine.dispose()
