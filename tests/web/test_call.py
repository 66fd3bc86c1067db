"""The page of one call."""

from __future__ import annotations

import pytest

from qm.types import CallClosed
from tests.web.site import (
    Site,
    alert,
    save_closed,
    save_live,
    save_recording,
    save_step,
    scorecard,
    talk,
)


@pytest.fixture
def closed(site: Site) -> Site:
    save_closed(site, "c1", alert("c1", "vague-ending"), alert("c1", "possible-disclosure"))
    save_recording(site, "c1", seconds=4)
    return site


def page(site: Site, who: str, call_id: str = "c1") -> str:
    return site.client(who).get(f"/calls/{call_id}").text


def test_it_says_that_identifiers_are_reduced_not_gone(closed: Site) -> None:
    for who in ("rita", "maria", "colin"):
        assert "Identifiers are reduced, not gone: treat as PHI." in page(closed, who)


def test_words_blocks_labels_and_evidence_are_there(closed: Site) -> None:
    text = page(closed, "rita")
    assert 'data-ms="8100"' in text  # a word with its time
    assert '<span class="redacted"' in text and ">name" in text and "[NAME_1]" not in text
    assert "asks for a supervisor" not in text and "called before" in text
    assert 'data-seek="6000"' in text


def test_an_unsure_word_is_marked(closed: Site) -> None:
    assert 'class="unsure"' in page(closed, "rita")


def test_the_score_is_a_range_with_coverage_and_warnings(closed: Site) -> None:
    text = page(closed, "rita")
    assert "62–79 %" in text and "83 % of its points" in text
    assert "Not yet checked on your calls" in text
    assert "Critical, to be confirmed by a person:" in text
    assert "Can&#39;t tell" in text


def test_its_agent_sees_no_findings_that_nobody_has_confirmed(closed: Site) -> None:
    text = page(closed, "maria")
    assert "Critical" not in text and "Vague ending" not in text
    assert "Possible disclosure" not in text and 'id="pane-alerts"' not in text
    assert "62–79 %" in text


def test_its_agent_and_compliance_see_who_opened_it(closed: Site) -> None:
    page(closed, "rita")
    for who in ("maria", "colin"):
        text = page(closed, who)
        assert "Who opened this call" in text and "Rita Reviewer" in text
    assert "Who opened this call" not in page(closed, "cora")


def test_flags_after_the_call_go_to_those_they_are_for(closed: Site) -> None:
    assert "Vague ending" in page(closed, "rita")
    assert "Possible disclosure, to be checked" not in page(closed, "rita")
    assert "Possible disclosure, to be checked" in page(closed, "colin")


def test_predictions_are_called_predicted(closed: Site) -> None:
    text = page(closed, "rita")
    assert "Predicted effort" in text and "Predicted satisfaction" in text


def test_a_live_call_follows_and_has_no_recording_yet(site: Site) -> None:
    save_live(site, "c1", 2)
    text = page(site, "rita")
    assert 'data-topics="call:c1"' in text and "data-follow" in text
    assert "can be played when the call has ended" in text and "<audio" not in text
    assert 'data-topics="call:c1:own"' in page(site, "maria")


def test_a_closed_call_does_not_listen(closed: Site) -> None:
    assert 'data-topics=""' in page(closed, "rita")


def test_only_supervisors_get_buttons_on_alerts(site: Site) -> None:
    save_live(site, "c1", 3, alert("c1"))
    assert "/alerts/supervisor-asked-c1/claim" in page(site, "sam")
    text = page(site, "rita")
    assert "Asked for a supervisor" in text and "/claim" not in text


def test_a_language_that_is_not_validated_says_so(site: Site) -> None:
    save_closed(site, "c1", language="es")
    assert "not validated for Spanish" in page(site, "rita")


def test_what_is_missing_is_said(site: Site) -> None:
    given = save_live(site, "c1", 2)
    ended = CallClosed(
        call_id=given.call_id, duration_ms=9_000, complete=False, reason="log_lost", held=True
    )
    save_step(site, given, [ended], clock_ms=9_000)
    text = page(site, "rita")
    assert "Part of the sound is missing" in text and "Some text is withheld" in text
    assert "There is no recording of this call." in text and "No machine check" in text


def test_a_call_that_cannot_be_scored_gives_the_reason(site: Site) -> None:
    from dataclasses import replace

    given = save_live(site, "c1", 2)
    card = replace(
        scorecard("c1"), not_scoreable="too_short", percent=None, percent_low=None,
        percent_high=None, answers=(), critical=(),
    )  # fmt: skip
    save_step(site, given, [*talk("c1", 2), card], clock_ms=9_000)
    assert "Not scoreable" in page(site, "rita") and "too short" in page(site, "rita")


def test_an_empty_call_has_its_page(site: Site) -> None:
    save_live(site, "c1", 0)
    assert "No words" in page(site, "rita")
