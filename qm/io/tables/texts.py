"""
Text that is no speech: what people type on the pages, and messages of written conversations.

Notes lie sealed until the worker has redacted them; messages that came over the REST API until the
worker has put them on their topic.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from qm.io.tables.columns import maybe_number, metadata, number, of_call, text

typed = Table(
    "typed",
    metadata,
    text("typed_id", primary_key=True),
    text("kind"),  #: what it is: note, reason, title, ...
    Column("call_id", Text, ForeignKey("calls.call_id", ondelete="CASCADE"), nullable=True),
    text("author"),  #: user_id
    Column("sealed", LargeBinary, nullable=True),  #: as typed; null once it is settled
    text("text"),  #: redacted; "" until ready
    text("state"),  #: waiting, ready, withheld
    number("at"),
    Index(None, "state", "at"),
    Index(None, "call_id"),
)

inbox = Table(  # received over the REST API, not yet on the topic
    "inbox",
    metadata,
    text("call_id", primary_key=True),  #: not tied to calls: this may be the first of it
    text("message_id", primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    number("at"),
    Index(None, "at"),
)

messages = Table(  # taken in: each counts once
    "messages",
    metadata,
    of_call(primary_key=True),
    text("message_id", primary_key=True),
    number("turn_index"),  #: of its first turn
    number("at"),
)

conversations = Table(  # when a written conversation must be looked at without a new message
    "conversations",
    metadata,
    of_call(primary_key=True),
    number("last_at"),  #: of the newest message
    maybe_number("due_at"),  #: null: nothing is due any more
    Index(None, "due_at"),
)
