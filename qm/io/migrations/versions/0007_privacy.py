"""Tables of privacy."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go to this revision."""


def downgrade() -> None:
    """Go back to the revision before."""
