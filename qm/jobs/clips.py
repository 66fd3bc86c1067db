"""Removes clips whose time is over, but for those of calls under legal hold."""

from __future__ import annotations

from structlog import get_logger

from qm.io.store.clips import calls_of_expired, expire_clips
from qm.io.store.holds import holding
from qm.jobs.job import JobDeps

log = get_logger()


def expire(deps: JobDeps, now: int) -> None:
    """
    Remove what nobody may hear any more: spans, titles, reasons, who was to hear them.

    Clips of held calls cannot be heard after their time either, but what was said of them is kept.
    """
    with deps.database.write() as conn:
        held = holding(conn)
        kept = {
            call.call_id
            for call in calls_of_expired(conn, now)
            if held.of(call.call_id, call.customer_ref, call.queue)
        }
        removed = expire_clips(conn, now, kept)
    if removed:
        deps.database.scrub()
        log.info("clips_expired", count=removed)
