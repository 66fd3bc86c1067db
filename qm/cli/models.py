"""`qm models`: what can be loaded, fetched and checked."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from qm.cli import err
from qm.engines import registry
from qm.errors import ModelAltered
from qm.settings import load

group = typer.Typer(help="List, fetch and verify model weights.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="Models; default all that are needed.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="models")


def _cards(names: list[str] | None) -> list[registry.ModelCard]:
    folder = load().models_dir
    if names:
        return [registry.card(folder, name) for name in names]
    return [card for card in registry.cards(folder) if card.pull]


@group.command("list")
def list_models() -> None:
    """Show every model with its licence, source and state."""
    settings = load()
    table = Table("model", "version", "engine", "licence", "source", "state")
    for card in registry.cards(settings.models_dir):
        try:
            registry.verified(card, settings.models_cache)
            state = "ready"
        except ModelAltered:
            state = "not pulled" if not registry.present(card, settings.models_cache) else "ALTERED"
        table.add_row(card.name, card.version, card.engine, card.licence, card.source_line, state)
    err.print(table)


@group.command()
def pull(names: Names = None) -> None:
    """Fetch weights into the cache and check their sha256."""
    settings = load()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[what]}"),
        console=err,
    ) as bars:
        for card in _cards(names):
            bar = bars.add_task(card.name, total=None, what="")

            def show(what: str, bar: TaskID = bar) -> None:
                bars.update(bar, what=what)

            registry.pull(card, settings.models_cache, show)
            bars.update(bar, total=1, completed=1, what="ready")


@group.command()
def verify(names: Names = None) -> None:
    """Check the sha256 of every file; exit 4 when one is missing or altered."""
    settings = load()
    for card in _cards(names):
        registry.verified(card, settings.models_cache)
        err.print(f"{card.name}@{card.version}: {len(card.files)} files as pinned")
