"""Processes that never outlive this one."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def spawn(
    command: Sequence[str], environ: Mapping[str, str], *, quiet: bool = False
) -> subprocess.Popen[bytes]:
    """
    Start a child that is killed when this process ends, however it ends (Linux).

    Start it from a thread that lives as long as it shall: Linux ties a child to the thread.

    Args:
        command: program and arguments, of our own making.
        environ: its whole environment.
        quiet: throw its output away.
    """
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.Popen(  # noqa: S603  no user input is in the command
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=sink,
        env=dict(environ),
        preexec_fn=tie_to_parent(),
    )


def tie_to_parent() -> Callable[[], None] | None:
    """Return what a child does first so that it dies with us; None where the system cannot."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded here: between fork and exec nothing may be
    parent = os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return tie
