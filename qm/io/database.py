"""
Connections to the database, SQLite or PostgreSQL, and the way to its newest schema.

No value that is stored shows in an error: statements hide their parameters, and drivers' messages,
which quote them, are replaced by the class and code of the failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, RootTransaction, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from qm.errors import ConfigError, StoreError

BUSY_S = 5.0  # one writer at a time on SQLite; the longest step of ours takes well under a second
BEGIN_TRIES = 3  # with BUSY_S: a write waits 15 s for its turn before it gives up
STATEMENT_MS = 30_000  # no query of ours needs more; a hanging one must not hold a worker
IDLE_MS = 60_000  # a transaction left open longer is a defect; feed.follow relies on this bound
MIGRATION_LOCK = 0x716D01  # "qm", 1: any number that nobody else in the database uses


class StoreRefused(StoreError):
    """The database will never accept this: repeating does not help."""

    retriable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database.  Safe to share between threads."""

    dialect: str  #: "sqlite" or "postgresql"
    engine: Engine = field(repr=False)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Open a transaction that sees one state of the data and cannot change it.

        Raises:
            StoreError: the database failed.
        """
        options: dict[str, Any] = {"qm_mode": "read"}
        if self.dialect == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _without_content(), self.engine.connect() as bare:
            conn = bare.execution_options(**options)
            with conn.begin():
                yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Open a transaction that commits when the block ends and rolls back when it raises.

        On SQLite it takes the only write lock at once (a lock taken later can fail half way).

        Raises:
            StoreError: the database failed or stayed busy; nothing was written, or, where the
                connection broke during the commit, nobody knows.
            StoreRefused: the data break a rule of the schema.
        """
        with _without_content(), self.engine.connect() as bare:
            conn = bare.execution_options(qm_mode="write")
            with _begin(conn):
                yield conn

    def scrub(self) -> None:
        """
        Leave no trace of deleted rows in the files: run it after erasing.

        SQLite overwrites freed pages as it goes (``secure_delete``); its write-ahead log still
        holds their old content until a truncating checkpoint.  PostgreSQL drops dead rows and index
        entries with a VACUUM; its own log keeps their bytes until it is recycled or archived.

        Raises:
            StoreError: the database failed, or somebody kept reading an older state: try again.
        """
        with _without_content(), self.engine.connect() as bare:
            if self.dialect == "sqlite":
                bare.exec_driver_sql("COMMIT")  # a checkpoint cannot run inside a transaction
                busy = bare.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
                bare.exec_driver_sql("BEGIN")
                if busy:
                    raise StoreError("database: readers are in the way of a checkpoint")
            else:
                conn = bare.execution_options(isolation_level="AUTOCOMMIT")
                conn.exec_driver_sql("SET statement_timeout = 0")  # a large table takes minutes
                try:
                    conn.exec_driver_sql("VACUUM")
                finally:
                    conn.exec_driver_sql("RESET statement_timeout")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """
    Open the database at ``url``; connections are made when needed.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://...``.

    Raises:
        ConfigError: not such a URL (which is not shown: it may hold a password).
    """
    parsed = _parse(url)
    dialect = parsed.get_backend_name()
    if dialect == "sqlite":
        _make_private(Path(str(parsed.database)))
        engine = create_engine(
            parsed,
            hide_parameters=True,
            connect_args={"timeout": BUSY_S, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(
            parsed,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=10,  # a web process serves 40 requests at once in threads, most not querying
            max_overflow=30,
            connect_args={
                "connect_timeout": int(BUSY_S),
                "options": f"-c statement_timeout={STATEMENT_MS}"
                f" -c idle_in_transaction_session_timeout={IDLE_MS} -c timezone=UTC",
            },
        )
    return Database(dialect=dialect, engine=engine)


def migrate(url: str, revision: str = "head") -> None:
    """
    Bring the schema at ``url`` to ``revision``; two processes may do so at the same time.

    Raises:
        StoreError: the database failed; it is as it was before.
    """
    database = open_database(url)
    try:
        with database.write() as conn:
            if database.dialect == "postgresql":
                conn.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
                conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
            config = migration_config(conn)
            if revision == "base":
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
    finally:
        database.close()


def migration_config(conn: Connection) -> Config:
    """Return Alembic's configuration for the migrations shipped in this package."""
    config = Config()
    config.set_main_option("script_location", "qm.io:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("database_url is no URL") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ConfigError("database_url: SQLite needs a file")
        return parsed.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigError("database_url: neither sqlite nor postgresql")


def _make_private(path: Path) -> None:
    """Create a missing file so that only its owner reads it; SQLite's own default is wider."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as wrong:
        raise ConfigError(f"the database file cannot be made: {wrong.strerror}") from None


def _begin(conn: Connection) -> RootTransaction:
    for _ in range(BEGIN_TRIES - 1):
        try:
            return conn.begin()
        except OperationalError as busy:
            if "locked" not in str(busy.orig):
                raise
    return conn.begin()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # Kafka's offset is committed after a save: it must be on disk by then
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",  # sorting must not spill transcripts into /tmp
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    mode = conn.get_execution_options().get("qm_mode", "write")
    conn.exec_driver_sql(f"PRAGMA query_only={'ON' if mode == 'read' else 'OFF'}")
    conn.exec_driver_sql("BEGIN" if mode == "read" else "BEGIN IMMEDIATE")


@contextmanager
def _without_content() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as wrong:
        refused = isinstance(wrong, (IntegrityError, DataError, ProgrammingError))
        kind = StoreRefused if refused else StoreError
        raise kind(f"database: {type(wrong).__name__}{_code(wrong)}") from None


def _code(wrong: SQLAlchemyError) -> str:
    driver = getattr(wrong, "orig", None)
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None)
    return f" {code}" if code else ""
