"""The live stream: who gets what, what is missed, who is dropped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from qm.errors import StoreError
from qm.io.store import alerts, audit
from qm.io.store.sessions import end_sessions_of
from qm.web import live
from qm.web.live import BUFFER, CATCH_UP, SIGNED_OFF, TOO_SLOW, Client, Hub
from qm.web.pushes import EVERYTHING, Push
from tests.io.store.samples import scope
from tests.web.site import MINUTE, NOW, Site, alert, save_closed, save_live


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tick and check more often than people need."""
    monkeypatch.setattr(live, "TICK_S", 0.5)
    monkeypatch.setattr(live, "CHECK_S", 0.5)


class Ear:
    """The browser's end of a stream."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    def next(self) -> dict[str, Any]:
        if not self.heard:
            self.heard = json.loads(self.socket.receive_text())
        return self.heard.pop(0)

    def say(self, message: Any) -> None:
        self.socket.send_json(message)


@contextmanager
def listening(
    site: Site, name: str, *topics: str, since: int | None = None, **changes: Any
) -> Iterator[Ear]:
    with site.client(name, **changes) as client, stream(client) as socket:
        if topics:
            socket.say({"watch": list(topics), "since": newest(site) if since is None else since})
        yield socket


@contextmanager
def stream(client: TestClient, **headers: str) -> Iterator[Ear]:
    with client.websocket_connect("ws://127.0.0.1/live/stream", headers=headers) as socket:
        yield Ear(socket)


def newest(site: Site) -> int:
    from qm.io.store.feed import last_seq

    with site.deps.database.read() as conn:
        return last_seq(conn)


def hear(socket: Ear, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(200):
        message = socket.next()
        if wanted(message):
            return message
    raise AssertionError("never heard")


def heard_until_tick(socket: Ear, ticks: int = 3) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while sum(message["kind"] == "tick" for message in found) < ticks:
        found.append(socket.next())
    return found


def kind(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message["kind"] == name


def test_a_changed_row_comes_as_html_with_its_number(site: Site) -> None:
    with listening(site, "sam", "board") as socket:
        hear(socket, kind("figures"))  # the answer to the watch
        save_live(site, "c1", 2)
        row = hear(socket, kind("row"))
    assert (row["topic"], row["id"]) == ("board", "c1") and row["seq"] == newest(site)
    assert "referral" in row["html"] and "<tr" in row["html"]


def test_the_board_without_words_hears_none(site: Site) -> None:
    with listening(site, "sam", "board:quiet", "alerts:quiet") as socket:
        hear(socket, kind("figures"))
        save_live(site, "c1", 2, alert("c1"))
        texts = [hear(socket, kind("row"))["html"], hear(socket, kind("alert"))["html"]]
    assert not [text for text in texts if "referral" in text]


def test_a_call_that_ended_leaves(site: Site) -> None:
    save_live(site, "c1", 2)
    with listening(site, "sam", "board") as socket:
        hear(socket, kind("figures"))
        save_closed(site, "c1")
        assert hear(socket, kind("gone"))["id"] == "c1"


def test_other_teams_are_not_heard(site: Site) -> None:
    with listening(site, "sue", "board", "alerts") as socket:
        hear(socket, kind("figures"))
        save_live(site, "c-billing", 2, alert("c-billing"), agent_id="a3")
        save_live(site, "c-own", 2, alert("c-own"))
        found = heard_until_tick(socket)
    assert {m["id"] for m in found if "id" in m} == {"c-own", "supervisor-asked-c-own"}


@pytest.mark.parametrize(
    "topic", ["board", "alerts", "count", "call:c-billing", "call:c1:own", "x"]
)
def test_topics_that_are_not_for_one_stay_silent(site: Site, topic: str) -> None:
    save_live(site, "c1", 2)
    save_live(site, "c-billing", 2, agent_id="a3")
    with listening(site, "cora", topic) as socket:
        save_live(site, "c1", 3, alert("c1"))
        save_live(site, "c-billing", 3, alert("c-billing"), agent_id="a3")
        found = heard_until_tick(socket)
    assert {m["kind"] for m in found} == {"tick"}


def test_an_agent_hears_their_own_call_without_alerts_and_findings(site: Site) -> None:
    given = save_live(site, "c1", 1)
    with listening(site, "maria", "call:c1:own", "call:c1") as socket:
        heard_until_tick(socket, 1)
        save_live(site, given.call_id, 3, alert("c1"))
        found = heard_until_tick(socket)
    assert {m["topic"] for m in found if "topic" in m} == {"call:c1:own"}
    assert {m["kind"] for m in found} == {"turn", "lanes", "tick"}


def test_a_supervisor_hears_the_turns_and_alerts_of_an_open_call(site: Site) -> None:
    given = save_live(site, "c1", 1)
    with listening(site, "sam", "call:c1") as socket:
        heard_until_tick(socket, 1)
        save_live(site, given.call_id, 2, alert("c1"))
        found = heard_until_tick(socket)
    assert {m["id"] for m in found if m["kind"] == "turn"} == {"t-1"}
    assert [m["id"] for m in found if m["kind"] == "alert"] == ["supervisor-asked-c1"]


def test_findings_for_compliance_are_pushed_to_nobody_else(site: Site) -> None:
    given = save_live(site, "c1", 2)
    for name, heard in (("rita", set()), ("colin", {"possible-disclosure-c1"})):
        with listening(site, name, "call:c1") as socket:
            heard_until_tick(socket, 1)
            save_live(site, given.call_id, 2, alert("c1", "possible-disclosure"))
            found = heard_until_tick(socket)
            assert {m["id"] for m in found if m["kind"] == "alert"} == heard
        with site.deps.database.write() as conn:
            from sqlalchemy import text

            conn.execute(text("DELETE FROM alerts"))


def test_what_was_missed_comes_first_as_it_is_by_now(site: Site) -> None:
    before = newest(site)
    given = save_live(site, "c1", 1)
    save_live(site, given.call_id, 3, alert("c1"))
    with listening(site, "sam", "board", "alerts", since=before) as socket:
        assert hear(socket, kind("alert"))["id"] == "supervisor-asked-c1"
    with listening(site, "sam", "board", since=before) as socket:
        assert "birth?" in hear(socket, kind("row"))["html"]


def test_who_missed_too_much_loads_the_lists_anew(site: Site) -> None:
    save_live(site, "c1", 1)
    first = newest(site)
    with site.deps.database.write() as conn:
        from qm.io.store.feed import FeedRow, append

        row = FeedRow(seq=0, at=NOW, kind="turn", call_id="c1", team="scheduling", agent_id="a1",
                      ref="0:0")  # fmt: skip
        append(conn, [row] * (CATCH_UP + 1))
    with listening(site, "sam", "board", "alerts", since=first) as socket:
        assert {hear(socket, kind("reset"))["topic"] for _ in range(2)} == {"board", "alerts"}


def test_a_page_from_before_the_trimmed_feed_loads_anew_too(site: Site) -> None:
    save_live(site, "c1", 1)
    first = newest(site)
    save_live(site, "c2", 1)
    with site.deps.database.write() as conn:
        from qm.io.store.feed import trim

        trim(conn, NOW + 1)
    save_live(site, "c3", 1)
    with listening(site, "sam", "board", since=first) as socket:
        assert hear(socket, kind("reset"))["topic"] == "board"


def test_numbers_are_of_ones_own_teams(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"))
    save_live(site, "c-billing", 2, alert("c-billing"), agent_id="a3")
    for name, n in (("sam", 2), ("sue", 1)):
        with listening(site, name, "count") as socket:
            assert hear(socket, kind("count"))["n"] == n


def test_each_topic_that_is_watched_is_written_down_once(site: Site) -> None:
    save_live(site, "c1", 2)
    with listening(site, "sam", "board", "call:c1", "count") as socket:
        socket.say({"watch": ["board", "call:c1"], "since": 0})
        heard_until_tick(socket)
    with site.deps.database.read() as conn:
        rows = audit.search(conn, audit.AuditFilter(action="watch"))
    assert [(r.entry.kind, r.entry.object_id) for r in rows] == [("call", "c1"), ("board", "")]


def test_without_the_audit_row_the_stream_closes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise StoreError("disk full")

    with site.client("sam") as client, stream(client) as socket:
        monkeypatch.setattr(live.audit, "append", refuse)
        save_live(site, "c1", 2)
        socket.say({"watch": ["board"], "since": 0})
        with pytest.raises(WebSocketDisconnect):
            hear(socket, kind("row"))


def test_the_first_screen_that_shows_an_alert_is_noted(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"))
    with listening(site, "sam", "alerts") as socket:
        socket.say({"seen": "supervisor-asked-c1"})
        heard_until_tick(socket, 1)
    with site.deps.database.read() as conn:
        found = alerts.find_alert(conn, EVERYTHING, "supervisor-asked-c1")
        shown = alerts.latency(conn, 0)
    assert found and found.seen_at == NOW
    assert shown.n == 1 and shown.p95_ms == 1_200


def test_a_reviewer_cannot_say_that_an_alert_was_seen(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"))
    with listening(site, "rita") as socket:
        socket.say({"seen": "supervisor-asked-c1"})
        heard_until_tick(socket, 1)
    with site.deps.database.read() as conn:
        found = alerts.find_alert(conn, EVERYTHING, "supervisor-asked-c1")
    assert found and found.seen_at is None


def test_a_stranger_is_told_to_sign_in(site: Site) -> None:
    with site.client() as client, stream(client) as socket:
        with pytest.raises(WebSocketDisconnect) as left:
            socket.next()
        assert left.value.code == SIGNED_OFF


def test_another_site_gets_no_stream(site: Site) -> None:
    strange = {"origin": "https://evil.example"}
    with (
        site.client("sam") as client,
        pytest.raises(WebSocketDisconnect),
        stream(client, **strange) as socket,
    ):
        socket.next()


def test_logoff_closes_the_stream(site: Site) -> None:
    with listening(site, "sam", "board") as socket:
        with site.deps.database.write() as conn:
            end_sessions_of(conn, site.users["sam"])
        with pytest.raises(WebSocketDisconnect) as left:
            heard_until_tick(socket, 9)
    assert left.value.code == SIGNED_OFF


def test_the_stream_is_no_activity(site: Site) -> None:
    late = [0]
    with listening(site, "sam", "board", now=lambda: NOW + late[0]) as socket:
        heard_until_tick(socket, 1)
        late[0] = 16 * MINUTE
        with pytest.raises(WebSocketDisconnect) as left:
            heard_until_tick(socket, 9)
    assert left.value.code == SIGNED_OFF


@pytest.mark.parametrize("text", ["", "no json", "[1]", "3", '"watch"'])
def test_nonsense_closes_the_stream_and_harms_nobody(site: Site, text: str) -> None:
    with listening(site, "sam") as socket:
        socket.socket.send_text(text)
        with pytest.raises(WebSocketDisconnect):
            heard_until_tick(socket, 3)


@pytest.mark.parametrize(
    "message",
    [{"watch": 3}, {"watch": [None, {}, "call:"], "since": "x"}, {"seen": 7}, {"drop": ["?"]}, {}],
)
def test_what_makes_no_sense_is_passed_over(site: Site, message: Any) -> None:
    with listening(site, "sam") as socket:
        socket.say(message)
        heard_until_tick(socket, 1)


def client_of(**changes: Any) -> Client:
    given = Client(socket=None, token="", user_id="u", scope=scope(), language="en")  # type: ignore[arg-type]
    return replace(given, topics={"board"}, **changes)


def test_a_client_that_does_not_read_is_dropped_before_it_fills_the_memory() -> None:
    client = client_of()
    for _ in range(BUFFER // 1_000 + 2):
        client.put("x" * 1_000)
    assert client.close_code == TOO_SLOW and not client.waiting
    client.put("more")
    assert not client.waiting


def test_the_pages_hear_that_a_failing_database_is_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, failures = Hub(site.deps), [0]

    def look(*_: Any) -> Any:
        failures[0] += 1
        if failures[0] < 3:
            raise StoreError("away")
        raise ZeroDivisionError

    monkeypatch.setattr(hub, "_look", look)
    with pytest.raises(ExceptionGroup):
        asyncio.run(hub.run())
    assert failures[0] == 3


@pytest.mark.parametrize(
    ("changes", "heard"),
    [
        ({}, True),
        ({"topic": "alerts"}, False),
        ({"language": "es"}, False),
        ({"team": "B"}, True),
    ],
)
def test_a_push_reaches_those_who_listen(site: Site, changes: dict[str, str], heard: bool) -> None:
    push = Push(topic="board", language="en", team="A", agent_id="a1", text="{}")
    assert client_of().may_hear(replace(push, **changes), site.deps) is heard
