"""`qm topics`: what an administrator of Kafka runs once, so that nobody else needs the right to."""

from __future__ import annotations

from typing import Annotated

import typer

from qm.cli import USAGE, err
from qm.settings import load

topics_group = typer.Typer(help="The topics on Kafka.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(topics_group, name="topics")


@topics_group.command()
def make(
    user: Annotated[
        list[str] | None,
        typer.Option(help="PARTY=USER: gives a Kafka user what a party of topics.toml needs."),
    ] = None,
    replicas: Annotated[int, typer.Option(help="Copies of each; -1: as the broker has it.")] = -1,
    readers_groups: Annotated[
        str, typer.Option(help="What the names of other readers' groups begin with.")
    ] = "site-",
) -> None:
    """Make the topics that are missing, and give users the least rights that they need."""
    from qm.io.kafka import check_connection, ensure_topics, give, least_rights
    from qm.io.topics import load_topics
    from qm.worker.options import kafka_options

    settings = load()
    topics = load_topics(settings.streams_dir / "topics.toml")
    rights = least_rights(topics, settings.group, readers_groups)
    users = {party: name for party, _, name in (text.partition("=") for text in user or ())}
    unknown = users.keys() - {right.party for right in rights}
    if unknown or not all(users.values()):
        parties = ", ".join(dict.fromkeys(right.party for right in rights))
        err.print(f"qm topics make: --user PARTY=USER, where PARTY is one of: {parties}")
        raise typer.Exit(USAGE)
    options = kafka_options(settings)
    check_connection(options)
    found = ensure_topics(options, topics, settings.partitions, replicas)
    given = give(options, rights, users)
    err.print(f"{len(found)} topics, {given} rights given")
