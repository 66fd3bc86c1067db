"""Tables of review."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FROZEN = ("evaluations", "evaluation_answers")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "flags",
        _call(), _text("reason"), _text("detail"), _number("severity"), _number("flagged_at"),
        sa.PrimaryKeyConstraint("call_id", "reason", name=op.f("pk_flags")),
        _of_call("flags"),
    )
    op.create_table(
        "flag_states",
        _call(), _number("severity"), _text("reason"), _text("seen"), _number("looked_at"),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_flag_states")),
        _of_call("flag_states"),
    )
    op.create_index(
        op.f("ix_flag_states_severity_looked_at"), "flag_states", ["severity", "looked_at"]
    )
    op.create_table(
        "reviews",
        _text("review_id"), _call(), _text("kind"), _text("reason"), _number("severity"),
        sa.Column("blind", sa.Boolean(), nullable=False),
        _text("month"), _text("day"), _text("state"), _text("why_not"), _text("assigned_to"),
        _text("claimed_by"), sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        _text("detail"), _number("made_at"), _number("due_at"),
        sa.Column("closed_at", sa.BigInteger(), nullable=True), _text("closed_by"),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_reviews")),
        _of_call("reviews"),
    )
    for names in (["call_id"], ["state", "due_at"], ["day", "kind"], ["month", "kind"],
                  ["claimed_by", "state"]):
        op.create_index(op.f(f"ix_reviews_{'_'.join(names)}"), "reviews", names)
    op.create_table(
        "review_drafts",
        _text("review_id"), _text("user_id"), _text("answers"), _text("heard"),
        _number("begun_at"), _number("saved_at"),
        sa.PrimaryKeyConstraint("review_id", "user_id", name=op.f("pk_review_drafts")),
        _of("reviews", "review_id", "review_drafts"),
    )
    op.create_table(
        "review_notes",
        _text("typed_id"), _call(), _text("review_id"), _text("author"), _text("audience"),
        sa.Column("at_ms", sa.BigInteger(), nullable=True), _number("made_at"),
        sa.PrimaryKeyConstraint("typed_id", name=op.f("pk_review_notes")),
        _of_call("review_notes"),
        _of("reviews", "review_id", "review_notes"),
    )
    op.create_index(op.f("ix_review_notes_call_id"), "review_notes", ["call_id"])
    op.create_index(op.f("ix_review_notes_review_id"), "review_notes", ["review_id"])
    op.create_table(
        "evaluations",
        _text("evaluation_id"), _call(), _text("review_id"),
        _text("kind"), _text("reviewer"), _text("form"),
        sa.Column("pass", sa.SmallInteger(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("percent", sa.Double(), nullable=True),
        sa.Column("earned", sa.Double(), nullable=False),
        sa.Column("possible", sa.Double(), nullable=False),
        _text("band"), _text("findings"), _number("not_judged"),
        sa.Column("heard_share", sa.Double(), nullable=False),
        _number("begun_at"), _number("submitted_at"),
        sa.PrimaryKeyConstraint("evaluation_id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("review_id", name=op.f("uq_evaluations_review_id")),
        _of_call("evaluations"),
        _of("reviews", "review_id", "evaluations"),
    )
    for names in (["call_id"], ["reviewer", "submitted_at"], ["submitted_at"]):
        op.create_index(op.f(f"ix_evaluations_{'_'.join(names)}"), "evaluations", names)
    op.create_table(
        "evaluation_answers",
        _text("evaluation_id"), _text("question"), _number("place"), _text("state"),
        _text("answer"), sa.Column("number", sa.Double(), nullable=True),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("max_points", sa.Double(), nullable=False),
        _text("first"), _text("machine"), _text("how"), _text("reason"),
        sa.PrimaryKeyConstraint("evaluation_id", "question", name=op.f("pk_evaluation_answers")),
        _of("evaluations", "evaluation_id", "evaluation_answers"),
    )
    op.create_index(op.f("ix_evaluation_answers_question"), "evaluation_answers", ["question"])
    _freeze()


def downgrade() -> None:
    """Go back to the revision before."""
    for name in ("evaluation_answers", "evaluations", "review_notes", "review_drafts", "reviews",
                 "flag_states", "flags"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _freeze() -> None:
    """What somebody has submitted may go with its call, and never become something else."""
    if op.get_bind().dialect.name == "sqlite":
        for name in FROZEN:
            op.execute(
                f"CREATE TRIGGER {name}_stay BEFORE UPDATE ON {name} BEGIN"
                " SELECT RAISE(ABORT, 'an evaluation is never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'an evaluation is never changed'; END $$"
    )
    for name in FROZEN:
        op.execute(
            f"CREATE TRIGGER {name}_stay BEFORE UPDATE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _text(name):
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name):
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _call():
    return _text("call_id")


def _of_call(table):
    return _of("calls", "call_id", table)


def _of(parent, column, table):
    return sa.ForeignKeyConstraint(
        [column], [f"{parent}.{column}"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )
