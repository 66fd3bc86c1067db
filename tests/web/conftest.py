"""The small contact center of ``site`` on a fresh SQLite database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from qm.io.blobs import open_blobs
from qm.io.database import Database
from qm.io.vault import Vault, open_vault
from tests.databases import sqlite_database, sqlite_template
from tests.web.browser import CHROMIUM, chromium
from tests.web.site import NOW, Site, make_site

__all__ = ["sqlite_database", "sqlite_template"]


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A key-encryption key."""
    return open_vault(tmp_path_factory.mktemp("keys") / "kek", create=True)


@pytest.fixture
def site(sqlite_database: Database, vault: Vault, tmp_path: Path) -> Site:
    """People and rules; no calls yet."""
    return make_site(sqlite_database, open_blobs((tmp_path / "objects").as_uri()), vault)


@pytest.fixture
def running(site: Site) -> Site:
    """The site with a clock that goes."""
    begun = time.monotonic()
    deps = replace(site.deps, now=lambda: NOW + int((time.monotonic() - begun) * 1000))
    return replace(site, deps=deps)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; tests that need it are marked ``browser``."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with chromium() as started:
        yield started
