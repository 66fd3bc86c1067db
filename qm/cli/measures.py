"""`qm kpi`: the center's measures, the same figures as on the page."""

from __future__ import annotations

import json
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.table import Table

from qm.cli import err
from qm.io.database import migrate, open_database
from qm.io.presets import load_preset
from qm.io.store.figures import Row, catch_up, days, figures
from qm.io.store.measured import Wanted
from qm.io.store.scopes import WHOLE_SITE
from qm.settings import Settings, load
from qm.stages.kpis import DIMENSIONS

DECIMALS = 9
"""Of what is printed: sums of milliseconds are exact, and a float's last digits say nothing."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(kpi)


def kpi(
    first: Annotated[str, typer.Option("--from", help="First local day, YYYY-MM-DD.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last local day, inclusive.")] = "",
    by: Annotated[str, typer.Option(help=f"Some of {', '.join(DIMENSIONS)}; commas.")] = "",
    zone: Annotated[str, typer.Option(help="Zone of days and hours; default the site's.")] = "",
    as_of: Annotated[
        str, typer.Option(help="RFC 3339: what had ended by then; default the last event.")
    ] = "",
    preset: Annotated[str, typer.Option(help="File in configs/kpis; default the site's.")] = "",
    file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there as one JSON list.")
    ] = None,
) -> None:
    """Print the measures: one JSON object a line, or a table on a terminal."""
    settings = load()
    chosen = _zone(zone or settings.zone)
    since, until = days(_day("--from", first), _day("--to", last), chosen)
    wanted = Wanted(
        scope=WHOLE_SITE,
        preset=load_preset(settings.configs_dir, preset or settings.kpi_preset),
        by=_dimensions(by),
        since=since,
        until=until,
        as_of=_instant(as_of, chosen),
    )
    rows = _figures(settings, wanted, chosen)
    objects = [printed(row) for row in rows]
    if file is not None:
        try:
            file.write_text(json.dumps(objects, indent=1, ensure_ascii=False) + "\n")
        except OSError:
            err.print("qm kpi: the file cannot be written")
            raise typer.Exit(2) from None
    if sys.stdout.isatty():
        Console().print(_table(rows, wanted.by))
    else:
        for one in objects:
            sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")


def printed(row: Row) -> dict[str, Any]:
    """Return a figure as the contract has it."""
    f = row.figure
    return {
        "group": row.group,
        "measure": row.measure.name,
        "value": _number(f.value),
        "numerator": _number(f.numerator),
        "denominator": f.denominator,
        "n": f.n,
        "low": _number(f.low),
        "high": _number(f.high),
    }


def _figures(settings: Settings, wanted: Wanted, zone: ZoneInfo) -> tuple[Row, ...]:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database)
    database = open_database(settings.database)
    try:
        catch_up(database, time.time_ns() // 1_000_000)
        with database.read() as conn:
            return figures(conn, wanted, zone)
    finally:
        database.close()


def _table(rows: tuple[Row, ...], by: tuple[str, ...]) -> Table:
    table = Table(*by, "measure", "value", "95 %", "n")
    for row in rows:
        f = row.figure
        bounds = "" if f.low is None or f.high is None else f"{f.low:.4g} - {f.high:.4g}"
        value = "-" if f.value is None else f"{f.value:.4g}"
        table.add_row(*row.group.values(), row.measure.name, value, bounds, str(f.n))
    return table


def _number(value: float | None) -> float | int | None:
    if value is None:
        return None
    rounded = round(value, DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def _dimensions(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if unknown := [name for name in names if name not in DIMENSIONS]:
        raise typer.BadParameter(f"no {unknown[0]}; there are {', '.join(DIMENSIONS)}")
    return names


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter("--zone: no such time zone") from None


def _day(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{option}: a day is YYYY-MM-DD") from None


def _instant(text: str, zone: ZoneInfo) -> int | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("--as-of: a time is RFC 3339") from None
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    return int(at.timestamp() * 1000)
