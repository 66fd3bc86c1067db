"""Messages over the REST API: from gateways and administrators, each once, sealed at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from qm.io import tables as t
from qm.io.references import opaque_reference
from qm.io.store import audit, conversations
from qm.io.wire import parse_object, text_message
from qm.web.security import BODY_LIMIT, MESSAGE_LIMIT
from tests.web.site import Site

TOKEN = "a token of the gateways"
KEY = b"k" * 32
SECRET = "Maria Ortega 555-0142"
BODY = {
    "message_id": "m1",
    "conversation_id": "c9",
    "at": "2026-11-23T14:05:00-05:00",
    "channel": "chat",
    "direction": "in",
    "role": "customer",
    "queue": "billing",
    "author": "Maria Ortega",
    "customer_ref": "555-0142",
    "text": f"Hello, this is {SECRET}",
}


@pytest.fixture
def gateway(site: Site) -> TestClient:
    return site.client(messages_token=TOKEN, customer_key=KEY)


def post(client: TestClient, token: str = TOKEN, **changes: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return client.post("/api/v1/messages", json=BODY | changes, headers=headers)


def test_a_message_is_received_once(gateway: TestClient) -> None:
    assert post(gateway).json() == {"message_id": "m1", "state": "received"}
    again = post(gateway)
    assert (again.status_code, again.json()["state"]) == (200, "known")
    assert post(gateway, message_id="m2").status_code == 202


def test_it_lies_sealed_with_references_in_the_place_of_names(
    site: Site, gateway: TestClient
) -> None:
    post(gateway)
    with site.deps.database.read() as conn:
        row = conn.execute(select(t.inbox)).mappings().one()
        (waiting,) = conversations.received(conn, site.deps.vault)
    assert b"Maria" not in row["sealed"]
    message = text_message(parse_object(waiting.value or b""))
    assert (message.text, message.author) == (BODY["text"], opaque_reference(KEY, "Maria Ortega"))
    assert message.customer_ref == opaque_reference(KEY, "555-0142")


def test_an_administrator_may_post_and_others_may_not(site: Site) -> None:
    for name, status in (("ada", 202), ("sue", 403), ("rita", 403), ("colin", 403)):
        client = site.client(name, customer_key=KEY)
        csrf = client.get("/api/v1/me").json()["csrf"]
        answer = client.post(
            "/api/v1/messages", json=BODY | {"message_id": name}, headers={"X-CSRF-Token": csrf}
        )
        assert answer.status_code == status, name


@pytest.mark.parametrize("token", ["", "another", TOKEN + "x"])
def test_a_wrong_token_is_refused(gateway: TestClient, token: str) -> None:
    assert post(gateway, token).status_code == 403


def test_where_no_token_is_set_none_is_right(site: Site) -> None:
    assert post(site.client(customer_key=KEY), "").status_code == 403
    assert site.client().post("/api/v1/messages", json=BODY).status_code == 401


def test_each_message_and_each_refusal_leaves_a_row_without_words(
    site: Site, gateway: TestClient
) -> None:
    post(gateway)
    post(gateway, "wrong")
    with site.deps.database.read() as conn:
        rows = audit.search(conn, audit.AuditFilter(user_id="gateway"))
    assert [row.entry.action for row in rows] == ["denied", "receive"]
    assert SECRET not in repr(rows)


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": "Maria Ortega"},
        {"at": "2026-11-23T14:05:00"},
        {"channel": "fax"},
        {"html": "<p>both</p>"},
        {"text": None},
        {"language": "English"},
        {"unknown": SECRET},
    ],
)
def test_what_does_not_fit_is_refused_and_never_quoted(
    gateway: TestClient, changes: dict[str, Any]
) -> None:
    answer = post(gateway, **changes)
    assert answer.status_code == 422
    assert "Maria" not in answer.text
    assert SECRET not in answer.text


def test_a_letter_may_be_longer_than_a_form_and_no_longer_than_its_topic(
    gateway: TestClient,
) -> None:
    assert post(gateway, text="a" * 2 * BODY_LIMIT).status_code == 202
    assert post(gateway, text="a" * MESSAGE_LIMIT).status_code == 413
