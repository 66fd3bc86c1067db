"""Stores for jobs, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from qm.io.blobs import open_blobs
from qm.io.database import Database
from qm.io.vault import open_vault
from qm.jobs.job import JobDeps
from qm.settings import Settings
from tests.databases import (
    database,
    postgres_database,
    postgres_template,
    postgres_url,
    sqlite_database,
    sqlite_template,
)

__all__ = [
    "database", "postgres_database", "postgres_template", "postgres_url", "sqlite_database",
    "sqlite_template",
]  # fmt: skip


@pytest.fixture
def deps(database: Database, tmp_path: Path) -> JobDeps:
    """Empty stores of either kind of database."""
    return JobDeps(
        database=database,
        blobs=open_blobs((tmp_path / "objects").as_uri()),
        vault=open_vault(tmp_path / "kek", create=True),
        settings=Settings(data_dir=tmp_path),
    )
