"""
The jobs process: each job in a thread of its own, so that a long one keeps none waiting.

A job that fails as it may (:class:`~qm.errors.QmError`) is logged and tried again when it is next
due; a defect ends the process, and whoever watches over it starts it anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from structlog import get_logger

from qm.errors import QmError, StoreError
from qm.io.blobs import open_blobs
from qm.io.database import migrate, open_database
from qm.io.store import jobs as job_store
from qm.io.vault import open_vault
from qm.jobs.alerts import hand_on, tell_webhook
from qm.jobs.clips import expire
from qm.jobs.job import Job, JobDeps
from qm.jobs.measures import count_measures
from qm.jobs.privacy import erase_customers, retain
from qm.jobs.review import review
from qm.jobs.tidy import tidy
from qm.settings import Settings

log = get_logger()

JOBS: tuple[Job, ...] = (
    Job("hand-on", 2, hand_on, lease_s=30),
    Job("webhook", 2, tell_webhook, lease_s=600),
    Job("erasures", 5, erase_customers, lease_s=1_800),
    Job("retention", 3_600, retain, lease_s=3_600),
    Job("tidy", 3_600, tidy),
    Job("clips", 3_600, expire),
    Job("review", 15, review),
    Job("measures", 30, count_measures),
)

LOOK_S = 30.0
"""How late a rare job may begin: the last run may have been another process's."""

READY_FILE = "jobs.ready"
"""In ``data_dir`` while the jobs run: what a start script or a probe may look for."""


def open_deps(settings: Settings) -> JobDeps:
    """Open database, objects and keys; make them where they are missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database)
    return JobDeps(
        database=open_database(settings.database),
        blobs=open_blobs(settings.objects),
        vault=open_vault(settings.kek_file, create=True),
        settings=settings,
    )


def run_jobs(settings: Settings, stop: threading.Event, jobs: Sequence[Job] = JOBS) -> None:
    """
    Run the jobs when they are due until ``stop`` is set.

    Raises:
        ConfigError: the database or the key file are not right.
    """
    deps = open_deps(settings)
    ready_file = settings.data_dir / READY_FILE
    ready_file.touch()
    log.info("jobs_started", count=len(jobs))
    try:
        with ThreadPoolExecutor(max_workers=len(jobs), thread_name_prefix="job") as pool:
            running = [pool.submit(_repeat, deps, job, stop) for job in jobs]
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            stop.set()  # one has ended by a defect: so do the others
        for one in done:
            one.result()
    finally:
        ready_file.unlink(missing_ok=True)
        deps.database.close()
        log.info("jobs_stopped")


def run_once(deps: JobDeps, job: Job, now: int) -> bool:
    """
    Run a job if it is due and nobody else has it.

    Returns:
        Whether it was run; one that failed was.

    Raises:
        StoreError: nobody could find out.
    """
    with deps.database.write() as conn:
        if not job_store.begin(conn, job.name, now, int(job.lease_s * 1000)):
            return False
    failure = ""
    try:
        job.work(deps, now)
    except QmError as wrong:
        failure = type(wrong).__name__
        log.error("job_failed", stage=job.name, exc_info=wrong)
    with deps.database.write() as conn:
        due_at = now + int(job.every_s * 1000)
        job_store.finish(conn, job.name, _now(), due_at, failure)
    return True


def _repeat(deps: JobDeps, job: Job, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            run_once(deps, job, _now())
        except StoreError as wrong:
            log.warning("job_not_begun", stage=job.name, exc_info=wrong)
        stop.wait(min(job.every_s, LOOK_S))


def _now() -> int:
    return time.time_ns() // 1_000_000
