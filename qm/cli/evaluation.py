"""`qm evaluate` and `qm bench`: how good it is, and how fast."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
