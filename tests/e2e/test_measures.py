"""Contact events imported from a file, over the broker, to the figures that `qm kpi` prints."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qm.cli import app
from qm.cli import live as live_cli
from qm.cli import measures as measures_cli
from qm.io.broker import EmbeddedBroker
from qm.io.database import migrate, open_database
from qm.io.store.measures import last_seen
from qm.worker.events import EventReader
from tests.io.store.month import Told, interval, month, naive

pytestmark = pytest.mark.slow

OF_EVENTS = (
    "average_response_time_s", "service_level", "dropout_rate", "average_handle_time_s", "talk_s",
    "hold_s", "wrapup_s", "transfer_rate", "fcr_repeat", "csat", "survey_response_rate",
)  # fmt: skip


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    started = EmbeddedBroker()
    yield started
    started.stop()


@pytest.fixture
def told() -> list[Told]:
    return month(seed=11, contacts=400)


@pytest.fixture(scope="module")
def run() -> CliRunner:
    for part in (live_cli, measures_cli):
        part.register(app)
    return CliRunner()


def line(event: Told) -> str:
    fields = {k: v for k, v in event.items() if k != "at"}
    return json.dumps(fields | {"at": event["at"].isoformat()})


def test_what_is_imported_is_what_is_counted(
    broker: EmbeddedBroker,
    told: list[Told],
    run: CliRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QM_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("QM_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
    lines = [line(event) for event in told]
    lines[7:7] = ['{"event_id": "x"}', "no JSON"]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines))

    imported = run.invoke(app, ["events", "import", str(file)])
    assert imported.exit_code == 3

    url = f"sqlite:///{tmp_path / 'var' / 'qm.db'}"
    migrate(url)
    database = open_database(url)
    last = max(int(event["at"].timestamp() * 1000) for event in told)
    with EventReader(broker.options(), "g", database):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with database.read() as conn:
                stored = conn.exec_driver_sql("SELECT count(*) FROM events").scalar_one()
                if stored == len({event["event_id"] for event in told}):
                    assert last_seen(conn) == last
                    break
            time.sleep(0.2)
    database.close()

    out = tmp_path / "kpi.json"
    printed = run.invoke(app, ["kpi", "--zone", "America/New_York", "--json", str(out)])
    assert printed.exit_code == 0
    rows = json.loads(out.read_text())
    assert [json.loads(one) for one in printed.stdout.splitlines()] == rows
    found = {row["measure"]: row for row in rows}
    again = naive(told)[""]
    for name in OF_EVENTS:
        values, row = again[name], found[name]
        assert (row["group"], row["n"], row["denominator"]) == ({}, len(values), len(values))
        assert row["numerator"] == pytest.approx(sum(values), abs=1e-6)
        assert row["value"] == pytest.approx(sum(values) / len(values))
        assert (row["low"], row["high"]) == pytest.approx(interval(name, values))


USAGE = {
    "an unknown dimension": ["--by", "moon"],
    "a day that is none": ["--from", "2026-02-30"],
    "a zone that is none": ["--zone", "Atlantis"],
    "a time that is none": ["--as-of", "soon"],
}


@pytest.mark.parametrize("what", USAGE)
def test_wrong_usage_is_said(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("QM_DATA_DIR", str(tmp_path))
    assert run.invoke(app, ["kpi", *USAGE[what]]).exit_code == 2


def test_without_anything_every_measure_is_empty(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QM_DATA_DIR", str(tmp_path))
    rows = [json.loads(one) for one in run.invoke(app, ["kpi"]).stdout.splitlines()]
    assert len(rows) == 21
    assert {(row["value"], row["n"], row["low"]) for row in rows} == {(None, 0, None)}
