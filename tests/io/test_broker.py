"""The embedded broker: it starts, it answers, and it never outlives its parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from qm.errors import ConfigError, StreamError
from qm.io import broker as module
from qm.io.broker import EmbeddedBroker
from qm.io.kafka import check_connection


def test_it_answers_as_soon_as_it_is_made():
    with EmbeddedBroker() as broker:
        assert broker.alive
        check_connection(broker.options())
        assert 0 < broker.memory_bytes < 200_000_000
        assert not broker.full


def test_it_listens_on_loopback_only():
    with EmbeddedBroker() as broker:
        listening = [
            c.laddr.ip for c in psutil.Process(broker.pid).net_connections() if c.status == "LISTEN"
        ]
    assert listening == ["127.0.0.1"]


def test_two_brokers_do_not_meet():
    with EmbeddedBroker() as one, EmbeddedBroker() as two:
        assert one.port != two.port


def test_it_can_come_back_at_the_same_port():
    with EmbeddedBroker() as broker:
        port = broker.port
    assert not broker.alive
    assert broker.memory_bytes == 0
    with EmbeddedBroker(port) as again:
        assert again.port == port


def test_a_port_that_is_taken_is_an_error():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(StreamError, match="did not start"):
            EmbeddedBroker(other.getsockname()[1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux ties children to parents")
def test_it_dies_with_its_parent_however_that_dies():
    program = (
        "import time; from qm.io.broker import EmbeddedBroker;"
        "b = EmbeddedBroker(); print(b.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert psutil.pid_exists(pid)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_binary_that_cannot_run_here_is_said_plainly(tmp_path, monkeypatch):
    broken = tmp_path / "tansu"
    broken.write_bytes(b"\x00not a program")
    broken.chmod(0o755)
    monkeypatch.setattr(module, "_binary", lambda: Path(broken))
    with pytest.raises(ConfigError, match="cannot run on this machine"):
        EmbeddedBroker()


def test_a_missing_binary_is_said_plainly(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="set bootstrap_servers"):
        EmbeddedBroker()
