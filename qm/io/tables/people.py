"""Staff and what they may do: roster, users, sessions, rules that are on, the audit trail."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text

from qm.io.tables.columns import flag, maybe_number, metadata, number, text

teams = Table("teams", metadata, text("team", primary_key=True), text("site"), text("supervisor"))

agents = Table(
    "agents",
    metadata,
    text("agent_id", primary_key=True),
    text("name"),
    text("hired_on"),  #: ISO date; "" where unknown
    text("languages"),  #: ISO 639-1 codes joined by a blank
)

team_members = Table(
    "team_members",
    metadata,
    Column("agent_id", Text, ForeignKey("agents.agent_id"), primary_key=True),
    number("from_at", primary_key=True),
    maybe_number("to_at"),  #: null while it lasts
    Column("team", Text, ForeignKey("teams.team"), nullable=False),
)

queues = Table(
    "queues",
    metadata,
    text("queue", primary_key=True),
    text("title"),
    flag("clinical"),
    text("settings"),  #: JSON object
)

users = Table(
    "users",
    metadata,
    text("user_id", primary_key=True),
    text("name", unique=True),  #: what is typed to sign in, lower case
    text("shown_as"),
    text("agent_id"),  #: of the roster, for own calls; "" for none
    Column("password_hash", Text, nullable=True),  #: argon2id; null: signs in elsewhere
    flag("must_change"),
    Column("totp", LargeBinary, nullable=True),  #: sealed by the vault
    number("totp_step"),  #: last 30 s step whose code was used, so that it is used once
    flag("disabled"),
    number("created_at"),
)

user_roles = Table(
    "user_roles",
    metadata,
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    text("role", primary_key=True),
    text("team", primary_key=True),  #: "*" for all
)

sessions = Table(
    "sessions",
    metadata,
    text("token_hash", primary_key=True),
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    text("csrf"),
    number("opened_at"),
    number("input_at"),  #: last input of the person; a live stream is no input
    flag("second_factor"),
    Index(None, "user_id"),
)

login_failures = Table(
    "login_failures",
    metadata,
    text("name_hash", primary_key=True),  #: hashed: people type passwords into the name field
    number("failures"),
    number("last_at"),
)

rule_states = Table(
    "rule_states",
    metadata,
    text("rule", primary_key=True),
    flag("is_on"),
    text("changed_by"),
    number("changed_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    number("at"),
    text("user_id"),
    text("action"),
    text("kind"),
    text("object_id"),
    text("team"),
    text("detail"),
    text("previous"),
    text("hash"),
    Index(None, "at"),
    Index(None, "user_id", "at"),
    Index(None, "object_id", "at"),
)

audit_head = Table(  # one row: what the last row of the chain must be, and the lock to append
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    number("seq"),
    text("hash"),
)
