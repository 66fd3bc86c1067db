"""`qm jobs`: what is due by the clock."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(jobs)


def jobs() -> None:
    """Carry out retention, reminders and all else that is due by the clock, until told to stop."""
    from qm.cli.live import stop_on_signals
    from qm.jobs.run import run_jobs
    from qm.settings import load

    run_jobs(load(), stop_on_signals())
