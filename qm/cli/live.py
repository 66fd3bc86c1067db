"""`qm worker`, `qm replay`, `qm events`, `qm demo`: calls on Kafka."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qm.cli import SOME_FAILED, USAGE, err
from qm.errors import ConfigError
from qm.io.topics import AUDIO, EVENTS
from qm.settings import Settings, load

if TYPE_CHECKING:
    from qm.ingest.replay import Pace, Planned, Progress
    from qm.io.kafka import KafkaOptions
    from qm.io.wire import SealingKey

events_group = typer.Typer(help="Contact events.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(worker)
    app.command("replay")(replay_calls)
    app.command()(demo)
    app.add_typer(events_group, name="events")


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def worker() -> None:
    """Hear, redact and judge the calls of the audio topic until told to stop."""
    from qm.worker.start import run_worker

    run_worker(load(), stop_on_signals().is_set)


def replay_calls(
    audio: Annotated[list[Path] | None, typer.Argument(help="Files to play as live calls.")] = None,
    manifest: Annotated[Path | None, typer.Option(help="CSV of recordings, own dates.")] = None,
    speed: Annotated[float, typer.Option(help="Times real time; 0: as fast as it goes.")] = 1.0,
    calls: Annotated[int, typer.Option(help="How many calls; files are repeated.")] = 0,
    stagger: Annotated[float, typer.Option(help="Seconds between two starts.")] = 0.5,
    queue: Annotated[str, typer.Option(help="Queue of the calls.")] = "",
    language: Annotated[str, typer.Option(help="Their language; default is to find it.")] = "",
    encrypt: Annotated[
        str, typer.Option(help="Encrypt with this key of stream_keys_file; default not.")
    ] = "",
) -> None:
    """Play recordings onto the audio topic; new call ids are minted and printed."""
    from qm.ingest.manifest import read_manifest
    from qm.ingest.replay import Pace, Planned

    settings = load()
    refused = 0
    if manifest is not None and not audio:
        plan, bad = read_manifest(manifest, customer_key(settings))
        for row in bad:
            err.print(f"row {row.row}: {row.reason}")
        refused = len(bad)
        pace = Pace(speed=None)
    elif audio and manifest is None:
        count = calls or len(audio)
        plan = [
            Planned(
                number=i + 1,
                path=audio[i % len(audio)],
                queue=queue,
                language=language or None,
            )
            for i in range(count)
        ]
        pace = Pace(speed=speed or None, stagger_s=stagger)
    else:
        err.print("qm replay: give audio files, or --manifest")
        raise typer.Exit(USAGE)
    if not _played(settings, plan, pace, encrypt) or refused:
        raise typer.Exit(SOME_FAILED)


def _played(settings: Settings, plan: Sequence[Planned], pace: Pace, key_id: str) -> bool:
    from qm.ingest.replay import Outlet, replay, workers_behind
    from qm.io.kafka import Sink

    seal = _sealing_key(settings, key_id) if key_id else None
    options = _kafka(settings, AUDIO)

    def report(progress: Progress) -> None:
        match progress.kind:
            case "started":
                sys.stdout.write(f"{progress.call_id}\n")
                sys.stdout.flush()
            case "failed":
                err.print(f"input {progress.number}: {progress.reason}")
            case _:
                err.print(f"input {progress.number}: {progress.kind}")

    with Sink(options) as sink:
        outlet = Outlet(sink=sink, report=report, seal=seal)
        if pace.speed is None:  # an import waits for the workers: the topic is no store
            outlet = replace(outlet, wait=workers_behind(sink, options, settings.group))
        return replay(outlet, plan, pace, stop_on_signals())


def _sealing_key(settings: Settings, key_id: str) -> SealingKey:
    from qm.io.wire import SealingKey
    from qm.worker.options import stream_keys

    key = stream_keys(settings).get(key_id)
    if key is None:
        raise ConfigError(f"stream_keys_file has no key {key_id}")
    return SealingKey(key_id, key)


def _kafka(settings: Settings, topic: str) -> KafkaOptions:
    """Return how to reach Kafka, once it has answered and has the topic; others may be hidden."""
    from qm.io.kafka import check_connection, ensure_topics
    from qm.io.topics import load_topics
    from qm.worker.options import kafka_options

    options = kafka_options(settings)
    check_connection(options)
    topics = load_topics(settings.streams_dir / "topics.toml")
    ensure_topics(options, [t for t in topics if t.name == topic], settings.partitions)
    return options


@events_group.command("import")
def import_contact_events(
    file: Annotated[Path, typer.Argument(help="JSON lines, one event each.")],
) -> None:
    """Publish contact events; an event imported twice counts once."""
    from qm.ingest.events import import_events
    from qm.io.kafka import Sink

    settings = load()
    options = _kafka(settings, EVENTS)
    try:
        with file.open("rb") as lines, Sink(options) as sink:
            sent, bad = import_events(sink, lines, customer_key(settings))
    except OSError:
        err.print("qm events import: the file cannot be read")
        raise typer.Exit(USAGE) from None
    for line in bad:
        err.print(f"line {line.line}: {line.reason}")
    err.print(f"{sent} events sent")
    if bad:
        raise typer.Exit(SOME_FAILED)


def customer_key(settings: Settings) -> bytes:
    """Return the key of the customer_ref HMAC; made at the first use where none is set."""
    from qm.io import references

    given = settings.customer_key.get_secret_value()
    return references.customer_key(given, settings.data_dir / "customer.key")


def demo(
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8080,
    once: Annotated[bool, typer.Option("--once", help="Play each sample once, then stop.")] = False,
) -> None:
    """Start everything on this machine and play the sample calls in a loop."""
    from qm.demo import Demo, default_folder, play

    stop = stop_on_signals()
    with Demo(load(), port, default_folder(os.environ)) as running:
        err.print("qm demo: starting; the models take a few seconds")
        running.start()
        sys.stdout.write(running.announcement() + "\n")
        sys.stdout.flush()
        err.print(f"qm demo: open {running.url} - Ctrl-C ends it and forgets everything")
        play(running, stop, once=once)
