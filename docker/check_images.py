"""
`make test-images`: lint, schema, and every image built and started, without a container engine.

Run as root, with the packages of docker/tools.lock; needs the package registries.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import yaml
from layers import Builder, Image

REPOSITORY = Path(__file__).resolve().parents[1]
DOCKERFILES = ("web", "worker-cpu", "worker-gpu")
SCHEMA_PACKAGE = "dclint@3.1.0"  # carries the compose specification's schema, Apache-2.0
SCHEMA_SHA256 = "46b7d35f19dd93a05f8fea530291bf84d881c1791ec167ecf0e6fb94e639d496"
PATIENCE_S = 240.0
FINALS = "qm_end_of_speech_to_final_seconds_count"


def main() -> None:
    """Do everything, or what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("only", nargs="*", help="lint, schema, web, worker-cpu, worker-gpu")
    only = parser.parse_args().only or ["lint", "schema", *DOCKERFILES]
    if "lint" in only:
        lint()
    if "schema" in only:
        schema()
    builder = Builder(REPOSITORY, REPOSITORY / "var" / "images")
    images = {name: build(builder, name) for name in DOCKERFILES if name in only}
    if "web" in images:
        pages_start(builder, images["web"])
    for name in ("worker-cpu", "worker-gpu"):
        if name in images:
            worker_starts(builder, name, images[name])


def say(text: str) -> None:
    """Tell how far it is."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def lint() -> None:
    """Run hadolint over the Dockerfiles."""
    hadolint = Path(sys.executable).with_name("hadolint")
    files = [REPOSITORY / "docker" / f"{name}.Dockerfile" for name in DOCKERFILES]
    subprocess.run([hadolint, *files], check=True)
    say("hadolint: nothing to say")


def schema() -> None:
    """Check compose.yaml against the schema of the compose specification."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", SCHEMA_PACKAGE], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        (packed,) = Path(folder).glob("*.tgz")
        subprocess.run(["tar", "xzf", packed, "package/schemas/compose.schema.json"],
                       cwd=folder, check=True)  # fmt: skip
        text = (Path(folder) / "package/schemas/compose.schema.json").read_bytes()
    if hashlib.sha256(text).hexdigest() != SCHEMA_SHA256:
        raise SystemExit("the schema of the compose specification is not the known one")
    compose = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    jsonschema.Draft7Validator(json.loads(text)).validate(compose)
    say(f"compose.yaml: {len(compose['services'])} services, as the specification wants")


def build(builder: Builder, name: str) -> Image:
    """Carry out a Dockerfile."""
    before, since = len(builder.done), time.monotonic()
    image = builder.build(REPOSITORY / "docker" / f"{name}.Dockerfile")
    known = sum(there for _, there in builder.done[before:])
    steps = len(builder.done) - before
    say(f"{name}: {steps} steps, {known} known, {time.monotonic() - since:.0f} s")
    return image


@contextmanager
def running(
    builder: Builder, image: Image, data: Path, *arguments: str, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start an image's entry point, as its user, on a read-only root, with /data to write to."""
    user = int(image.user.partition(":")[0])
    assert user != 0, "an image must not run as root"
    os.chown(data, user, user)
    argv = [*image.entrypoint, *(arguments or image.command)]
    command = builder.command(image, argv, binds=[(data, "/data")])
    environment = {"HOME": "/run/qm", "QM_DATABASE_URL": "sqlite:////data/qm.db",
                   "QM_KEY_FILE": "/data/kek", "OMP_NUM_THREADS": "1"}  # fmt: skip
    process = subprocess.Popen(command, env=image.env | environment | more)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def answers(process: subprocess.Popen[bytes], url: str) -> None:
    """Wait until a URL answers 200."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, f"the entry point ended with status {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.3)


def done(builder: Builder, image: Image, data: Path, *arguments: str, **more: str) -> None:
    """Run an image's entry point to its end."""
    with running(builder, image, data, *arguments, **more) as process:
        assert process.wait(PATIENCE_S) == 0, f"{' '.join(arguments)}: {process.returncode}"


def pages_start(builder: Builder, image: Image) -> None:
    """The pages come up; there is no torch; the root is read-only; the jobs come up."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with running(builder, image, data, QM_PORT="18443") as process:
            answers(process, "http://127.0.0.1:18443/readyz")
        code = ("import importlib.util as u, pathlib;"
                "assert not u.find_spec('torch') and not u.find_spec('faster_whisper');"
                "p = pathlib.Path('/opt/qm/x');\n"
                "try: p.touch()\nexcept OSError: pass\nelse: raise SystemExit(1)")  # fmt: skip
        subprocess.run(builder.command(image, ["python3", "-c", code]), env=image.env, check=True)
        for arguments in (["--help"], ["topics", "make", "--help"], ["replay", "--help"]):
            done(builder, image, data, *arguments)
    say("web: pages answer as user 10001 on a read-only root, without torch")


def worker_starts(builder: Builder, name: str, image: Image) -> None:
    """The worker loads its models and takes calls of the embedded broker."""
    if name == "worker-gpu":
        code = "from qm.engines.cublas import load_cublas; load_cublas()"
        subprocess.run(builder.command(image, ["python3", "-c", code]), env=image.env, check=True)
    with tempfile.TemporaryDirectory() as folder, broker() as servers:
        more = {"QM_BOOTSTRAP_SERVERS": servers, "QM_KAFKA_SESSION_MS": "3000",
                "QM_WORKER_METRICS_PORT": "19090", "QM_DEVICE": "cpu", "QM_PARTITIONS": "2",
                "QM_INACTIVE_S": "10"}  # fmt: skip
        with running(builder, image, Path(folder), **more) as process:
            answers(process, "http://127.0.0.1:19090/readyz")
            sample = "streams/samples/sample-07.opus"
            done(builder, image, Path(folder), "replay", "--speed", "0", sample, **more)
            heard(process, "http://127.0.0.1:19090/metrics")
    say(f"{name}: the worker hears a call as user 10001 on a read-only root")


def heard(process: subprocess.Popen[bytes], url: str) -> None:
    """Wait until the worker has taken audio."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, f"the worker ended with status {process.returncode}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        counts = [line.split()[1] for line in lines if line.startswith(FINALS)]
        if any(float(count) > 0 for count in counts):
            return
        assert time.monotonic() < deadline, "the worker wrote no turn"
        time.sleep(0.5)


@contextmanager
def broker() -> Iterator[str]:
    """Start the embedded broker from the development environment."""
    code = (
        "import sys, time; from qm.io.broker import EmbeddedBroker\n"
        "with EmbeddedBroker() as b: print(b.bootstrap_servers, flush=True); sys.stdin.read()"
    )
    python = REPOSITORY / ".venv" / "bin" / "python"
    process = subprocess.Popen([python, "-c", code], cwd=REPOSITORY, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(20)


if __name__ == "__main__":
    main()
