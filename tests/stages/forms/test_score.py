"""The machine check: a range with its coverage, and proposals that only a person can confirm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.stages.forms import parse_form, score
from qm.types import Alert, CallId, CallView, Mark, Role, Scorecard, Severity
from tests.stages.spoken import Line, agent, call, caller, line

FORMS = Path(__file__).parents[3] / "configs" / "forms"
FORM = parse_form((FORMS / "patient-access.toml").read_text())

WORKED = [
    agent(1, "Riverside Cardiology this is [NAME_1] how can I help", "greeting"),
    caller(5, "hello I would like to ask about the results of my test please"),
    agent(10, "are you still living at [LOCATION_1]", "verification"),
    caller(13, "yes I am and my birthday is [DATE_1]"),
    agent(17, "and what is your date of birth", "verification"),
    caller(20, "it is [DATE_1]"),
    agent(24, "the result of your test is normal", "disclosure"),
    caller(30, "I have been so scared all week long", "distress_cue"),
    agent(35, "oh yes I see", "empathy_weak?"),
    agent(38, "I'll look into the rest of it", "specific_instructions"),
    caller(41, "thank you"),
    agent(44, "anything else I can do for you", "closing", until_s=70),
    caller(71, "no", until_s=75),
]


def judged(*lines: Line, **more: Any) -> Scorecard:
    more = {"ended": True, "clock_s": lines[-1].turn.end_ms / 1000 + 1} | more
    return score(FORM, call(*lines, **more))


def answers(card: Scorecard) -> dict[str, str]:
    return {a.question: a.answer or a.state for a in card.answers}


def test_the_worked_example() -> None:
    card = judged(*WORKED)
    told = answers(card)
    machine = {
        "opening": "yes", "identity": "part", "distress": "cannot_tell", "respectful": "none",
        "hold-notice": "not_applicable", "ending": "part", "closing": "yes",
    }  # fmt: skip
    assert {q: told[q] for q in machine} == machine
    assert (card.percent_low, card.percent_high) == (round(2500 / 48, 2), round(3700 / 48, 2))
    assert (card.percent, card.coverage) == (round(2500 / 36, 2), 0.75)
    assert (card.form, card.not_scoreable) == ("patient-access@1", "")


def test_suggested_and_personal_answers_are_in_no_number() -> None:
    card = judged(*WORKED)
    by_name = {a.question: a for a in card.answers}
    assert by_name["need"].who == "S"
    assert by_name["correct"].state == "person_only"
    assert by_name["correct"].points is None
    without = replace(FORM, questions=tuple(q for q in FORM.questions if q.who == "M"))
    view = call(*WORKED, ended=True, clock_s=76)
    assert score(without, view).percent == card.percent


def test_with_less_than_half_judged_there_is_a_range_but_no_percent() -> None:
    card = judged(*[replace(x, labels=None) for x in WORKED])
    assert card.percent is None
    assert card.coverage < 0.5
    assert card.percent_low is not None
    assert card.percent_low < (card.percent_high or 0)


@pytest.mark.parametrize(
    ("lines", "more", "reason"),
    [
        ([agent(0, "hello", until_s=29), caller(30, "bye", until_s=30.9)], {}, "too little talk"),
        ([agent(0, "hello", until_s=29), caller(30, "bye", until_s=31)], {}, ""),
        ([agent(0, "hello", until_s=60)], {}, "nothing was heard of the customer"),
        ([caller(0, "hello", until_s=60)], {}, "nothing was heard of the agent"),
        (WORKED, {"disposition": "wrong_number"}, "not a call to score (wrap-up code)"),
        (
            WORKED, {"marks": (Mark(kind="gap", start_ms=0, end_ms=16_000),), "clock_s": 79},
            "too much audio is missing",
        ),
        (WORKED, {"marks": (Mark(kind="gap", start_ms=0, end_ms=15_200),), "clock_s": 76}, ""),
    ],
)  # fmt: skip
def test_some_calls_cannot_be_scored(lines: list[Line], more: dict[str, Any], reason: str) -> None:
    card = judged(*lines, **more)
    assert card.not_scoreable == reason
    if reason:
        assert (card.answers, card.critical, card.percent) == ((), (), None)


def test_a_language_without_validated_labels_is_not_scored() -> None:
    view = replace(call(*WORKED, ended=True), not_validated=True)
    assert score(FORM, view).not_scoreable == "language not validated"


def test_talk_on_hold_is_no_talk() -> None:
    lines = [agent(0, "hello", until_s=60, on_hold=True), caller(61, "hello", until_s=65)]
    assert judged(*lines).not_scoreable == "too little talk"


def test_a_critical_finding_is_proposed_and_never_answered() -> None:
    told = agent(6, "your test result is normal", "disclosure", until_s=40)
    card = judged(WORKED[0], told, caller(42, "thank you"))
    (finding,) = card.critical
    assert (finding.question, finding.state) == ("right-person", "proposed")
    assert [e.turn_index for e in finding.evidence] == [1]
    mine = next(a for a in card.answers if a.question == "right-person")
    assert (mine.state, mine.answer, mine.points) == ("person_only", None, None)


@pytest.mark.parametrize("policy", ["zero_form", "zero_section"])
def test_no_policy_lets_a_proposal_touch_a_number(policy: str) -> None:
    told = agent(6, "your test result is normal", "disclosure", until_s=40)
    view = call(WORKED[0], told, caller(42, "thank you"), ended=True)
    strict = replace(FORM, fail_policy=policy)  # type: ignore[arg-type]
    assert score(strict, view).percent == score(FORM, view).percent


def test_only_the_first_legs_turns_count() -> None:
    rude = agent(80, "that is your problem", "negative_language")
    left = (Mark(kind="transferred", start_ms=77_000, target="other"),)
    assert answers(judged(*WORKED, rude))["respectful"] == "one"
    assert answers(judged(*WORKED, rude, marks=left))["respectful"] == "none"


# ------------------------------------------------------------------- a site's own questions

OWN = """
schema = 1
name = "own"
version = 1
title = "Own"
sections = [{{ id = "a", title = "A" }}]
bands = []

[[questions]]
id = "first"
number = 1
section = "a"
text = "?"
weight = 60
who = "M"
guidance = ""
options = [{{ id = "yes", text = "", points = 60 }}, {{ id = "no", text = "" }}]
machine = {{ {machine} }}

[[questions]]
id = "second"
number = 2
section = "a"
text = "?"
weight = 40
who = "M"
guidance = ""
asked_if = {{ {asked_if} }}
options = [{{ id = "yes", text = "", points = 40 }}, {{ id = "no", text = "" }}]
machine = {{ source = "label", role = "agent", label = "greeting", present = "yes", absent = "no" }}
"""
LONG = 'source = "fact", fact = "longest_silence_ms", over = 60000'
APOLOGY = 'source = "label", role = "agent", label = "apology", present = "yes", absent = "no"'
ASKED = 'meta = "queue", is = ["scheduling"]'


@pytest.mark.parametrize(
    ("machine", "answer", "source"),
    [
        (APOLOGY, "no", "label"),
        (APOLOGY.replace("apology", "closing"), "yes", "label"),
        (APOLOGY.replace("apology", "closing") + ", first_turns = 2", "no", "label"),
        (APOLOGY.replace("apology", "greeting") + ", last_turns = 2", "no", "label"),
        (APOLOGY.replace("apology", "empathy_weak"), "cannot_tell", "none"),
        (LONG + ', then = "no", otherwise = "yes"',
         "yes", "fact"),
        ('source = "fact", fact = "words", of = "agent", over = 5, then = "no", otherwise = "yes"',
         "no", "fact"),
        ('source = "rule", rule = "r-1", matched = "no", otherwise = "yes"', "no", "rule"),
        ('source = "rule", rule = "r-2", matched = "no", otherwise = "yes"', "yes", "rule"),
    ],
)  # fmt: skip
def test_labels_facts_and_rules_answer_a_sites_own_questions(
    machine: str, answer: str, source: str
) -> None:
    form = parse_form(OWN.format(machine=machine, asked_if=ASKED))
    alert = Alert(
        alert_id="a", call_id=CallId("c-1"), rule="r-1", rule_version=1, severity=Severity.INFO,
        at_ms=1, evidence=(), act="",
    )  # fmt: skip
    first = score(form, call(*WORKED, ended=True), [alert]).answers[0]
    assert (first.answer or first.state, first.source) == (answer, source)


def test_rules_that_were_not_asked_cannot_answer() -> None:
    machine = 'source = "rule", rule = "r-1", matched = "no", otherwise = "yes"'
    form = parse_form(OWN.format(machine=machine, asked_if=ASKED))
    assert score(form, call(*WORKED, ended=True)).answers[0].state == "cannot_tell"


@pytest.mark.parametrize(
    ("asked_if", "state"),
    [
        (ASKED, "answered"),
        ('meta = "queue", is = ["billing"]', "not_applicable"),
        ('question = "first", is = ["no"]', "answered"),
        ('question = "first", is = ["yes"]', "not_applicable"),
    ],
)
def test_a_question_may_depend_on_another_or_on_the_call(asked_if: str, state: str) -> None:
    form = parse_form(OWN.format(machine=APOLOGY, asked_if=asked_if))
    card = score(form, call(*WORKED, ended=True))
    assert card.answers[1].state == state
    assert card.coverage == 1.0


# ------------------------------------------------------------------------------------ always

LABELS = [
    "greeting", "verification", "disclosure", "disclosure?", "empathy_strong", "empathy_weak?",
    "negative_language", "negative_language?", "specific_instructions", "vague_instructions",
    "hold_notice", "transfer_offer", "closing", "closing?", "red_flag_response", "distress_cue",
    "distress_cue?", "red_flag", "red_flag?", "escalation_request", "resolution_confirmed",
]  # fmt: skip
roles = st.sampled_from([Role.AGENT, Role.CUSTOMER, Role.INTERPRETER, Role.UNKNOWN])
texts = st.sampled_from(
    ["what is your date of birth?", "it is [DATE_1] and [LOCATION_1]", "[NAME_1]", "my mother",
     "I will call you tomorrow at two", "you are booked", "okay", "[withheld]"]
)  # fmt: skip


@st.composite
def calls(draw: st.DrawFn) -> CallView:
    lines = []
    at_s = 0.5
    for _ in range(draw(st.integers(0, 10))):
        labels = draw(st.lists(st.sampled_from(LABELS), max_size=2, unique=True))
        said = line(
            draw(roles), at_s, draw(texts), *labels, until_s=at_s + 8,
            judged=draw(st.booleans()), asr_confidence=draw(st.sampled_from([0.3, 0.9])),
        )  # fmt: skip
        lines.append(said)
        at_s += draw(st.sampled_from([5.0, 8.5, 50.0]))
    held = draw(st.booleans())
    marks = (Mark(kind="hold", start_ms=4_000, end_ms=44_000),) if held else ()
    return call(*lines, ended=True, marks=marks, clock_s=at_s + 10)


@settings(max_examples=150, deadline=None)
@given(calls())
def test_scorecards_are_sound(view: CallView) -> None:
    card = score(FORM, view)
    if card.percent_low is not None and card.percent_high is not None:
        assert 0 <= card.percent_low <= card.percent_high <= 100
        if card.percent is not None:
            assert card.percent_low <= card.percent <= card.percent_high
    assert 0 <= card.coverage <= 1
    for answer in card.answers:
        question = FORM.question(answer.question)
        assert (answer.answer is None) is (answer.state != "answered")
        if answer.answer is not None:
            assert answer.points == question.points(answer.answer)
            assert answer.why
            assert not question.critical
            assert question.who != "P"
    for evidence in [e for a in (*card.answers, *card.critical) for e in a.evidence]:
        turn = view.turns[evidence.turn_index]
        assert (turn.role, turn.start_ms, turn.end_ms) == (
            evidence.role, evidence.start_ms, evidence.end_ms,
        )  # fmt: skip
    assert all(f.state == "proposed" and f.evidence for f in card.critical)
