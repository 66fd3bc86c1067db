"""Tables of coaching."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go to this revision."""


def downgrade() -> None:
    """Go back to the revision before."""
