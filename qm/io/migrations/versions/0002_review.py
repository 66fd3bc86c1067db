"""Tables of review."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go to this revision."""


def downgrade() -> None:
    """Go back to the revision before."""
