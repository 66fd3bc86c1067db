"""
`qm bench live`: many live calls on one machine, and how long their words and alerts take.

Sample calls are played in real time with random phase onto the embedded broker; a worker process
hears them as on a site.  A word's latency runs from the end of its sound to the arrival of the
redacted turn that first contains it, read from the result topic by this process.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from prometheus_client.parser import text_string_to_metric_families

from qm.evaluate.latency import Latency, latency
from qm.ingest.replay import Outlet, Pace, Planned, Progress, replay
from qm.io import wire
from qm.io.broker import free_port
from qm.io.kafka import Sink, Source
from qm.local import LocalSite
from qm.settings import Settings
from qm.types import Alert, CallId, RedactedTurn

TAIL_S = 15.0
"""After the last sample: what has not come by then counts as never."""

WARM_UP_S = 10.0
"""Left out of the measurement: the first batches load the models' memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBench:
    """What a run came to."""

    calls: int
    seconds: float
    turns: Latency  #: end of the last word of each release -> its redacted turn
    alerts: Latency  #: end of the window that decided it -> the alert
    cpu_s_per_audio_s: float  #: of the worker's process tree; audio counted by channel
    stage_cpu_share: dict[str, float]  #: share of the engines' busy time
    words: int
    load_average: float
    memory_mib: float  #: resident, of the worker, at the end
    memory_growth_mib: float  #: since the first quarter of the run; half an hour tells of a leak


class _Reader(threading.Thread):
    """Notes when results arrive."""

    def __init__(self, site: LocalSite) -> None:
        super().__init__(daemon=True)
        self._site = site
        self.stop = threading.Event()
        self.joined = threading.Event()
        self.began: dict[CallId, float] = {}  #: wall clock of the first sample
        self.turn_ms: list[tuple[float, float]] = []  #: (arrival, latency)
        self.alert_ms: list[tuple[float, float]] = []
        self.words = 0
        self._shown: dict[tuple[CallId, int], int] = {}

    def run(self) -> None:
        """Read result topics until told to stop."""
        topics = ["qm.turns.v1", "qm.alerts.v1"]
        with Source(self._site.broker.options(), "bench", topics) as source:
            while not self.stop.is_set():
                for received in source.poll(0.05):
                    event = wire.decode_event(
                        received.topic, received.key, received.value, received.headers
                    )
                    self._note(event, time.time())
                if source.assignment:
                    self.joined.set()

    def _note(self, event: object, now: float) -> None:
        if isinstance(event, RedactedTurn) and event.call_id in self.began:
            key = (event.call_id, event.index)
            fresh = len(event.words) - self._shown.get(key, 0)
            self._shown[key] = len(event.words)
            if fresh > 0:
                self.words += fresh
                spoken = self.began[event.call_id] + event.words[-1].end_ms / 1000
                self.turn_ms.append((now, (now - spoken) * 1000))
        elif isinstance(event, Alert) and event.when == "live" and event.call_id in self.began:
            spoken = self.began[event.call_id] + event.at_ms / 1000
            self.alert_ms.append((now, (now - spoken) * 1000))


class _Memory(threading.Thread):
    """Looks once a second at how much memory a process holds."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._held: list[int] = []  # bytes
        self._over = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._over.wait(1.0):
            self._held.append(self._process.memory_info().rss)

    def stop(self) -> tuple[float, float]:
        """Return what is held now, and how much more than in the first quarter, in MiB."""
        self._over.set()
        self.join()
        n = max(1, len(self._held) // 8)
        now = statistics.median(self._held[-n:])
        early = statistics.median(self._held[n : 2 * n] or self._held)
        return now / 2**20, (now - early) / 2**20


def bench_live(
    settings: Settings, folder: Path, files: Sequence[Path], *, calls: int, seconds: float
) -> LiveBench:
    """
    Play ``calls`` live calls for ``seconds`` and measure.

    Args:
        settings: of the site; places and broker are replaced.
        folder: of the run; its content is removed before.
        files: recordings, repeated and started at random offsets of each other.
        calls: live at the same time.
        seconds: how long, warm-up included.
    """
    port = free_port()
    with LocalSite(settings, folder, worker_metrics_port=port, host="127.0.0.1") as site:
        site.spawn("worker")
        site.wait()
        reader = _Reader(site)
        reader.start()
        reader.joined.wait(30)
        worker = psutil.Process(site.processes["worker"].pid)
        begun, cpu_before = time.time(), _cpu_s(worker)
        heard_before = _metrics(port).get("qm_audio_seconds_total", 0.0)
        memory = _Memory(worker)
        memory.start()
        _play(site, files, calls, seconds, reader)
        held_mib, grown_mib = memory.stop()
        time.sleep(TAIL_S)
        metrics = _metrics(port)
        audio_s = metrics.get("qm_audio_seconds_total", 0.0) - heard_before
        cpu_s = _cpu_s(worker) - cpu_before
        reader.stop.set()
        reader.join(10)
    after = begun + WARM_UP_S
    return LiveBench(
        calls=calls,
        seconds=seconds,
        turns=latency(ms for at, ms in reader.turn_ms if at >= after),
        alerts=latency(ms for at, ms in reader.alert_ms if at >= after),
        cpu_s_per_audio_s=round(cpu_s / audio_s, 4) if audio_s else 0.0,
        stage_cpu_share=_shares(metrics),
        words=reader.words,
        load_average=round(psutil.getloadavg()[0], 2),
        memory_mib=round(held_mib, 1),
        memory_growth_mib=round(grown_mib, 1),
    )


def as_json(result: LiveBench) -> dict[str, Any]:
    """Return the result as JSON can hold it."""
    return asdict(result)


def _play(
    site: LocalSite, files: Sequence[Path], calls: int, seconds: float, reader: _Reader
) -> None:
    order = random.Random(7)  # noqa: S311  the same order in every run
    plan = [Planned(number=i + 1, path=order.choice(files), language="en") for i in range(calls)]
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.start()

    def report(progress: Progress) -> None:
        if progress.kind == "started" and progress.call_id is not None:
            reader.began[progress.call_id] = time.time()

    with Sink(site.broker.options()) as sink:
        pace = Pace(speed=1.0, stagger_s=0.7, at_once=calls, loop=True)
        replay(Outlet(sink=sink, report=report), plan, pace, stop)
    timer.cancel()


def _cpu_s(process: psutil.Process) -> float:
    times = [process.cpu_times(), *(c.cpu_times() for c in process.children(recursive=True))]
    return float(sum(t.user + t.system for t in times))


def _metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            stage = sample.labels.get("stage", "")
            found[f"{sample.name}{':' + stage if stage else ''}"] = sample.value
    return found


def _shares(metrics: dict[str, float]) -> dict[str, float]:
    prefix = "qm_stage_seconds_sum:"
    busy = {k.removeprefix(prefix): v for k, v in metrics.items() if k.startswith(prefix)}
    total = sum(busy.values())
    return {stage: round(v / total, 3) for stage, v in busy.items()} if total else {}
