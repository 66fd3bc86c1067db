"""Jobs run when they are due, one beside the other, until told to stop."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from qm.errors import StoreError
from qm.io.store.jobs import list_runs
from qm.jobs.job import Job, JobDeps
from qm.jobs.run import JOBS, READY_FILE, run_jobs, run_once
from qm.settings import Settings
from tests.io.store.samples import NOW


def failing(_deps: JobDeps, _now: int) -> None:
    raise StoreError("no")


def test_a_job_runs_once_in_its_time(deps: JobDeps) -> None:
    ran: list[int] = []
    job = Job("note", 60, lambda _deps, now: ran.append(now))
    assert run_once(deps, job, NOW)
    assert not run_once(deps, job, NOW + 59_999)
    assert run_once(deps, job, NOW + 60_000)
    assert ran == [NOW, NOW + 60_000]


def test_a_job_that_fails_says_so_and_is_due_again(deps: JobDeps) -> None:
    assert run_once(deps, Job("fails", 60, failing), NOW)
    with deps.database.read() as conn:
        (run,) = list_runs(conn)
    assert (run.failure, run.due_at) == ("StoreError", NOW + 60_000)


def test_a_slow_job_keeps_none_waiting(tmp_path: Path) -> None:
    stop, slow = threading.Event(), threading.Event()
    ran: list[str] = []

    def often(_deps: JobDeps, _now: int) -> None:
        assert (tmp_path / READY_FILE).exists()
        ran.append("often")
        if len(ran) == 3:
            slow.set()

    def wait(_deps: JobDeps, _now: int) -> None:
        assert slow.wait(20)
        stop.set()

    jobs = [Job("slow", 60, wait), Job("fails", 0.01, failing), Job("often", 0.01, often)]
    run_jobs(Settings(data_dir=tmp_path), stop, jobs)
    assert len(ran) >= 3
    assert not (tmp_path / READY_FILE).exists()


def test_a_defect_ends_the_process(tmp_path: Path) -> None:
    def broken(_deps: JobDeps, _now: int) -> None:
        raise KeyError("defect")

    others = Job("others", 0.01, lambda _deps, _now: None)
    with pytest.raises(KeyError):
        run_jobs(Settings(data_dir=tmp_path), threading.Event(), [Job("b", 60, broken), others])


def test_every_job_that_ships_can_run_on_an_empty_site(deps: JobDeps) -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    for job in JOBS:
        job.work(deps, NOW)
