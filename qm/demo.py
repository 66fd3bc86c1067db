"""
Everything on one machine: embedded broker, SQLite, worker, pages, sample calls and messages.

The same processes as in production, started with other settings.  Nothing survives the demo.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from structlog import get_logger

from qm.errors import ConfigError, QmError
from qm.ingest.contacts import after_call, before_call, past_contacts
from qm.ingest.messages import as_if_now
from qm.ingest.replay import Outlet, Pace, Planned, Progress, replay
from qm.io.database import Database, migrate, open_database
from qm.io.kafka import Sink
from qm.io.store import people, users
from qm.io.store.calls import CallFilter, count_calls
from qm.io.store.people import RosterRow
from qm.io.store.scopes import ROLES, Grant, Scope
from qm.io.store.users import NewUser
from qm.io.wire import encode_contact_event, encode_message, parse_object, text_message
from qm.local import LocalSite
from qm.settings import REPOSITORY, Settings
from qm.types import Direction, TextMessage

log = get_logger()

AT_ONCE = 8
"""Calls that talk at the same time."""

AGENT = "a-2101"
"""Whom the user ``agent`` is: the one of the excellent call, from which a coach cuts."""

STAGGER_S = 2.0
"""Between two calls, so that the board does not fill at one stroke."""

PAST_DAYS, PAST_CONTACTS_A_DAY = 14, 30
"""Made contacts before today, without calls: one day of demonstration is no trend."""

LAST_CALL_S = 120.0
"""How long the last call may take to be judged after its end, second pass included."""

LIVE_RULES = (
    "red-flag-no-step",
    "supervisor-asked",
    "help-the-agent",
    "left-waiting",
    "needs-interpreter",
)
"""On in the demo, so that an alert can be seen; on a site they begin silent."""

RULES = (*LIVE_RULES, "possible-disclosure-before-identification")
"""And what compliance checks after the calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample call and what its telephony would say of it."""

    file: Path
    agent: str
    agent_name: str
    team: str
    queue: str
    direction: Direction
    language: str
    customer_ref: str
    authenticated: Literal["", "ivr", "portal", "earlier_leg"]
    disposition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """A user with a made password."""

    role: str
    name: str
    password: str = field(repr=False)


def samples(folder: Path) -> tuple[Sample, ...]:
    """Read ``calls.toml`` of the sample calls, in the order of play."""
    try:
        rows = tomllib.loads((folder / "calls.toml").read_text())["calls"]
    except OSError:
        raise ConfigError("the sample calls are missing: streams/samples/calls.toml") from None
    names = Sample.__dataclass_fields__.keys() - {"file"}
    return tuple(
        Sample(file=folder / row["file"], **{k: row.get(k, "") for k in names}) for row in rows
    )


def sample_messages(path: Path) -> tuple[TextMessage, ...]:
    """Read the sample conversations; whom they name is made up and opaque already."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        raise ConfigError("the sample messages are missing: messages.jsonl") from None
    return tuple(text_message(parse_object(line)) for line in lines)


class Demo(LocalSite):
    """The processes of the demo, and its users."""

    def __init__(self, settings: Settings, port: int, folder: Path) -> None:
        super().__init__(
            settings,
            folder,
            rules_on=RULES,
            review_draw="at_once",  # a day of demonstration has no day before
            review_sample=30,
            port=port,
            host="127.0.0.1",
        )
        self.samples = samples(settings.streams_dir / "samples")
        self.messages = sample_messages(settings.streams_dir / "samples" / "messages.jsonl")
        migrate(self.settings.database)
        database = open_database(self.settings.database)
        self.users = seed(database, self.samples)
        database.close()

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://{self.settings.host}:{self.settings.port}/"

    def start(self) -> None:
        """Start worker, pages and jobs, and wait for the first page."""
        self.spawn("worker", "web", "jobs")
        self.wait(lambda: _answers(self.url + "readyz"))

    def announcement(self) -> str:
        """Return the line that says where to look and who may."""
        return json.dumps({"url": self.url, "users": [asdict(u) for u in self.users]})


def play(running: Demo, stop: threading.Event, *, once: bool) -> None:
    """
    Play the samples as live calls until told to stop.

    With ``once`` each is played once, and it returns when the last one is judged.
    """
    calls = running.samples[:AT_ONCE] if not once else running.samples
    plan = [_planned(number, sample) for number, sample in enumerate(calls, 1)]
    pace = Pace(speed=1.0, stagger_s=STAGGER_S, at_once=AT_ONCE, loop=not once)
    watcher = threading.Thread(target=_watch, args=(running, stop), daemon=True)
    watcher.start()
    writing = threading.Thread(target=_write, args=(running, stop), daemon=True)
    writing.start()
    with Sink(running.broker.options()) as sink:
        replay(Outlet(sink=sink, report=_telephony(sink, plan)), plan, pace, stop)
    if once:
        writing.join()
        conversations = len({m.conversation_id for m in running.messages})
        _wait_judged(running, len(plan) + conversations, stop)
    stop.set()
    writing.join(5.0)
    watcher.join(5.0)
    running.check()


def _telephony(sink: Sink, plan: Sequence[Planned]) -> Callable[[Progress], None]:
    """Return what sends the events of a telephone system around each call that is played."""

    def report(progress: Progress) -> None:
        if progress.call_id is None:
            return
        around = before_call if progress.kind == "started" else after_call
        planned = plan[progress.number - 1]
        for event in around(planned, progress.call_id, datetime.now(UTC)):
            sink.send(encode_contact_event(event))

    return report


def _write(running: Demo, stop: threading.Event) -> None:
    """
    Send what is not spoken.

    First the contacts of the days before, for the measures; then the sample messages: letters that
    have just been answered, and chats as they go.
    """
    begun = time.monotonic()
    plan = [_planned(number, sample) for number, sample in enumerate(running.samples, 1)]
    zone = ZoneInfo(running.settings.zone)
    with Sink(running.broker.options()) as sink:
        for event in past_contacts(plan, datetime.now(zone), PAST_DAYS, PAST_CONTACTS_A_DAY):
            sink.send(encode_contact_event(event))
        for due_s, message in as_if_now(running.messages, datetime.now(UTC)):
            if stop.wait(max(0.0, begun + due_s - time.monotonic())):
                return
            sink.send(encode_message(message))
        sink.flush(LAST_CALL_S)


def _watch(running: Demo, stop: threading.Event) -> None:
    """Stop when a process has ended by itself, or the broker holds as much as it may."""
    while not stop.wait(1.0):
        try:
            running.check()
        except QmError as ended:
            log.error("demo_ended", exc_info=ended)
            stop.set()
        if running.broker.full:
            log.warning("demo_broker_full")  # it never forgets: hours of calls are enough
            stop.set()


def _wait_judged(running: Demo, count: int, stop: threading.Event) -> None:
    database = open_database(running.settings.database)
    everything = Scope(user_id="demo", grants=frozenset({Grant(role="supervisor")}))
    deadline = time.monotonic() + LAST_CALL_S
    while not stop.is_set() and time.monotonic() < deadline:
        with database.read() as conn:
            if count_calls(conn, everything, CallFilter(status="closed")) >= count:
                break
        stop.wait(0.5)
    database.close()


def _planned(number: int, sample: Sample) -> Planned:
    return Planned(
        number=number,
        path=sample.file,
        agent_id=sample.agent,
        queue=sample.queue,
        direction=sample.direction,
        language=sample.language or None,
        customer_ref=sample.customer_ref,
        authenticated=sample.authenticated,
        disposition=sample.disposition,
    )


def seed(database: Database, calls: Sequence[Sample]) -> tuple[DemoUser, ...]:
    """Put the samples' agents on the roster and make one user a role."""
    now = int(time.time() * 1000)
    agents = {call.agent: call for call in calls if call.agent}
    roster = [
        RosterRow(agent_id=call.agent, name=call.agent_name, team=call.team)
        for call in agents.values()
    ]
    made: list[DemoUser] = []
    rows: list[NewUser] = []
    for role in ROLES:
        user = DemoUser(role=role, name=role, password=secrets.token_urlsafe(12))
        own = AGENT if role == "agent" and AGENT in agents else ""
        rows.append(
            NewUser(
                name=user.name,
                shown_as=agents[own].agent_name if own else role.capitalize(),
                password_hash=users.hash_password(user.password),
                grants=frozenset({Grant(role=role, team="*")}),
                agent_id=own,
            )
        )
        made.append(user)
    with database.write() as conn:
        people.import_roster(conn, roster)
        for row in rows:
            users.add_user(conn, row, now)
    return tuple(made)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def default_folder(environ: Mapping[str, str]) -> Path:
    """Return where the demo keeps its data while it runs."""
    return Path(environ.get("QM_DATA_DIR", REPOSITORY / "var")) / "demo"
