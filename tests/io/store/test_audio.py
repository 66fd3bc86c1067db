"""A call's audio objects are noted once per kind, for those who see the call."""

from __future__ import annotations

from dataclasses import replace

from qm.io.database import Database
from qm.io.store.audio import AudioObject, find_audio, forget_audio, save_audio
from tests.io.store.samples import NOW, roster, saved, scope

GIVEN = AudioObject(
    call_id="c1",
    kind="redacted",
    path="ab/c1/redacted",
    media_type="audio/flac",
    size=12_345,
    duration_ms=141_000,
    peaks=((0.0, 0.5, 1.0), (0.25, 0.125, 0.062)),
)


def test_an_object_is_noted_and_replaced(database: Database) -> None:
    other = replace(GIVEN, kind="original", peaks=())
    longer = replace(GIVEN, size=99, duration_ms=150_000)
    with database.write() as conn:
        saved(conn)
        for each in (GIVEN, other):
            save_audio(conn, each, NOW)
            assert find_audio(conn, scope(), "c1", each.kind) == each
        save_audio(conn, longer, NOW)
        assert find_audio(conn, scope(), "c1", "redacted") == longer
        forget_audio(conn, "c1", "original")
        assert find_audio(conn, scope(), "c1", "original") is None
        assert find_audio(conn, scope(), "c1", "redacted") == longer


def test_who_does_not_see_the_call_does_not_find_its_audio(database: Database) -> None:
    with database.write() as conn:
        roster(conn)
        saved(conn)
        save_audio(conn, GIVEN, NOW)
        assert find_audio(conn, scope(("coach", "A")), "c1", "redacted") == GIVEN
        assert find_audio(conn, scope(("coach", "B")), "c1", "redacted") is None
