"""A site on one machine: embedded broker, database file, and the service's own processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from qm.errors import QmError
from qm.io.broker import SESSION_MS, EmbeddedBroker
from qm.io.children import spawn
from qm.io.kafka import ensure_topics
from qm.io.topics import load_topics
from qm.settings import Settings

COME_UP_S = 240.0
"""How long models and pages may take to come up on a loaded two-core machine."""

STOP_S = 15.0


class LocalSite:
    """
    The processes of a site; leaving the block ends them.

    They run as in production, with other settings.  Nothing of an earlier run in the same folder
    survives.
    """

    def __init__(self, settings: Settings, folder: Path, **changes: Any) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        self.broker = EmbeddedBroker()
        self.settings = settings.model_copy(
            update={
                "data_dir": folder,
                "bootstrap_servers": self.broker.bootstrap_servers,
                "kafka_session_ms": SESSION_MS,
                **changes,
            }
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        ensure_topics(self.broker.options(), load_topics(settings.streams_dir / "topics.toml"))

    def spawn(self, *names: str) -> None:
        """Start processes by the name of their command."""
        for name in names:
            self.processes[name] = spawn(
                [sys.executable, "-m", "qm", name], os.environ | environment(self.settings)
            )

    def wait(self, ready: Callable[[], bool] = lambda: True) -> None:
        """
        Wait until the worker takes calls, and for ``ready``.

        Raises:
            QmError: a process ended by itself, or it took too long.
        """
        deadline = time.monotonic() + COME_UP_S
        while not (self.settings.data_dir / "worker.ready").exists() or not ready():
            self.check()
            if time.monotonic() > deadline:
                raise QmError("the site did not come up in time")
            time.sleep(0.2)

    def check(self) -> None:
        """
        Find out whether everything runs.

        Raises:
            QmError: a process has ended by itself.
        """
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise QmError(f"the {name} process ended with status {process.returncode}")
        if not self.broker.alive:
            raise QmError("the embedded broker ended")

    def close(self) -> None:
        """End every process; the worker saves its calls first."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self.broker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give a child these settings, where they differ from defaults."""
    default = Settings()
    changed = {
        name: value
        for name in Settings.model_fields
        if (value := getattr(settings, name)) != getattr(default, name)
    }
    return {f"QM_{name.upper()}": _variable(value) for name, value in changed.items()}


def _variable(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    secret: Callable[[], str] | None = getattr(value, "get_secret_value", None)
    return secret() if secret is not None else str(value)
