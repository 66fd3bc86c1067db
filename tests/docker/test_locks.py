"""What the images install: tested versions, with hashes, from whatever registry the site has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = sorted((REPOSITORY / "docker").glob("*.lock"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*(?:\[[a-z0-9,-]+\])?)==(\S+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return {name.partition("[")[0]: version for name, version in PIN.findall(path.read_text())}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    blocks = [block for block in re.split(r"\n(?=[a-z0-9])", text) if block.strip()]
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("name", ["web", "worker", "uv"])
def test_images_install_what_the_tests_ran_with(name: str) -> None:
    tested = pins(REPOSITORY / "requirements.lock")
    assert pins(REPOSITORY / "docker" / f"{name}.lock").items() <= tested.items()


def test_pages_come_without_models() -> None:
    web = pins(REPOSITORY / "docker" / "web.lock")
    assert not web.keys() & {"torch", "transformers", "faster-whisper", "ctranslate2", "spacy"}
