"""What people typed on the pages: redacted here, because only the worker has the redactor."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Self

from structlog import get_logger

from qm.engines.base import PhiRequest, Redactor
from qm.errors import RedactionError, StoreError
from qm.io.database import Database
from qm.io.store import people, typed
from qm.io.store.typed import WaitingTyped
from qm.io.vault import Vault
from qm.stages.language import language_of
from qm.stages.writing import written_turn
from qm.types import CallId, PhiSpan, Role

log = get_logger()

LOOK_EVERY_S = 0.5
"""A note is shown to its author again within a second; an empty look costs one indexed query."""

AT_ONCE = 20
"""Notes of one look: few enough that none waits long for the transaction."""

TYPED_LANGUAGE = "en"
"""Of notes too short to tell: staff write in the language of the site."""


class TypedReader:
    """
    Redacts waiting texts on a thread of its own.

    Staff of the roster may be named; a text that the redactor fails on is withheld for good.
    """

    def __init__(self, database: Database, vault: Vault, redactor: Redactor) -> None:
        self._database = database
        self._vault = vault
        self._redactor = redactor
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qm-typed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(10.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = settle(self._database, self._vault, self._redactor) == AT_ONCE
            except StoreError as failure:
                log.warning("typed_interrupted", exc_info=failure)
                busy = False
            self._stop.wait(0.0 if busy else LOOK_EVERY_S)


def settle(database: Database, vault: Vault, redactor: Redactor) -> int:
    """Redact some of what waits and return how many that were."""
    with database.read() as conn:
        waiting = typed.waiting_typed(conn, vault, AT_ONCE)
        staff = people.staff_names(conn) if waiting else frozenset()
    if not waiting:
        return 0
    done = [(text.typed_id, _redacted(redactor, text, staff)) for text in waiting]
    with database.write() as conn:
        for typed_id, text in done:
            typed.settle_typed(conn, typed_id, text)
    return len(done)


def _redacted(redactor: Redactor, waiting: WaitingTyped, staff: Collection[str]) -> str | None:
    if waiting.text is None:
        return None
    language = language_of([waiting.text]).language or TYPED_LANGUAGE
    turn = written_turn(
        CallId(waiting.call_id or waiting.typed_id), 0, Role.AGENT, language, waiting.text
    )
    try:
        spans = redactor.find(PhiRequest(turn=turn)).spans
    except RedactionError as failure:
        log.warning("typed_withheld", exc_info=failure)
        return None
    kept = [s for s in spans if not names_staff(turn.text[s.start : s.end], s, staff)]
    return replaced(turn.text, kept)


def names_staff(words: str, span: PhiSpan, staff: Collection[str]) -> bool:
    """
    Return whether a span is somebody of the roster, by full name or by a part of it.

    >>> names_staff("Priya", PhiSpan(start=0, end=5, entity="NAME"), ["Priya Nair"])
    True
    >>> names_staff("Priya Ortega", PhiSpan(start=0, end=12, entity="NAME"), ["Priya Nair"])
    False
    """
    if span.entity != "NAME":
        return False
    parts = _name(words)
    return bool(parts) and any(
        parts == _name(name)[at : at + len(parts)]
        for name in staff
        for at in range(len(_name(name)))
    )


def replaced(text: str, spans: Collection[PhiSpan]) -> str:
    """Return ``text`` with a placeholder for each span; overlapping ones share the first's."""
    parts: list[str] = []
    at = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.start >= at:
            parts += [text[at : span.start], span.placeholder or f"[{span.entity}]"]
        at = max(at, span.end)
    return "".join([*parts, text[at:]])


def _name(text: str) -> list[str]:
    words = [word.strip(".,;:!?()'’\"").casefold() for word in text.split()]
    return [word.removesuffix("'s").removesuffix("’s") for word in words if word]
