"""`qm evaluate` and `qm bench`: how good it is, and how fast."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from qm.cli import USAGE, err
from qm.settings import load

if TYPE_CHECKING:
    from qm.evaluate.report import Part, Row

SOUNDS = (".opus", ".flac", ".wav", ".mp3")
GATE_FAILED = 1
GATES = {"slice": {"non-PHI WER": 0.15, "marks left in text": 0.12}}
"""Largest values that a gate lets pass."""

bench_group = typer.Typer(help="Benchmarks.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(evaluate)
    app.add_typer(bench_group, name="bench")


def evaluate(
    data: Annotated[Path, typer.Argument(help="Folder of <id>.opus with <id>.json truth.")],
    only: Annotated[str, typer.Option(help="asr,diarization,redaction,labels,scorecard")] = "",
    layout: Annotated[str | None, typer.Option(help="channels or mono; default by file.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Turns as first released.")] = False,
    language: Annotated[str, typer.Option(help="Only calls in this language.")] = "",
    gate: Annotated[str, typer.Option(help=f"Fail when worse than: {', '.join(GATES)}.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the rows.")] = None,
) -> None:
    """Hear calls whose truth is known and measure what came out."""
    from qm.evaluate.report import PARTS, Pair, report
    from qm.offline.callfile import call_json
    from qm.offline.process import Layout, Processor, open_source
    from qm.runtime.load import load_runtime

    parts = [p.strip() for p in only.split(",") if p.strip()] or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        err.print(f"qm evaluate: no such measure: {', '.join(sorted(unknown))}")
        raise typer.Exit(USAGE)
    if gate and gate not in GATES:
        err.print(f"qm evaluate: no such gate; there are {', '.join(GATES)}")
        raise typer.Exit(USAGE)
    truths = _truths(data, language)
    if not truths:
        err.print("qm evaluate: no call with its truth in that folder")
        raise typer.Exit(USAGE)
    loaded = load_runtime(load())
    sources = (
        open_source(
            path,
            number,
            cast("Layout | None", layout),
            {k: truth.get(k) for k in ("call_id", "queue", "direction", "language")},
        )
        for number, (path, truth) in enumerate(truths, 1)
    )
    by_id = {str(truth["call_id"]): truth for _, truth in truths}
    processor = Processor(loaded.runtime, loaded.diarizer, loaded.engines.versions, live=live)
    pairs: list[Pair] = []
    columns = (TextColumn("hearing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=len(truths))
        for _, heard, _ in processor.process(sources):
            found = call_json(heard, live=live)
            pairs.append(Pair(truth=by_id[heard.call_id], found=found))
            bar.advance(task)
    loaded.runtime.close()
    rows = report(pairs, cast("list[Part]", parts))
    _show(rows)
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    worse = [
        r for r in rows if r.value is not None and r.value > GATES.get(gate, {}).get(r.measure, 2)
    ]
    for row in worse:
        err.print(f"gate {gate}: {row.measure} is {row.value}")
    if worse:
        raise typer.Exit(GATE_FAILED)


def _truths(folder: Path, language: str) -> list[tuple[Path, dict[str, object]]]:
    found: list[tuple[Path, dict[str, object]]] = []
    for path in sorted(folder.glob("*.json")):
        sound = next((path.with_suffix(s) for s in SOUNDS if path.with_suffix(s).exists()), None)
        truth = json.loads(path.read_text())
        if sound is not None and (not language or truth.get("language") == language):
            found.append((sound, truth))
    return found


def _show(rows: list[Row]) -> None:
    from qm.evaluate.report import FEW

    table = Table("part", "measure", "value", "95 %", "n")
    for row in rows:
        value = "-" if row.value is None else f"{row.value:.3f}"
        interval = "" if row.low is None or row.high is None else f"{row.low:.3f}-{row.high:.3f}"
        few = " few" if row.n < FEW else ""
        table.add_row(row.part, row.measure, value, interval, f"{row.n}{few}")
    err.print(table)


@bench_group.command("live")
def live_bench(
    calls: Annotated[int, typer.Option(help="Live at the same time.")] = 8,
    seconds: Annotated[float, typer.Option(help="How long, ten seconds of warm-up included.")] = 60,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result.")] = None,
) -> None:
    """Play live calls and measure from the end of the sound to words and alerts."""
    from qm.bench import as_json, bench_live
    from qm.demo import default_folder

    settings = load()
    folder = settings.streams_dir / "samples"
    files = sorted(p for p in folder.glob("sample-*.opus") if "mono" not in p.name)
    english = [
        p for p in files if json.loads(p.with_suffix(".json").read_text())["language"] == "en"
    ]
    result = bench_live(
        settings, default_folder(os.environ).parent / "bench", english, calls=calls, seconds=seconds
    )
    text = json.dumps(as_json(result), indent=1)
    err.print(text)
    if json_file is not None:
        json_file.write_text(text)
