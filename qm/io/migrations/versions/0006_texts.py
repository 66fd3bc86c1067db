"""Tables of texts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "typed",
        sa.Column("typed_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_typed_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("typed_id", name=op.f("pk_typed")),
    )
    op.create_index(op.f("ix_typed_call_id"), "typed", ["call_id"], unique=False)
    op.create_index(op.f("ix_typed_state_at"), "typed", ["state", "at"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("typed")
