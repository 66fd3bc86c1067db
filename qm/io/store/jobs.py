"""Which job is due and whose it is: of several processes one runs it at a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from qm.io import tables as t
from qm.io.store.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """The last run of a job."""

    job: str
    due_at: int  #: UTC ms, like all instants here
    began_at: int | None  #: None before the first run
    ended_at: int | None
    failure: str  #: class of its error; "" where it went well


def begin(conn: Connection, job: str, now: int, lease_ms: int) -> bool:
    """
    Take a job that is due.

    Args:
        conn: within a write.
        job: its name.
        now: UTC ms.
        lease_ms: after which somebody else may take it: the process that has it is gone.

    Returns:
        Whether it is the caller's to run now.
    """
    c = t.job_runs.c
    new = {"job": job, "due_at": now, "held_until": 0, "failure": ""}
    insert_new(conn, t.job_runs, [new])
    free = update(t.job_runs).where(c.job == job, c.due_at <= now, c.held_until <= now)
    return conn.execute(free.values(held_until=now + lease_ms, began_at=now)).rowcount == 1


def finish(conn: Connection, job: str, now: int, due_at: int, failure: str = "") -> None:
    """Say that a job's run is over and when the next is due."""
    values = {"due_at": due_at, "held_until": 0, "ended_at": now, "failure": failure}
    conn.execute(update(t.job_runs).where(t.job_runs.c.job == job).values(**values))


def list_runs(conn: Connection) -> tuple[JobRun, ...]:
    """Return the last run of each job, by name."""
    rows = conn.execute(select(t.job_runs).order_by(t.job_runs.c.job)).mappings()
    return tuple(JobRun(**{n: row[n] for n in JobRun.__dataclass_fields__}) for row in rows)
