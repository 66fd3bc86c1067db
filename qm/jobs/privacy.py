"""
Erasing: what retention says is over, and customers whom somebody asked to erase.

Holds and minimum retention win over both.  It is written down first, then the objects go, then the
rows and the key: what a crash leaves is found again by the next run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from qm.io.store import audit, erasing, erasures, queues, tombstones
from qm.io.store.erasing import Erasable
from qm.io.store.erasures import Erasure, Report
from qm.io.store.holds import holding
from qm.io.store.upsert import in_chunks
from qm.jobs.job import JobDeps
from qm.settings import Settings

DAY_MS = 86_400_000
SERVICE = "service"
"""Who did it, in the audit trail, where no person did."""
AT_ONCE = 50  # calls of one transaction: the worker waits no longer than for these
TOMBSTONES_KEPT_MS = 400 * DAY_MS
"""No topic keeps records for longer, and a site that imports its archive again does so sooner."""


def retain(deps: JobDeps, now: int) -> None:
    """Erase the calls whose time is over, queue by queue."""
    with deps.database.read() as conn:
        days = days_of(conn, deps.settings)
        found = [
            one
            for queue, (kept, _) in days.items()
            if kept
            for one in erasing.calls_before(conn, queue, now - kept * DAY_MS)
        ]
        minimum = {queue: least * DAY_MS for queue, (_, least) in days.items()}
        plan = erasing.plan(found, holding(conn), minimum, now)
    if plan.erase:
        _erase(deps, plan.erase, "retention", now)
        deps.database.scrub()
    with deps.database.write() as conn:
        tombstones.forget_before(conn, now - TOMBSTONES_KEPT_MS)


def erase_customers(deps: JobDeps, now: int) -> None:
    """Carry out the requests to erase a customer; one with a live call waits for its end."""
    with deps.database.read() as conn:
        waiting = erasures.list_erasures(conn, waiting=True)
    for request in waiting:
        _erase_customer(deps, request, now)


def days_of(conn: Connection, settings: Settings) -> Mapping[str, tuple[int, int]]:
    """
    Return for each queue that has calls how long they are kept.

    Returns:
        Queue -> (days after which calls are erased, 0 for never; days before which they are not).
    """
    described = {queue.queue: queue.settings for queue in queues.list_queues(conn)}
    found: dict[str, tuple[int, int]] = {}
    for queue in erasing.queues_of_calls(conn):
        given = described.get(queue, {})
        kept = int(given.get("retention_days", settings.retention_days))
        least = int(given.get("minimum_days", settings.minimum_days))
        found[queue] = (max(kept, least) if kept else 0, least)
    return found


def _erase_customer(deps: JobDeps, request: Erasure, now: int) -> None:
    with deps.database.read() as conn:
        found = erasing.calls_of_customer(conn, request.customer_ref)
        minimum = {q: least * DAY_MS for q, (_, least) in days_of(conn, deps.settings).items()}
        plan = erasing.plan(found, holding(conn), minimum, now)
    rows, objects = _erase(deps, plan.erase, request.customer_hash, now)
    before = request.report
    report = Report(
        calls=before.calls + len(plan.erase),
        rows=dict(sorted((Counter(before.rows) + rows).items())),
        objects=before.objects + objects,
        events=before.events,
        kept=plan.kept,
    )
    if plan.live:
        with deps.database.write() as conn:
            erasures.note(conn, request.erasure_id, report, None)
        return
    deps.database.scrub()  # a request whose words may still be in a file is not done
    with deps.database.write() as conn:
        events = erasing.erase_contacts(conn, request.customer_ref, now)
        entry = audit.Entry(
            user_id=SERVICE, action="erase", kind="erasure", object_id=request.erasure_id,
            detail={"customer": request.customer_hash, "calls": report.calls,
                    "kept": len(report.kept)},
        )  # fmt: skip
        audit.append(conn, entry, now)
        done = Report(
            calls=report.calls, rows=report.rows, objects=report.objects,
            events=report.events + events, kept=report.kept,
        )  # fmt: skip
        erasures.note(conn, request.erasure_id, done, now)


def _erase(
    deps: JobDeps, calls: Collection[Erasable], why: str, now: int
) -> tuple[Counter[str], int]:
    """Erase calls, say so in the audit trail, and return the rows by table and the objects."""
    rows: Counter[str] = Counter()
    objects = 0
    for some in in_chunks(tuple(calls), AT_ONCE):
        with deps.database.write() as conn:
            for one in some:
                # the hash links what was audited of an erased call to its customer
                hashed = tombstones.id_hash("customer", one.customer_ref)
                detail = {"customer": hashed if one.customer_ref else "", "why": why}
                entry = audit.Entry(
                    user_id=SERVICE, action="erase", kind="call", object_id=one.call_id,
                    detail=detail,
                )  # fmt: skip
                audit.append(conn, entry, now)
        objects += sum(deps.blobs.delete_call(one.call_id) for one in some)
        with deps.database.write() as conn:
            rows += erasing.erase_calls(conn, [one.call_id for one in some], now)
    return rows, objects
