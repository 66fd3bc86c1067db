"""Who may see restricted calls, what must be kept, what was erased, what compliance decided."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from qm.io.tables.columns import maybe_number, metadata, number, of_call, text

group_members = Table(  # named groups: recipients of alerts, readers of restricted calls
    "group_members",
    metadata,
    text("name", primary_key=True),
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
)

restricted_customers = Table(
    "restricted_customers",
    metadata,
    text("customer_hash", primary_key=True),  #: not the reference itself: see ``store/privacy.py``
    text("access_group"),
    text("restricted_by"),
    number("restricted_at"),
)

holds = Table(
    "holds",
    metadata,
    text("hold_id", primary_key=True),
    text("kind"),  #: call, customer, queue
    text("object_id"),  #: of a customer the hash
    text("matter"),  #: number of the matter, no names
    text("placed_by"),
    number("placed_at"),
    text("lifted_by"),
    maybe_number("lifted_at"),  #: null while it holds
    Index(None, "kind", "object_id"),
)

erasures = Table(
    "erasures",
    metadata,
    text("erasure_id", primary_key=True),
    text("customer_ref"),  #: "" once it is done
    text("customer_hash"),
    text("asked_by"),
    number("asked_at"),
    maybe_number("done_at"),  #: null while it waits
    text("report"),  #: JSON; "" while it waits
)

tombstones = Table(  # late records of what was erased must not make it again
    "tombstones",
    metadata,
    text("id_hash", primary_key=True),
    number("erased_at"),
    Index(None, "erased_at"),
)

decisions = Table(  # of compliance, on possible disclosures
    "decisions",
    metadata,
    text("alert_id", primary_key=True),
    of_call(),
    text("outcome"),  #: not_a_disclosure, permitted, incident
    text("incident"),  #: its number; "" for none
    text("decided_by"),
    number("decided_at"),
    Index(None, "call_id"),
)
