"""Audio in; turns, an alert, a scorecard and pages out: on both brokers and both databases."""

import json

import pytest

from tests.e2e.pairs import (  # noqa: F401
    embedded,
    pages,
    pair,
    postgres_url,
    production,
    secured_kafka,
    tansu,
)
from tests.e2e.scripts import VALUES, scripted_call
from tests.e2e.site import site

pytestmark = pytest.mark.slow


def test_a_call_goes_through(pair, tmp_path):  # noqa: F811
    extra = {"TEST_VALUES": json.dumps(VALUES)}
    with site(**pair.site(tmp_path / "site", extra=extra)) as one:
        one.start()
        one.send(scripted_call("pipeline"))
        one.wait_closed(1)

        turns = one.query("select role, text from turns order by turn_index")
        alerts = one.query("select rule, severity from alerts where silent = false")
        cards = one.query("select form from scorecards")
        audio = one.query("select kind, duration_ms from audio_objects")
        topics = {
            name: list(one.read_topic(name))
            for name in ("qm.turns.v1", "qm.alerts.v1", "qm.scorecards.v1", "qm.dead.v1")
        }
        with pages(one, "supervisor", "reviewer") as client:
            board = client.get("/live").text
            alert_feed = client.get("/alerts").text
            raised = client.get("/api/v1/calls/pipeline/alerts").json()
            call_page = client.get("/calls/pipeline").text
            (card,) = client.get("/api/v1/calls/pipeline/scorecards").json()
            sound = client.get("/calls/pipeline/audio")

    assert [role for role, _ in turns][:2] == ["agent", "customer"]
    assert "[NAME]" in turns[0][1]
    assert ("red-flag-no-step", "urgent") in alerts or ("supervisor-asked", "urgent") in alerts
    assert cards == [("patient-access@1",)]
    assert audio == [("redacted", 40_000)]
    assert len(topics["qm.turns.v1"]) >= len(turns)
    assert topics["qm.alerts.v1"]
    assert topics["qm.scorecards.v1"]
    assert not topics["qm.dead.v1"]

    assert "Live" in board
    assert {alert["rule"] for alert in raised} == {rule for rule, _ in alerts}
    assert "/calls/pipeline" in alert_feed
    assert "morning" in call_page
    assert card["form"] == "patient-access@1"
    assert sound.content.startswith(b"fLaC")
    for word in ("zanzibar", "quill", "five"):
        assert word not in call_page + alert_feed + board
