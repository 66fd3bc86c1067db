"""Counts what is new of contacts and calls, so that the page of measures opens at once."""

from __future__ import annotations

from qm.io.store.figures import catch_up
from qm.jobs.job import JobDeps


def count_measures(deps: JobDeps, now: int) -> None:
    """Bring what measures are summed from up to date."""
    catch_up(deps.database, now)
