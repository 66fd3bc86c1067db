"""Files of packages and of model hubs, fetched without running anything that is in them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from qm.errors import EngineUnavailable

_SLOWEST_S = 3_600
"""A gigabyte on a slow line; a client that hangs for longer never comes back."""


def packages(wanted: Sequence[str], target: Path) -> None:
    """
    Unpack packages of the configured index into ``target``.

    Only wheels: building a source package would run its code.  No dependency comes along.

    Args:
        wanted: "name==version" each.
        target: an existing folder.

    Raises:
        EngineUnavailable: there is no network, or the index has no such wheel.
    """
    options = ["--no-deps", "--only-binary", ":all:", "--target", str(target), *wanted]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [*_client(), *options], capture_output=True, text=True, timeout=_SLOWEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise EngineUnavailable(
            f"packages {', '.join(wanted)}: the package client failed ({type(wrong).__name__})"
        ) from None
    if done.returncode != 0:
        # The client's own words may hold an index address with a password: only their sense.
        unknown = any(sign in done.stderr for sign in _UNKNOWN)
        reason = (
            "the package index has no such wheel"
            if unknown
            else f"the package index cannot be reached (exit status {done.returncode})"
        )
        raise EngineUnavailable(f"packages {', '.join(wanted)}: {reason}")


_UNKNOWN = ("No solution found", "No matching distribution", "not found in the package registry")
"""What uv and pip write when the index answers but lacks the package."""


def _client() -> list[str]:
    """Return the command that installs packages: uv where there is one, else pip."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def hub_file(repository: str, revision: str, path: str, target: Path) -> None:
    """
    Fetch one file of a model hub into ``target``.

    Raises:
        EngineUnavailable: the hub cannot be reached or has no such file.
    """
    # Imported here: the library reads its settings, and other engines want it off, at import.
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        hf_hub_download(repository, path, revision=revision, local_dir=target)
    except (HfHubHTTPError, OSError, ValueError) as wrong:
        raise EngineUnavailable(
            f"hub {repository}: {path} cannot be fetched ({type(wrong).__name__})"
        ) from None
