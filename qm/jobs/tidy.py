"""Removes what has served: changes that no page asks for any more, sessions that are over."""

from __future__ import annotations

from qm.io.store import feed
from qm.io.store.sessions import SessionLimits, end_stale_sessions
from qm.jobs.job import JobDeps

FEED_KEPT_MS = 24 * 3_600_000  # a page that was away for longer loads its lists anew
MINUTE_MS = 60_000


def tidy(deps: JobDeps, now: int) -> None:
    """Trim the change feed and end stale sessions."""
    limits = SessionLimits(idle_ms=deps.settings.idle_minutes * MINUTE_MS)
    with deps.database.write() as conn:
        feed.trim(conn, now - FEED_KEPT_MS)
        end_stale_sessions(conn, now, limits)
