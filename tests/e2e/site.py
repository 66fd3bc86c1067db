"""A site for end-to-end tests: real broker, real database, workers that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import select, text

from qm.io import wire
from qm.io.database import open_database
from qm.io.kafka import KafkaOptions, Sink, Source
from qm.io.tables import metadata
from qm.stages.audio import encode
from qm.types import AudioRecord, CallEnd, CallId, CallMeta, CallRecord, CallStart, Pcm

REPOSITORY = Path(__file__).resolve().parents[2]
RATE_HZ = 8000
RECORD_MS = 200
CLOCKS = {"saved_at", "updated_at", "raised_at", "broker_at", "at", "id", "seq"}
"""Columns that say when something was written: the only ones two runs may differ in."""

RESULTS = ("calls", "turns", "labels", "alerts", "scorecards", "facts", "outcomes")


@dataclass
class Site:
    """Broker and database of one test, and the workers that run on them."""

    options: KafkaOptions  #: of the workers
    data_dir: Path
    database_url: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    module: str = "tests.e2e.scripted_worker"
    sender: KafkaOptions | None = None  #: who sends calls, where that is somebody else
    reader: KafkaOptions | None = None  #: who reads results
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def worker(self) -> subprocess.Popen[bytes] | None:
        """The one worker, where there is one."""
        return self.workers.get("")

    def environment(self, name: str = "") -> dict[str, str]:
        """Return the variables of a worker; all share database, objects and keys."""
        options = self.options
        made = {
            "QM_DATA_DIR": str(self.data_dir / name),
            "QM_KEY_FILE": str(self.data_dir / "kek"),
            "QM_OBJECTS_URL": f"file://{self.data_dir / 'objects'}",
            "QM_BOOTSTRAP_SERVERS": options.bootstrap_servers,
            "QM_KAFKA_SECURITY": options.security_protocol,
            "QM_KAFKA_SASL_MECHANISM": options.sasl_mechanism,
            "QM_KAFKA_USERNAME": options.username,
            "QM_KAFKA_PASSWORD": options.password,
            "QM_KAFKA_SESSION_MS": str(options.session_timeout_ms),
            "QM_DATABASE_URL": self.url,
            "QM_PARTITIONS": "4",
            "QM_RULES_ON": "red-flag-no-step,supervisor-asked,help-the-agent",
        }
        if options.ca_file is not None:
            made["QM_KAFKA_CA_FILE"] = str(options.ca_file)
        return {**os.environ, "PYTHONPATH": str(REPOSITORY), **made, **self.extra}

    @property
    def url(self) -> str:
        """The database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'qm.db'}"

    def start(self, name: str = "", **more: str) -> None:
        """Start a worker and wait until it takes calls."""
        folder = self.data_dir / name
        folder.mkdir(exist_ok=True)
        ready = folder / "worker.ready"
        ready.unlink(missing_ok=True)
        log = (folder / "worker.log").open("ab")
        command = [sys.executable, "-m", self.module]
        if self.module == "qm":
            command.append("worker")
        environment = self.environment(name) | more
        worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=REPOSITORY)
        self.workers[name] = worker
        deadline = time.monotonic() + 120
        while not ready.exists():
            assert worker.poll() is None, self.log(name)[-3000:]
            assert time.monotonic() < deadline, "the worker did not come up"
            time.sleep(0.05)

    def kill(self, name: str = "") -> None:
        """Kill a worker as a power cut would."""
        worker = self.workers.pop(name)
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def stop(self, name: str = "") -> None:
        """Ask a worker to stop, and wait."""
        worker = self.workers.pop(name)
        worker.terminate()
        worker.wait(30)

    def log(self, name: str = "") -> str:
        """Return what the workers of that name logged."""
        return (self.data_dir / name / "worker.log").read_text(errors="replace")

    def send(self, records: Sequence[CallRecord], *, speed: float | None = None) -> None:
        """Send records of any number of calls; with ``speed`` paced by their call time."""
        begun = time.monotonic()
        with Sink(self.sender or self.options) as sink:
            for record in records:
                if speed and isinstance(record, AudioRecord):
                    due = begun + record.offset_ms / 1000 / speed
                    time.sleep(max(0.0, due - time.monotonic()))
                sink.send(wire.encode_call_record(record))
            sink.flush(30)

    def wait_closed(self, count: int, timeout_s: float = 120) -> None:
        """Wait until so many calls are closed and everything is published."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = self.query("select count(*) from calls where status = 'closed'")[0][0]
            waiting = self.query("select count(*) from outbox")[0][0]
            if found >= count and not waiting:
                return
            for name, worker in self.workers.items():
                assert worker.poll() is None, self.log(name)[-3000:]
            logs = "\n".join(self.log(name)[-2000:] for name in self.workers)
            assert time.monotonic() < deadline, (
                f"{found} of {count} calls closed, {waiting} unpublished\n{logs}"
            )
            time.sleep(0.1)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Return rows of the database."""
        database = open_database(self.url)
        try:
            with database.read() as conn:
                return [tuple(row) for row in conn.execute(text(sql))]
        finally:
            database.close()

    def results(self) -> str:
        """Return everything that came out, as text, the same on each database; without clocks."""
        database = open_database(self.url)
        lines: list[str] = []
        with database.read() as conn:
            for table in RESULTS:
                for row in conn.execute(select(metadata.tables[table])).mappings():
                    kept = {k: v for k, v in row.items() if k not in CLOCKS}
                    lines.append(json.dumps([table, kept], sort_keys=True, default=repr))
        database.close()
        return "\n".join(sorted(lines))

    def read_topic(self, topic: str, idle_s: float = 2.0) -> Iterator[bytes]:
        """Yield keys, headers and values of every record of a topic, joined."""
        group = f"site-{time.time_ns()}"
        with Source(self.reader or self.options, group, [topic]) as source:
            quiet_since = time.monotonic()
            joined = False
            while time.monotonic() - quiet_since < idle_s or not joined:
                batch = source.poll(0.2)
                if batch or (source.assignment and not joined):
                    joined = True
                    quiet_since = time.monotonic()
                for r in batch:
                    heads = b"\n".join(k.encode() + b"=" + v for k, v in r.headers)
                    yield b"\n".join([r.key or b"", heads, r.value or b""])


@contextmanager
def site(options: KafkaOptions, data_dir: Path, **more: object) -> Iterator[Site]:
    """Give a site and leave nothing of it running."""
    made = Site(options=options, data_dir=data_dir, **more)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        for name in list(made.workers):
            made.stop(name)


def call_records(call_id: str, tracks: Mapping[str, Pcm], **meta: object) -> list[CallRecord]:
    """Cut tracks (channel -> samples at 8 kHz) into the records of one call, in mu-law."""
    now = datetime.now(UTC)
    length = max(len(t) for t in tracks.values())
    size = RATE_HZ * RECORD_MS // 1000
    count = -(-length // size)
    started = CallMeta(
        call_id=CallId(call_id),
        contact_id=f"contact-{call_id}",
        started_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        channels=tuple(tracks),  # type: ignore[arg-type]
        **({"language": "en", "queue": "scheduling", "agent_id": "a-1"} | meta),  # type: ignore[arg-type]
    )
    records: list[CallRecord] = [CallStart(meta=started)]
    for seq in range(count):
        for channel, samples in tracks.items():
            piece = np.zeros(size, np.int16)
            found = samples[seq * size : (seq + 1) * size]
            piece[: len(found)] = found
            records.append(
                AudioRecord(
                    call_id=CallId(call_id),
                    channel=channel,  # type: ignore[arg-type]
                    seq=seq,
                    offset_ms=seq * RECORD_MS,
                    sent_at=now,
                    codec="mulaw",
                    rate_hz=RATE_HZ,
                    payload=encode("mulaw", piece),
                )
            )
    records.append(CallEnd(call_id=CallId(call_id), duration_ms=count * RECORD_MS, sent_at=now))
    return records


def interleaved(calls: Sequence[Sequence[CallRecord]]) -> list[CallRecord]:
    """Mix the records of calls as they would come when all are live at once."""
    mixed: list[CallRecord] = []
    for step in range(max(len(c) for c in calls)):
        mixed += [c[step] for c in calls if step < len(c)]
    return mixed


__all__ = ["Site", "call_records", "interleaved", "site"]
