"""Tables of measures."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go to this revision."""


def downgrade() -> None:
    """Go back to the revision before."""
