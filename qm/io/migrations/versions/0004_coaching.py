"""Tables of coaching; one way of folding letters in the full-text index of both databases."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Letters as SQLite's tokenizer folds them, and blanks for what would tie words together; the text
# of ``qm.io.store.search`` must be the same for its queries to use the index.
LETTERS = "áàâäãåéèêëíìîïóòôöõúùûüñçÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇ"
PLAIN = "aaaaaaeeeeiiiiooooouuuuncaaaaaaeeeeiiiiooooouuuunc"
BETWEEN = "-/.@’_+&#<>~"
FOLDED = f"translate(lower(text), '{LETTERS}{BETWEEN}''', '{PLAIN}{' ' * 13}')"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "clips",
        sa.Column("clip_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_clips_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_clips")),
    )
    op.create_index(op.f("ix_clips_call_id"), "clips", ["call_id"])
    op.create_index(op.f("ix_clips_expires_at"), "clips", ["expires_at"])
    op.create_table(
        "consents",
        sa.Column("clip_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.clip_id"], name=op.f("fk_consents_clip_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_agent_id"), "consents", ["agent_id"])
    op.create_table(
        "playlists",
        sa.Column("playlist_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("playlist_id", name=op.f("pk_playlists")),
    )
    op.create_table(
        "playlist_clips",
        sa.Column("playlist_id", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["playlist_id"],
            ["playlists.playlist_id"],
            name=op.f("fk_playlist_clips_playlist_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["clip_id"],
            ["clips.clip_id"],
            name=op.f("fk_playlist_clips_clip_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("playlist_id", "clip_id", name=op.f("pk_playlist_clips")),
    )
    op.create_index(op.f("ix_playlist_clips_clip_id"), "playlist_clips", ["clip_id"])
    op.create_table(
        "shares",
        sa.Column("share_id", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Text(), nullable=True),
        sa.Column("playlist_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("shared_by", sa.Text(), nullable=False),
        sa.Column("shared_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.clip_id"], name=op.f("fk_shares_clip_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["playlist_id"],
            ["playlists.playlist_id"],
            name=op.f("fk_shares_playlist_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("share_id", name=op.f("pk_shares")),
    )
    op.create_index(op.f("ix_shares_agent_id"), "shares", ["agent_id"])
    op.create_index(op.f("ix_shares_clip_id"), "shares", ["clip_id"])
    op.create_index(op.f("ix_shares_playlist_id"), "shares", ["playlist_id"])
    op.create_table(
        "share_hearings",
        sa.Column("share_id", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.share_id"],
            name=op.f("fk_share_hearings_share_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["clip_id"],
            ["clips.clip_id"],
            name=op.f("fk_share_hearings_clip_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("share_id", "clip_id", name=op.f("pk_share_hearings")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("evaluation_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.evaluation_id"],
            name=op.f("fk_acknowledgements_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evaluation_id", name=op.f("pk_acknowledgements")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX turns_text")
        op.execute(f"CREATE INDEX turns_text ON turns USING gin (to_tsvector('simple', {FOLDED}))")


def downgrade() -> None:
    """Go back to the revision before."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX turns_text")
        op.execute("CREATE INDEX turns_text ON turns USING gin (to_tsvector('simple', text))")
    for table in ("acknowledgements", "share_hearings", "shares", "playlist_clips", "playlists", "consents", "clips"):
        op.drop_table(table)
