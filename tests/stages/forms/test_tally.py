"""The arithmetic of a form, by worked examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.errors import InputError
from qm.stages.forms import Form, Percent, Reply, parse_form, tally

FORM = parse_form(
    (Path(__file__).parents[3] / "configs" / "forms" / "patient-access.toml").read_text()
)
BY_NUMBER = {q.number: q for q in FORM.questions}
BEST = {q.question: max(q.options, key=lambda o: o.points).option for q in FORM.questions}


def replies(given: dict[int, str], form: Form = FORM) -> list[Reply]:
    """Answers by question number; "na" and "?" as on the page, "" leaves the question out."""
    states = {"na": "not_applicable", "?": "not_judged"}
    names = {q.number: q.question for q in form.questions}
    return [
        Reply(question=names[n], state=states[a])  # type: ignore[arg-type]
        if a in states
        else Reply(question=names[n], chosen=(a,))
        for n, a in given.items()
        if a
    ]


WORKED = {
    1: "yes", 2: "part", 3: "met", 4: "na", 5: "yes", 6: "na", 7: "na", 8: "some", 9: "none",
    10: "yes", 11: "na", 12: "yes", 13: "part", 14: "na", 15: "na", 16: "yes", 17: "na", 18: "met",
}  # fmt: skip


def test_the_worked_example() -> None:
    got = tally(FORM, replies(WORKED))
    assert (got.earned, got.possible, got.percent) == (59, 76, 77.63)
    assert (got.band, got.findings, got.open) == ("Growing", (), ())


def test_a_finding_leaves_the_percent_and_takes_the_band() -> None:
    got = tally(FORM, replies(WORKED | {3: "not_met"}))
    assert (got.percent, got.band, got.findings) == (77.63, "Not met", ("right-person",))


@pytest.mark.parametrize("number", range(1, 19))
def test_every_question_alone_decides_its_weight(number: int) -> None:
    question = BY_NUMBER[number]
    everything = {n: BEST[q.question] for n, q in BY_NUMBER.items()}
    worst = min(question.options, key=lambda o: o.points).option
    got = tally(FORM, replies(everything | {number: worst}))
    assert got.percent == (100 - question.weight if question.weight else 100)


@pytest.mark.parametrize(
    ("answers", "percent", "not_judged"),
    [
        ({12: "?"}, 72.58, 1),  # 45 of 62 points
        ({12: "?", 13: "na", 8: "na"}, None, 1),  # 38 points are left
        ({12: "?", 13: "na", 8: "na", 2: "na", 4: "na"}, None, 1),
    ],
)
def test_what_does_not_apply_is_spread_over_the_others(
    answers: dict[int, str], percent: float | None, not_judged: int
) -> None:
    got = tally(FORM, replies(WORKED | answers))
    assert got.too_little is (percent is None)
    assert got.not_judged == not_judged
    assert got.percent == percent
    assert bool(got.band) is (percent is not None)


def test_exactly_fifty_points_are_enough() -> None:
    some = {12: "yes", 8: "all", 13: "yes", 2: "yes", 16: "yes"}
    assert tally(FORM, replies(some)).possible == 50
    assert tally(FORM, replies(some)).percent == 100
    assert tally(FORM, replies(some | {16: ""})).too_little


@pytest.mark.parametrize(
    ("lost", "band"),
    [({}, "Exceeds"), ({9: "more"}, "Exceeds"), ({9: "more", 16: "no"}, "Meets"),
     ({12: "part", 13: "no"}, "Meets"), ({8: "none", 9: "more", 16: "no"}, "Growing"),
     ({12: "no", 13: "no", 14: "no"}, "Needs support")],
)  # fmt: skip
def test_bands(lost: dict[int, str], band: str) -> None:
    everything = {n: BEST[q.question] for n, q in BY_NUMBER.items()}
    assert tally(FORM, replies(everything | lost)).band == band


def test_unanswered_questions_are_open() -> None:
    got = tally(FORM, replies({1: "yes", 2: "yes"}))
    assert len(got.open) == 16
    assert got.too_little


@pytest.mark.parametrize(
    "wrong",
    [
        [Reply(question="nonsense", chosen=("yes",))],
        [Reply(question="opening", chosen=("maybe",))],
        [Reply(question="opening", chosen=("yes", "no"))],
        [Reply(question="opening")],
        [Reply(question="opening", chosen=("yes",))] * 2,
    ],
    ids=["no such question", "no such option", "two of one", "none", "twice"],
)
def test_an_answer_the_form_does_not_have_is_refused(wrong: list[Reply]) -> None:
    with pytest.raises(InputError):
        tally(FORM, wrong)


# ------------------------------------------------------------------------- other kinds of form

OTHER = """
schema = 1
name = "other"
version = 2
title = "Other"
critical_policy = "{policy}"
sections = [{{ id = "a", title = "A" }}, {{ id = "b", title = "B" }}]
bands = [{{ id = "ok", title = "Fine", from = 0 }}]

[[questions]]
id = "steps"
number = 1
section = "a"
text = "Which steps?"
type = "multi"
weight = 40
who = "P"
guidance = ""
options = [
    {{ id = "x", text = "X", points = 30 }}, {{ id = "y", text = "Y", points = 20 }},
    {{ id = "z", text = "Z", points = 0, fails = "{fails}" }},
]

[[questions]]
id = "wait"
number = 2
section = "b"
text = "Minutes?"
type = "numeric"
weight = 60
who = "P"
guidance = ""
ranges = [{{ from = 0, to = 2, points = 60 }}, {{ from = 2, to = 5, points = 20 }}]

[[questions]]
id = "extra"
number = 3
section = "b"
text = "More?"
weight = 5
bonus = true
required = false
who = "P"
guidance = ""
options = [{{ id = "yes", text = "Yes", points = 5 }}, {{ id = "no", text = "No" }}]

[[questions]]
id = "note"
number = 4
section = "b"
text = "Note"
type = "text"
required = false
who = "P"
guidance = ""
"""


def other(*given: Reply, policy: str = "flag_only", fails: str = "default") -> Percent:
    return tally(parse_form(OTHER.format(policy=policy, fails=fails)), given)


def steps(*chosen: str) -> Reply:
    return Reply(question="steps", chosen=chosen)


def wait(minutes: float) -> Reply:
    return Reply(question="wait", number=minutes)


@pytest.mark.parametrize(
    ("given", "percent"),
    [
        ((steps("x", "y"), wait(0)), 100),  # 50 points are capped at 40
        ((steps("y"), wait(2)), 80),  # the first range that holds the number
        ((steps("y", "y"), wait(2.5)), 40),
        ((steps("x"), wait(9)), 30),
        ((steps("x", "y"), wait(0), Reply(question="extra", chosen=("yes",))), 105),
        ((wait(0), Reply(question="note")), 100),
    ],
)
def test_multi_numeric_bonus_and_text(given: tuple[Reply, ...], percent: float) -> None:
    assert other(*given).percent == percent


@pytest.mark.parametrize(
    ("policy", "fails", "percent"),
    [
        ("flag_only", "default", 90), ("zero_form", "default", 0), ("zero_section", "default", 60),
        ("flag_only", "zero_form", 0), ("zero_form", "flag_only", 90),
    ],
)  # fmt: skip
def test_what_a_finding_does_is_the_forms_choice(policy: str, fails: str, percent: float) -> None:
    got = other(steps("x", "z"), wait(1), policy=policy, fails=fails)
    assert (got.percent, got.before_findings) == (percent, 90)
    assert (got.band, got.findings) == ("Not met", ("steps",))
    assert got.sections["a"] == (0 if policy == fails or percent == 60 else 75)


def test_a_weighted_mean_over_what_applies() -> None:
    """Weights 40/20/20/20 and answers 1, .5, .5, 0; then the last one does not apply."""
    text = OTHER.split("[[questions]]")[0].format(policy="flag_only")
    for n, weight in enumerate([40, 20, 20, 20], start=1):
        half, full = weight / 2, float(weight)
        text += f"""
[[questions]]
id = "q{n}"
number = {n}
section = "a"
text = "?"
weight = {weight}
who = "P"
guidance = ""
options = [{{ id = "1", text = "", points = {full} }}, {{ id = "2", text = "", points = {half} }},
           {{ id = "3", text = "" }}]
"""
    form = parse_form(text)
    assert tally(form, replies({1: "1", 2: "2", 3: "2", 4: "3"}, form)).percent == 60
    assert tally(form, replies({1: "1", 2: "2", 3: "2", 4: "na"}, form)).percent == 75


answers = st.fixed_dictionaries(
    {
        q.number: st.sampled_from([*(o.option for o in q.options), "na", "?", ""])
        for q in FORM.questions
    }
)


@given(answers)
def test_a_percent_is_between_none_and_all(given_answers: dict[int, str]) -> None:
    got = tally(FORM, replies(given_answers))
    assert 0 <= got.earned <= got.possible <= 100
    assert got.percent is None or 0 <= got.percent <= 100
    assert (got.percent is None) is (got.possible < 50)
