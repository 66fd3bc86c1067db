"""`qm process`: whole calls from files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from qm.cli import SOME_FAILED, USAGE, err
from qm.errors import InputError
from qm.settings import load

if TYPE_CHECKING:
    from qm.offline.process import Layout, Source


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(process)


def process(
    audio: Annotated[list[Path], typer.Argument(help="WAV, FLAC, MP3 or Opus; one call each.")],
    out: Annotated[Path, typer.Option(help="Folder for <stem>/call.json and redacted.flac.")],
    layout: Annotated[str | None, typer.Option(help="channels or mono; default by file.")] = None,
    meta: Annotated[Path | None, typer.Option(help="JSON object, or one by stem.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Turns as first released.")] = False,
) -> None:
    """Transcribe, attribute, redact, label and score recorded calls."""
    from qm.offline.process import Processor, open_source, write
    from qm.runtime.load import load_runtime

    if layout not in (None, "channels", "mono"):
        err.print("qm process: --layout is channels or mono")
        raise typer.Exit(USAGE)
    metas = _metas(meta)
    if len({path.stem for path in audio}) < len(audio):
        err.print("qm process: two inputs have the same name")
        raise typer.Exit(USAGE)
    loaded = load_runtime(load())
    failures = 0

    def meta_of(path: Path) -> dict[str, Any]:
        return metas.get(path.stem, metas.get("", {}))

    def sources() -> Iterator[Source]:
        nonlocal failures
        for position, path in enumerate(audio, 1):
            try:
                yield open_source(path, position, cast("Layout | None", layout), meta_of(path))
            except InputError as wrong:
                failures += 1
                err.print(f"qm process: input {position}: {wrong}")

    processor = Processor(loaded.runtime, loaded.diarizer, loaded.engines.versions, live=live)
    columns = (TextColumn("hearing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=len(audio))
        for source, heard, redacted in processor.process(sources()):
            write(out, source, heard, redacted, live=live)
            bar.advance(task)
    loaded.runtime.close()
    if failures:
        raise typer.Exit(SOME_FAILED)


def _metas(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return call metadata by file stem; under "" what holds for every file."""
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        err.print("qm process: --meta is not readable JSON")
        raise typer.Exit(USAGE) from None
    if not isinstance(found, dict):
        err.print("qm process: --meta must hold a JSON object")
        raise typer.Exit(USAGE)
    by_stem = found and all(isinstance(v, dict) for v in found.values())
    return found if by_stem else {"": found}
