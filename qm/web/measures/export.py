"""Figures as files: CSV for people, Parquet for programs; the same columns in both."""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import APIRouter, Response

from qm.io.store.scopes import Scope
from qm.stages.kpis import BY_NAME
from qm.web.auth import Deps, Reach
from qm.web.deps import WebDeps
from qm.web.measures.asked import (
    Filters,
    FiltersOf,
    count_new,
    figures_by,
    open_measures,
    stretch,
    wanted,
)

router = APIRouter(include_in_schema=False)

BY = ("day", "queue", "language", "channel")
"""
A row a day and group: small enough for a spreadsheet, fine enough to add up again.  Never by agent:
no list of people with machine scores leaves the pages.
"""

COLUMNS: tuple[tuple[str, Any, str], ...] = (
    ("measure", pa.string(), "Name of the measure"),
    ("unit", pa.string(), "seconds, share (0 to 1), per_100, percent (0 to 100), of_five (1 to 5)"),
    ("day", pa.string(), "Local day on which the contact began, in zone"),
    ("queue", pa.string(), "First queue of the contact; empty where it was not said"),
    ("language", pa.string(), "ISO 639-1; empty where it was not said"),
    ("channel", pa.string(), "voice, chat, email, sms, social; empty where it was not said"),
    ("value", pa.float64(), "numerator / denominator; empty where the denominator is 0"),
    ("numerator", pa.float64(), "Sum or count, in the unit of value; rows may be added up"),
    ("denominator", pa.int64(), "Contacts, legs, calls, turns or cues counted; may be added up"),
    ("low", pa.float64(), "Lower end of the 95 % interval; empty where n < 2"),
    ("high", pa.float64(), "Upper end of the 95 % interval; empty where n < 2"),
    ("zone", pa.string(), "Time zone of the days"),
    ("preset", pa.string(), "Preset of the thresholds"),
)
"""Name, type and meaning of each column of an export.  No call, no customer, no agent."""


@router.get("/measures/export.csv")
def export_csv(deps: Deps, scope: Reach, asked: FiltersOf) -> Response:
    """Return the figures by day, queue, language and channel as CSV (RFC 4180, UTF-8)."""
    return csv_answer(deps, scope, asked)


@router.get("/measures/export.parquet")
def export_parquet(deps: Deps, scope: Reach, asked: FiltersOf) -> Response:
    """Return the same as Parquet; the meaning of each column is in its metadata."""
    return parquet_answer(deps, scope, asked)


def csv_answer(deps: WebDeps, scope: Scope, asked: Filters) -> Response:
    """Return the export as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [name for name, _, _ in COLUMNS])
    writer.writeheader()
    writer.writerows(
        {k: _unformulated(v) if isinstance(v, str) else v for k, v in row.items()}
        for row in export_rows(deps, scope, asked)
    )
    return _file(text.getvalue().encode(), "text/csv; charset=utf-8", deps, asked, "csv")


def parquet_answer(deps: WebDeps, scope: Scope, asked: Filters) -> Response:
    """Return the export as Parquet."""
    rows = export_rows(deps, scope, asked)
    fields = [pa.field(n, kind, metadata={"description": what}) for n, kind, what in COLUMNS]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(fields)), buffer)
    return _file(buffer.getvalue(), "application/vnd.apache.parquet", deps, asked, "parquet")


def export_rows(deps: WebDeps, scope: Scope, asked: Filters) -> list[dict[str, Any]]:
    """Return the rows of an export, those without a contact left out."""
    count_new(deps)
    shown = open_measures(scope, asked)
    with deps.database.read() as conn:
        groups, _ = figures_by(conn, wanted(asked, deps, scope, BY), deps, shown)
    return [
        dict(zip(BY, group, strict=True))
        | {
            "measure": name,
            "unit": BY_NAME[name].unit,
            "value": one.value,
            "numerator": one.numerator,
            "denominator": one.denominator,
            "low": one.low,
            "high": one.high,
            "zone": deps.zone.key,
            "preset": deps.preset.name,
        }
        for group, figures in groups.items()
        for name, one in figures.items()
        if one.n
    ]


def _unformulated(text: str) -> str:
    """Return a text that a spreadsheet takes for a text: a queue may be named ``=1+1``."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _file(data: bytes, kind: str, deps: WebDeps, asked: Filters, ending: str) -> Response:
    days = stretch(asked, deps)
    name = f"measures-{days.first}-{days.last}.{ending}"
    return Response(
        data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
