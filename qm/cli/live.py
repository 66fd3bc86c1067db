"""`qm worker`, `qm replay`, `qm demo`, `qm events`: calls on Kafka."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Annotated

import typer

from qm.cli import err
from qm.settings import load


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(worker)
    app.command()(demo)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def worker() -> None:
    """Hear, redact and judge the calls of the audio topic until told to stop."""
    from qm.worker.start import run_worker

    run_worker(load(), stop_on_signals().is_set)


def demo(
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8080,
    once: Annotated[bool, typer.Option("--once", help="Play each sample once, then stop.")] = False,
) -> None:
    """Start everything on this machine and play the sample calls in a loop."""
    from qm.demo import Demo, default_folder, play

    stop = stop_on_signals()
    with Demo(load(), port, default_folder(os.environ)) as running:
        err.print("qm demo: starting; the models take a few seconds")
        running.start()
        sys.stdout.write(running.announcement() + "\n")
        sys.stdout.flush()
        err.print(f"qm demo: open {running.url} - Ctrl-C ends it and forgets everything")
        play(running, stop, once=once)
