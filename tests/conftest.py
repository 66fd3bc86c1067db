"""What every test may rely on: a clean environment, no network but loopback, strict logs."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from qm.observe import set_up_logging

settings.register_profile("qm", deadline=None)  # a busy machine is no failure
settings.load_profile("qm")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """Make every log call with a key that is not allowed fail its test."""
    set_up_logging(strict=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the development data where it is missing, and say so."""
    if not SHARED.is_dir():
        reason = pytest.mark.skip(reason="the development data is not beside the repository")
        for item in items:
            if "needs_shared" in item.keywords:
                item.add_marker(reason)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away settings of the machine the tests run on, but for where the weights are."""
    for name in [n for n in os.environ if n.startswith("QM_") and n != "QM_MODELS_CACHE"]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6):
            local = str(host).startswith("127.") or host in ("localhost", "::1")
            assert local, f"a test tried to reach {host}"
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture
def shared() -> Path:
    """The development data; tests that use it are marked ``needs_shared``."""
    return SHARED
