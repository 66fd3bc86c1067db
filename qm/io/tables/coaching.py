"""
Clips of calls, playlists of clips, who got them to hear, who agreed to be heard, who read a score.

A clip is a span of its call's redacted recording, never a copy: it goes with the call.  Titles,
tags, reasons and notes are typed text (``typed``): the columns hold its id, "" for none.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from qm.io.tables.columns import maybe_number, metadata, number, of_call, text

clips = Table(
    "clips",
    metadata,
    text("clip_id", primary_key=True),
    of_call(),
    text("agent_id"),  #: who is heard, of the roster; "" where unknown
    text("kind"),  #: good, improve
    number("start_ms"),
    number("end_ms"),
    text("title"),
    text("tags"),
    text("why"),
    text("made_by"),
    number("made_at"),
    number("expires_at"),
    Index(None, "call_id"),
    Index(None, "expires_at"),
)

consents = Table(  # of the agent who is heard, before anybody but them gets the clip to hear
    "consents",
    metadata,
    Column("clip_id", Text, ForeignKey("clips.clip_id", ondelete="CASCADE"), primary_key=True),
    text("agent_id"),
    text("asked_by"),
    number("asked_at"),
    text("state"),  #: asked, given, refused, revoked
    maybe_number("answered_at"),
    Index(None, "agent_id"),
)

playlists = Table(
    "playlists",
    metadata,
    text("playlist_id", primary_key=True),
    text("title"),
    text("made_by"),
    number("made_at"),
)

playlist_clips = Table(
    "playlist_clips",
    metadata,
    Column(
        "playlist_id",
        Text,
        ForeignKey("playlists.playlist_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("clip_id", Text, ForeignKey("clips.clip_id", ondelete="CASCADE"), primary_key=True),
    number("position"),
    Index(None, "clip_id"),
)

shares = Table(  # of a clip or of a playlist
    "shares",
    metadata,
    text("share_id", primary_key=True),
    Column("clip_id", Text, ForeignKey("clips.clip_id", ondelete="CASCADE"), nullable=True),
    Column(
        "playlist_id",
        Text,
        ForeignKey("playlists.playlist_id", ondelete="CASCADE"),
        nullable=True,
    ),
    text("agent_id"),  #: who is to hear it
    text("note"),
    text("shared_by"),
    number("shared_at"),
    maybe_number("acknowledged_at"),
    maybe_number("withdrawn_at"),
    Index(None, "agent_id"),
    Index(None, "clip_id"),
    Index(None, "playlist_id"),
)

share_hearings = Table(  # clips that the agent has played to their end
    "share_hearings",
    metadata,
    Column("share_id", Text, ForeignKey("shares.share_id", ondelete="CASCADE"), primary_key=True),
    Column("clip_id", Text, ForeignKey("clips.clip_id", ondelete="CASCADE"), primary_key=True),
    number("heard_at"),
)

acknowledgements = Table(  # an agent has read what a person said of their call
    "acknowledgements",
    metadata,
    Column(
        "evaluation_id",
        Text,
        ForeignKey("evaluations.evaluation_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    text("agent_id"),
    number("acknowledged_at"),
)
