"""A center's own recordings: a CSV file that says what each of them is."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from qm.errors import DecodeError, InputError
from qm.ingest.replay import Planned
from qm.io.references import opaque_reference

COLUMNS: Final = (
    *("path", "started_at", "agent", "queue", "direction"),
    *("language", "customer_ref", "authenticated", "disposition", "practice"),
)
REQUIRED: Final = ("path", "started_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be used.  Never its content."""

    row: int  #: counted as a spreadsheet does: the heading is row 1
    reason: str


def read_manifest(path: Path, customer_key: bytes) -> tuple[list[Planned], list[BadRow]]:
    """
    Read a manifest; every row comes out on one of the two lists.

    Columns: ``path`` (relative to the manifest) and ``started_at`` (RFC 3339 with its offset) are
    needed; ``agent``, ``queue``, ``direction``, ``language``, ``customer_ref``, ``authenticated``,
    ``disposition`` and ``practice`` ("yes" for a candidate's or trainee's call, which counts in no
    measure) may be missing or empty.

    Args:
        path: the CSV file, UTF-8.
        customer_key: turns ``customer_ref`` into an opaque reference.

    Raises:
        InputError: the file cannot be read, or its heading is wrong.
    """
    planned: list[Planned] = []
    bad: list[BadRow] = []
    for row, fields in _rows(path):
        try:
            planned.append(_planned(row, fields, path.parent, customer_key))
        except DecodeError as wrong:
            bad.append(BadRow(row=row, reason=str(wrong)))
    return planned, bad


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="too_many", restval="")
            heading = reader.fieldnames or []
            if missing := [name for name in REQUIRED if name not in heading]:
                raise InputError(f"the manifest has no column {missing[0]}")
            if any(name not in COLUMNS for name in heading):
                raise InputError(f"the manifest may have the columns {', '.join(COLUMNS)}")
            yield from enumerate(reader, start=2)
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise InputError(f"the manifest cannot be read: {type(wrong).__name__}") from None


def _planned(row: int, fields: Mapping[str, Any], folder: Path, customer_key: bytes) -> Planned:
    if "too_many" in fields:
        raise DecodeError("too_many_columns")
    texts = {name: (fields.get(name) or "").strip() for name in COLUMNS}
    if not texts["path"]:
        raise DecodeError("bad_field:path")
    recording = folder / texts["path"]
    if not recording.is_file():
        raise DecodeError("no_such_file")
    planned = Planned(
        number=row,
        path=recording,
        started_at=_instant(texts["started_at"]),
        agent_id=texts["agent"],
        queue=texts["queue"],
        direction=_one_of(texts, "direction", ("inbound", "outbound")) or "inbound",
        language=texts["language"] or None,
        customer_ref=opaque_reference(customer_key, texts["customer_ref"]),
        authenticated=_one_of(texts, "authenticated", ("ivr", "portal", "earlier_leg")),
        disposition=texts["disposition"],
        practice=_one_of(texts, "practice", ("yes", "no")) == "yes",
    )
    planned.check()
    return planned


def _instant(text: str) -> datetime:
    try:
        instant = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise DecodeError("bad_field:started_at") from None
    if instant.tzinfo is None:
        raise DecodeError("bad_field:started_at")
    return instant


def _one_of(texts: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> Any:
    if texts[name] not in ("", *allowed):
        raise DecodeError(f"bad_field:{name}")
    return texts[name]
