"""Alerts in time: who was asked, who answered, what goes to the webhook; jobs by the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_runs")),
    )
    op.add_column("alerts", sa.Column("asked", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("alerts", sa.Column("asked_at", sa.BigInteger(), nullable=True))
    op.add_column("alerts", sa.Column("answered_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_deliveries_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_call_id"), "deliveries", ["call_id"])
    op.create_index(op.f("ix_deliveries_state_due_at"), "deliveries", ["state", "due_at"])


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("deliveries")
    op.drop_column("alerts", "answered_at")
    op.drop_column("alerts", "asked_at")
    op.drop_column("alerts", "asked")
    op.drop_table("job_runs")
