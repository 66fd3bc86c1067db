"""`qm redact` and `qm label`: dialogues as text, a JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qm.cli import SOME_FAILED, USAGE, err
from qm.errors import QmError
from qm.settings import load

if TYPE_CHECKING:
    from qm.offline.dialogues import Dialogue

In = Annotated[Path | None, typer.Option("--in", help="JSON lines; default standard input.")]
Out = Annotated[Path | None, typer.Option("--out", help="JSON lines; default standard output.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(redact)
    app.command()(label)


def redact(
    source: In = None,
    out: Out = None,
    live: Annotated[bool, typer.Option("--live", help="Turn by turn, as on a live call.")] = False,
) -> None:
    """Find and replace identifiers in dialogues."""
    from qm.offline.dialogues import redact_answer
    from qm.runtime.load import load_redactor

    redactor = load_redactor(load())
    _each_line(source, out, lambda dialogue: redact_answer(redactor, dialogue, live=live))


def label(
    source: In = None,
    out: Out = None,
    every: Annotated[bool, typer.Option("--all", help="Every label with its probability.")] = False,
) -> None:
    """Label the turns of dialogues and judge their outcome; they are redacted first."""
    from qm.offline.dialogues import label_dialogue
    from qm.runtime.load import load_judging, load_redactor

    settings = load()
    redactor, judging = load_redactor(settings), load_judging(settings)
    _each_line(
        source, out, lambda dialogue: label_dialogue(redactor, judging, dialogue, every=every)
    )


def _each_line(
    source: Path | None, out: Path | None, answer: Callable[[Dialogue], dict[str, Any]]
) -> None:
    from qm.offline.dialogues import parse_dialogue

    failures = 0
    with ExitStack() as files:
        try:
            lines: Iterator[str] = iter(
                sys.stdin if source is None else files.enter_context(source.open())
            )
            sink = sys.stdout if out is None else files.enter_context(out.open("w"))
        except OSError as wrong:
            err.print(f"qm: a file cannot be opened: {type(wrong).__name__}")
            raise typer.Exit(USAGE) from None
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                made = answer(parse_dialogue(line))
            except QmError as wrong:
                failures += 1
                err.print(f"line {number}: {wrong}")
                continue
            sink.write(json.dumps(made, ensure_ascii=False) + "\n")
            sink.flush()
    if failures:
        raise typer.Exit(SOME_FAILED)
