"""Words that were overwritten do not stay in the files of the database."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from qm.io.database import Database
from qm.io.store import outbox
from qm.types import RedactedTurn
from qm.worker.forgetting import Forgetter
from tests.io.store import samples

pytest_plugins = ["tests.databases"]


def on_disk(database: Database) -> bytes:
    path = Path(str(make_url(str(database.engine.url)).database))
    return b"".join(p.read_bytes() for p in path.parent.glob(path.name + "*"))


def keep(database: Database, turn: RedactedTurn) -> None:
    """Save a turn and publish it at once."""
    with database.write() as conn:
        samples.saved(conn, turn)
        outbox.sent(conn, [record.seq for record in outbox.pending(conn)])


def test_a_corrected_word_is_gone_from_the_files(sqlite_database: Database) -> None:
    turn = samples.turn(text="please ask for quetzalcoatl")
    keep(sqlite_database, turn)
    corrected = replace(turn, text="please ask for [NAME]", words=(), redaction_version=1)
    with Forgetter(sqlite_database, gather_s=0.0) as forgetter:
        keep(sqlite_database, corrected)
        forgetter.corrected()
        deadline = time.monotonic() + 10
        while b"quetzalcoatl" in on_disk(sqlite_database):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_what_is_owed_at_the_end_is_done_before_the_worker_goes(sqlite_database: Database) -> None:
    turn = samples.turn(text="please ask for quetzalcoatl")
    with Forgetter(sqlite_database, gather_s=60.0) as forgetter:
        for version, text in enumerate((turn.text, "please ask for [NAME]")):
            changed = replace(turn, text=text, words=(), redaction_version=version)
            keep(sqlite_database, changed)
        forgetter.corrected()
        assert b"quetzalcoatl" in on_disk(sqlite_database)
    assert b"quetzalcoatl" not in on_disk(sqlite_database)


def test_it_is_tried_again_when_a_reader_is_in_the_way(sqlite_database: Database) -> None:
    forgetter = Forgetter(sqlite_database)
    with sqlite_database.read() as conn:
        conn.exec_driver_sql("select count(*) from turns").one()
        keep(sqlite_database, samples.turn())
        assert not forgetter._forget()
    assert forgetter._forget()
