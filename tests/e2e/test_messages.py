"""Written messages in by file and by REST; turns, an alert, a scorecard and a page out; no PHI."""

import html
import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from qm.cli.messages import import_text_messages
from qm.io.broker import EmbeddedBroker
from qm.io.store.scopes import Grant
from qm.io.store.sessions import open_session
from qm.io.store.users import NewUser, add_user
from qm.settings import load
from qm.web.app import create_app
from qm.web.start import web_deps
from tests.e2e.site import site

pytestmark = pytest.mark.slow

TOKEN = "gateways' token"
NAMES = ("marigold tavares", "ignatius plum", "ottoline bray", "casimir dunn")
VALUES = {
    **dict.fromkeys(NAMES, "NAME"),
    "212 555 0147": "PHONE",
    "mrn 7714319": "MRN",
    "member kx4rq8841": "HEALTH_PLAN_ID",
    "tavares": "NAME",
}
BY_SHAPE = ("perpetua_hale", "thaddeus.crowe", "wilhelmina", "balthazar")
"""In a file name, an e-mail address, a link and a handle: nobody tells the redactor of these."""
NAMED_FIELDS = ("leopold vance", "xanthe molloy")
"""As author and as customer."""
CANARIES = (
    *VALUES,
    "555 0147",
    "5550147",
    "7714319",
    "kx4rq8841",
    *BY_SHAPE,
    "crowe",
    *NAMED_FIELDS,
)
SIGNATURE = "--\nIgnatius Plum\n4 Canary Lane\n212 555 0147"
TOPICS = ("qm.turns.v1", "qm.scores.v1", "qm.alerts.v1", "qm.scorecards.v1", "qm.dead.v1",
          "qm.events.v1")  # fmt: skip

EMAIL_HTML = (
    "<p>Good morning, this is marigold tavares and my number is 212 555 0147.</p>"
    "<p>I have chest pain about the bill &amp; the form.<img alt='casimir dunn' src='x.png'></p>"
    "<a href='https://portal.example/v?u=wilhelmina'>my page</a>"
    "<div style='display:none'>ottoline bray</div>"
    "<blockquote>On Monday ottoline bray wrote: mrn 7714319</blockquote>"
)
CHAT = (
    ("customer", "Hello, this is marigold tavares and I want the supervisor please, now"),
    ("agent", "Good morning, I can help you with that, what is your member number?"),
    ("customer", "member kx4rq8841 and @balthazar, thaddeus.crowe@mail.example, perpetua_hale.pdf"),
    ("agent", "Thank you, I will verify that for you and you will have it today. bye"),
)


def messages(now):
    """Return an e-mail and a chat, as lines of a file and as bodies of requests."""
    email: dict[str, object] = {
        "conversation_id": "mail-1",
        "channel": "email",
        "queue": "billing",
        "author": "leopold vance",
        "customer_ref": "xanthe molloy",
    }
    letters = [
        email | {"message_id": "1", "at": (now - timedelta(hours=5)).isoformat(),
                 "role": "customer", "direction": "in", "subject": "bill of ignatius plum",
                 "html": EMAIL_HTML, "attachments": ["perpetua_hale.docx"]},
        email | {"message_id": "2", "at": (now - timedelta(hours=3)).isoformat(), "role": "agent",
                 "direction": "out", "agent": "a-1", "subject": "RE: bill of ignatius plum",
                 "text": "Good morning, I will verify the result and call you at noon.\n"
                         f"Kind regards,\nCasimir\n{SIGNATURE}\n\nOn Monday ignatius plum wrote:\n"
                         "> this is marigold tavares", "final": True},
    ]  # fmt: skip
    chat = [
        {"conversation_id": "chat-1", "message_id": str(number), "channel": "chat", "role": role,
         "direction": "in" if role == "customer" else "out", "queue": "billing",
         "agent": "a-1" if role == "agent" else "", "text": text, "author": "leopold vance",
         "at": (now - timedelta(seconds=40 - 10 * number)).isoformat(),
         "final": number == len(CHAT) - 1}
        for number, (role, text) in enumerate(CHAT)
    ]  # fmt: skip
    return letters, chat


@pytest.fixture(scope="module", params=["working", "failing"])
def swept(request, tmp_path_factory):
    """Send the messages with a redactor that works and with one that fails; then look around."""
    folder = tmp_path_factory.mktemp(f"messages-{request.param}")
    inputs = tmp_path_factory.mktemp(f"inputs-{request.param}")
    letters, chat = messages(datetime.now(UTC))
    lines = inputs / "letters.jsonl"
    lines.write_text("\n".join(json.dumps(one) for one in [*letters, letters[0]]))
    extra = {
        "TEST_VALUES": json.dumps(VALUES),
        "QM_MESSAGES_TOKEN": TOKEN,
        "QM_CUSTOMER_KEY": "k" * 32,
        "QM_RULES_ON": "supervisor-asked,red-flag-no-step",
    }
    if request.param == "failing":
        extra["TEST_REDACTOR"] = "failing"
    with EmbeddedBroker() as broker, site(broker.options(), folder, extra=extra) as one:
        one.start()
        settings = load({k: v for k, v in one.environment().items() if k.startswith("QM_")})
        with pytest.MonkeyPatch.context() as patch:
            for key, value in one.environment().items():
                if key.startswith("QM_"):
                    patch.setenv(key, value)
            import_text_messages(lines)
        pages = TestClient(
            create_app(web_deps(settings)), base_url="http://127.0.0.1", client=("127.0.0.1", 1)
        )
        headers = {"Authorization": f"Bearer {TOKEN}"}
        for body in (*chat, chat[0]):
            answer = pages.post("/api/v1/messages", json=body, headers=headers)
            assert answer.status_code in (200, 202), answer.text
            time.sleep(0.3)  # in their order: the inbox is emptied by time of arrival
        one.wait_closed(2)
        results = {
            "mode": request.param,
            "turns": one.query("select call_id, role, on_hold, text from turns "
                               "order by call_id, turn_index"),
            "cards": one.query("select call_id, form, not_scoreable from scorecards"),
            "alerts": one.query("select call_id, rule from alerts where silent = false"),
            "calls": one.query("select call_id, medium, held, language from calls"),
            "inbox": one.query("select count(*) from inbox")[0][0],
            "page": page(pages, settings, "mail-1") + page(pages, settings, "chat-1"),
        }  # fmt: skip
        results["found"] = [
            (place, value)
            for place, content in sinks(one, folder)
            for value in CANARIES
            if value.encode() in content.lower()
        ]
        results["raw"] = sum(len(r) for r in one.read_topic("qm.messages.v1", idle_s=1.0))
        yield results


def page(client, settings, call_id):
    """Return the page of a conversation as a reviewer gets it."""
    deps = client.app.state.deps
    with deps.database.write() as conn:
        reviewer = NewUser(
            name=f"rita-{call_id}", shown_as="Rita", password_hash=None,
            grants=frozenset({Grant(role="reviewer")}),
        )  # fmt: skip
        user = add_user(conn, reviewer, deps.now())
        client.cookies.set("qm", open_session(conn, user, deps.now(), second_factor=False))
    answer = client.get(f"/calls/{call_id}")
    assert answer.status_code == 200
    return answer.text


def sinks(one, folder):
    """Yield every place where something may have ended up, as a name and its bytes."""
    for topic in TOPICS:
        for number, record in enumerate(one.read_topic(topic, idle_s=1.0)):
            yield f"{topic} {number}", record
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.name), path.read_bytes()


def test_no_identifier_is_in_any_topic_table_file_or_log(swept):
    assert swept["raw"] > 2_000  # they were there to be found
    assert swept["found"] == []
    # three digits stand by chance in the bytes of a database, not in what was said
    assert not [text for *_, text in swept["turns"] if "212" in text]
    assert not [value for value in CANARIES if value in swept["page"].lower()]


def test_each_message_is_there_once_and_the_inbox_is_empty(swept):
    own = [(call_id, role) for call_id, role, aside, _ in swept["turns"] if not aside]
    assert own == [("chat-1", "customer"), ("chat-1", "agent")] * 2 + [
        ("mail-1", "customer"),
        ("mail-1", "agent"),
    ]
    assert swept["inbox"] == 0


def test_what_can_be_redacted_is_shown_and_judged(swept):
    if swept["mode"] == "failing":
        assert {text for *_, text in swept["turns"]} == {"[withheld]"}
        assert all(held for _, _, held, _ in swept["calls"])
        return
    texts = {(c, i): text for i, (c, *_, text) in enumerate(swept["turns"])}
    assert texts["chat-1", 0].startswith("Hello, this is [NAME] and I want the supervisor")
    assert "[URL]" in texts["mail-1", 4]
    assert "[FILE_DOCX]" in texts["mail-1", 4]
    assert sorted(swept["cards"]) == [("chat-1", "chat@1", ""), ("mail-1", "email@1", "")]
    assert sorted((c, m, bool(h)) for c, m, h, _ in swept["calls"]) == [
        ("chat-1", "chat", False),
        ("mail-1", "email", False),
    ]
    assert ("mail-1", "red-flag-no-step") in swept["alerts"]
    shown = " ".join(re.sub(r"<[^>]+>", " ", swept["page"]).split())
    assert "chest pain about the bill & the form." in html.unescape(shown)
