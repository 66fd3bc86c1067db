"""What people type: notes, reasons, titles.  Sealed until the worker has redacted it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from qm.io.tables.columns import metadata, number, text

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
