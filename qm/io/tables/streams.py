"""What ties the store to Kafka and to the pages: checkpoints, owners, outbox, change feed."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from qm.io.tables.columns import Serial, flag, maybe_number, metadata, number, of_call, text

checkpoints = Table(
    "checkpoints",
    metadata,
    of_call(primary_key=True),
    text("topic"),
    number("partition"),
    number("first_offset"),  #: first record that is still needed
    number("next_offset"),
    number("epoch"),
    text("broker_id"),
    Column("blob", LargeBinary, nullable=True),  #: sealed state of the call
    flag("closed"),
    number("saved_at"),
    Index(None, "topic", "partition", "closed"),
)

partitions = Table(
    "partitions",
    metadata,
    text("topic", primary_key=True),
    number("partition", primary_key=True),
    number("epoch"),  #: raised by each new owner; writes of older ones are refused
    text("broker_id"),
    number("claimed_at"),
)

attempts = Table(
    "attempts",
    metadata,
    text("topic", primary_key=True),
    number("partition", primary_key=True),
    number("offset"),
    number("begun"),
    number("last_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    text("topic", primary_key=True),
    number("partition", primary_key=True),
    number("offset", primary_key=True),
    text("reason"),
    number("at"),
)

feed = Table(
    "feed",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    number("at"),
    text("kind"),
    text("call_id"),
    text("team"),
    text("agent_id"),
    text("ref"),
    Index(None, "at"),
    sqlite_autoincrement=True,  # a number is never used twice, even after trimming
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    maybe_number("partition"),  #: of the records it came from; its owner sends it
    text("topic"),
    text("key"),
    Column("value", LargeBinary, nullable=False),
    text("headers"),
    number("at"),
    sqlite_autoincrement=True,
)
