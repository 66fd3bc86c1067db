"""Put a worker together from the settings, and run it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from structlog import get_logger

from qm.engines.base import Stage
from qm.io.blobs import open_blobs
from qm.io.database import Database, migrate, open_database
from qm.io.kafka import (
    KafkaOptions,
    Sink,
    Source,
    broker_identity,
    check_connection,
    ensure_topics,
)
from qm.io.store import rules
from qm.io.topics import AUDIO, load_topics
from qm.io.vault import open_vault
from qm.runtime.drive import Loaded
from qm.scheduler import DEFAULT_LIMITS, StageLimits
from qm.settings import Settings
from qm.worker.events import EventReader
from qm.worker.finishing import Finishing
from qm.worker.forgetting import Forgetter
from qm.worker.health import serve_health
from qm.worker.keeping import Keeper, Stores
from qm.worker.live import Desk
from qm.worker.loop import Limits, Worker
from qm.worker.messages import Idle, Judges, MessageReader, Shelf
from qm.worker.options import kafka_options, stream_keys
from qm.worker.typed import TypedReader

log = get_logger()

READY_FILE = "worker.ready"
"""In ``data_dir`` while the worker takes calls: what a start script or a probe may look for."""


def stage_limits(settings: Settings) -> Mapping[Stage, StageLimits]:
    """Return batch sizes and threads of the stages."""
    asr = StageLimits(batch=settings.asr_batch, workers=settings.asr_threads, patience_ms=1_000)
    return {**DEFAULT_LIMITS, "asr": asr}


def open_stores(settings: Settings, broker_id: str) -> Stores:
    """Open database, objects and keys; make them where they are missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database)
    return Stores(
        database=open_database(settings.database),
        blobs=open_blobs(settings.objects),
        vault=open_vault(settings.kek_file, create=True),
        broker_id=broker_id,
        keep_original=frozenset(settings.keep_original_queues),
    )


def run_worker(
    settings: Settings,
    stop: Callable[[], bool],
    load: Callable[[Settings, Mapping[Stage, StageLimits]], Loaded] | None = None,
) -> None:
    """
    Run until ``stop`` says so.

    Args:
        settings: of the site.
        stop: asked before each round.
        load: loads the engines; the real ones where None is given.

    Raises:
        ConfigError: a model, the broker's credentials or the key file are not right.
        StreamError: no broker answers.
    """
    options = kafka_options(settings)
    check_connection(options)
    ensure_topics(options, load_topics(settings.streams_dir / "topics.toml"), settings.partitions)
    stores = open_stores(settings, broker_identity(options))
    turn_on(stores.database, settings.rules_on)
    loaded = (load or _load_real())(settings, stage_limits(settings))
    forgetter = Forgetter(stores.database)
    desk, keeper = Desk(loaded.runtime), Keeper(stores, forgetter.corrected)
    sink = Sink(options)
    worker = Worker(
        desk,
        keeper,
        Finishing(keeper, loaded.runtime, loaded.diarizer),
        sink,
        Limits(backlog_ms=int(settings.backlog_s * 1000), inactive_s=settings.inactive_s),
        stream_keys(settings),
    )
    ready_file = settings.data_dir / READY_FILE
    if settings.worker_metrics_port:
        serve_health(settings.host, settings.worker_metrics_port, ready_file.exists)
    with (
        forgetter,
        EventReader(options, settings.group, stores.database),
        TypedReader(stores.database, stores.vault, loaded.engines.redactor),
        message_reader(settings, options, stores, loaded),
    ):
        source = Source(options, settings.group, [AUDIO], worker.listener)
        log.info("worker_started")
        ready_file.touch()
        try:
            worker.run(source, stop)
        finally:
            ready_file.unlink(missing_ok=True)
            stores.database.close()
            log.info("worker_stopped")


def message_reader(
    settings: Settings, options: KafkaOptions, stores: Stores, loaded: Loaded
) -> MessageReader:
    """Return the reader of written conversations, with the same engines and the same forms."""
    minutes = {
        "chat": settings.chat_idle_minutes,
        "sms": settings.sms_idle_minutes,
        "social": settings.social_idle_minutes,
        "email": settings.email_idle_minutes,
    }
    return MessageReader(
        options,
        settings.group,
        Shelf(
            database=stores.database,
            vault=stores.vault,
            broker_id=stores.broker_id,
            stream_keys=stream_keys(settings),
        ),
        Judges(
            redactor=loaded.engines.redactor,
            classifier=loaded.engines.classifier,
            params=lambda: loaded.runtime.params,
        ),
        Idle(minutes=minutes, reopen_days=settings.text_reopen_days),
    )


def _load_real() -> Callable[[Settings, Mapping[Stage, StageLimits]], Loaded]:
    from qm.runtime.load import load_runtime  # seconds of imports, for nothing in a test of faults

    return load_runtime


def turn_on(database: Database, names: tuple[str, ...]) -> None:
    """Turn on the rules that the settings name; what a person decided stays."""
    with database.write() as conn:
        rules.begin_with(conn, names, int(time.time() * 1000))
