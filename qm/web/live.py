"""
The live stream: one web socket for a browser, one reader of the feed for a process.

The hub reads the feed a few times a second, makes each changed piece once, and gives it to the
clients that listen and may see it.  A client that reads too slowly is dropped; it comes back with
the last number it has seen and gets what it missed, as it is by then.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from qm.errors import StoreError
from qm.io.store import alerts, audit, calls, feed
from qm.io.store.scopes import Scope
from qm.io.store.sessions import Session, find_session
from qm.web.auth import limits, narrowed, session_cookie
from qm.web.board import figures
from qm.web.deps import WebDeps
from qm.web.frame import piece
from qm.web.health import ALERT_SHOWN_SECONDS, STREAMS, STREAMS_DROPPED
from qm.web.messages import catalogue, choose
from qm.web.moments import Moments
from qm.web.pushes import Push, Wanted, is_own_page, pushes

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)

POLL_S = 0.2
TICK_S = 2.0  # pages call the connection lost after three of these
CHECK_S = 6.0  # a session that ended elsewhere hears no more after this; signing out is at once
TICK = json.dumps({"kind": "tick"})
BUFFER = 500_000  # characters waiting for one client, and as many on their way: 1 MB in all
CATCH_UP = 500  # changes that are replayed; a page further behind loads its lists anew
MOST_TOPICS = 64
SEND_S = 10.0  # a socket that takes nothing for so long is dead
SIGNED_OFF, TOO_SLOW, CLOSING, NONSENSE = 4401, 4408, 1001, 1008  # socket.js knows the first
SUPERVISOR_TOPICS = frozenset({"board", "board:quiet", "alerts", "alerts:quiet", "count", "notify"})

Numbers = list[tuple[str, str]]  #: (topic, message)


@dataclass(eq=False)
class Client:
    """One browser."""

    socket: WebSocket
    token: str = field(repr=False)
    user_id: str
    scope: Scope
    language: str
    topics: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list, repr=False)
    size: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    close_code: int = 0
    lapsed: bool = False  #: its session is over

    def put(self, text: str) -> None:
        """Queue a message; a client that lets too many pile up is closed."""
        if self.close_code:
            return
        self.waiting.append(text)
        self.size += len(text)
        if self.size > BUFFER:
            self.end(TOO_SLOW)
        self.ready.set()

    def end(self, code: int) -> None:
        """Close soon, with this code; what waits is not sent."""
        self.close_code = self.close_code or code
        self.waiting.clear()
        self.ready.set()

    def may_hear(self, push: Push, deps: WebDeps) -> bool:
        """Return whether a push is for this client."""
        if push.topic not in self.topics or push.language != self.language:
            return False
        supervises = push.topic in SUPERVISOR_TOPICS
        scope = narrowed(self.scope, frozenset({"supervisor"})) if supervises else self.scope
        if not scope.sees(push.team, push.agent_id):
            return False
        if push.group and scope.in_group(push.group) != push.inside:
            return False
        if push.only is not None and self.user_id not in push.only:
            return False
        return not push.rule or deps.rule(push.rule).is_for(self.scope.roles)


class Hub:
    """All live streams of this process."""

    def __init__(self, deps: WebDeps) -> None:
        self.deps = deps
        self.clients: set[Client] = set()
        self._looked = time.monotonic()

    def behind_s(self) -> float:
        """Return for how long nobody has looked at the feed."""
        return time.monotonic() - self._looked

    async def run(self) -> None:
        """Follow the feed until cancelled; a database that fails is asked again."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follow())
            both.create_task(self._keep())

    def end_session(self, token: str) -> None:
        """Close the streams of a session that its person has just ended."""
        for client in self.clients:
            if client.token == token:
                client.end(SIGNED_OFF)

    async def _follow(self) -> None:
        cursor: feed.Cursor | None = None
        while True:
            try:
                wanted = _wanted(self.clients)
                cursor, found = await run_in_threadpool(self._look, cursor, wanted)
                self._looked = time.monotonic()
                self._give(found)
            except StoreError as failure:
                log.warning("feed_unread", exc_info=failure)
                await asyncio.sleep(TICK_S)
            await asyncio.sleep(POLL_S)

    async def _keep(self) -> None:
        """Show that the line holds, with fresh numbers; now and then ask who may still listen."""
        checked = time.monotonic()
        while True:
            clients = list(self.clients)
            try:
                if time.monotonic() - checked >= CHECK_S:
                    checked = time.monotonic()
                    await run_in_threadpool(self._check, clients)
                numbers = await run_in_threadpool(self._count, clients)
            except StoreError as failure:
                log.warning("streams_unchecked", exc_info=failure)
                numbers = {}  # no ticks for now: pages say that the connection is lost
                clients = []
            for client in clients:
                if client.lapsed:
                    client.end(SIGNED_OFF)
                client.put(TICK)
                for topic, text in numbers.get(_reach(client), ()):
                    if topic in client.topics:
                        client.put(text)
            await asyncio.sleep(TICK_S)

    def _look(
        self, cursor: feed.Cursor | None, wanted: Wanted
    ) -> tuple[feed.Cursor, Sequence[Push]]:
        now = self.deps.now()
        with self.deps.database.read() as conn:
            if cursor is None:
                return feed.Cursor(seq=feed.last_seq(conn)), ()
            rows, cursor = feed.follow(conn, cursor, now)
            return cursor, pushes(conn, self.deps, rows, wanted)

    def _give(self, found: Sequence[Push]) -> None:
        for push in found:
            for client in self.clients:
                if client.may_hear(push, self.deps):
                    client.put(push.text)

    def _check(self, clients: Sequence[Client]) -> None:
        """Close streams whose session is over; note what the others may see by now."""
        with self.deps.database.read() as conn:
            for client in clients:
                session = find_session(conn, client.token, self.deps.now(), limits(self.deps))
                if session is None:
                    client.lapsed = True
                else:
                    client.scope = session.user.scope

    def _count(self, clients: Sequence[Client]) -> Mapping[tuple[Any, ...], Numbers]:
        """Return the numbers above the board, once for people who see the same."""
        found: dict[tuple[Any, ...], Numbers] = {}
        with self.deps.database.read() as conn:
            for client in clients:
                if client.topics & SUPERVISOR_TOPICS and _reach(client) not in found:
                    found[_reach(client)] = self._numbers(conn, client)
        return found

    def _numbers(self, conn: Connection, client: Client) -> Numbers:
        scope = narrowed(client.scope, frozenset({"supervisor"}))
        live = calls.live_calls(conn, scope)
        shown = figures(conn, self.deps, live, scope)
        words = catalogue(client.language)
        moments = Moments(self.deps.zone, words, self.deps.now())
        html = piece("_figures.html", words, moments, {"figures": shown})
        count = json.dumps({"topic": "count", "kind": "count", "n": shown.waiting})
        boards = ("board", "board:quiet")
        texts = [(t, json.dumps({"topic": t, "kind": "figures", "html": html})) for t in boards]
        return [("count", count), *texts]

    async def serve(self, client: Client) -> None:
        """Talk with one browser until it leaves or must."""
        self.clients.add(client)
        STREAMS.inc()
        sender = asyncio.create_task(self._send(client))
        try:
            while not client.close_code:
                await self._take(client, await client.socket.receive_text())
        except ValueError:
            client.end(NONSENSE)
        except (WebSocketDisconnect, RuntimeError):
            pass  # it left: there is nobody to answer
        finally:
            self.clients.discard(client)
            STREAMS.dec()
            if not client.close_code:
                sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender  # it says goodbye, within SEND_S

    async def _send(self, client: Client) -> None:
        while True:
            await client.ready.wait()
            client.ready.clear()
            if client.close_code:
                STREAMS_DROPPED.labels(str(client.close_code)).inc()
                with contextlib.suppress(RuntimeError, TimeoutError):
                    await asyncio.wait_for(client.socket.close(client.close_code), SEND_S)
                return
            batch, client.waiting, client.size = client.waiting, [], 0
            try:
                async with asyncio.timeout(SEND_S):
                    await client.socket.send_text(f"[{','.join(batch)}]")  # one frame a round
            except TimeoutError:
                client.end(TOO_SLOW)
            except (RuntimeError, WebSocketDisconnect):
                return  # it left; the receiving side finds out too

    async def _take(self, client: Client, text: str) -> None:
        message = json.loads(text)
        if not isinstance(message, dict):
            raise ValueError("no object")
        if isinstance(alert_id := message.get("seen"), str):
            await run_in_threadpool(self._mark_seen, client, alert_id)
        if isinstance(dropped := message.get("drop"), list):
            client.topics.difference_update(str(topic) for topic in dropped)
        if isinstance(asked := message.get("watch"), list):
            since = message.get("since", 0)
            topics = {str(topic) for topic in asked[:MOST_TOPICS]}
            await self._watch(client, topics, since if isinstance(since, int) else 0)

    async def _watch(self, client: Client, topics: set[str], since: int) -> None:
        try:
            allowed = await run_in_threadpool(self._allow, client, topics)
            client.topics |= allowed
            missed = await run_in_threadpool(self._missed, client, allowed, since)
        except StoreError as failure:
            log.warning("watch_refused", exc_info=failure)
            client.end(CLOSING)  # it comes back; until then nothing unrecorded is shown
            return
        for text in missed:
            client.put(text)

    def _allow(self, client: Client, topics: set[str]) -> set[str]:
        """Return the topics that the person may listen to, each written down once."""
        may = {t for t in topics if t in SUPERVISOR_TOPICS and "supervisor" in client.scope.roles}
        new = topics - client.topics
        with self.deps.database.read() as conn:
            for topic in topics - SUPERVISOR_TOPICS:
                kind, _, rest = topic.partition(":")
                call_id, _, variant = rest.partition(":")
                fits = (variant == "own") == is_own_page(client.scope) and variant in ("", "own")
                known = kind == "call" and calls.call_row(conn, client.scope, call_id) is not None
                may |= {topic} if fits and known else set()
        with self.deps.database.write() as conn:
            for topic in sorted((may & new) - {"count"}):
                kind, _, rest = topic.partition(":")
                entry = audit.Entry(
                    user_id=client.user_id,
                    action="watch",
                    kind=kind,
                    object_id=rest.removesuffix(":own") if kind == "call" else "",
                )
                audit.append(conn, entry, self.deps.now())
        return may

    def _missed(self, client: Client, topics: set[str], since: int) -> list[str]:
        """Return what happened to ``topics`` after ``since``, or the word to load them anew."""
        with self.deps.database.read() as conn:
            numbers = self._numbers(conn, client) if topics & SUPERVISOR_TOPICS else []
            texts = [text for topic, text in numbers if topic in topics]
            topics = topics - {"count", "notify"}  # neither a number nor a ring has a past
            if not topics:
                return texts
            rows = feed.since(conn, since, CATCH_UP + 1)
            trimmed = bool(rows) and rows[0].seq > since + 1
            if len(rows) > CATCH_UP or (trimmed and since > 0):
                again = [json.dumps({"topic": t, "kind": "reset"}) for t in sorted(topics)]
                return [*texts, *again]
            mine = replace_topics(client, topics)
            found = pushes(conn, self.deps, rows, _wanted([mine]))
            return texts + [push.text for push in found if mine.may_hear(push, self.deps)]

    def _mark_seen(self, client: Client, alert_id: str) -> None:
        scope = narrowed(client.scope, frozenset({"supervisor"}))
        now = self.deps.now()
        with self.deps.database.write() as conn:
            first = alerts.mark_seen(conn, scope, alert_id, now)
            found = alerts.find_alert(conn, scope, alert_id) if first else None
        if found is not None and found.broker_at is not None:
            ALERT_SHOWN_SECONDS.observe((now - found.broker_at) / 1000)


@router.websocket("/live/stream")
async def stream(socket: WebSocket) -> None:
    """Open the live stream of a browser."""
    deps: WebDeps = socket.app.state.deps
    session: Session | None = socket.state.session
    await socket.accept()
    if session is None:
        await socket.close(SIGNED_OFF)
        return
    client = Client(
        socket=socket,
        token=socket.cookies.get(session_cookie(deps), ""),
        user_id=session.user.user_id,
        scope=session.user.scope,
        language=choose(
            socket.cookies.get("qm-language", ""), socket.headers.get("accept-language", "")
        ),
    )
    await socket.app.state.hub.serve(client)


def replace_topics(client: Client, topics: set[str]) -> Client:
    """Return a stand-in for ``client`` that listens to ``topics`` alone."""
    return replace(client, topics=topics, ready=asyncio.Event())


def _wanted(clients: Iterable[Client]) -> Wanted:
    listening = list(clients)
    return Wanted(
        topics=frozenset().union(*(client.topics for client in listening)),
        languages=frozenset(client.language for client in listening),
    )


def _reach(client: Client) -> tuple[Any, ...]:
    return client.scope.grants, client.scope.agent_id, client.scope.groups, client.language
