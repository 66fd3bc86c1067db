"""The rows of each result of a call; to write the same result again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from qm.io import tables as t
from qm.io.store.documents import encode, storable
from qm.io.store.upsert import upsert
from qm.types import (
    Alert,
    CallFacts,
    CallOutcome,
    RedactedTurn,
    Scorecard,
    TurnLabels,
)

Result = RedactedTurn | TurnLabels | Alert | CallFacts | CallOutcome | Scorecard


def write_result(conn: Connection, result: Result, now: int, broker_at: int | None) -> str | None:
    """
    Write one result in the caller's transaction.

    Args:
        conn: within a write.
        result: what the pipeline gave out.
        now: UTC ms.
        broker_at: broker's time stamp (UTC ms) of the record that decided it; kept with alerts.

    Returns:
        What the feed calls it (``"0:17"`` for turn 17 of pass 0), or None when nothing changed.
    """
    match result:
        case RedactedTurn():
            return _write_turn(conn, result)
        case TurnLabels():
            return _write_labels(conn, result)
        case Alert():
            return _write_alert(conn, result, now, broker_at)
        case Scorecard():
            return _write_scorecard(conn, result, now)
        case CallFacts():
            return _write_document(
                conn, t.facts, {"call_id": result.call_id, "facts": encode(result)}
            )
        case CallOutcome():
            values = (result.resolution.value, result.identity.value)
            resolution, identity = (None if v is None else str(v) for v in values)
            row = {
                "call_id": result.call_id,
                "outcome": encode(result),
                "resolution": resolution,
                "identity": identity,
            }
            return _write_document(conn, t.outcomes, row)


def storable_turn(turn: RedactedTurn) -> RedactedTurn:
    """Return a turn whose text both databases and all topics take, see ``documents.storable``."""
    if storable(turn.text) is turn.text:
        return turn
    words = tuple(replace(word, text=storable(word.text)) for word in turn.words)
    return replace(turn, text=storable(turn.text), words=words)


def turn_values(turn: RedactedTurn) -> dict[str, Any]:
    """Return the columns of a turn but its ``id``."""
    return {
        "call_id": turn.call_id,
        "pass": turn.pass_,
        "turn_index": turn.index,
        "role": turn.role.value,
        "speaker": turn.speaker,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "text": turn.text,
        "words": encode(turn.words),
        "redactions": encode(turn.redactions),
        "withheld": turn.withheld,
        "on_hold": turn.on_hold,
        "asr_confidence": turn.asr_confidence,
        "language": turn.language,
        "medium": turn.medium,
        "revision": turn.revision,
        "redaction_version": turn.redaction_version,
    }


def _write_turn(conn: Connection, turn: RedactedTurn) -> str | None:
    values = turn_values(turn)
    c = t.turns.c
    key = and_(c.call_id == turn.call_id, c["pass"] == turn.pass_, c.turn_index == turn.index)
    stored = conn.execute(select(t.turns).where(key)).mappings().one_or_none()
    if stored is None:
        conn.execute(insert(t.turns), values)
    else:
        # A corrected redaction beats any later growth that was redacted the old way: what was once
        # removed must not come back.
        version = (stored["redaction_version"], stored["revision"])
        if version > (turn.redaction_version, turn.revision):
            return None
        if all(stored[name] == value for name, value in values.items()):
            return None
        conn.execute(update(t.turns).where(key).values(**values))
    return f"{turn.pass_}:{turn.index}"


def _write_labels(conn: Connection, labels: TurnLabels) -> str | None:
    row = {
        "call_id": labels.call_id,
        "pass": labels.pass_,
        "turn_index": labels.turn_index,
        "labels": encode(labels.labels),
        "model": labels.model.name,
        "model_version": labels.model.version,
    }
    if _write_document(conn, t.labels, row) is None:
        return None
    key = {name: row[name] for name in ("call_id", "pass", "turn_index")}
    hits = t.label_hits.c
    conn.execute(t.label_hits.delete().where(*(hits[name] == value for name, value in key.items())))
    decided = [
        key | {"label": label.label, "label_prob": label.label_prob}
        for label in labels.labels
        if label.on
    ]
    if decided:
        conn.execute(insert(t.label_hits), decided)
    return f"{labels.pass_}:{labels.turn_index}"


def _write_alert(conn: Connection, alert: Alert, now: int, broker_at: int | None) -> str | None:
    c = t.alerts.c
    query = select(c.closed_ms).where(c.alert_id == alert.alert_id)
    stored = conn.execute(query).one_or_none()
    by_itself = alert.closed_ms is not None
    if stored is None:
        row = {
            "alert_id": alert.alert_id,
            "call_id": alert.call_id,
            "rule": alert.rule,
            "rule_version": alert.rule_version,
            "severity": alert.severity.value,
            "at_ms": alert.at_ms,
            "evidence": encode(alert.evidence),
            "act": alert.act,
            "when": alert.when,
            "silent": alert.silent,
            "closed_ms": alert.closed_ms,
            "raised_at": now,
            "broker_at": broker_at,
            "state": "closed" if by_itself else "open",
            "closed_at": now if by_itself else None,
        }
        people = ("claimed_by", "acknowledged_by", "closed_by", "rated_by")
        empty = dict.fromkeys((*people, "outcome", "useful", "useful_reason"), "")
        conn.execute(insert(t.alerts).values(**row, **empty))
        return alert.alert_id
    if not by_itself or stored.closed_ms is not None:
        return None
    conn.execute(
        update(t.alerts).where(c.alert_id == alert.alert_id).values(closed_ms=alert.closed_ms)
    )
    conn.execute(
        update(t.alerts)
        .where(c.alert_id == alert.alert_id, c.state != "closed")
        .values(state="closed", closed_at=now)
    )
    return alert.alert_id


def _write_scorecard(conn: Connection, card: Scorecard, now: int) -> str | None:
    c = t.scorecards.c
    query = select(c["pass"], c.scorecard).where(c.call_id == card.call_id, c.form == card.form)
    stored = conn.execute(query).one_or_none()
    document = encode(card)
    if stored is not None and (stored[0] > card.pass_ or stored.scorecard == document):
        return None
    row = {
        "call_id": card.call_id,
        "form": card.form,
        "pass": card.pass_,
        "scorecard": document,
        "percent": card.percent,
        "percent_low": card.percent_low,
        "percent_high": card.percent_high,
        "coverage": card.coverage,
        "not_scoreable": card.not_scoreable,
        "saved_at": now,
    }
    upsert(conn, t.scorecards, row)
    return card.form


def _write_document(conn: Connection, table: Any, row: dict[str, Any]) -> str | None:
    key = [column == row[column.name] for column in table.primary_key]
    stored = conn.execute(select(table).where(*key)).mappings().one_or_none()
    if stored is not None and dict(stored) == row:
        return None
    upsert(conn, table, row)
    return ""
