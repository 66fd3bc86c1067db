"""What happened to contacts (queued, answered, on hold, ...), and what of it shows on a call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, or_, select

from qm.io import tables as t
from qm.io.store.documents import storable, to_datetime, to_ms
from qm.io.store.tombstones import buried
from qm.io.store.upsert import insert_new, upsert_all
from qm.types import CallMeta, ContactEvent, EventKind, Mark, MarkKind

ENDED_BY: dict[MarkKind, frozenset[EventKind]] = {
    "hold": frozenset({"resume", "transferred", "ended"}),
    "capture_off": frozenset({"capture_on", "ended"}),
}


def insert(conn: Connection, events: Iterable[ContactEvent], now: int) -> int:
    """
    Store events and return how many were new: one that came before counts once.

    What belongs to an erased call or contact is dropped.
    """
    given = list(events)
    calls = buried(conn, "call", {event.call_id for event in given})
    contacts = buried(conn, "contact", {event.contact_id for event in given})
    kept = [e for e in given if e.call_id not in calls and e.contact_id not in contacts]
    mark_changed(conn, {event.contact_id for event in kept}, now)
    return insert_new(conn, t.events, (_values(event) | {"stored_at": now} for event in kept))


def mark_changed(conn: Connection, contact_ids: Iterable[str], now: int) -> None:
    """Note that what is counted of these contacts is to be worked out again."""
    rows = [{"contact_id": one, "at": now} for one in sorted(contact_ids)]  # one order of locks
    upsert_all(conn, t.contact_changes, rows)


def events_of(conn: Connection, contact_id: str) -> tuple[ContactEvent, ...]:
    """Return what happened to a contact, by time."""
    e = t.events.c
    return _events(conn, e.contact_id == contact_id)


def events_of_contacts(conn: Connection, contact_ids: Sequence[str]) -> tuple[ContactEvent, ...]:
    """Return what happened to some contacts (at most some hundred), by time."""
    return _events(conn, t.events.c.contact_id.in_(contact_ids))


def marks_of(conn: Connection, meta: CallMeta) -> tuple[Mark, ...]:
    """
    Return the holds, pauses of recording and transfers of a call, on its own time line.

    Events count that name the call, or its contact and no other call.  A hold lasts until resume,
    transfer or end; a hold that began before the call's first sample begins at 0.
    """
    e = t.events.c
    same_contact = and_(e.call_id == "", e.contact_id == meta.contact_id)
    return marks(meta, _events(conn, or_(e.call_id == meta.call_id, same_contact)))


def marks(meta: CallMeta, events: Sequence[ContactEvent]) -> tuple[Mark, ...]:
    """Return the marks that ``events`` (by time) leave on a call, by start."""
    start_at = to_ms(meta.started_at)
    found: list[Mark] = []
    open_at: dict[MarkKind, int] = {}
    for event in events:
        at_ms = to_ms(event.at) - start_at
        for kind, enders in ENDED_BY.items():
            if event.kind == kind:
                open_at.setdefault(kind, at_ms)
            elif event.kind in enders and kind in open_at:
                begun = open_at.pop(kind)
                if at_ms > 0:
                    found.append(Mark(kind=kind, start_ms=max(0, begun), end_ms=at_ms))
        if event.kind == "transferred" and at_ms >= 0:
            mark = Mark(kind="transferred", start_ms=at_ms, end_ms=at_ms, target=event.target)
            found.append(mark)
    found += [Mark(kind=kind, start_ms=max(0, begun)) for kind, begun in open_at.items()]
    return tuple(sorted(found, key=lambda mark: (mark.start_ms, mark.kind)))


def _events(conn: Connection, condition: object) -> tuple[ContactEvent, ...]:
    e = t.events.c
    query = select(t.events).where(condition).order_by(e.at, e.event_id)  # type: ignore[arg-type]
    names = set(ContactEvent.__dataclass_fields__) - {"at", "agent"}
    return tuple(
        ContactEvent(
            at=to_datetime(row["at"]), agent=row["agent_id"], **{name: row[name] for name in names}
        )
        for row in conn.execute(query).mappings()
    )


def _values(event: ContactEvent) -> dict[str, object]:
    names = set(ContactEvent.__dataclass_fields__) - {"at", "agent"}
    values = {name: getattr(event, name) for name in names}
    values |= {"at": to_ms(event.at), "agent_id": event.agent}
    return {k: storable(v) if isinstance(v, str) else v for k, v in values.items()}
