"""What holds for every rule: one alert a cause, at its time, the same however often one asks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.stages.rules import evaluate, judge, parse_rules
from qm.types import Alert, CallView, Label, Mark, Severity
from tests.stages.spoken import AGENT, Line, agent, call, caller, hold, moved

SHIPPED = parse_rules(
    (Path(__file__).parents[3] / "configs" / "rules" / "default.toml").read_text()
)
LIVE = [r for r in SHIPPED if r.when == "live"]


def rules(body: str) -> str:
    return f"""
    schema = 1
    [[rules]]
    name = "r"
    version = 3
    title = "R"
    when = "live"
    act = "Look."
    {body}
    """


ANGER = 'role = "customer"\nlabel = "anger"\n'


def angry(at_s: float, *labels: str) -> Line:
    return caller(at_s, "this is not okay", *(labels or ("anger",)), until_s=at_s + 1)


def run(body: str, view: CallView, on: frozenset[str] = frozenset()) -> tuple[Alert, ...]:
    return evaluate(parse_rules(rules(body)), view, view.clock_ms, on)


# ------------------------------------------------------------------------------------- alerts


def test_an_alert_has_an_id_of_call_rule_and_cause_only() -> None:
    view = call(agent(0, "hello"), angry(5))
    (first,) = run("[[rules.cases]]\n" + ANGER, view)
    later = call(angry(5), agent(0, "hello"), agent(8, "I see"))  # another index, the same cause
    (again,) = run('severity = "urgent"\n[[rules.cases]]\n' + ANGER, later)
    assert first.alert_id == again.alert_id
    other = call(agent(0, "hello"), angry(5.001))
    assert run("[[rules.cases]]\n" + ANGER, other)[0].alert_id != first.alert_id
    assert (first.rule_version, first.at_ms, first.when) == (3, 6_000, "live")


@pytest.mark.parametrize(
    ("starts", "on", "silent"),
    [("silent", set(), True), ("silent", {"r"}, False), ("on", set(), False), ("on", {"r"}, False)],
)
def test_a_rule_is_silent_until_it_is_turned_on(starts: str, on: set[str], silent: bool) -> None:
    body = f'starts = "{starts}"\n[[rules.cases]]\n{ANGER}'
    assert [a.silent for a in run(body, call(angry(5)), frozenset(on))] == [silent]


@pytest.mark.parametrize(
    ("cooldown", "count"), [("", 1), ("cooldown_s = 60", 2), ("cooldown_s = 30", 3)]
)
def test_cooldown_keeps_the_same_from_being_asked_again(cooldown: str, count: int) -> None:
    view = call(angry(0), angry(30), angry(60))
    assert len(run(f"{cooldown}\n[[rules.cases]]\n{ANGER}", view)) == count


def test_worse_is_never_held_back_by_cooldown() -> None:
    body = f"""
    [[rules.cases]]
    {ANGER}
    [[rules.cases]]
    severity = "urgent"
    role = "customer"
    label = "abuse"
    """
    got = run(body, call(angry(0), angry(5, "abuse"), angry(9)))
    assert [a.severity for a in got] == [Severity.WARN, Severity.URGENT]


def test_an_alert_without_evidence_is_not_raised_unless_the_rule_says_so() -> None:
    view = call(marks=(hold(0),), clock_s=20)
    case = '[[rules.cases]]\nmark = "hold"\nover_s = 5'
    assert run(case, view) == ()
    assert len(run("needs_evidence = false\n" + case, view)) == 1


# --------------------------------------------------------------------------------- conditions


APOLOGY = '{ role = "agent", label = "apology" }'
IS_ANGRY = '{ role = "customer", label = "anger" }'
IS_ABUSIVE = '{ role = "customer", label = "abuse" }'


@pytest.mark.parametrize(
    ("case", "at_s"),
    [
        (f"first = {IS_ANGRY}\nthen = {APOLOGY}\nwithin_s = 4", [12]),
        (f"first = {IS_ANGRY}\nthen = {APOLOGY}\nwithin_s = 3.999", []),
        (f"first = {APOLOGY}\nthen = {IS_ANGRY}", []),
        (f"first = {APOLOGY}\nnone_before = {IS_ANGRY}", []),
        (f"first = {APOLOGY}\nnone_before = {IS_ANGRY}\nback_s = 3", [12]),
        (f"all = [{APOLOGY}, {{ not = {IS_ANGRY} }}]", []),
        (f"all = [{APOLOGY}, {{ not = {IS_ABUSIVE} }}]", [12]),
        (f"all = [{IS_ANGRY}, {APOLOGY}]", [12]),
        (f'all = [{IS_ANGRY}, {{ meta = "queue", is = "sched*" }}]', [6]),
        (f'all = [{IS_ANGRY}, {{ meta = "queue", is_not = "sched*" }}]', []),
        (f"any = [{IS_ABUSIVE}, {IS_ANGRY}]", [6]),
        (ANGER + "in_first_s = 5", [6]),
        (ANGER + "in_first_s = 4", []),
        ('role = "agent"\nnear = ["sorry", "that"]\nwithin_words = 4', [12]),
        ('role = "customer"\nleast_words = 5', []),
    ],
)
def test_conditions_in_time(case: str, at_s: list[float]) -> None:
    view = call(angry(5), agent(10, "so sorry for that", "apology", until_s=12), clock_s=20)
    assert [a.at_ms / 1000 for a in run("[[rules.cases]]\n" + case, view)] == at_s


@pytest.mark.parametrize(
    ("case", "matches"),
    [
        ('fact = "hold_ms"\nover = 1000', True),
        ('fact = "hold_ms"\nover = 9000', False),
        ('fact = "talk_ms"\nof = "agent"\nunder = 1', True),
        ('outcome = "effort"\nis = [4, 5]', True),
        ('outcome = "effort"\nis = 1', False),
    ],
)
def test_facts_and_outcome_count_once_the_call_has_ended(case: str, matches: bool) -> None:
    body = f"[[rules.cases]]\n[[rules.cases.all]]\n{ANGER}\n[[rules.cases.all]]\n{case}"
    view = call(angry(0), marks=(hold(2, 5),), clock_s=9, ended=True, outcome={"effort": 4})
    assert [a.at_ms for a in run(body, view)] == ([9_000] if matches else [])
    assert run(body, replace(view, ended=False)) == ()


def test_a_view_is_cut_at_the_time_asked_for() -> None:
    view = call(angry(5), clock_s=60)
    (rule,) = parse_rules(rules("[[rules.cases]]\n" + ANGER))
    assert evaluate([rule], view, 5_999) == ()
    assert len(evaluate([rule], view, 6_000)) == 1


def test_without_validated_labels_a_rule_on_labels_cannot_be_evaluated() -> None:
    view = replace(call(caller(5, "esto no está bien", judged=False)), not_validated=True)
    (finding,) = judge(parse_rules(rules("[[rules.cases]]\n" + ANGER)), view, view.clock_ms)
    assert (finding.outcome, finding.reason) == ("could_not_evaluate", "no validated labels")
    assert finding.turn_index == 0


# ------------------------------------------------------------------------------------- always

STEP_MS = 10_000  #: between two looks at a live call
SOME = settings(max_examples=40, deadline=None)
NAMES = ["red_flag!", "red_flag", "escalation_request!", "abuse!", "distress_cue", "anger?"]
STEPS = ["red_flag_response", "transfer_offer", "closing", "hold_notice", "empathy_strong"]
WORDS = ["I have it right now", "get me your supervisor", "not breathing", "well okay then", "yes"]


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """A call of up to a dozen turns."""
    at_s, made = 1.0, []
    for _ in range(draw(st.integers(0, 12))):
        at_s += draw(st.sampled_from([0.3, 1.0, 9.0, 40.0, 95.0]))
        says = draw(st.sampled_from(WORDS))
        if draw(st.booleans()):
            labels = draw(st.lists(st.sampled_from(NAMES), max_size=1))
            made.append(caller(at_s, says, *labels, until_s=at_s + 2))
        else:
            labels = draw(st.lists(st.sampled_from(STEPS), max_size=1))
            made.append(agent(at_s, says, *labels, until_s=at_s + 2))
        at_s += 2
    return made


marks = st.lists(
    st.one_of(
        st.builds(lambda s, n: hold(s, s + n), st.integers(0, 300), st.integers(1, 400)),
        st.builds(moved, st.integers(0, 300), st.sampled_from(["clinical", "other"])),
    ),
    max_size=2,
).map(tuple)


@SOME
@given(lines(), marks)
def test_asking_at_every_moment_gives_what_asking_at_the_end_gives(
    said: Sequence[Line], given_marks: tuple[Mark, ...]
) -> None:
    """Alerts appear at their time and never go away, when labels do not change."""
    view = call(*said, marks=given_marks, clock_s=700)
    seen: dict[str, Alert] = {}
    for until_ms in range(0, 600_001, STEP_MS):
        now = {a.alert_id: a for a in evaluate(LIVE, view, until_ms)}
        assert seen.keys() <= now.keys()
        for alert_id, alert in now.items():
            assert alert.at_ms <= until_ms
            assert alert_id in seen or alert.at_ms >= until_ms - STEP_MS
            assert alert_id not in seen or (
                (alert.at_ms, alert.severity) == (seen[alert_id].at_ms, seen[alert_id].severity)
            )
        seen = now


@SOME
@given(lines(), marks)
def test_evidence_is_a_turn_of_the_call(
    said: Sequence[Line], given_marks: tuple[Mark, ...]
) -> None:
    view = call(*said, marks=given_marks, clock_s=700, ended=True)
    for alert in evaluate(SHIPPED, view, view.clock_ms):
        assert 0 <= alert.at_ms <= view.clock_ms
        for e in alert.evidence:
            turn = view.turns[e.turn_index]
            assert (turn.role, turn.start_ms, turn.end_ms) == (e.role, e.start_ms, e.end_ms)


@SOME
@given(lines(), st.randoms(use_true_random=False))
def test_the_order_in_which_turns_came_does_not_matter(said: Sequence[Line], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(said)
    random.shuffle(shuffled)
    one, two = (call(*x, clock_s=700) for x in (said, shuffled))
    key = [(a.alert_id, a.at_ms, a.severity, a.closed_ms) for a in evaluate(LIVE, one, 700_000)]
    assert key == [
        (a.alert_id, a.at_ms, a.severity, a.closed_ms) for a in evaluate(LIVE, two, 700_000)
    ]


def test_a_turn_that_grows_keeps_its_alert() -> None:
    flag = caller(10, "I have chest pain right now", "red_flag!", until_s=11)
    longer = caller(10, "I have chest pain right now and I sweat", "red_flag!", until_s=13)
    before = evaluate(LIVE, call(flag, clock_s=60), 60_000)
    after = evaluate(LIVE, call(longer, clock_s=60), 60_000)
    assert [a.alert_id for a in before] == [a.alert_id for a in after]
    assert [a.at_ms for a in after] == [58_000]


def test_a_step_counts_from_its_first_utterance_while_its_turn_grows() -> None:
    flag = caller(10, "I have chest pain right now", "red_flag!", until_s=11)
    step = agent(15, "call nine one one now", "red_flag_response", until_s=16)
    more = agent(17, "and now the form", until_s=70)
    grown = replace(step.turn, end_ms=70_000, words=(*step.turn.words, *more.turn.words))
    view = call(flag, Line(grown, step.labels), clock_s=100)
    assert evaluate(LIVE, view, 100_000) == ()


def test_two_hundred_turns_take_a_few_ms() -> None:
    names = ["verification", "disclosure", "closing", "greeting", "apology", "hold_notice"]
    quiet = tuple(Label(label=n, label_prob=0.1) for n in names)
    said = [
        replace(agent(i * 4, "and what is your date of birth"), labels=quiet)
        if i % 2
        else replace(caller(i * 4, "it is the same as last time I called you"), labels=quiet)
        for i in range(200)
    ]
    view = call(*said)
    assert said[1].turn.role is AGENT
    best = min(_seconds(view) for _ in range(5))
    assert best < 0.02  # 1.3 ms on an idle core; room for a machine that does other things


def _seconds(view: CallView) -> float:
    begin = time.perf_counter()
    evaluate(LIVE, view, view.clock_ms)
    return time.perf_counter() - begin
