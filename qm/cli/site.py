"""`qm web`, `qm user`, `qm people`, `qm audit`: what a site's administrators run."""

from __future__ import annotations

import csv
import getpass
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from qm.cli import SOME_FAILED, USAGE, err
from qm.errors import InputError
from qm.io.database import Database, migrate, open_database
from qm.io.store import audit, people, users
from qm.io.store.people import RosterRow
from qm.io.store.scopes import ROLES, Grant, UserRole
from qm.io.store.users import NewUser
from qm.settings import Settings, load

LEAST_PASSWORD = 12
"""Characters of a password; NIST SP 800-63B asks for 8 at least, and longer beats odder."""

user_group = typer.Typer(help="Local users.", no_args_is_help=True)
people_group = typer.Typer(help="The roster of agents.", no_args_is_help=True)
audit_group = typer.Typer(help="The audit trail.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(web)
    app.add_typer(user_group, name="user")
    app.add_typer(people_group, name="people")
    app.add_typer(audit_group, name="audit")


def web() -> None:
    """Serve the pages and the API."""
    from qm.web.start import run_web

    run_web(load())


@user_group.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="What they type to sign in.")],
    role: Annotated[list[str], typer.Option(help=f"{', '.join(ROLES)}; role:team for one team.")],
    shown_as: Annotated[str, typer.Option(help="Name on the pages; default the sign-in.")] = "",
    agent: Annotated[str, typer.Option(help="Their agent id on the roster.")] = "",
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    grants = frozenset(_grant(text) for text in role)
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if len(password) < LEAST_PASSWORD:
        err.print(f"qm user add: a password has at least {LEAST_PASSWORD} characters")
        raise typer.Exit(USAGE)
    user = NewUser(
        name=name,
        shown_as=shown_as or name,
        password_hash=users.hash_password(password),
        grants=grants,
        agent_id=agent,
        must_change=True,
    )
    with _database(load()).write() as conn:
        user_id = users.add_user(conn, user, _now())
        entry = audit.Entry(
            user_id="command-line", action="user.add", kind="user", object_id=user_id
        )
        audit.append(conn, entry, _now())
    err.print(f"added {name}; the password must be changed at the first sign-in")


@people_group.command("import")
def import_people(
    file: Annotated[Path, typer.Argument(help="CSV: agent,name,team,supervisor,site,hired_on,...")],
) -> None:
    """Read the roster: who is in which team, from when to when."""
    settings = load()
    rows: list[RosterRow] = []
    failures = 0
    try:
        with file.open(newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), 2):
                try:
                    rows.append(_roster_row(row, ZoneInfo(settings.zone)))
                except InputError as wrong:
                    failures += 1
                    err.print(f"line {number}: {wrong}")
    except (OSError, UnicodeDecodeError):
        err.print("qm people import: the file cannot be read")
        raise typer.Exit(USAGE) from None
    with _database(settings).write() as conn:
        agents = people.import_roster(conn, rows)
    err.print(f"{agents} agents, {len(rows)} memberships")
    if failures:
        raise typer.Exit(SOME_FAILED)


@audit_group.command()
def verify() -> None:
    """Check the chain of the audit trail; exit 3 when a row was altered or removed."""
    with _database(load()).read() as conn:
        bad = audit.verify(conn)
    if bad is not None:
        err.print(f"audit: {bad}")
        raise typer.Exit(SOME_FAILED)
    err.print("audit: every row is as it was written")


def _grant(text: str) -> Grant:
    role, _, team = text.partition(":")
    for known in ROLES:
        if role == known:
            chosen: UserRole = known
            return Grant(role=chosen, team=team or "*")
    err.print(f"qm user add: no such role; there are {', '.join(ROLES)}")
    raise typer.Exit(USAGE)


def _roster_row(row: dict[str, str | None], zone: ZoneInfo) -> RosterRow:
    def text(name: str) -> str:
        return (row.get(name) or "").strip()

    if not text("agent") or not text("team"):
        raise InputError("agent and team are needed")
    return RosterRow(
        agent_id=text("agent"),
        name=text("name"),
        team=text("team"),
        supervisor=text("supervisor"),
        site=text("site"),
        hired_on=text("hired_on"),
        languages=tuple(text("languages").replace(";", " ").split()),
        from_at=_day(text("from"), zone) or 0,
        to_at=_day(text("to"), zone),
    )


def _day(text: str, zone: ZoneInfo) -> int | None:
    """Return the first instant of a local day in UTC ms; None where nothing is given."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError("a date must be YYYY-MM-DD") from None
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _database(settings: Settings) -> Database:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database)
    return open_database(settings.database)


def _now() -> int:
    return time.time_ns() // 1_000_000
