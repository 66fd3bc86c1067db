"""Review by people: why a call is flagged, who reviews it, what they said; never changed after."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, SmallInteger, Table, Text

from qm.io.tables.columns import flag, maybe_number, metadata, number, of_call, text

flags = Table(
    "flags",
    metadata,
    of_call(primary_key=True),
    text("reason", primary_key=True),  #: alert, critical, cannot_tell, low_asr, speakers, withheld
    text("detail"),  #: rule or question; "" for the others
    number("severity"),
    number("flagged_at"),
)

flag_states = Table(  # one row a finished call that was looked through, flagged or not
    "flag_states",
    metadata,
    of_call(primary_key=True),
    number("severity"),  #: of its worst flag; 0: none
    text("reason"),  #: of its worst flag; "" for none
    text("seen"),  #: pass and scorecard that were looked at: another one is looked through anew
    number("looked_at"),
    Index(None, "severity", "looked_at"),
)

reviews = Table(  # one person's task with one call
    "reviews",
    metadata,
    text("review_id", primary_key=True),
    of_call(),
    text("kind"),  #: sample, flag, second, dispute, practice
    text("reason"),  #: of a flag
    number("severity"),
    flag("blind"),  #: the machine's answers are hidden until the person has answered
    text("month"),  #: "2026-11" on the site's calendar: which plan it counts for
    text("day"),  #: "2026-11-23": which day's capacity it takes
    text("state"),  #: open, submitted, not_scoreable, withdrawn
    text("why_not"),  #: reason of not scoreable
    text("assigned_to"),  #: user id; "" for anybody
    text("claimed_by"),
    maybe_number("claimed_until"),
    text("detail"),  #: JSON: question -> typed_id of what the agent sees differently
    number("made_at"),
    number("due_at"),
    maybe_number("closed_at"),
    text("closed_by"),
    Index(None, "call_id"),
    Index(None, "state", "due_at"),
    Index(None, "day", "kind"),
    Index(None, "month", "kind"),
    Index(None, "claimed_by", "state"),
)

review_drafts = Table(
    "review_drafts",
    metadata,
    Column(
        "review_id", Text, ForeignKey("reviews.review_id", ondelete="CASCADE"), primary_key=True
    ),
    text("user_id", primary_key=True),
    text("answers"),  #: JSON, codes only
    text("heard"),  #: JSON: stretches that were played, ms
    number("begun_at"),
    number("saved_at"),
)

review_notes = Table(
    "review_notes",
    metadata,
    text("typed_id", primary_key=True),  #: the words are with the typed texts
    of_call(),
    Column("review_id", Text, ForeignKey("reviews.review_id", ondelete="CASCADE"), nullable=False),
    text("author"),
    text("audience"),  #: agent, private
    maybe_number("at_ms"),  #: call time; null: of the call as a whole
    number("made_at"),
    Index(None, "call_id"),
    Index(None, "review_id"),
)

evaluations = Table(  # rows are never updated: a trigger refuses it
    "evaluations",
    metadata,
    text("evaluation_id", primary_key=True),
    of_call(),
    Column(
        "review_id",
        Text,
        ForeignKey("reviews.review_id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    text("kind"),  #: of the review
    text("reviewer"),  #: user id
    text("form"),
    Column("pass", SmallInteger, nullable=False),  #: recognition that was read
    flag("blind"),
    Column("percent", Double, nullable=True),
    Column("earned", Double, nullable=False),
    Column("possible", Double, nullable=False),
    text("band"),
    text("findings"),  #: JSON: questions whose answer is a critical finding
    number("not_judged"),
    Column("heard_share", Double, nullable=False),
    number("begun_at"),
    number("submitted_at"),
    Index(None, "call_id"),
    Index(None, "reviewer", "submitted_at"),
    Index(None, "submitted_at"),
)

evaluation_answers = Table(  # as little ever updated
    "evaluation_answers",
    metadata,
    Column(
        "evaluation_id",
        Text,
        ForeignKey("evaluations.evaluation_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    text("question", primary_key=True),
    number("place"),  #: order on the form
    text("state"),  #: answered, not_applicable, not_judged
    text("answer"),  #: option ids joined by a blank; "" unless answered by choice
    Column("number", Double, nullable=True),
    Column("points", Double, nullable=True),
    Column("max_points", Double, nullable=False),
    text("first"),  #: what they said before the machine's answer was shown
    text("machine"),  #: option, not_applicable, cannot_tell; "" where it was not asked
    text("how"),  #: own, accepted, changed
    text("reason"),  #: why it was changed
    Index(None, "question"),
)
