"""The flags after the call that ship, as a specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qm.stages.rules import judge, parse_rules
from qm.types import WITHHELD, Mark
from tests.stages.spoken import Line, agent, call, caller, hold

TEXT = (Path(__file__).parents[2] / "configs" / "rules" / "default.toml").read_text()
RULES = {r.name: r for r in parse_rules(TEXT)}

YES, NO, UNKNOWN = "matched", "not_matched", "could_not_evaluate"


def flag(
    rule: str,
    *lines: Line,
    clock_s: float = 100,
    marks: tuple[Mark, ...] = (),
    outcome: dict[str, Any] | None = None,
) -> str:
    view = call(*lines, clock_s=clock_s, marks=marks, ended=True, outcome=outcome)
    (finding,) = judge([RULES[rule]], view, view.clock_ms)
    assert all(a.when == "after" and a.act == "" and a.evidence for a in finding.alerts)
    return finding.outcome


def test_flags_are_not_looked_for_while_the_call_lasts() -> None:
    rude = [agent(s, "that is your problem", "negative_language") for s in (1, 5)]
    assert judge([RULES["negative-language-twice"]], call(*rude), 99_000) == ()


TOLD = agent(20, "your result is back", "disclosure")


@pytest.mark.parametrize(
    ("lines", "identity", "outcome"),
    [
        ([TOLD], "disclosed_before_verified", YES),
        ([TOLD], "verified_before_disclosure", NO),
        ([TOLD], None, UNKNOWN),
        ([TOLD], "cannot_tell", UNKNOWN),
        ([agent(20, "your result", "disclosure?")], "disclosed_before_verified", NO),
    ],
)
def test_possible_disclosure_follows_the_verdict_and_points_to_a_turn(
    lines: list[Line], identity: str | None, outcome: str
) -> None:
    rule = "possible-disclosure-before-identification"
    assert flag(rule, *lines, outcome={"identity": identity}) == outcome
    assert RULES[rule].to == ("compliance",)


def test_of_several_disclosures_the_first_is_shown() -> None:
    rule = RULES["possible-disclosure-before-identification"]
    more = [agent(s, "and it says here", "disclosure") for s in (20, 30, 40)]
    view = call(*more, ended=True, outcome={"identity": "disclosed_before_verified"})
    (finding,) = judge([rule], view, view.clock_ms)
    assert [a.evidence[0].start_ms for a in finding.alerts] == [20_000]


def rude(at_s: float, label: str = "negative_language", **more: Any) -> Line:
    return agent(at_s, "that is your problem", label, **more)


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([rude(1)], NO),
        ([rude(1), rude(90)], YES),
        ([rude(1), rude(90, asr_confidence=0.3)], UNKNOWN),
        ([rude(1), rude(90, "negative_language?")], NO),
        ([rude(1), agent(90, WITHHELD)], UNKNOWN),
    ],
)
def test_negative_language_needs_two_sure_turns(lines: list[Line], outcome: str) -> None:
    assert flag("negative-language-twice", *lines) == outcome


LOOKING = agent(1, "let me see what I can find", until_s=3)
BACK = agent(33.001, "thank you for waiting")


@pytest.mark.parametrize(
    ("lines", "marks", "outcome"),
    [
        pytest.param([LOOKING, BACK], (), YES, id="30.001 s"),
        pytest.param([LOOKING, agent(33, "thank you for waiting")], (), NO, id="exactly 30 s"),
        pytest.param(
            [agent(1, "bear with me", "hold_notice", until_s=3), BACK], (), NO, id="notice"
        ),
        pytest.param(
            [
                agent(1, "bear with me", "hold_notice"),
                caller(80, "sure", until_s=85),
                agent(90, "let me see", until_s=93),
                agent(130, "sorry about that"),
            ],
            (),
            NO,
            id="a notice covers two minutes",
        ),
        pytest.param(
            [
                agent(1, "bear with me", "hold_notice"),
                caller(121, "sure", until_s=123),
                agent(124, "let me see", until_s=126),
                agent(160, "sorry about that"),
            ],
            (),
            YES,
            id="and no more",
        ),
        pytest.param([agent(1, "do you have the card?", until_s=3), BACK], (), NO, id="a question"),
        pytest.param([caller(1, "let me find it", until_s=3), BACK], (), NO, id="the caller looks"),
        pytest.param([LOOKING, BACK], (hold(10, 30),), NO, id="on hold"),
        pytest.param(
            [agent(1, "one moment", "hold_notice?", until_s=3), BACK], (), UNKNOWN, id="?"
        ),
    ],
)
def test_a_long_silence_wants_a_word_before_it(
    lines: list[Line], marks: tuple[Mark, ...], outcome: str
) -> None:
    end_s = lines[-1].turn.end_ms / 1000 + 1
    assert flag("long-silence-without-notice", *lines, marks=marks, clock_s=end_s) == outcome


VAGUE = agent(10, "somebody will get back to you", "vague_instructions")
CLEAR = agent(20, "I will call you at noon", "specific_instructions")


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([VAGUE], YES),
        ([CLEAR], NO),
        ([VAGUE, CLEAR], NO),
        ([CLEAR, agent(30, "well somebody will call", "vague_instructions")], YES),
        ([VAGUE, caller(20, "great that settles it", "resolution_confirmed")], NO),
        ([VAGUE, agent(20, "I will call you", "specific_instructions?")], UNKNOWN),
    ],
)
def test_the_last_word_on_the_next_step_counts(lines: list[Line], outcome: str) -> None:
    assert flag("vague-ending", *lines) == outcome


def cue(at_s: float) -> Line:
    return caller(at_s, "I am so scared of this", "distress_cue")


def plain(at_s: float, *labels: str) -> Line:
    return agent(at_s, "what is your date of birth", *labels)


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        pytest.param([cue(1), plain(5)], NO, id="one moment"),
        pytest.param([cue(1), plain(5), cue(20), plain(25)], YES, id="two, none answered"),
        pytest.param(
            [cue(1), plain(5, "empathy_strong"), cue(20), plain(25)], NO, id="one of two answered"
        ),
        pytest.param(
            [cue(1), plain(5), plain(8, "empathy_weak"), cue(20), plain(25)], NO, id="second turn"
        ),
        pytest.param(
            [
                cue(1),
                plain(5),
                caller(6, "March"),
                agent(7, "okay"),
                caller(8, "yes"),
                plain(9, "empathy_strong"),
                cue(20),
                plain(25),
            ],
            NO,
            id="okay is no turn",
        ),
        pytest.param(
            [
                cue(1),
                plain(5),
                caller(6, "March"),
                plain(7),
                caller(8, "yes"),
                plain(9, "empathy_strong"),
                cue(20),
                plain(25),
            ],
            YES,
            id="the third turn is too late",
        ),
        pytest.param(
            [cue(1), plain(5, "red_flag_response"), cue(20), plain(25)], NO, id="the safety step"
        ),
        pytest.param([cue(1), plain(5, "empathy_weak?"), cue(20), plain(25)], UNKNOWN, id="unsure"),
    ],
)
def test_distress_is_answered_in_either_of_two_turns(lines: list[Line], outcome: str) -> None:
    assert flag("unanswered-distress", *lines) == outcome


@pytest.mark.parametrize(
    ("label", "resolution", "outcome"),
    [
        ("repeat_contact", "unresolved", YES),
        ("repeat_contact", "follow_up", NO),
        ("repeat_contact", None, UNKNOWN),
        ("confusion", "unresolved", NO),
    ],
)
def test_repeat_and_unresolved(label: str, resolution: str | None, outcome: str) -> None:
    again = caller(1, "I called last week already", label)
    assert flag("repeat-and-unresolved", again, outcome={"resolution": resolution}) == outcome
