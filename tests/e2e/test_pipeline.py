"""Audio in; turns, an alert and a scorecard out: on both brokers and both databases."""

import json

import pytest

from tests.brokers import apache_kafka, tansu  # noqa: F401
from tests.databases import postgres_url  # noqa: F401
from tests.e2e.scripts import VALUES, scripted_call
from tests.e2e.site import site

pytestmark = pytest.mark.slow

PAIRS = [
    pytest.param("tansu", "", id="embedded broker, SQLite"),
    pytest.param(
        "apache_kafka",
        "postgres_url",
        id="Apache Kafka, PostgreSQL",
        marks=[pytest.mark.kafka, pytest.mark.postgres],
    ),
]


@pytest.mark.parametrize(("broker_name", "database_name"), PAIRS)
def test_a_call_goes_through(broker_name, database_name, request, tmp_path):
    broker = request.getfixturevalue(broker_name)
    url = request.getfixturevalue(database_name) if database_name else ""
    extra = {"TEST_VALUES": json.dumps(VALUES), "QM_GROUP": f"pipeline-{broker_name}"}
    with site(broker.options, tmp_path, database_url=url, extra=extra) as one:
        one.start()
        one.send(scripted_call(f"pipeline-{broker_name}"))
        one.wait_closed(1)

        turns = one.query("select role, text from turns order by turn_index")
        alerts = one.query("select rule, severity from alerts where silent = false")
        cards = one.query("select form from scorecards")
        audio = one.query("select kind, duration_ms from audio_objects")
        topics = {
            name: list(one.read_topic(name))
            for name in ("qm.turns.v1", "qm.alerts.v1", "qm.scorecards.v1", "qm.dead.v1")
        }

    assert [role for role, _ in turns][:2] == ["agent", "customer"]
    assert "[NAME]" in turns[0][1]
    assert ("red-flag-no-step", "urgent") in alerts or ("supervisor-asked", "urgent") in alerts
    assert cards == [("patient-access@1",)]
    assert audio == [("redacted", 40_000)]
    assert len(topics["qm.turns.v1"]) >= len(turns)
    assert topics["qm.alerts.v1"]
    assert topics["qm.scorecards.v1"]
    assert not topics["qm.dead.v1"]
