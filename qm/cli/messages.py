"""`qm messages`: text channels from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qm.cli import SOME_FAILED, USAGE, err
from qm.cli.live import customer_key
from qm.settings import load

messages_group = typer.Typer(help="Messages of text channels.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(messages_group, name="messages")


@messages_group.command("import")
def import_text_messages(
    file: Annotated[Path, typer.Argument(help="JSON lines, one message each.")],
) -> None:
    """Publish chat, e-mail, SMS and social messages; one imported twice counts once."""
    from qm.ingest.messages import import_messages
    from qm.io.kafka import Sink, check_connection, ensure_topics
    from qm.io.topics import MESSAGES, load_topics
    from qm.worker.options import kafka_options

    settings = load()
    options = kafka_options(settings)
    check_connection(options)
    topics = load_topics(settings.streams_dir / "topics.toml")
    ensure_topics(options, [t for t in topics if t.name == MESSAGES], settings.partitions)
    try:
        with file.open("rb") as lines, Sink(options) as sink:
            sent, bad = import_messages(sink, lines, customer_key(settings))
    except OSError:
        err.print("qm messages import: the file cannot be read")
        raise typer.Exit(USAGE) from None
    for line in bad:
        err.print(f"line {line.line}: {line.reason}")
    err.print(f"{sent} messages sent")
    if bad:
        raise typer.Exit(SOME_FAILED)
