"""What a corrected redaction leaves behind in the database's files, and how it is removed."""

from __future__ import annotations

import threading
from typing import Self

from structlog import get_logger

from qm.errors import StoreError
from qm.io.database import Database
from qm.io.store.erasing import forget_words

log = get_logger()

GATHER_S = 10.0
"""A call's later turns often correct several earlier ones; one clearing is for all of them."""

RETRY_S = 5.0


class Forgetter:
    """
    Removes overwritten words from the full-text index and the log, on a thread of its own.

    Overwriting a row leaves its old words in the files of a database until they are cleared, which
    takes longer than a worker's round may.  It is done once at the start too: a worker that was
    killed may have left something.
    """

    def __init__(self, database: Database, gather_s: float = GATHER_S) -> None:
        self._database = database
        self._gather_s = gather_s
        self._owed = threading.Event()
        self._owed.set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qm-forgetting", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._owed.set()
        self._thread.join(10.0)

    def corrected(self) -> None:
        """Say that words were overwritten; returns at once."""
        self._owed.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._owed.wait()
            self._stop.wait(self._gather_s)
            self._owed.clear()
            if not self._forget():
                self._owed.set()
                self._stop.wait(RETRY_S)

    def _forget(self) -> bool:
        try:
            with self._database.write() as conn:
                forget_words(conn)
            self._database.scrub()
        except StoreError as failure:  # somebody reads, or writes: later
            log.warning("forgetting_put_off", exc_info=failure)
            return False
        return True
