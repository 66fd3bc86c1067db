"""
The worker's side of the store: who owns a partition, how far each call is, and saving a step.

A step of a call is one transaction: its results, what the pages are told, what goes out on topics,
and the checkpoint from which the next owner goes on.  Every row has a natural key, so a step saved
again after an unclear commit changes nothing.  Each new owner of a partition raises its epoch; a
former owner that still runs is fenced off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select, update

from qm.errors import StoreError
from qm.io import tables as t
from qm.io.store import feed, outbox, people, restricted
from qm.io.store.documents import encode, to_ms
from qm.io.store.results import storable_turn, write_result
from qm.io.store.tombstones import is_erased
from qm.io.store.upsert import insert_new, upsert
from qm.io.wire import DeadLetter, encode_event
from qm.types import (
    Alert,
    CallClosed,
    CallFacts,
    CallMeta,
    CallOutcome,
    Event,
    Mark,
    RedactedTurn,
    TurnLabels,
)


class Fenced(StoreError):
    """Another worker owns the partition now: drop its calls, write nothing."""

    retriable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """From where a call goes on."""

    call_id: str
    topic: str
    partition: int
    first_offset: int  #: of the first record that is still needed
    next_offset: int  #: of the first record not yet taken in
    epoch: int  #: of the owner, from :func:`claim_partition`
    broker_id: str  #: of the broker that the offsets belong to
    blob: bytes | None = field(repr=False)  #: sealed state; None once closed
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of a call came to."""

    meta: CallMeta
    events: tuple[Event, ...]
    checkpoint: Checkpoint
    clock_ms: int  #: everything before it is heard
    marks: tuple[Mark, ...] = ()  #: all of the call, not only new ones
    broker_at: int | None = None  #: broker's time stamp, UTC ms, of the record that decided alerts
    reopened: bool = False  #: audio came after the end: the call is live again


_KINDS: dict[type[Any], feed.FeedKind] = {
    RedactedTurn: "turn",
    TurnLabels: "labels",
    CallFacts: "facts",
    CallOutcome: "outcome",
    Alert: "alert",
}


def claim_partition(conn: Connection, topic: str, partition: int, broker_id: str, now: int) -> int:
    """
    Make the caller the owner of a partition.

    Returns:
        Its epoch, higher than any before.  Steps of earlier owners are refused from now on; one
        that is being saved is waited for.
    """
    row = {"topic": topic, "partition": partition, "broker_id": broker_id, "claimed_at": now}
    insert_new(conn, t.partitions, [row | {"epoch": 0}])
    c = t.partitions.c
    epoch: int = conn.execute(
        update(t.partitions)
        .where(c.topic == topic, c.partition == partition)
        .values(epoch=c.epoch + 1, broker_id=broker_id, claimed_at=now)
        .returning(c.epoch)
    ).scalar_one()
    return epoch


def open_calls(conn: Connection, topic: str, partition: int) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of a partition's open calls, by the first offset they need."""
    c = t.checkpoints.c
    query = (
        select(t.checkpoints)
        .where(c.topic == topic, c.partition == partition, c.closed.is_(False))
        .order_by(c.first_offset, c.call_id)
    )
    return tuple(_checkpoint(row) for row in conn.execute(query).mappings())


def find_checkpoint(conn: Connection, call_id: str) -> Checkpoint | None:
    """Return the checkpoint of a call, open or closed."""
    query = select(t.checkpoints).where(t.checkpoints.c.call_id == call_id)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _checkpoint(row)


def save(conn: Connection, step: Step, now: int) -> None:
    """
    Write a step of a call, all or nothing, in the caller's transaction; of an erased one nothing.

    Args:
        conn: within a write.
        step: what happened.
        now: UTC ms.

    Raises:
        Fenced: the partition has a newer owner.
        InputError: a result is larger than its topic takes.
    """
    _check_owner(conn, step.checkpoint)
    if is_erased(conn, step.meta.call_id):
        return  # what was on its way when the call was erased must not make it again
    team, changed = _write_call(conn, step, now)
    changes: list[tuple[feed.FeedKind, str]] = [("call", "")] if changed else []
    for given in step.events:
        if isinstance(given, CallClosed):
            if changed:
                _publish(conn, given, step, now)
            continue
        event = storable_turn(given) if isinstance(given, RedactedTurn) else given
        ref = write_result(conn, event, now, step.broker_at)
        if ref is not None:
            changes.append((_KINDS.get(type(event), "scorecard"), ref))
            _publish(conn, event, step, now)
    upsert(conn, t.checkpoints, _checkpoint_values(step.checkpoint) | {"saved_at": now})
    rows = [
        feed.FeedRow(
            seq=0,
            at=now,
            kind=kind,
            call_id=step.meta.call_id,
            team=team,
            agent_id=step.meta.agent_id,
            ref=ref,
        )
        for kind, ref in dict.fromkeys(changes)
    ]
    feed.append(conn, rows)


def count_attempt(conn: Connection, topic: str, partition: int, offset: int, now: int) -> int:
    """
    Note that the record at ``offset`` is about to be worked on; commit before working on it.

    Returns:
        How often that was begun, this time included.  More than once means that the process died
        on it, or was stopped by chance.
    """
    c = t.attempts.c
    query = select(c.offset, c.begun).where(c.topic == topic, c.partition == partition)
    stored = conn.execute(query).one_or_none()
    begun = stored.begun + 1 if stored is not None and stored.offset == offset else 1
    row = {"topic": topic, "partition": partition, "offset": offset, "begun": begun}
    upsert(conn, t.attempts, row | {"last_at": now})
    return begun


def dead_letter(conn: Connection, letter: DeadLetter, now: int) -> bool:
    """Count a record that could not be used; return False when it was counted before."""
    row = {
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "at": now,
    }
    return insert_new(conn, t.dead_letters, [row]) == 1


def dead_letters(conn: Connection) -> dict[str, int]:
    """Return how many records could not be used, by reason."""
    c = t.dead_letters.c
    query = select(c.reason, func.count()).group_by(c.reason).order_by(c.reason)
    return {row.reason: row[1] for row in conn.execute(query)}


def _check_owner(conn: Connection, checkpoint: Checkpoint) -> None:
    c = t.partitions.c
    query = (
        select(c.epoch)
        .where(c.topic == checkpoint.topic, c.partition == checkpoint.partition)
        .with_for_update(read=True)  # a claim waits until this step is committed or gone
    )
    epoch = conn.execute(query).scalar_one_or_none()
    if epoch is not None and epoch > checkpoint.epoch:
        raise Fenced(f"partition {checkpoint.partition} belongs to epoch {epoch}")


def _write_call(conn: Connection, step: Step, now: int) -> tuple[str, bool]:
    """Upsert the call's own row; return its team and whether anything but its clock changed."""
    meta, c = step.meta, t.calls.c
    stored = conn.execute(select(t.calls).where(c.call_id == meta.call_id)).mappings().one_or_none()
    closed = next((e for e in reversed(step.events) if isinstance(e, CallClosed)), None)
    withheld = any(isinstance(e, RedactedTurn) and e.withheld for e in step.events)
    started_at = to_ms(meta.started_at)
    if stored is not None and stored["agent_id"] == meta.agent_id:
        team = stored["team"]
    else:
        team = people.team_at(conn, meta.agent_id, started_at)
    if stored is not None and (stored["queue"], stored["customer_ref"]) == (
        meta.queue, meta.customer_ref,
    ):  # fmt: skip
        access_group = stored["access_group"]
    else:
        access_group = restricted.group_of(conn, meta.queue, meta.customer_ref)
    values: dict[str, Any] = {
        "contact_id": meta.contact_id,
        "agent_id": meta.agent_id,
        "team": team,
        "queue": meta.queue,
        "direction": meta.direction,
        "language": meta.language or "",
        "medium": meta.medium,
        "channels": " ".join(meta.channels),
        "practice": meta.practice,
        "customer_ref": meta.customer_ref,
        "authenticated": meta.authenticated,
        "disposition": meta.disposition,
        "started_at": started_at,
        "access_group": access_group,
        "marks": encode(step.marks),
    }
    if closed is not None:
        values |= {
            "status": "closed",
            "duration_ms": closed.duration_ms,
            "complete": closed.complete,
            "held": closed.held,
            "reason": closed.reason,
            "pass": _last_pass(conn, step),
        }
    elif stored is None or step.reopened:
        values |= {"status": "live", "duration_ms": None, "complete": False, "reason": ""}
        values |= {"held": withheld or (stored is not None and stored["held"]), "pass": 0}
    elif withheld:
        values["held"] = True
    changed = stored is None or any(stored[name] != value for name, value in values.items())
    row = {"call_id": meta.call_id, "clock_ms": step.clock_ms, "updated_at": now} | values
    if stored is None:
        conn.execute(t.calls.insert().values(**row))
    elif changed or stored["clock_ms"] != step.clock_ms:
        conn.execute(t.calls.update().where(c.call_id == meta.call_id).values(**row))
    return team, changed


def _last_pass(conn: Connection, step: Step) -> int:
    """Return the newest recognition that the call has turns of, this step's included."""
    c = t.turns.c
    query = select(func.max(c["pass"])).where(c.call_id == step.meta.call_id)
    new = (event.pass_ for event in step.events if isinstance(event, RedactedTurn))
    return max(conn.execute(query).scalar_one() or 0, *new, 0)


def _publish(conn: Connection, event: Event, step: Step, now: int) -> None:
    if isinstance(event, Alert) and event.silent:
        return  # a rule that was not turned on must not reach anybody, by whatever way
    outbox.append(conn, encode_event(event), now, partition=step.checkpoint.partition)


def _checkpoint_values(checkpoint: Checkpoint) -> dict[str, Any]:
    return {name: getattr(checkpoint, name) for name in Checkpoint.__dataclass_fields__}


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(**{name: row[name] for name in Checkpoint.__dataclass_fields__})
