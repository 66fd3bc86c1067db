"""Messages of text channels over the REST API: sealed here, put on their topic by the worker."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from qm.errors import DecodeError
from qm.io.references import opaque_reference
from qm.io.store import conversations
from qm.io.wire import text_message
from qm.types import TextMessage
from qm.web.api import REFUSALS
from qm.web.auth import Deps

router = APIRouter(prefix="/api/v1", responses=REFUSALS)

OPAQUE = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
NAME = Field(max_length=200)


class MessageBody(BaseModel):
    """One message, as in `qm messages import`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    message_id: Annotated[str, OPAQUE]
    conversation_id: Annotated[str, OPAQUE]
    at: AwareDatetime
    channel: Literal["chat", "email", "sms", "social"]
    direction: Literal["in", "out"]
    role: Literal["customer", "agent"]
    queue: str = ""
    author: Annotated[str, NAME] = ""  #: of any form; an opaque reference is kept
    text: str | None = None
    html: str | None = None
    subject: Annotated[str, Field(max_length=1_000)] = ""
    attachments: tuple[Annotated[str, NAME], ...] = ()  #: their names
    agent: str = ""
    language: str = ""
    customer_ref: Annotated[str, NAME] = ""  #: of any form; an opaque reference is kept
    final: bool = False


class Taken(BaseModel):
    """What became of a message."""

    message_id: str
    state: Literal["received", "known"]


@router.post(
    "/messages",
    status_code=HTTPStatus.ACCEPTED,
    responses={200: {"model": Taken, "description": "It was received before: it counts once."}},
)
def post_message(body: MessageBody, deps: Deps, response: Response) -> Taken:
    """
    Receive one message; the same message_id of a conversation counts once.

    For gateways with the site's token (Authorization: Bearer) and for administrators.
    """
    message = _checked(body, deps.customer_key)
    with deps.database.write() as conn:
        new = conversations.receive(
            conn,
            deps.vault,
            message.conversation_id,
            message.message_id,
            msgspec.json.encode(message),
            deps.now(),
        )
    if not new:
        response.status_code = HTTPStatus.OK
    return Taken(message_id=message.message_id, state="received" if new else "known")


def _checked(body: MessageBody, key: bytes) -> TextMessage:
    fields = body.model_dump(exclude_none=True)
    fields["at"] = datetime.isoformat(body.at)
    for name in ("author", "customer_ref"):
        fields[name] = opaque_reference(key, fields[name])
    try:
        return text_message(fields)
    except DecodeError as wrong:  # names a field, never its value
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(wrong)) from None
