"""Tables of texts."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go to this revision."""


def downgrade() -> None:
    """Go back to the revision before."""
