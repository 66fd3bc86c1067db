"""
What measures are counted from: contacts, their legs, and what is counted in each call.

These tables hold nothing that events and calls do not say: they are worked out again from those
whenever something about a contact or call is new, so that a month is summed by the database.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text

from qm.io.tables.calls import calls
from qm.io.tables.columns import flag, maybe_number, metadata, number, of_call, text

contacts = Table(
    "contacts",
    metadata,
    text("contact_id", primary_key=True),
    number("start_at"),
    maybe_number("ended_at"),  #: null while it lasts
    flag("inbound"),
    text("queue"),  #: the first
    text("team"),  #: of the agent who answered first, at that time
    text("channel"),
    text("language"),
    text("customer_ref"),
    text("disposition"),
    flag("answered"),
    flag("abandoned"),
    maybe_number("wait_ms"),  #: until answered or abandoned; null where unknown
    number("talk_ms"),
    number("hold_ms"),
    number("wrapup_ms"),
    number("transfers"),
    number("surveys"),
    number("good_surveys"),  #: those with score 4 or 5
    Index(None, "start_at"),
    Index(None, "customer_ref", "start_at"),
)

legs = Table(
    "legs",
    metadata,
    Column(
        "contact_id",
        Text,
        ForeignKey("contacts.contact_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    number("leg", primary_key=True),
    text("agent_id"),
    text("team"),
    number("start_at"),
    number("talk_ms"),
    number("hold_ms"),
    number("wrapup_ms"),
    Index(None, "agent_id"),
)

contact_changes = Table(  # contacts with events that ``contacts`` does not know yet
    "contact_changes",
    metadata,
    text("contact_id", primary_key=True),
    number("at"),
)

call_figures = Table(
    "call_figures",
    metadata,
    of_call(primary_key=True),
    number("call_updated_at"),  #: ``calls.updated_at`` when it was counted
    number("agent_turns"),
    number("negative_turns"),
    number("cues"),
    number("cues_answered"),
    number("cues_formula"),
    Column("specific", Boolean, nullable=True),  #: null: no instructions of either kind
    maybe_number("effort"),
    maybe_number("first_response_ms"),  #: of a text conversation
    Index(None, "call_updated_at"),
)

Index("ix_calls_updated_at", calls.c.updated_at)
