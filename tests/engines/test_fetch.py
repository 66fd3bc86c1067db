"""Packages are unpacked, never run; failures say what is wrong and hold no address."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from qm.engines import fetch
from qm.errors import EngineUnavailable

SECRET = "https://user:secret@packages.example/simple"


class Client:
    """Stands for uv or pip."""

    def __init__(self, returncode: int = 0, stderr: str = "") -> None:
        self.returncode = returncode
        self.stderr = stderr
        self.asked: list[str] = []

    def __call__(self, asked: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.asked = asked
        return subprocess.CompletedProcess(asked, self.returncode, "", self.stderr)


def test_only_wheels_and_nothing_else_come(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = Client()
    monkeypatch.setattr(subprocess, "run", client)
    fetch.packages(["weights==1.0"], tmp_path)
    assert client.asked[-6:] == [
        "--no-deps", "--only-binary", ":all:", "--target", str(tmp_path), "weights==1.0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stderr", "says"),
    [
        (f"No solution found when resolving: not in {SECRET}", "no such wheel"),
        (f"error: failed to connect to {SECRET}", "cannot be reached"),
    ],
)
def test_a_failure_says_which_package_and_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stderr: str, says: str
) -> None:
    monkeypatch.setattr(subprocess, "run", Client(1, stderr))
    with pytest.raises(EngineUnavailable, match=rf"weights==1\.0: .*{says}") as failed:
        fetch.packages(["weights==1.0"], tmp_path)
    assert "secret" not in str(failed.value)


def test_a_missing_client_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fetch, "_client", lambda: [str(tmp_path / "no-such-client")])
    with pytest.raises(EngineUnavailable, match="FileNotFoundError"):
        fetch.packages(["weights==1.0"], tmp_path)


def test_a_hub_out_of_reach_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    def download(*_: object, **__: object) -> str:
        raise ConnectionError("no network")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    with pytest.raises(EngineUnavailable, match=r"hub a/b: model.bin cannot be fetched"):
        fetch.hub_file("a/b", "main", "model.bin", tmp_path)
