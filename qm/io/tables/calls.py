"""Calls and all that is known of one: turns, labels, alerts, scorecards, events, audio."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    UniqueConstraint,
)

from qm.io.tables.columns import (
    Serial,
    flag,
    maybe_number,
    maybe_text,
    metadata,
    number,
    of_call,
    text,
)

calls = Table(
    "calls",
    metadata,
    text("call_id", primary_key=True),
    text("contact_id"),
    text("agent_id"),
    text("team"),  #: of the agent at the time of the call
    text("queue"),
    text("direction"),
    text("language"),  #: "" until known
    text("medium"),
    text("channels"),  #: joined by a blank
    flag("practice"),
    text("customer_ref"),
    text("authenticated"),
    text("disposition"),
    number("started_at"),
    text("status"),  #: live, closed
    number("clock_ms"),  #: everything before is heard
    maybe_number("duration_ms"),
    flag("complete"),
    flag("held"),
    text("reason"),  #: why it closed; "" while live
    text("marks"),  #: JSON
    Column(
        "pass", SmallInteger, nullable=False
    ),  #: of the last finished recognition: what is shown
    number("updated_at"),
    text("access_group", server_default=""),  #: who alone may see a restricted call; "": not one
    Index(None, "status", "started_at"),
    Index(None, "started_at", "call_id"),
    Index(None, "team", "started_at"),
    Index(None, "agent_id", "started_at"),
    Index(None, "contact_id"),
    Index(None, "customer_ref"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Serial, primary_key=True),  #: for the full-text index; the key is the next three
    of_call(),
    Column("pass", SmallInteger, nullable=False),
    number("turn_index"),
    text("role"),
    number("speaker"),
    number("start_ms"),
    number("end_ms"),
    text("text"),
    text("words"),
    text("redactions"),
    flag("withheld"),
    flag("on_hold"),
    Column("asr_confidence", Double, nullable=False),
    text("language"),
    text("medium"),
    number("revision"),
    number("redaction_version"),
    UniqueConstraint("call_id", "pass", "turn_index"),
)

labels = Table(
    "labels",
    metadata,
    of_call(primary_key=True),
    Column("pass", SmallInteger, primary_key=True),
    number("turn_index", primary_key=True),
    text("labels"),
    text("model"),
    text("model_version"),
)

label_hits = Table(  # decided labels only: what lists filter and searches find
    "label_hits",
    metadata,
    of_call(primary_key=True),
    Column("pass", SmallInteger, primary_key=True),
    number("turn_index", primary_key=True),
    text("label", primary_key=True),
    Column("label_prob", Double, nullable=False),
    ForeignKeyConstraint(
        ["call_id", "pass", "turn_index"],
        ["labels.call_id", "labels.pass", "labels.turn_index"],
        ondelete="CASCADE",
    ),
    Index(None, "label", "call_id", "pass"),
)

facts = Table("facts", metadata, of_call(primary_key=True), text("facts"))

outcomes = Table(
    "outcomes",
    metadata,
    of_call(primary_key=True),
    text("outcome"),
    maybe_text("resolution"),
    maybe_text("identity"),
)

scorecards = Table(
    "scorecards",
    metadata,
    of_call(primary_key=True),
    text("form", primary_key=True),
    Column("pass", SmallInteger, nullable=False),
    text("scorecard"),
    Column("percent", Double, nullable=True),
    Column("percent_low", Double, nullable=True),
    Column("percent_high", Double, nullable=True),
    Column("coverage", Double, nullable=False),
    text("not_scoreable"),
    number("saved_at"),
)

alerts = Table(
    "alerts",
    metadata,
    text("alert_id", primary_key=True),
    of_call(),
    text("rule"),
    number("rule_version"),
    text("severity"),
    number("at_ms"),
    text("evidence"),
    text("act"),
    text("when"),
    flag("silent"),
    maybe_number("closed_ms"),
    number("raised_at"),
    maybe_number("broker_at"),  #: of the record that decided it
    maybe_number("seen_at"),  #: first browser that showed it
    text("state"),  #: open, claimed, acknowledged, closed
    text("claimed_by"),
    maybe_number("claimed_at"),
    text("acknowledged_by"),
    maybe_number("acknowledged_at"),
    text("closed_by"),  #: "" where the awaited step was heard
    maybe_number("closed_at"),
    text("outcome"),
    text("useful"),  #: "", yes, no
    text("useful_reason"),
    text("rated_by"),
    number("asked", server_default="0"),  #: how often it was handed on unclaimed
    maybe_number("asked_at"),
    maybe_number("answered_at"),  #: first claim, acknowledgement or close by a person
    Index(None, "call_id"),
    Index(None, "state", "raised_at"),
    Index(None, "raised_at"),
)

deliveries = Table(  # what the webhook is to be told of alerts: an outbox
    "deliveries",
    metadata,
    text("delivery_id", primary_key=True),  #: stable: the receiver may count on it
    of_call(),
    text("alert_id"),
    text("event"),  #: raised, handed_on
    text("body"),  #: JSON: rule, severity, link; no words
    text("state"),  #: waiting, sent, given_up
    number("attempts"),
    number("due_at"),
    number("created_at"),
    maybe_number("sent_at"),
    text("failure"),  #: code of the last one; "" for none
    Index(None, "call_id"),
    Index(None, "state", "due_at"),
)

events = Table(
    "events",
    metadata,
    text("event_id", primary_key=True),
    text("contact_id"),
    text("call_id"),
    number("at"),
    text("kind"),
    text("queue"),
    text("agent_id"),
    text("channel"),
    text("direction"),
    text("language"),
    text("customer_ref"),
    text("authenticated"),
    text("disposition"),
    text("target"),
    text("reason"),
    maybe_number("score"),
    number("stored_at"),
    Index(None, "contact_id", "at"),
    Index(None, "call_id"),
    Index(None, "at"),
    Index(None, "customer_ref", "at"),
)

audio_objects = Table(
    "audio_objects",
    metadata,
    of_call(primary_key=True),
    text("kind", primary_key=True),  #: redacted, work
    text("path"),
    text("media_type"),
    number("size"),  #: bytes, before encryption
    number("duration_ms"),
    text("peaks"),  #: JSON: by channel
    number("saved_at"),
)

call_keys = Table(  # not tied to calls: the key exists before the call's first row does
    "call_keys",
    metadata,
    text("call_id", primary_key=True),
    text("key_id"),  #: the key-encryption key that wraps it
    Column("wrapped", LargeBinary, nullable=False),
    number("created_at"),
    Index(None, "key_id"),
)
