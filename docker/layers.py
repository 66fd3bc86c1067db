"""
Carries out Dockerfiles without a container engine: layers of an overlay file system, and a chroot.

The base image is stood in for by this machine's own Debian and Python: a package manager's line is
taken as done, if what it brings is there.  Everything else runs as written, in a root where nothing
of the checkout, the home folder, /opt or /usr/local is to be seen.  Linux, as root.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser

BASE = ("usr", "proc", "dev")
"""What of this machine stands in for the base image."""

OWN = ("opt", "usr/local", "data", "etc", "root", "home")
"""Folders of an image: empty in the base, but for /etc."""

PACKAGE_MANAGERS = ("dnf ", "apt-get ", "ln -s /usr/bin/python")
KEPT = ("PIP_", "UV_", "SSL_CERT", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
"""Of this machine's variables: how package registries are reached, as build arguments would say."""


@dataclass
class Image:
    """A stage as far as it has come: its layers, and what ENV, WORKDIR, USER and the like said."""

    layers: list[Path] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    key: str = "base"  #: of everything done so far


class Builder:
    """Keeps layers under a folder; a step that was done before is not done again."""

    def __init__(self, repository: Path, store: Path) -> None:
        self._repository = repository
        self._store = store
        self.done: list[tuple[str, bool]] = []  #: (step, whether its layer was there)

    def build(self, dockerfile: Path) -> Image:
        """Carry out a Dockerfile and return its last stage."""
        parser = DockerfileParser(fileobj=dockerfile.open("rb"))
        stages: dict[str, Image] = {}
        image = Image()
        for step in parser.structure:
            what, value = step["instruction"], step["value"]
            if what == "FROM":
                image = self._from(value, stages)
            else:
                self._do(image, what, value, stages)
        return image

    def _from(self, value: str, stages: dict[str, Image]) -> Image:
        source, _, name = value.partition(" AS ")
        known = stages.get(source)
        image = Image()
        if known is not None:
            image = Image(layers=[*known.layers], env={**known.env}, key=known.key)
        if name:
            stages[name] = image
        return image

    def _do(self, image: Image, what: str, value: str, stages: dict[str, Image]) -> None:
        match what:
            case "ENV":
                for name, text in re.findall(r"(\w+)=(\S+)", value):
                    image.env[name] = text
            case "WORKDIR":
                image.folder = value
            case "USER":
                image.user = value
            case "ENTRYPOINT":
                image.entrypoint = json.loads(value)
            case "CMD":
                image.command = json.loads(value)
            case "COPY":
                self._copy(image, value, stages)
            case "RUN":
                self._run(image, value)
            case "ARG" | "LABEL" | "EXPOSE" | "COMMENT":
                pass
            case _:
                raise SystemExit(f"cannot carry out {what}")

    # ------------------------------------------------------------------------------- steps

    def _layer(self, image: Image, step: str) -> tuple[Path, bool]:
        """Return the folder of a step's layer, and whether it is done already."""
        image.key = hashlib.sha256(f"{image.key}\n{step}\n{image.env}".encode()).hexdigest()
        layer = self._store / image.key[:24]
        fresh = not (layer / "done").exists()
        self.done.append((step, not fresh))
        if fresh:
            shutil.rmtree(layer, ignore_errors=True)
            for name in ("files", "work"):
                (layer / name).mkdir(parents=True)
        return layer, fresh

    def _finish(self, image: Image, layer: Path) -> None:
        (layer / "done").touch()
        image.layers.append(layer / "files")

    def _copy(self, image: Image, value: str, stages: dict[str, Image]) -> None:
        words = value.split()
        source = words.pop(0) if words[0].startswith("--from=") else ""
        *names, target = words
        if source:
            origin = stages[source.removeprefix("--from=")]
            layer, fresh = self._layer(image, f"COPY {value} {origin.key}")
            if fresh:
                for name in names:
                    self._copy_tree(origin, name, layer / "files" / target.strip("/"))
        else:
            paths = [self._repository / name for name in names]
            layer, fresh = self._layer(image, f"COPY {value} {_digest(paths)}")
            if fresh:
                for path in paths:
                    into = layer / "files" / target.strip("/")
                    _take(path, into / path.name if target.endswith("/") else into)
        self._finish(image, layer)

    def _copy_tree(self, origin: Image, name: str, into: Path) -> None:
        into.parent.mkdir(parents=True, exist_ok=True)
        for files in origin.layers:  # lower ones first, as they lie over each other
            found = files / name.strip("/")
            if found.exists():
                subprocess.run(["cp", "-al", f"{found}/.", into], check=True)

    def _run(self, image: Image, value: str) -> None:
        mounts = re.findall(r"--mount=type=cache,target=(\S+)", value)
        script = re.sub(r"--mount=\S+\s*", "", value)
        if script.startswith(PACKAGE_MANAGERS):
            missing = [name for name in ("python3", "useradd") if shutil.which(name) is None]
            if missing:
                raise SystemExit(f"this machine does not have {missing}")
            return
        layer, fresh = self._layer(image, f"RUN {value} in {image.folder}")
        if fresh:
            self.run(image, ["/bin/sh", "-ec", script], layer=layer, caches=mounts)
        self._finish(image, layer)

    # ----------------------------------------------------------------------------- running

    def command(
        self, image: Image, argv: Sequence[str], *, binds: Sequence[tuple[Path, str]] = ()
    ) -> list[str]:
        """Return the command that runs ``argv`` as a container would: read-only root, own user."""
        return self._command(image, argv, layer=None, binds=binds)

    def run(
        self, image: Image, argv: Sequence[str], *, layer: Path, caches: Sequence[str] = ()
    ) -> None:
        """Run a build step as root; what it writes goes into ``layer``."""
        binds = [(Path("~/.cache/uv").expanduser(), target) for target in caches]
        for path, _ in binds:
            path.mkdir(parents=True, exist_ok=True)
        command = self._command(image, argv, layer=layer, binds=binds)
        kept = {k: v for k, v in os.environ.items() if k.startswith(KEPT)}
        env = {"HOME": "/root", "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
        if subprocess.run(command, env=env | kept | image.env).returncode:
            raise SystemExit(f"this step failed: {argv[-1]}")

    def _command(
        self,
        image: Image,
        argv: Sequence[str],
        *,
        layer: Path | None,
        binds: Sequence[tuple[Path, str]],
    ) -> list[str]:
        root = self._store / "root"  # empty outside: each command mounts in a name space of its own
        root.mkdir(parents=True, exist_ok=True)
        lines = ["set -e", f"mount -t tmpfs tmpfs {root}"]
        for name in BASE:
            lines.append(f"mkdir {root}/{name} && mount --rbind /{name} {root}/{name}")
            if name not in ("proc", "dev"):
                lines.append(f"mount -o remount,bind,ro {root}/{name}")
        lines += [f"ln -s usr/{name} {root}/{name}" for name in ("bin", "sbin", "lib", "lib64")]
        for name in OWN:
            lines += self._folder(image, name, layer, root)
        lines.append(f"mkdir {root}/tmp {root}/run && mount -t tmpfs tmpfs {root}/tmp")
        lines.append(f"mount -t tmpfs -o mode=0755 tmpfs {root}/run")
        if layer is None:
            lines.append(f"mkdir -m 0700 {root}/run/qm && chown {image.user} {root}/run/qm")
        for path, target in binds:
            lines += [f"mkdir -p {root}{target}", f"mount --bind {path} {root}{target}"]
        if layer is None:
            lines.append(f"mount -o remount,ro {root}")
        user = f"--userspec={image.user}" if layer is None else ""
        words = " ".join(_quoted(word) for word in argv)
        inner = _quoted(f"cd {image.folder} && exec {words}")
        lines.append(f"exec /usr/sbin/chroot {user} {root} /bin/sh -c {inner}")
        return ["unshare", "--mount", "--fork", "--kill-child", "/bin/sh", "-c", "\n".join(lines)]

    def _folder(self, image: Image, name: str, layer: Path | None, root: Path) -> list[str]:
        """Return what mounts one folder of an image: its layers, with the base's at the bottom."""
        empty = self._store / "empty"
        empty.mkdir(exist_ok=True)
        below = [files / name for files in reversed(image.layers) if (files / name).is_dir()]
        bottom = Path("/etc") if name == "etc" else empty
        options = "lowerdir=" + ":".join(map(str, [*below, bottom]))
        if layer is not None:
            upper, work = layer / "files" / name, layer / "work" / name.replace("/", "-")
            for path in (upper, work):
                path.mkdir(parents=True, exist_ok=True)
            options += f",upperdir={upper},workdir={work}"
        elif not below:
            options += f":{self._second_empty()}"  # an overlay without an upper wants two
        mount = f"mount -t overlay overlay -o {options} {root}/{name}"
        return [mount if name == "usr/local" else f"mkdir {root}/{name} && {mount}"]

    def _second_empty(self) -> Path:
        path = self._store / "empty-too"
        path.mkdir(exist_ok=True)
        return path


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _digest(paths: Sequence[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        for file in sorted([path] if path.is_file() else path.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(str(file.relative_to(path.parent)).encode() + file.read_bytes())
    return found.hexdigest()


def _take(path: Path, into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(path, into, ignore=ignored, dirs_exist_ok=True)
    else:
        shutil.copyfile(path, into)
