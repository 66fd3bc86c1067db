"""Nobody claims it: the next is asked.  The webhook hears of rule, severity and link alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from qm.errors import ConfigError
from qm.io.store import alerts, deliveries
from qm.io.store.queues import Queue, save_queue
from qm.io.store.scopes import WHOLE_SITE
from qm.jobs import alerts as job
from qm.jobs.job import JobDeps
from tests.io.store.samples import NOW, alert, meta, saved, scope

RED = "red-flag-no-step"


def raised(deps: JobDeps, alert_id: str, rule: str, **call: str) -> None:
    given = meta(f"c-{alert_id}", **call)
    with deps.database.write() as conn:
        saved(conn, alert(alert_id, given.call_id, rule=rule), call=given)


def asked(deps: JobDeps, alert_id: str = "al1") -> int:
    with deps.database.read() as conn:
        found = alerts.find_alert(conn, WHOLE_SITE, alert_id)
    assert found is not None
    return found.asked


@pytest.mark.parametrize(
    ("rule", "waited_s", "times"),
    [(RED, 29, 0), (RED, 30, 1), (RED, 90, 2), ("supervisor-asked", 59, 0),
     ("supervisor-asked", 60, 1), ("not-configured", 999, 0)],
)  # fmt: skip
def test_an_unclaimed_alert_is_handed_on_when_its_rule_says(
    deps: JobDeps, rule: str, waited_s: int, times: int
) -> None:
    raised(deps, "al1", rule)
    job.hand_on(deps, NOW + waited_s * 1000)
    assert asked(deps) == times


def test_one_that_somebody_has_stays_with_them(deps: JobDeps) -> None:
    raised(deps, "al1", RED)
    with deps.database.write() as conn:
        alerts.claim(conn, scope(), "al1", NOW + 1)
    job.hand_on(deps, NOW + 90_000)
    assert asked(deps) == 0


@pytest.fixture
def told(deps: JobDeps, monkeypatch: pytest.MonkeyPatch) -> tuple[JobDeps, list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def deliver(_receiver: Any, delivery_id: str, body: bytes, _now: int) -> str:
        heard.append({"delivery": delivery_id, **json.loads(body)})
        return ""

    monkeypatch.setattr(job, "deliver", deliver)
    changes = {
        "webhook_url": SecretStr("https://hooks.example.com/x"),
        "webhook_secret": SecretStr("s"), "public_url": "https://qm.example.com/",
    }  # fmt: skip
    return replace(deps, settings=deps.settings.model_copy(update=changes)), heard


def test_each_alert_is_told_once_and_each_time_it_is_handed_on(
    told: tuple[JobDeps, list[dict[str, Any]]],
) -> None:
    deps, heard = told
    raised(deps, "al1", RED)
    for waited_s in (1, 2, 31, 32, 91):
        job.hand_on(deps, NOW + waited_s * 1000)
        job.tell_webhook(deps, NOW + waited_s * 1000)
    assert [(one["event"], one["to"]) for one in heard] == [
        ("raised", "lead on duty"), ("handed_on", "supervisor"), ("handed_on", "nurse line"),
    ]  # fmt: skip
    assert len({one["id"] for one in heard}) == 3
    assert all(one["id"] == one["delivery"] for one in heard)
    assert heard[0].keys() == {"delivery", "id", "event", "rule", "severity", "to", "link"}
    assert heard[0]["link"] == "https://qm.example.com/alerts#alert-al1"


def test_of_restricted_calls_and_silent_rules_nobody_outside_is_told(
    told: tuple[JobDeps, list[dict[str, Any]]],
) -> None:
    deps, heard = told
    with deps.database.write() as conn:
        save_queue(conn, Queue(queue="Crisis", settings={"restricted": True}))
        saved(conn, alert("al2", "c-al2", rule=RED, silent=True), call=meta("c-al2"))
    raised(deps, "al1", RED, queue="Crisis")
    job.tell_webhook(deps, NOW)
    assert heard == []


def test_without_a_webhook_nothing_waits_for_one(deps: JobDeps) -> None:
    raised(deps, "al1", RED)
    job.tell_webhook(deps, NOW)
    with deps.database.read() as conn:
        assert deliveries.due(conn, NOW) == ()


def test_a_webhook_without_a_secret_is_said_to_be_wrong(deps: JobDeps) -> None:
    changes = {"webhook_url": SecretStr("https://hooks.example.com/x")}
    wrong = replace(deps, settings=deps.settings.model_copy(update=changes))
    with pytest.raises(ConfigError, match="webhook_secret"):
        job.tell_webhook(wrong, NOW)
