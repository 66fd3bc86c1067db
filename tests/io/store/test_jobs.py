"""Of several processes one runs a job at a time, and not before it is due."""

from __future__ import annotations

from qm.io.database import Database
from qm.io.store.jobs import JobRun, begin, finish, list_runs
from tests.io.store.samples import NOW

LEASE = 60_000


def test_a_job_is_due_at_once_and_then_when_it_was_said_to_be(database: Database) -> None:
    with database.write() as conn:
        assert begin(conn, "tidy", NOW, LEASE)
        finish(conn, "tidy", NOW + 5, NOW + 1_000)
        assert not begin(conn, "tidy", NOW + 999, LEASE)
        assert begin(conn, "tidy", NOW + 1_000, LEASE)


def test_a_job_that_somebody_has_is_left_to_them_until_they_must_be_gone(
    database: Database,
) -> None:
    with database.write() as conn:
        assert begin(conn, "tidy", NOW, LEASE)
    with database.write() as conn:
        assert not begin(conn, "tidy", NOW + LEASE - 1, LEASE)
        assert begin(conn, "tidy", NOW + LEASE, LEASE)


def test_the_last_run_is_there_to_be_looked_at(database: Database) -> None:
    with database.write() as conn:
        begin(conn, "tidy", NOW, LEASE)
        finish(conn, "tidy", NOW + 5, NOW + 1_000, "StoreError")
        begin(conn, "a", NOW, LEASE)
        assert list_runs(conn) == (
            JobRun(job="a", due_at=NOW, began_at=NOW, ended_at=None, failure=""),
            JobRun(job="tidy", due_at=NOW + 1_000, began_at=NOW, ended_at=NOW + 5,
                   failure="StoreError"),
        )  # fmt: skip
