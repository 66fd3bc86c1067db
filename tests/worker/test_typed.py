"""What people type is shown only after redaction; staff stay; in doubt it is withheld."""

from __future__ import annotations

import time

import pytest

from qm.engines.fake import FakeRedactor
from qm.io.database import Database
from qm.io.store.people import RosterRow, import_roster
from qm.io.store.typed import read_typed, write_typed
from qm.io.vault import Vault
from qm.types import PhiSpan
from qm.worker.typed import TypedReader, names_staff, replaced, settle
from tests.io.store.samples import NOW

pytest_plugins = ["tests.databases"]

VAULT = Vault(current="k1", keys={"k1": bytes(32)})
NAMES = ("Maria Ortega", "Ana Diaz")


def finds(text: str) -> list[PhiSpan]:
    """Find the names of this test."""
    return [
        PhiSpan(start=at, end=at + len(name), entity="NAME", placeholder="[NAME_1]")
        for name in NAMES
        if (at := text.find(name)) >= 0
    ]


def typed(database: Database, text: str) -> str:
    with database.write() as conn:
        return write_typed(conn, VAULT, kind="note", call_id=None, author="u1", text=text, now=NOW)


def shown(database: Database, typed_id: str) -> tuple[str, str]:
    with database.read() as conn:
        found = read_typed(conn, [typed_id])[typed_id]
    return found.state, found.text


def test_identifiers_go_and_the_staff_of_the_roster_stay(database: Database) -> None:
    staff = "Priya Nair"
    with database.write() as conn:
        import_roster(conn, [RosterRow(agent_id="a1", name=staff, team="A")])
    note = typed(database, f"{staff} asked Maria Ortega twice")
    assert shown(database, note) == ("waiting", "")
    redactor = FakeRedactor(
        lambda text: [*finds(text), PhiSpan(start=0, end=len(staff), entity="NAME")]
    )
    assert settle(database, VAULT, redactor) == 1
    assert shown(database, note) == ("ready", f"{staff} asked [NAME_1] twice")
    assert settle(database, VAULT, redactor) == 0


def test_a_text_that_the_redactor_fails_on_is_withheld(database: Database) -> None:
    note = typed(database, "Maria Ortega called")
    settle(database, VAULT, FakeRedactor(lambda _: None))
    assert shown(database, note) == ("withheld", "")


def test_a_text_whose_key_is_gone_is_withheld(database: Database) -> None:
    note = typed(database, "Maria Ortega called")
    settle(database, Vault(current="k2", keys={"k2": bytes(32)}), FakeRedactor())
    assert shown(database, note) == ("withheld", "")


def test_a_text_in_a_language_that_was_never_checked_is_withheld(database: Database) -> None:
    note = typed(database, "je voudrais une autre date pour la semaine avec le docteur")
    languages: list[str] = []

    class Asked(FakeRedactor):
        def find(self, request):
            languages.append(request.turn.language)
            return super().find(request)

    settle(database, VAULT, Asked(lambda _: None))
    assert languages == ["fr"]
    assert shown(database, note) == ("withheld", "")


def test_the_thread_settles_what_comes(sqlite_database: Database) -> None:
    with TypedReader(sqlite_database, VAULT, FakeRedactor(finds)):
        note = typed(sqlite_database, "call Ana Diaz")
        deadline = time.monotonic() + 10
        while shown(sqlite_database, note)[0] == "waiting" and time.monotonic() < deadline:
            time.sleep(0.05)
    assert shown(sqlite_database, note) == ("ready", "call [NAME_1]")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Priya", True),
        ("nair's", True),
        ("PRIYA NAIR,", True),
        ("Priya Ortega", False),
        ("Nair Priya", False),
        ("", False),
    ],
)
def test_a_name_is_staff_by_the_whole_or_a_part_of_it(words: str, *, kept: bool) -> None:
    span = PhiSpan(start=0, end=1, entity="NAME")
    assert names_staff(words, span, ["Priya Nair"]) is kept


def test_another_kind_of_identifier_is_never_staff() -> None:
    assert not names_staff("Priya", PhiSpan(start=0, end=5, entity="LOCATION"), ["Priya"])


def test_overlapping_spans_leave_nothing_between_them() -> None:
    spans = [PhiSpan(start=3, end=8, entity="NAME"), PhiSpan(start=5, end=12, entity="DATE")]
    assert replaced("to Maria Ortega now", spans) == "to [NAME]ega now"
