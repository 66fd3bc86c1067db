"""A small contact center for tests of the pages: people, calls, alerts, one recording."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import soundfile
from fastapi import FastAPI
from starlette.testclient import TestClient

from qm.io.blobs import Blobs
from qm.io.database import Database
from qm.io.store import keys, rules
from qm.io.store.audio import AudioObject, save_audio
from qm.io.store.checkpoints import Checkpoint, Step, save
from qm.io.store.people import RosterRow, import_roster
from qm.io.store.scopes import Grant, UserRole
from qm.io.store.sessions import open_session
from qm.io.store.users import NewUser, add_user, hash_password
from qm.io.vault import Vault
from qm.types import (
    Alert,
    Answer,
    CallClosed,
    CallFacts,
    CallId,
    CallMeta,
    CallOutcome,
    CriticalFinding,
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
    SpeechSpan,
    TurnLabels,
    Verdict,
)
from qm.web.app import create_app
from qm.web.deps import FormText, QuestionText, RuleText, WebDeps

NOW = int(datetime(2026, 11, 23, 19, 5, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD)  # once: it takes a third of a second
MODEL = ModelRef(name="turn-labels", version="1")
PLACEHOLDER = re.compile(r"\[([A-Z_]+?)(_\d+)?\]")
RATE = 8_000

RULES = (
    RuleText(rule="red-flag-no-step", title="Red flag without a step", severity="urgent",
             when="live", act="Join or message: emergency step now.", budget=0.2,
             to=("lead on duty", "supervisor")),
    RuleText(rule="supervisor-asked", title="Asked for a supervisor", severity="warn", when="live",
             act="Take it or tell the agent when.", budget=0.5, to=("supervisor",)),
    RuleText(rule="possible-disclosure", title="Possible disclosure, to be checked",
             severity="info", when="after", to=("compliance",)),
    RuleText(rule="vague-ending", title="Vague ending", severity="info", when="after",
             to=("reviewer",)),
)  # fmt: skip
FORM = FormText(
    form="patient-access@1",
    title="Patient access",
    questions=(
        QuestionText(question="opening", section="Opening and identity", guidance="Any wording.",
                     text="Did the agent say where the caller has reached, and their own name?"),
        QuestionText(question="next-step", section="Getting it done",
                     text="Did the call end with the need met, or with a clear next step?"),
        QuestionText(question="right-person", section="Opening and identity",
                     text="Was every fact given only to someone identified and entitled to it?"),
    ),
)  # fmt: skip

DIALOGUE = (
    ("agent", "Thank you for calling Riverside Clinic, this is [NAME_1], how can I help?",
     {"greeting": 0.98}),
    ("customer", "Hi, I have called twice about my referral and nobody called me back.",
     {"repeat_contact": 0.95, "dissatisfaction": 0.9}),
    ("agent", "I am sorry, that is not how it should be. May I have your date of birth?",
     {"apology": 0.9, "empathy_strong": 0.88, "verification": 0.97}),
    ("customer", "It is [DATE_1] and my name is [NAME_2].", {}),
    ("agent", "Thank you. I will send it to Dr. [NAME_3] now, and call you by four today.",
     {"specific_instructions": 0.93}),
    ("customer", "That would be a relief, thank you.", {"satisfaction": 0.9}),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running center: what the pages are built on."""

    deps: WebDeps
    users: dict[str, str]  #: name -> user id

    def app(self) -> FastAPI:
        return create_app(self.deps)

    def client(self, name: str | None = None, **changes: Any) -> TestClient:
        """Return a client, with a session of ``name``; an app's background work does not run."""
        client = TestClient(
            create_app(replace(self.deps, **changes)),
            base_url="http://127.0.0.1",
            client=("127.0.0.1", 50_000),
            follow_redirects=False,
        )
        if name is not None:
            with self.deps.database.write() as conn:
                now = client.app.state.deps.now()  # type: ignore[attr-defined]
                token = open_session(conn, self.users[name], now, second_factor=False)
            client.cookies.set("qm", token)
        return client


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Fill in the sign-in form."""
    csrf = token_of(client.get("/sign-in").text)
    form = {"csrf": csrf, "name": name, "password": password, **more}
    return client.post("/sign-in", data=form)


def token_of(page: str) -> str:
    """Return the CSRF token of a page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]


def post(client: TestClient, path: str, **form: str) -> httpx.Response:
    """Post a form with the session's token."""
    csrf = client.get("/api/v1/me").json()["csrf"]
    return client.post(path, data={"csrf": csrf, **form})


def make_site(database: Database, blobs: Blobs, vault: Vault, **changes: Any) -> Site:
    """Fill an empty database with people and rules that are on."""
    deps = WebDeps(
        database=database, blobs=blobs, vault=vault, site_name="Riverside Access Center",
        zone=ZoneInfo("America/New_York"), secure_cookies=False, rules=RULES, forms=(FORM,),
        now=lambda: NOW,
    )  # fmt: skip
    with database.write() as conn:
        import_roster(conn, ROSTER)
        users = {name: _add(conn, name, *rest) for name, *rest in PEOPLE}
        rules.begin_with(conn, ["red-flag-no-step", "supervisor-asked"], NOW - 86_400_000)
    return Site(deps=replace(deps, **changes), users=users)


ROSTER = [
    RosterRow(agent_id="a1", name="Maria Lopez", team="scheduling"),
    RosterRow(agent_id="a2", name="Tom Becker", team="scheduling"),
    RosterRow(agent_id="a3", name="Wilhelmina Featherstonehaugh-Oyelaran", team="billing"),
]
PEOPLE: tuple[tuple[str, str, UserRole, str, str], ...] = (
    ("sam", "Sam Supervisor", "supervisor", "*", ""),
    ("sue", "Sue of scheduling", "supervisor", "scheduling", ""),
    ("rita", "Rita Reviewer", "reviewer", "*", ""),
    ("cora", "Cora Coach", "coach", "scheduling", ""),
    ("colin", "Colin Compliance", "compliance", "*", ""),
    ("ada", "Ada Administrator", "admin", "*", ""),
    ("maria", "Maria Lopez", "agent", "scheduling", "a1"),
)


def _add(conn: Any, name: str, shown: str, role: UserRole, team: str, agent_id: str) -> str:
    grants = frozenset({Grant(role=role, team=team)})
    user = NewUser(name=name, shown_as=shown, password_hash=HASH, grants=grants, agent_id=agent_id)
    return add_user(conn, user, NOW - 86_400_000)


# ------------------------------------------------------------------------------------- calls


def meta(call_id: str, **changes: Any) -> CallMeta:
    """Return a call of Maria in scheduling that began two minutes ago."""
    given = CallMeta(
        call_id=CallId(call_id), started_at=datetime.fromtimestamp(NOW / 1000 - 120, UTC),
        contact_id=f"k-{call_id}", channels=("agent", "customer"), agent_id="a1",
        queue="New patients", language="en",
    )  # fmt: skip
    return replace(given, **changes)


def turn(call_id: str, index: int, role: str, text: str, **changes: Any) -> RedactedTurn:
    """Return a turn of even pace, four seconds after the one before."""
    start = index * 6_000
    spoken = [
        RedactedWord(
            start_ms=start + i * 300, end_ms=start + i * 300 + 260, text=word,
            word_prob=0.4 if word == "referral" else 0.95,
            entity=found[1] if (found := PLACEHOLDER.search(word)) else "",
        )
        for i, word in enumerate(text.split())
    ]  # fmt: skip
    given = RedactedTurn(
        call_id=CallId(call_id), pass_=0, index=index, role=Role(role),
        speaker=0 if role == "agent" else 1, start_ms=start, end_ms=spoken[-1].end_ms, text=text,
        words=tuple(spoken),
        redactions=tuple(
            Redaction(entity=m[1], start=m.start(), end=m.end(), start_ms=w.start_ms,
                      end_ms=w.start_ms + 1_400)
            for m in PLACEHOLDER.finditer(text) for w in spoken if m[0] in w.text
        ),
        asr_confidence=0.93,
    )  # fmt: skip
    return replace(given, **changes)


def labelled(call_id: str, index: int, on: dict[str, float]) -> TurnLabels:
    """Return the labels of a turn, all of them decided."""
    decided = tuple(Label(label=k, label_prob=v, on=True) for k, v in on.items())
    return TurnLabels(
        call_id=CallId(call_id), pass_=0, turn_index=index, labels=decided, model=MODEL
    )


def alert(call_id: str, rule: str = "supervisor-asked", **changes: Any) -> Alert:
    """Return a live alert that rests on the caller's first turn."""
    known = next(one for one in RULES if one.rule == rule)
    given = Alert(
        alert_id=f"{rule}-{call_id}", call_id=CallId(call_id), rule=rule, rule_version=1,
        severity=Severity(known.severity), at_ms=20_000, act=known.act,
        when="live" if known.when == "live" else "after",
        evidence=(Evidence(role=Role.CUSTOMER, start_ms=6_000, end_ms=9_900, turn_index=1),),
    )  # fmt: skip
    return replace(given, **changes)


def save_step(site: Site, given: CallMeta, events: Sequence[Event], clock_ms: int) -> None:
    """Save a step of a call as the worker does."""
    closed = any(isinstance(event, CallClosed) for event in events)
    step = Step(
        meta=given, events=tuple(events), clock_ms=clock_ms, broker_at=site.deps.now() - 1_200,
        checkpoint=Checkpoint(
            call_id=given.call_id, topic="qm.audio.v1", partition=0, first_offset=0, next_offset=1,
            epoch=0, broker_id="b", blob=None, closed=closed,
        ),
    )  # fmt: skip
    with site.deps.database.write() as conn:
        save(conn, step, site.deps.now())


def talk(call_id: str, turns: int = len(DIALOGUE)) -> list[Event]:
    """Return the first turns of the dialogue with their labels."""
    events: list[Event] = []
    for index, (role, text, on) in enumerate(DIALOGUE[:turns]):
        events += [turn(call_id, index, role, text), labelled(call_id, index, on)]
    return events


def save_live(site: Site, call_id: str, turns: int = 3, *more: Event, **changes: Any) -> CallMeta:
    """Save a live call."""
    given = meta(call_id, **changes)
    save_step(site, given, [*talk(call_id, turns), *more], clock_ms=118_000)
    return given


def save_closed(site: Site, call_id: str, *more: Event, **changes: Any) -> CallMeta:
    """Save a call that has ended, with facts, outcome and scorecard."""
    started = datetime.fromtimestamp(NOW / 1000 - 7_200, UTC)
    given = meta(call_id, **{"started_at": started} | changes)
    closed = CallClosed(
        call_id=given.call_id, duration_ms=40_000, complete=True, reason="ended", held=False
    )
    results = [*talk(call_id), *more, facts(call_id), outcome(call_id), scorecard(call_id), closed]
    save_step(site, given, results, clock_ms=40_000)
    return given


def facts(call_id: str) -> CallFacts:
    """Return the counts of the dialogue."""
    return CallFacts(
        call_id=CallId(call_id), duration_ms=40_000, talk_ms={"agent": 14_000, "customer": 9_000},
        turns={"agent": 3, "customer": 3}, words={"agent": 45, "customer": 28},
        words_per_minute={"agent": 152.0, "customer": 141.0}, overlap_ms=300, non_talk_ms=9_000,
        longest_silence_ms=4_200, silences=(SpeechSpan(start_ms=28_000, end_ms=32_200),),
        interruptions={"agent": 1}, hold_ms=0, holds=0, lost_ms=0,
        mean_response_ms={"agent": 900, "customer": 700}, redacted_words=4, withheld_turns=0,
    )  # fmt: skip


def outcome(call_id: str) -> CallOutcome:
    """Return a promised follow-up."""
    return CallOutcome(
        call_id=CallId(call_id), resolution=Verdict(value="follow_up", verdict_prob=0.81),
        identity=Verdict(value="verified_before_disclosure", verdict_prob=0.9),
        escalation_requested=Verdict(value=False, verdict_prob=0.97),
        red_flag=Verdict(value=None, verdict_prob=0.99), effort=Verdict(value=3),
        satisfaction=Verdict(value=4),
    )  # fmt: skip


def scorecard(call_id: str) -> Scorecard:
    """Return a machine check with a range and a finding that nobody has confirmed."""
    at = Evidence(role=Role.AGENT, start_ms=0, end_ms=3_900, turn_index=0)
    return Scorecard(
        call_id=CallId(call_id), form="patient-access@1", percent=71.0, percent_low=62.0,
        percent_high=79.0, coverage=0.83,
        answers=(
            Answer(question="opening", state="answered", answer="yes", points=4, max_points=4,
                   who="M", source="label", evidence=(at,), why="greeting in the first turn"),
            Answer(question="next-step", state="cannot_tell", answer=None, points=None,
                   max_points=12, who="M", source="label", why="only weak spans"),
        ),
        critical=(
            CriticalFinding(question="right-person", state="proposed", evidence=(at,),
                            why="first disclosure before two identifiers"),
        ),
    )  # fmt: skip


def save_recording(site: Site, call_id: str, seconds: int = 40) -> bytes:
    """Save a two-channel FLAC under the call's key and return it."""
    rng = np.random.default_rng(1)
    wave = np.zeros((seconds * RATE, 2), np.float32)
    for index in range(6):
        loud = slice(index * 6 * RATE, index * 6 * RATE + 4 * RATE)
        wave[loud, index % 2] = 0.25 * rng.standard_normal(wave[loud].shape[0])
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, RATE, format="FLAC")
    data = buffer.getvalue()
    with site.deps.database.write() as conn:
        key = keys.call_key(conn, site.deps.vault, call_id, NOW)
        path = site.deps.blobs.of_call(call_id, key).put("redacted", data)
        frames = np.abs(wave).reshape(400, -1, 2).max(axis=1)
        peaks = tuple(tuple(round(float(x), 3) for x in frames[:, c]) for c in (0, 1))
        save_audio(conn, AudioObject(call_id=call_id, kind="redacted", path=path,
                                     media_type="audio/flac", size=len(data),
                                     duration_ms=seconds * 1_000, peaks=peaks), NOW)  # fmt: skip
    return data
