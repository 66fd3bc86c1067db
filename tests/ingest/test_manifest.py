"""A center's own recordings by CSV: every row is played or reported, never quoted."""

from datetime import UTC, datetime

import pytest

from qm.errors import InputError
from qm.ingest.manifest import BadRow, read_manifest
from qm.io.references import opaque_reference

KEY = b"k" * 32
HEADING = "path,started_at,agent,queue,direction,language,customer_ref,authenticated,disposition\n"


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "one.wav").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "two.wav").touch()

    def write(text, encoding="utf-8"):
        path = tmp_path / "manifest.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_full_row_says_everything(manifest):
    row = "one.wav,2025-11-17T08:12:05-05:00,a-1,Atención,outbound,es,555-0100,ivr,reschedule\n"
    (planned,), bad = read_manifest(manifest(HEADING + row), KEY)
    assert not bad
    assert planned.number == 2 and planned.path.name == "one.wav"
    assert planned.started_at == datetime(2025, 11, 17, 13, 12, 5, tzinfo=UTC)
    assert (planned.agent_id, planned.queue, planned.direction) == ("a-1", "Atención", "outbound")
    assert (planned.language, planned.authenticated) == ("es", "ivr")
    assert planned.disposition == "reschedule"
    assert planned.customer_ref == opaque_reference(KEY, "555-0100")
    assert "555" not in planned.customer_ref


def test_only_path_and_date_are_needed_in_any_order_and_with_a_byte_order_mark(manifest):
    text = "started_at,path\n2025-11-17T08:12:05Z, sub/two.wav \n"
    (planned,), bad = read_manifest(manifest(text, "utf-8-sig"), KEY)
    assert not bad and planned.path.name == "two.wav"
    assert (planned.direction, planned.language, planned.customer_ref) == ("inbound", None, "")


@pytest.mark.parametrize(("said", "practice"), [("yes", True), ("no", False), ("", False)])
def test_a_candidates_call_is_marked_as_practice(manifest, said, practice):
    text = f"path,started_at,practice\none.wav,2025-11-17T08:12:05Z,{said}\n"
    (planned,), bad = read_manifest(manifest(text), KEY)
    assert not bad and planned.practice is practice


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2025-11-17T08:12:05Z,,,,,,,", "bad_field:path"),
        ("maria-lopez.wav,2025-11-17T08:12:05Z,,,,,,,", "no_such_file"),
        ("one.wav,,,,,,,,", "bad_field:started_at"),
        ("one.wav,2025-11-17 8:12,,,,,,,", "bad_field:started_at"),
        ("one.wav,2025-11-17T08:12:05,,,,,,,", "bad_field:started_at"),
        ("one.wav,2025-11-17T08:12:05Z,,,sideways,,,,", "bad_field:direction"),
        ("one.wav,2025-11-17T08:12:05Z,,,,Spanish,,,", "bad_field:language"),
        ("one.wav,2025-11-17T08:12:05Z,,,,,,by voice,", "bad_field:authenticated"),
        ("one.wav,2025-11-17T08:12:05Z,Maria; Lopez,,,,,,", "bad_field:agent_id"),
        (f"one.wav,2025-11-17T08:12:05Z,,,,,,,{'x' * 65}", "bad_field:disposition"),
        ("one.wav,2025-11-17T08:12:05Z,,,,,,,,one,too,many", "too_many_columns"),
    ],
)
def test_a_bad_row_is_reported_by_number_and_the_others_are_kept(manifest, row, reason):
    good = "one.wav,2025-11-17T08:12:05Z,,,,,,,\n"
    planned, bad = read_manifest(manifest(f"{HEADING}{good}{row}\n{good}"), KEY)
    assert [p.number for p in planned] == [2, 4]
    assert bad == [BadRow(row=3, reason=reason)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column path"),
        ("path,agent\n", "no column started_at"),
        ("path,started_at,patient\n", "may have the columns"),
    ],
)
def test_a_bad_heading_is_an_error(manifest, text, message):
    with pytest.raises(InputError, match=message):
        read_manifest(manifest(text), KEY)


def test_a_file_that_is_missing_or_no_text_is_an_error(manifest, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(tmp_path / "none.csv", KEY)
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(manifest(HEADING + "ñ.wav", "latin-1"), KEY)
