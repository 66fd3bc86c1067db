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
    op.create_table(
        "inbox",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "message_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_at"), "inbox", ["at"], unique=False)
    op.create_table(
        "messages",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("turn_index", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_messages_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "message_id", name=op.f("pk_messages")),
    )
    op.create_table(
        "conversations",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["calls.call_id"],
            name=op.f("fk_conversations_call_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_conversations")),
    )
    op.create_index(op.f("ix_conversations_due_at"), "conversations", ["due_at"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("conversations")
    op.drop_table("messages")
    op.drop_table("inbox")
    op.drop_table("typed")
