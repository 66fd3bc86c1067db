"""
The two pairs that the service runs on: embedded broker with SQLite, Apache Kafka with PostgreSQL.

The second is as in production: TLS, passwords, a user for each party with the least rights, topics
made by an administrator.  Import ``pair`` (both, one after the other) or ``production``, and
``postgres_url`` with them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from qm.io.kafka import KafkaOptions
from qm.io.store.scopes import Grant
from qm.io.store.users import NewUser, add_user, hash_password
from qm.settings import load
from qm.web.app import create_app
from qm.web.start import web_deps
from tests.brokers import PARTIES, secured_kafka, tansu  # noqa: F401
from tests.databases import administer, named, postgres_url  # noqa: F401
from tests.e2e.site import REPOSITORY, Site
from tests.web.browser import serving
from tests.web.site import PASSWORD, token_of

GROUP = "qm-worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A broker and a database."""

    worker: KafkaOptions
    gateway: KafkaOptions
    reader: KafkaOptions
    database_url: str = ""  #: empty: a file of the site's own

    def site(self, folder: Path, **more: object) -> dict[str, object]:
        """Return what a site on this pair is made of."""
        folder.mkdir(exist_ok=True)
        return {
            "options": self.worker,
            "data_dir": folder,
            "sender": self.gateway,
            "reader": self.reader,
            "database_url": self.database_url,
            **more,
        }


@pytest.fixture
def embedded(tansu) -> Pair:  # type: ignore[no-untyped-def]  # noqa: F811
    """Give the embedded broker and a database file."""
    return Pair(worker=tansu.options, gateway=tansu.options, reader=tansu.options)


@pytest.fixture
def production(secured_kafka, postgres_url, tmp_path) -> Iterator[Pair]:  # type: ignore[no-untyped-def]  # noqa: F811
    """Give Apache Kafka with users and rights, and a database on PostgreSQL."""
    name = f"site_{uuid.uuid4().hex[:8]}"
    administer(postgres_url, f"CREATE DATABASE {name}")
    pair = Pair(
        worker=secured_kafka.options("worker"),
        gateway=secured_kafka.options("gateway"),
        reader=secured_kafka.options("reader"),
        database_url=named(postgres_url, name),
    )
    admin = Site(options=secured_kafka.admin, data_dir=tmp_path).environment()
    made = [argument for party in PARTIES.items() for argument in ("--user", "=".join(party))]
    subprocess.run(
        [sys.executable, "-m", "qm", "topics", "make", *made],
        env=os.environ | admin,
        cwd=REPOSITORY,
        check=True,
    )
    yield pair
    administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(
    params=[
        pytest.param("embedded", id="embedded broker, SQLite"),
        pytest.param(
            "production",
            id="Apache Kafka with TLS, passwords and rights; PostgreSQL",
            marks=[pytest.mark.kafka, pytest.mark.postgres],
        ),
    ]
)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Run the test on both."""
    given: Pair = request.getfixturevalue(request.param)
    return given


@contextmanager
def pages(site: Site, *roles: str) -> Iterator[httpx.Client]:
    """Serve the pages of a site, and yield a client that is signed in with these roles."""
    settings = load({k: v for k, v in site.environment().items() if k.startswith("QM_")})
    deps = web_deps(settings)
    user = NewUser(
        name="somebody",
        shown_as="Somebody",
        password_hash=hash_password(PASSWORD),
        grants=frozenset(Grant(role=role) for role in roles),  # type: ignore[arg-type]
    )
    with deps.database.write() as conn:
        add_user(conn, user, 0)
    with (
        serving(create_app(deps)) as address,
        httpx.Client(base_url=address, follow_redirects=True) as client,
    ):
        form = {"csrf": token_of(client.get("/sign-in").text), "name": "somebody"}
        client.post("/sign-in", data=form | {"password": PASSWORD}).raise_for_status()
        yield client
    deps.database.close()
