"""Small made-up values that the store's tests (and those of pages) save and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from qm.io.store.checkpoints import Checkpoint, Step, save
from qm.io.store.people import RosterRow, import_roster
from qm.io.store.scopes import ALL_TEAMS, Grant, Scope, UserRole
from qm.types import (
    Alert,
    Answer,
    CallClosed,
    CallFacts,
    CallId,
    CallMeta,
    CallOutcome,
    Event,
    Evidence,
    Label,
    ModelRef,
    RedactedTurn,
    RedactedWord,
    Redaction,
    Role,
    Scorecard,
    Severity,
    TurnLabels,
    Verdict,
)

STARTED = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
STARTED_MS = 1_772_460_300_000
NOW = STARTED_MS + 60_000
TOPIC = "qm.audio.v1"
MODEL = ModelRef(name="turn-labels", version="1")


def meta(call_id: str = "c1", **changes: Any) -> CallMeta:
    """Return what telephony says of a call of agent a1 in the queue billing."""
    given = CallMeta(
        call_id=CallId(call_id),
        started_at=STARTED,
        contact_id=f"k-{call_id}",
        channels=("agent", "customer"),
        agent_id="a1",
        queue="billing",
        language="en",
    )
    return replace(given, **changes)


def turn(index: int = 0, call_id: str = "c1", **changes: Any) -> RedactedTurn:
    """Return turn ``index``: the agent's where even, the customer's where odd."""
    start = index * 4_000
    text = f"This is [NAME_1] with sentence {index}"
    given = RedactedTurn(
        call_id=CallId(call_id),
        pass_=0,
        index=index,
        role=Role.CUSTOMER if index % 2 else Role.AGENT,
        speaker=index % 2,
        start_ms=start,
        end_ms=start + 3_000,
        text=text,
        words=(
            RedactedWord(start_ms=start, end_ms=start + 300, text="This", word_prob=0.9),
            RedactedWord(start_ms=start + 300, end_ms=start + 900, text="[NAME_1]", entity="NAME"),
        ),
        redactions=(
            Redaction(entity="NAME", start=8, end=16, start_ms=start + 300, end_ms=start + 900),
        ),
        asr_confidence=0.93,
    )
    return replace(given, **changes)


def labelled(index: int = 0, call_id: str = "c1", pass_: int = 0, **on: float) -> TurnLabels:
    """Return the labels of a turn: those given are decided, "apology" is not."""
    decided = tuple(Label(label=k, label_prob=v, on=True) for k, v in sorted(on.items()))
    return TurnLabels(
        call_id=CallId(call_id),
        pass_=pass_,
        turn_index=index,
        labels=(*decided, Label(label="apology", label_prob=0.1)),
        model=MODEL,
    )


def alert(alert_id: str = "al1", call_id: str = "c1", **changes: Any) -> Alert:
    """Return an urgent live alert."""
    given = Alert(
        alert_id=alert_id,
        call_id=CallId(call_id),
        rule="supervisor-asked",
        rule_version=1,
        severity=Severity.URGENT,
        at_ms=93_200,
        evidence=(Evidence(role=Role.CUSTOMER, start_ms=4_000, end_ms=7_000, turn_index=1),),
        act="Take it or tell the agent when.",
    )
    return replace(given, **changes)


def facts(call_id: str = "c1") -> CallFacts:
    """Return the counts of a short call."""
    both = {"agent": 61_000, "customer": 52_000}
    return CallFacts(
        call_id=CallId(call_id),
        duration_ms=141_000,
        talk_ms=both,
        turns={"agent": 9, "customer": 8},
        words=both,
        words_per_minute={"agent": 151.5, "customer": 140.0},
        overlap_ms=300,
        non_talk_ms=9_000,
        longest_silence_ms=4_000,
        silences=(),
        interruptions={"agent": 1},
        hold_ms=0,
        holds=0,
        lost_ms=0,
        mean_response_ms={"agent": 700},
        redacted_words=12,
        withheld_turns=0,
    )


def outcome(call_id: str = "c1", resolution: str | None = "resolved") -> CallOutcome:
    """Return what a call came to."""
    return CallOutcome(
        call_id=CallId(call_id),
        resolution=Verdict(value=resolution, verdict_prob=0.88),
        identity=Verdict(value="verified_before_disclosure", verdict_prob=0.9),
        escalation_requested=Verdict(value=False, verdict_prob=0.99),
        red_flag=Verdict(value=None),
        effort=Verdict(value=2),
        satisfaction=Verdict(value=4),
    )


def scorecard(call_id: str = "c1", **changes: Any) -> Scorecard:
    """Return a scorecard with one answer."""
    answer = Answer(
        question="identity-verified",
        state="answered",
        answer="yes",
        points=20.0,
        max_points=20.0,
        who="M",
        source="rule",
        evidence=(Evidence(role=Role.AGENT, start_ms=0, end_ms=3_000, turn_index=0),),
        why="two identifiers before the first disclosure",
    )
    given = Scorecard(
        call_id=CallId(call_id),
        form="patient-access@1",
        answers=(answer,),
        critical=(),
        percent=82.5,
        percent_low=78.0,
        percent_high=86.0,
        coverage=0.92,
    )
    return replace(given, **changes)


def closed(call_id: str = "c1", **changes: Any) -> CallClosed:
    """Return the last word on a call that ended as it should."""
    given = CallClosed(
        call_id=CallId(call_id), duration_ms=141_000, complete=True, reason="ended", held=False
    )
    return replace(given, **changes)


def checkpoint(call_id: str = "c1", **changes: Any) -> Checkpoint:
    """Return a checkpoint in partition 3, epoch 1."""
    given = Checkpoint(
        call_id=call_id,
        topic=TOPIC,
        partition=3,
        first_offset=100,
        next_offset=140,
        epoch=1,
        broker_id="b1",
        blob=b"sealed state",
    )
    return replace(given, **changes)


def step(*events: Event, call: CallMeta | None = None, **changes: Any) -> Step:
    """Return a step with these events."""
    call = call or meta()
    given = Step(meta=call, events=events, checkpoint=checkpoint(call.call_id), clock_ms=10_000)
    return replace(given, **changes)


def saved(conn: Connection, *events: Event, **options: Any) -> None:
    """Save one step with these events at ``NOW``."""
    save(conn, step(*events, **options), NOW)


def scope(*grants: tuple[UserRole, str], agent_id: str = "", user_id: str = "u1") -> Scope:
    """Return a scope with grants (role, team); a supervisor of all teams by default."""
    given = grants or (("supervisor", ALL_TEAMS),)
    granted = frozenset(Grant(role=role, team=team) for role, team in given)
    return Scope(user_id=user_id, grants=granted, agent_id=agent_id)


def roster(conn: Connection, teams: Sequence[tuple[str, str]] = (("a1", "A"), ("a2", "B"))) -> None:
    """Put agents on the roster, each in a team from the beginning of time."""
    rows = [RosterRow(agent_id=a, name=f"Agent {a}", team=team) for a, team in teams]
    import_roster(conn, rows)
