"""Clips expire; what is under legal hold is kept and still not heard."""

from __future__ import annotations

from sqlalchemy import select

from qm.io import tables as t
from qm.io.store import holds
from qm.io.store.clips import list_clips
from qm.jobs.clips import expire
from qm.jobs.job import JobDeps
from tests.io.store.coaching import COACH, SOON, cut, finished


def left(deps: JobDeps) -> set[str]:
    with deps.database.read() as conn:
        return set(conn.execute(select(t.clips.c.clip_id)).scalars())


def test_clips_go_when_their_time_is_over(deps: JobDeps) -> None:
    with deps.database.write() as conn:
        finished(conn)
        old, young = cut(conn), cut(conn, expires_at=SOON + 1)
    expire(deps, SOON - 1)
    assert left(deps) == {old, young}
    expire(deps, SOON)
    expire(deps, SOON)
    assert left(deps) == {young}


def test_a_hold_keeps_what_was_said_but_nobody_hears_it(deps: JobDeps) -> None:
    with deps.database.write() as conn:
        finished(conn, customer_ref="c-9")
        clip_id = cut(conn)
        hold_id = holds.place(conn, "customer", "c-9", "2026-17", "colin", SOON)
    expire(deps, SOON)
    assert left(deps) == {clip_id}
    with deps.database.write() as conn:
        assert list_clips(conn, COACH, SOON) == ()
        holds.lift(conn, hold_id, "colin", SOON)
    expire(deps, SOON)
    assert left(deps) == set()
