"""
Models by name: a folder with a card says what a model is, where its files come from, what they are.

``models/<name>/model.toml`` names the source and the sha256 of every file.  Weights are data:
packages are unpacked and never imported, and no file is used, at any load, unless its sha256 is the
pinned one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal, cast

from qm.engines.fetch import hub_file, packages
from qm.errors import ConfigError, EngineUnavailable, ModelAltered
from qm.types import ModelRef

UNPINNED = "unpinned"
"""In the place of a sha256: this file was never seen here; the site pins it before first use."""

_BLOCK = 1 << 20  # bytes read at a time: large enough for the disk, small enough for memory
_SHA256 = re.compile(r"[0-9a-f]{64}")

Progress = Callable[[str], None]
SourceKind = Literal["package", "hub", "repository"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model, made of parts of its source joined in order."""

    path: str
    sha256: str
    parts: tuple[str, ...] = ()  #: inside the source; a member of a zip is "file.zip!member"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What ``model.toml`` says of one model."""

    name: str
    version: str
    engine: str
    licence: str
    folder: Path
    kind: SourceKind
    files: tuple[ModelFile, ...]
    pull: bool = False  #: whether `qm models pull` takes it unasked
    packages: tuple[str, ...] = ()  #: "name==version"
    repository: str = ""
    revision: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> ModelRef:
        return ModelRef(name=self.name, version=self.version)

    @property
    def source_line(self) -> str:
        """Where the files come from, in a few words."""
        if self.kind == "package":
            return "package " + ", ".join(self.packages)
        return f"hub {self.repository}@{self.revision}" if self.kind == "hub" else "repository"

    def place(self, cache: Path) -> Path:
        """Return the folder that holds the files once they are pulled."""
        return self.folder if self.kind == "repository" else cache / f"{self.name}-{self.version}"


# ------------------------------------------------------------------------------------- cards


def card(models: Path, name: str) -> ModelCard:
    """
    Read the card of one model.

    Raises:
        ConfigError: there is no such model, or its ``model.toml`` says something impossible.
    """
    path = models / name / "model.toml"
    try:
        said = tomllib.loads(path.read_text())
    except OSError:
        raise ConfigError(f"no such model: {name}") from None
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError(f"model {name}: model.toml: {wrong}") from None
    try:
        return _card(said, path.parent)
    except (KeyError, TypeError, ValueError) as wrong:
        raise ConfigError(f"model {name}: model.toml: {wrong}") from None


def cards(models: Path) -> tuple[ModelCard, ...]:
    """
    Read all cards, by name.

    Raises:
        ConfigError: as ``card``.
    """
    return tuple(card(models, path.parent.name) for path in sorted(models.glob("*/model.toml")))


def _card(said: dict[str, Any], folder: Path) -> ModelCard:
    source = said.pop("source")
    kind = source.pop("kind")
    if kind not in ("package", "hub", "repository"):
        raise ValueError(f"source.kind = {kind!r}")
    if said["name"] != folder.name:
        raise ValueError(f"name = {said['name']!r} in the folder {folder.name}")
    files = tuple(_file(entry, kind) for entry in said.pop("files"))
    if not files:
        raise ValueError("no files")
    wanted = tuple(source.pop("packages", ()))
    if any("==" not in p for p in wanted):
        raise ValueError("source.packages must be pinned with ==")
    return ModelCard(
        folder=folder, kind=cast(SourceKind, kind), files=files, packages=wanted, **source, **said
    )


def _file(entry: dict[str, Any], kind: str) -> ModelFile:
    file = ModelFile(
        path=entry["path"], sha256=entry["sha256"], parts=tuple(entry.get("parts", ()))
    )
    for path in (file.path, *file.parts):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError(f"path {path!r} leaves its folder")
    if not (_SHA256.fullmatch(file.sha256) or (kind == "hub" and file.sha256 == UNPINNED)):
        raise ValueError(f"{file.path}: sha256 must be 64 hexadecimal digits")
    if kind == "package" and not file.parts:
        raise ValueError(f"{file.path}: no parts")
    return file


# ------------------------------------------------------------------------------- verification


def verified(card: ModelCard, cache: Path) -> Path:
    """
    Return the folder of a model's files after checking every one of them.

    Called at each load, so that no altered file is ever used.

    Raises:
        ModelAltered: a file is missing, differs, or has no pinned sha256.
    """
    place = card.place(cache)
    for file in card.files:
        if not (place / file.path).is_file():
            raise ModelAltered(f"model {card.name}: {file.path} is missing; {_remedy(card)}")
        found = file_sha256(place / file.path)
        if file.sha256 == UNPINNED:
            raise ModelAltered(
                f"model {card.name}: {file.path} is not pinned; check the file, then write "
                f'sha256 = "{found}" into models/{card.name}/model.toml'
            )
        if file.sha256 != found:
            raise ModelAltered(
                f"model {card.name}: {file.path} is not the pinned file; {_remedy(card)}"
            )
    return place


def present(card: ModelCard, cache: Path) -> bool:
    """Return whether all files are there, whatever is in them."""
    return all((card.place(cache) / file.path).is_file() for file in card.files)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _remedy(card: ModelCard) -> str:
    if card.kind == "repository":
        return "restore it from the repository"
    return f"run: qm models pull {card.name}"


# -------------------------------------------------------------------------------------- pull


def pull(card: ModelCard, cache: Path, progress: Progress = lambda _: None) -> Path:
    """
    Fetch what is missing of a model into the cache and return its folder.

    Files appear whole and checked or not at all; a second pull fetches nothing.

    Args:
        card: which model.
        cache: folder of all pulled models; made where it is missing.
        progress: told what is being done, in a few words at a time.

    Raises:
        EngineUnavailable: the source cannot be reached.
        ModelAltered: the source's file is not the pinned one, or it is not pinned yet (the message
            holds its sha256).
    """
    place = card.place(cache)
    missing = [f for f in card.files if not _intact(place / f.path, f)]
    if not missing:
        return verified(card, cache)
    if card.kind == "repository":
        raise ModelAltered(f"model {card.name}: {missing[0].path}: {_remedy(card)}")
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=cache) as temporary:
            source = Path(temporary)
            if card.kind == "package":
                progress(f"fetching {', '.join(card.packages)}")
                packages(card.packages, source)
            for file in missing:
                progress(file.path)
                if card.kind == "hub":
                    hub_file(card.repository, card.revision, file.path, source)
                _put(card, file, source, place)
    except OSError as wrong:
        raise EngineUnavailable(
            f"model {card.name}: {type(wrong).__name__} (errno {wrong.errno}) while it was written"
        ) from None
    return verified(card, cache)


def _intact(path: Path, file: ModelFile) -> bool:
    return path.is_file() and file.sha256 in (UNPINNED, file_sha256(path))


def _put(card: ModelCard, file: ModelFile, source: Path, place: Path) -> None:
    """Join a file's parts beside its place, check it, and move it there in one step."""
    target = place / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with partial.open("wb") as joined:
            for part in file.parts or (file.path,):
                with _opened(card, source, part) as opened:
                    shutil.copyfileobj(opened, joined, _BLOCK)
        found = file_sha256(partial)
        if file.sha256 not in (UNPINNED, found):
            raise ModelAltered(
                f"model {card.name}: {file.path} as fetched has sha256 {found}, not the pinned one"
            )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _opened(card: ModelCard, source: Path, part: str) -> Iterator[IO[bytes]]:
    path, _, member = part.partition("!")
    if not (source / path).is_file():
        raise ModelAltered(f"model {card.name}: its source holds no {path}")
    if not member:
        with (source / path).open("rb") as opened:
            yield opened
        return
    try:
        with zipfile.ZipFile(source / path) as archive, archive.open(member) as unpacked:
            yield unpacked
    except (KeyError, zipfile.BadZipFile):
        raise ModelAltered(f"model {card.name}: {path} holds no {member}") from None
