"""Messages go from their records into the store, each once; conversations end and go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from qm.engines.fake import FakeClassifier, FakeRedactor
from qm.errors import DecodeError
from qm.io import tables as t
from qm.io import wire
from qm.io.database import Database
from qm.io.kafka import Place, Received
from qm.io.store import calls, checkpoints, conversations
from qm.io.store.checkpoints import Fenced
from qm.io.store.erasing import erase_call
from qm.io.store.scopes import WHOLE_SITE
from qm.io.topics import MESSAGES
from qm.io.vault import Vault
from qm.types import PhiSpan, TextMessage
from qm.worker import messages
from qm.worker.messages import Idle, Judges, Shelf, Talk
from tests.calls.test_conversation import PARAMS
from tests.io.store.samples import NOW, meta, step

pytest_plugins = ["tests.databases"]

VAULT = Vault(current="k1", keys={"k1": bytes(32)})
SECRET = "Maria Ortega"
PLACE = Place(MESSAGES, 0)
MINUTE = 60_000
START = datetime.fromtimestamp(NOW / 1000, UTC)


def finds(text: str) -> list[PhiSpan]:
    at = text.find(SECRET)
    return [] if at < 0 else [PhiSpan(start=at, end=at + len(SECRET), entity="NAME")]


class Site:
    """A talk on a database, with a clock of its own."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = database
        self.now = NOW
        self.offset = 0
        monkeypatch.setattr(messages, "_now", lambda: self.now)
        self.talk = self.reader()

    def reader(self, redactor=None) -> Talk:
        judges = Judges(
            redactor=redactor or FakeRedactor(finds),
            classifier=FakeClassifier({"greeting": ["hi"]}),
            params=lambda: PARAMS,
        )
        minutes = {"chat": 15, "sms": 1440, "social": 1440, "email": 4320}
        shelf = Shelf(database=self.database, vault=VAULT, broker_id="b1")
        talk = Talk(shelf, judges, Idle(minutes=minutes, reopen_days=14))
        talk.assigned(frozenset({PLACE}))
        return talk

    def received(self, text: str, minutes: float, **more) -> Received:
        fields = {
            "message_id": f"m{minutes}",
            "conversation_id": "c1",
            "at": START + timedelta(minutes=minutes),
            "channel": "chat",
            "direction": "in",
            "role": "customer",
            "queue": "billing",
        }
        out = wire.encode_message(TextMessage(**(fields | {"text": text} | more)))
        self.offset += 1
        return Received(
            topic=MESSAGES,
            partition=0,
            offset=self.offset,
            timestamp_ms=self.now,
            key=out.key,
            value=out.value,
            headers=tuple(out.headers),
        )

    def say(self, text: str, minutes: float, **more) -> None:
        self.now = max(self.now, NOW + int(minutes * MINUTE))
        self.talk.take(self.received(text, minutes, **more))

    def answer(self, text: str, minutes: float, **more) -> None:
        self.say(text, minutes, role="agent", direction="out", agent="a1", **more)

    def look(self, minutes: float) -> None:
        self.now = NOW + int(minutes * MINUTE)
        self.talk.look()

    def texts(self, call_id: str = "c1") -> list[str]:
        with self.database.read() as conn:
            return [x.text for x in calls.turns(conn, WHOLE_SITE, call_id)]

    def status(self, call_id: str = "c1") -> str:
        with self.database.read() as conn:
            row = calls.call_row(conn, WHOLE_SITE, call_id)
        return "" if row is None else row.status

    def alerts(self) -> list[tuple[str, int]]:
        with self.database.read() as conn:
            return [tuple(x) for x in conn.execute(select(t.alerts.c.rule, t.alerts.c.at_ms))]

    def form(self) -> str:
        with self.database.read() as conn:
            card = calls.scorecard(conn, WHOLE_SITE, "c1")
        return "" if card is None else card.form


@pytest.fixture
def site(database: Database, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(database, monkeypatch)


HELLO = "Hello, I have a question about my bill, this is Maria Ortega"
HI = "Hi, this is Kim, I can help you with the bill"


def test_a_conversation_goes_through_to_its_scorecard(site: Site) -> None:
    site.say(HELLO, 0)
    site.answer(HI, 1)
    assert site.status() == "live"
    site.say("Thank you, that is all I need for now", 2, final=True)
    assert site.status() == "closed"
    assert site.texts()[0] == "Hello, I have a question about my bill, this is [NAME]"
    assert site.form() == "chat@1"
    with site.database.read() as conn:
        row = calls.call_row(conn, WHOLE_SITE, "c1")
    assert (row.medium, row.agent_id, row.language, row.duration_ms) == (
        "chat",
        "a1",
        "en",
        120_001,
    )


def test_a_message_read_twice_changes_nothing(site: Site) -> None:
    first, second = site.received(HELLO, 0), site.received(HELLO, 0)
    site.talk.take(first)
    site.talk.take(second)
    assert len(site.texts()) == 1


def test_another_worker_goes_on_where_this_one_stopped(site: Site) -> None:
    site.say(HELLO, 0)
    before, site.talk = site.talk, site.reader()
    site.answer(HI, 1)
    assert len(site.texts()) == 2
    with pytest.raises(Fenced):
        before.take(site.received("too late", 2))
    assert len(site.texts()) == 2


def test_without_messages_it_closes_and_the_next_one_opens_it_again(site: Site) -> None:
    site.say(HELLO, 0)
    site.answer(HI, 1)
    site.look(10)
    assert (site.status(), site.form()) == ("live", "")
    site.look(17)
    assert (site.status(), site.form()) == ("closed", "chat@1")
    site.say("One more question about the bill", 30)
    assert site.status() == "live"
    site.look(46)
    assert site.status() == "closed"
    assert len(site.texts()) == 3


def test_an_alert_comes_as_time_goes_by_without_a_message(site: Site) -> None:
    site.say("Hi, I want to speak with your supervisor now, please", 0)
    site.look(0.5)
    assert site.alerts() == []
    site.look(1.7)
    assert site.alerts() == [("supervisor-asked", 90_001)]
    site.look(2)
    assert len(site.alerts()) == 1


def test_an_import_of_old_messages_is_closed_when_the_last_has_come(site: Site) -> None:
    site.now = NOW + 30 * 24 * 60 * MINUTE
    site.say(HELLO, 0)
    site.answer(HI, 1)
    site.talk.look()
    assert site.status() == "live"
    site.now += messages.SETTLE_MS
    site.talk.look()
    assert site.status() == "closed"


def test_raw_text_is_let_go_after_its_time_and_a_late_message_begins_anew(site: Site) -> None:
    site.say(HELLO, 0, final=True)
    site.look(15 * 24 * 60)
    with site.database.read() as conn:
        assert checkpoints.find_checkpoint(conn, "c1").blob is None
        assert conversations.due(conn, [0], site.now + 10**12) == ()
    site.say("It is me again about the bill", 16 * 24 * 60)
    assert len(site.texts()) == 1
    assert site.texts("c1_2") == ["It is me again about the bill"]
    with site.database.read() as conn:
        assert calls.call_row(conn, WHOLE_SITE, "c1_2").contact_id == "c1"


def test_an_id_that_a_call_has_is_not_written_over(site: Site) -> None:
    with site.database.write() as conn:
        checkpoints.save(conn, step(), NOW)
    call_id = meta().call_id
    site.say(HELLO, 0, conversation_id=call_id)
    assert len(site.texts(f"{call_id}_2")) == 1


def test_what_cannot_be_redacted_is_withheld_and_held(site: Site) -> None:
    site.talk = site.reader(FakeRedactor(lambda _: None))
    site.say(HELLO, 0)
    assert site.texts() == ["[withheld]"]
    with site.database.read() as conn:
        assert calls.call_row(conn, WHOLE_SITE, "c1").held


def test_a_record_that_is_no_message_is_refused(site: Site) -> None:
    bad = Received(
        topic=MESSAGES, partition=0, offset=1, timestamp_ms=NOW, key=b"c1", value=b"{", headers=()
    )
    with pytest.raises(DecodeError):
        site.talk.take(bad)


def test_the_state_lies_sealed(site: Site) -> None:
    site.say(HELLO, 0)
    with site.database.read() as conn:
        blob = checkpoints.find_checkpoint(conn, "c1").blob
    assert blob
    assert b"Maria" not in blob


def test_nothing_is_left_when_it_is_erased(site: Site) -> None:
    site.say(HELLO, 0)
    with site.database.write() as conn:
        erase_call(conn, "c1")
        for table in (t.messages, t.conversations, t.checkpoints, t.turns):
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_the_inbox_keeps_a_message_sealed_and_once(database: Database) -> None:
    with database.write() as conn:
        first = conversations.receive(conn, VAULT, "c1", "m1", SECRET.encode(), NOW)
        again = conversations.receive(conn, VAULT, "c1", "m1", SECRET.encode(), NOW)
        (waiting,) = conversations.received(conn, VAULT)
        sealed = conn.execute(select(t.inbox.c.sealed)).scalar_one()
    assert (first, again, waiting.value) == (True, False, SECRET.encode())
    assert SECRET.encode() not in sealed
    assert SECRET not in repr(waiting)
    with database.write() as conn:
        conversations.handed_on(conn, [waiting])
        assert conversations.received(conn, VAULT) == ()
        conversations.receive(conn, VAULT, "c1", "m2", b"x", NOW)
        conn.execute(update(t.inbox).values(sealed=b"k1:altered"))
        assert conversations.received(conn, VAULT)[0].value is None
        erase_call(conn, "c1")
        assert conversations.received(conn, VAULT) == ()


def test_a_message_that_was_taken_in_is_not_received_again(site: Site) -> None:
    site.say(HELLO, 0)
    with site.database.write() as conn:
        assert not conversations.receive(conn, VAULT, "c1", "m0", b"x", NOW)
