"""Jobs by the clock: when each ran, and who runs it now."""

from __future__ import annotations

from sqlalchemy import Table

from qm.io.tables.columns import maybe_number, metadata, number, text

job_runs = Table(
    "job_runs",
    metadata,
    text("job", primary_key=True),
    number("due_at"),  #: not before
    number("held_until"),  #: somebody runs it until then at most; 0 for nobody
    maybe_number("began_at"),
    maybe_number("ended_at"),
    text("failure"),  #: class of the last run's error; "" where it went well
)
