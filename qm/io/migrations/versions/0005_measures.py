"""Tables of measures."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "contacts",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("customer_ref", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("abandoned", sa.Boolean(), nullable=False),
        sa.Column("wait_ms", sa.BigInteger(), nullable=True),
        sa.Column("talk_ms", sa.BigInteger(), nullable=False),
        sa.Column("hold_ms", sa.BigInteger(), nullable=False),
        sa.Column("wrapup_ms", sa.BigInteger(), nullable=False),
        sa.Column("transfers", sa.BigInteger(), nullable=False),
        sa.Column("surveys", sa.BigInteger(), nullable=False),
        sa.Column("good_surveys", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_start_at"), "contacts", ["start_at"])
    op.create_index(op.f("ix_contacts_customer_ref_start_at"), "contacts", ["customer_ref", "start_at"])
    op.create_table(
        "legs",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("leg", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("talk_ms", sa.BigInteger(), nullable=False),
        sa.Column("hold_ms", sa.BigInteger(), nullable=False),
        sa.Column("wrapup_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.contact_id"],
            name=op.f("fk_legs_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", "leg", name=op.f("pk_legs")),
    )
    op.create_index(op.f("ix_legs_agent_id"), "legs", ["agent_id"])
    op.create_table(
        "contact_changes",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_changes")),
    )
    op.create_table(
        "call_figures",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("call_updated_at", sa.BigInteger(), nullable=False),
        sa.Column("agent_turns", sa.BigInteger(), nullable=False),
        sa.Column("negative_turns", sa.BigInteger(), nullable=False),
        sa.Column("cues", sa.BigInteger(), nullable=False),
        sa.Column("cues_answered", sa.BigInteger(), nullable=False),
        sa.Column("cues_formula", sa.BigInteger(), nullable=False),
        sa.Column("specific", sa.Boolean(), nullable=True),
        sa.Column("effort", sa.BigInteger(), nullable=True),
        sa.Column("first_response_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["calls.call_id"],
            name=op.f("fk_call_figures_call_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_figures")),
    )
    op.create_index(
        op.f("ix_call_figures_call_updated_at"), "call_figures", ["call_updated_at"]
    )
    op.create_index(op.f("ix_calls_updated_at"), "calls", ["updated_at"])
    # events that were stored before there was anything to count them into
    op.execute(
        "INSERT INTO contact_changes (contact_id, at) SELECT DISTINCT contact_id, 0 FROM events"
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index(op.f("ix_calls_updated_at"), table_name="calls")
    for table in ("call_figures", "contact_changes", "legs", "contacts"):
        op.drop_table(table)
