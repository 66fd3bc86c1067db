"""Tables of alerts."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go to this revision."""


def downgrade() -> None:
    """Go back to the revision before."""
