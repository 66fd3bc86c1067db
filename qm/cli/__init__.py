"""
The command line.

Exit status: 0 done, 2 wrong usage, 3 some of the input failed (the rest is done), 4 cannot start.
Messages of errors name numbers and places, never content.

What a command needs is imported inside it: `qm web` must start where the models' libraries are not
installed, and `qm --help` at once.
"""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console

from qm.errors import ConfigError, QmError

CANNOT_START = 4
SOME_FAILED = 3
USAGE = 2

app = typer.Typer(
    name="qm",
    help="Real-time quality monitor for healthcare contact centers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks print local variables: words of calls
    add_completion=False,
)
err = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command line."""
    for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        # Models run one thread each, many at a time; libraries that add their own slow all down.
        os.environ.setdefault(library, "1")
    from qm.cli import calls, evaluation, jobs, live, measures, messages, models, site, text, topics
    from qm.observe import set_up_logging

    for part in (calls, text, models, live, evaluation, site, jobs, measures, messages, topics):
        part.register(app)
    set_up_logging(json=not sys.stderr.isatty())
    try:
        app()
    except ConfigError as wrong:
        err.print(f"qm: cannot start: {wrong}")
        sys.exit(CANNOT_START)
    except QmError as wrong:
        err.print(f"qm: {wrong}")
        sys.exit(1)
