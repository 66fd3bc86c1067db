"""
Logs that cannot hold PHI, and metrics.

A log line is an event name and keys from ``SAFE_KEYS``; any other key is dropped (raises in tests).
Exceptions are logged as a type and file:line frames: no message unless it is ours, never locals.
Other libraries' lines keep their place (logger, level, file:line) and lose their message.
"""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from collections.abc import MutableMapping
from functools import partial
from pathlib import PurePath
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from qm.errors import QmError

SAFE_KEYS = frozenset(
    {"event", "level", "timestamp", "logger", "where", "error", "frames", "code", "status"}
    | {"call_id", "turn_index", "channel", "seq", "user_id", "rule", "route", "reason", "model"}
    | {"topic", "partition", "offset", "stage", "engine", "elapsed_ms", "count", "process", "url"}
)


class UnsafeLogKey(AssertionError):
    """A log call passed a key that is not in SAFE_KEYS.  Raised in tests only."""


def only_safe_keys(
    _logger: Any, _method: str, event: MutableMapping[str, Any], *, strict: bool = False
) -> MutableMapping[str, Any]:
    """Drop every key that is not known to be free of PHI."""
    exc = event.pop("exc_info", None)
    if exc is True:
        exc = sys.exc_info()[1]
    if isinstance(exc, BaseException):
        event["error"] = type(exc).__name__ + (f": {exc}" if isinstance(exc, QmError) else "")
        frames = traceback.extract_tb(exc.__traceback__)
        event["frames"] = [f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    unsafe = event.keys() - SAFE_KEYS
    if unsafe and strict:
        raise UnsafeLogKey(", ".join(sorted(unsafe)))
    for key in unsafe:
        del event[key]
    return event


class PlaceOnly(logging.Handler):
    """Forward other libraries' log records without their message."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log where the record came from."""
        structlog.get_logger().log(
            record.levelno,
            "library_log",
            logger=record.name,
            where=f"{record.filename}:{record.lineno}",
        )


def set_up_logging(*, json: bool = True, strict: bool = False) -> None:
    """
    Send every log line of the process through the allow list, to standard error.

    Uncaught exceptions and warnings go the same way, so that no traceback with a message that
    quotes content reaches a terminal or a log collector.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            partial(only_safe_keys, strict=strict),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [PlaceOnly(level=logging.WARNING)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    warnings.simplefilter("ignore")  # other people's deprecations are not an operator's business
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, _trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().error("uncaught", exc_info=error)


# ---------------------------------------------------------------------------------- metrics

RECORDS = Counter("qm_records", "Records read, by topic and outcome.", ["topic", "outcome"])
DEAD_LETTERS = Counter("qm_dead_letters", "Records put aside, by reason.", ["reason"])
CALLS_LIVE = Gauge("qm_calls_live", "Calls being heard by this worker.")
AUDIO_BEHIND = Gauge("qm_audio_seconds_behind", "Age of the oldest unheard audio.")
AUDIO_HEARD = Counter("qm_audio_seconds", "Seconds of audio heard, all channels.")
AUDIO_LOST = Counter("qm_audio_lost_seconds", "Seconds of audio that never came.")
STAGE_SECONDS = Histogram(
    "qm_stage_seconds",
    "Wall time of a batch, by stage.",
    ["stage"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
STAGE_REQUESTS = Counter("qm_stage_requests", "Requests answered, by stage.", ["stage"])
STAGE_FAILURES = Counter("qm_stage_failures", "Requests given up, by stage.", ["stage"])
WITHHELD_TURNS = Counter("qm_withheld", "Utterances whose text was withheld.")
FINAL_SECONDS = Histogram(
    "qm_end_of_speech_to_final_seconds",
    "From the end of an utterance to its redacted turn.",
    buckets=(0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 30),
)
ALERT_SECONDS = Histogram(
    "qm_last_sample_to_alert_seconds",
    "From the last sample that an alert needed to the alert in the store.",
    buckets=(0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 30),
)
