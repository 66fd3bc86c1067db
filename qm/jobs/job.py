"""What a job is, and what it works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from qm.io.blobs import Blobs
from qm.io.database import Database
from qm.io.vault import Vault
from qm.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDeps:
    """Stores and settings of the jobs process."""

    database: Database
    blobs: Blobs
    vault: Vault = field(repr=False)
    settings: Settings = field(repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """
    Work that is due by the clock.

    ``work`` gets the stores and the time (UTC ms).  It must bear being run twice: of several
    processes one runs it at a time, but a process that was killed is waited for no longer than
    ``lease_s``.
    """

    name: str
    every_s: float
    work: Callable[[JobDeps, int], None]
    lease_s: float = 600.0
