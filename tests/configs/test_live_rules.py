"""The live rules that ship, as a specification: when each alerts, does not, or cannot say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qm.stages.rules import Finding, judge, parse_rules
from qm.types import WITHHELD, Alert, CallView, Mark, Severity
from tests.stages.spoken import INTERPRETER, Line, agent, call, caller, hold, line, moved

TEXT = (Path(__file__).parents[2] / "configs" / "rules" / "default.toml").read_text()
RULES = {r.name: r for r in parse_rules(TEXT)}

YES, NO, UNKNOWN = "matched", "not_matched", "could_not_evaluate"


def found(rule: str, view: CallView) -> Finding:
    (finding,) = judge([RULES[rule]], view, view.clock_ms)
    return finding


def only(rule: str, view: CallView) -> Alert:
    (alert,) = found(rule, view).alerts
    return alert


# --------------------------------------------------------------------------- red-flag-no-step

FLAG = caller(10, "I have chest pain right now", "red_flag!", until_s=11)
DUE_S = 11 + 45
NO_STEP = agent(13, "okay and what is your date of birth please", "missed_empathy")


def step(at_s: float, label: str = "red_flag_response", **more: Any) -> Line:
    """A safety step of one second."""
    return agent(at_s, "please call nine one one", label, until_s=at_s + 1, **more)


@pytest.mark.parametrize(
    ("lines", "clock_s", "outcome"),
    [
        pytest.param([FLAG, NO_STEP], DUE_S + 0.001, YES, id="no step in 45 s"),
        pytest.param([FLAG, NO_STEP], DUE_S, NO, id="a step may end this very moment"),
        pytest.param([FLAG], 100, YES, id="silence is no step"),
        pytest.param([FLAG, step(DUE_S - 1)], 100, NO, id="a step that ends at 45.0 s"),
        pytest.param([FLAG, step(DUE_S - 0.999)], 100, YES, id="a step that ends at 45.001 s"),
        pytest.param([step(5), FLAG, NO_STEP], 100, NO, id="given before"),
        pytest.param([FLAG, step(30, asr_confidence=0.4)], 100, NO, id="a step badly heard"),
        pytest.param([FLAG, step(30, "red_flag_response?")], 100, YES, id="perhaps a step"),
        pytest.param([FLAG, agent(30, WITHHELD)], 100, YES, id="a step withheld"),
        pytest.param(
            [FLAG, agent(52, "one two three", judged=False)], 57, UNKNOWN, id="judged yet"
        ),
        pytest.param([FLAG, agent(30, "one two three", judged=False)], 100, YES, id="never judged"),
        pytest.param(
            [caller(10, "I feel funny", "red_flag")], 100, NO, id="not sure enough to alert"
        ),
        pytest.param(
            [caller(10, "sorry I have chest pain", "red_flag")],
            100,
            YES,
            id="less sure, plain words",
        ),
        pytest.param(
            [caller(10, "no chest pain today", "red_flag")], 100, NO, id="less sure, denied"
        ),
        pytest.param([caller(10, "I have chest pain")], 100, NO, id="words without the label"),
        pytest.param(
            [caller(10, "I had chest pain years ago", "red_flag!")], 100, NO, id="in the past"
        ),
        pytest.param(
            [caller(10, "I had it years ago and now again", "red_flag!")], 100, YES, id="and now"
        ),
        pytest.param([caller(10, "no chest pain at all", "red_flag!")], 100, NO, id="denied"),
        pytest.param([agent(10, "do you have chest pain", "red_flag!")], 100, NO, id="the agent"),
        pytest.param(
            [caller(10, "I have chest pain", "red_flag!", asr_confidence=0.4)],
            100,
            UNKNOWN,
            id="the caller badly heard",
        ),
        pytest.param([caller(10, WITHHELD)], 100, UNKNOWN, id="the caller withheld"),
        pytest.param([caller(10, "I have pain", judged=False)], 100, UNKNOWN, id="not judged"),
        pytest.param([caller(10, "[NAME]", judged=False)], 100, NO, id="too short to doubt"),
    ],
)
def test_a_red_flag_wants_a_step_within_45_s(
    lines: list[Line], clock_s: float, outcome: str
) -> None:
    assert found("red-flag-no-step", call(*lines, clock_s=clock_s)).outcome == outcome


def test_the_alert_names_the_turn_the_time_and_the_act() -> None:
    alert = only("red-flag-no-step", call(FLAG, NO_STEP, clock_s=60))
    assert (alert.at_ms, alert.severity, alert.silent) == (56_000, Severity.URGENT, True)
    assert [(e.turn_index, e.start_ms, e.end_ms) for e in alert.evidence] == [(0, 10_000, 11_000)]
    assert alert.act == "Join the call or message the agent: emergency step now."


@pytest.mark.parametrize(
    ("marks", "due_s"),
    [
        ((hold(20, 50),), DUE_S + 30),  # a hold does not count
        ((hold(20),), None),  # while it lasts the clock stands still
        ((Mark(kind="capture_off", start_ms=20_000, end_ms=30_000),), DUE_S + 10),
        ((Mark(kind="gap", start_ms=20_000, end_ms=22_000),), DUE_S + 2),
        ((moved(20, "clinical"),), None),
        ((moved(20, "other"),), None),  # somebody else's call now
        ((moved(5, "other"),), DUE_S),
    ],
    ids=["hold", "still on hold", "capture off", "lost audio", "to a nurse", "away", "before it"],
)
def test_the_clock_stands_still_or_stops(marks: tuple[Mark, ...], due_s: float | None) -> None:
    got = found("red-flag-no-step", call(FLAG, NO_STEP, clock_s=150, marks=marks)).alerts
    assert [a.at_ms for a in got] == ([] if due_s is None else [round(due_s * 1000)])


def test_the_window_stays_open_until_the_agent_has_had_ten_seconds() -> None:
    talking = caller(12, "and it hurts and it goes on and on", until_s=60)
    alert = only("red-flag-no-step", call(FLAG, talking, clock_s=100))
    assert alert.at_ms == 69_000  # one second before the caller went on, nine after


@pytest.mark.parametrize("words", ["she is not breathing", "he took a whole bottle of pills"])
def test_the_immediate_list_has_twenty_seconds_and_no_floor(words: str) -> None:
    flag = caller(10, words, "red_flag!", until_s=11)
    talking = caller(12, "hurry hurry hurry please hurry", until_s=40)
    assert only("red-flag-no-step", call(flag, talking, clock_s=45)).at_ms == 31_000


def test_goodbye_without_a_step_alerts_at_once() -> None:
    bye = agent(15, "have a good day now", "closing", until_s=17)
    assert only("red-flag-no-step", call(FLAG, bye, clock_s=18)).at_ms == 17_000


def test_the_end_of_the_call_cuts_the_window() -> None:
    assert found("red-flag-no-step", call(FLAG, NO_STEP, clock_s=30)).outcome == NO
    assert only("red-flag-no-step", call(FLAG, NO_STEP, clock_s=30, ended=True)).at_ms == 30_000


def test_a_late_step_closes_the_alert_by_itself() -> None:
    alert = only("red-flag-no-step", call(FLAG, NO_STEP, step(70), clock_s=100))
    assert (alert.at_ms, alert.closed_ms) == (56_000, 71_000)


@pytest.mark.parametrize("queue", ["nurse_line", "triage", "crisis-1"])
def test_on_clinical_queues_symptoms_are_the_job(queue: str) -> None:
    assert found("red-flag-no-step", call(FLAG, NO_STEP, clock_s=100, queue=queue)).outcome == NO


def test_one_emergency_is_one_alert() -> None:
    again = caller(20, "it is in my arm now", "red_flag!")
    worse = caller(30, "he is not breathing now", "red_flag!")
    assert len(found("red-flag-no-step", call(FLAG, again, worse, clock_s=200)).alerts) == 1
    new = caller(400, "chest pain again now", "red_flag!")
    assert len(found("red-flag-no-step", call(FLAG, again, new, clock_s=500)).alerts) == 2


# --------------------------------------------------------------------------- supervisor-asked

ASK = caller(10, "get me your supervisor", "escalation_request!", until_s=11)
OFFER = agent(20, "I will get my supervisor for you", "transfer_offer")


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        pytest.param([ASK, agent(12, "she would tell you the same")], YES, id="refused"),
        pytest.param([ASK, OFFER], NO, id="offered"),
        pytest.param([ASK, agent(20, "my supervisor can call you at three")], NO, id="by words"),
        pytest.param(
            [ASK, agent(20, "I can put her on", "transfer_offer")], NO, id="to whom is clear"
        ),
        pytest.param(
            [ASK, agent(20, "I'll send you to billing", "transfer_offer")], YES, id="elsewhere"
        ),
        pytest.param(
            [ASK, agent(20, "I can't get a supervisor", "transfer_offer")], YES, id="not offered"
        ),
        pytest.param([ASK, caller(30, "you know what never mind")], NO, id="withdrawn"),
        pytest.param(
            [agent(2, "shall I get my supervisor", "transfer_offer"), ASK], NO, id="accepted"
        ),
        pytest.param(
            [caller(10, "your supervisor", "escalation_request")], NO, id="not sure enough"
        ),
        pytest.param([ASK, agent(20, WITHHELD)], UNKNOWN, id="the answer withheld"),
        pytest.param(
            [ASK, agent(20, "I will see", "transfer_offer?")], UNKNOWN, id="perhaps offered"
        ),
    ],
)
def test_a_request_for_a_supervisor_wants_an_offer_within_90_s(
    lines: list[Line], outcome: str
) -> None:
    assert found("supervisor-asked", call(*lines, clock_s=102)).outcome == outcome
    assert found("supervisor-asked", call(*lines, clock_s=101)).outcome != YES


@pytest.mark.parametrize(
    ("again_s", "severity", "at_s"),
    [(25.9, Severity.WARN, 101), (26, Severity.URGENT, 27)],
    ids=["14.9 s later: impatience", "15 s later: urgent at once"],
)
def test_a_second_request_without_an_offer_is_urgent(
    again_s: float, severity: Severity, at_s: float
) -> None:
    second = caller(again_s, "a supervisor please", "escalation_request!", until_s=again_s + 1)
    alert = only("supervisor-asked", call(ASK, second, clock_s=150))
    assert (alert.severity, alert.at_ms) == (severity, at_s * 1000)


def test_a_second_request_after_an_offer_starts_anew() -> None:
    second = caller(60, "so where is that supervisor", "escalation_request!", until_s=61)
    assert only("supervisor-asked", call(ASK, OFFER, second, clock_s=160)).at_ms == 151_000


def test_first_amber_then_red() -> None:
    second = caller(110, "your supervisor now", "escalation_request!")
    got = found("supervisor-asked", call(ASK, second, clock_s=150)).alerts
    assert [a.severity for a in got] == [Severity.WARN, Severity.URGENT]
    assert len({a.alert_id for a in got}) == 2


# ----------------------------------------------------------------------------- help-the-agent

ABUSE = caller(10, "you are an idiot", "abuse!", until_s=11)


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        pytest.param([ABUSE], None, id="once"),
        pytest.param([ABUSE, caller(131, "you moron", "abuse!")], Severity.WARN, id="120 s apart"),
        pytest.param([ABUSE, caller(131.001, "you moron", "abuse!")], None, id="longer apart"),
        pytest.param([ABUSE, caller(20, "you moron", "abuse")], None, id="not sure enough"),
        pytest.param(
            [caller(10, "I will come down there with a gun", "abuse")],
            Severity.URGENT,
            id="threat",
        ),
        pytest.param([caller(10, "with a gun", "anger!")], None, id="anger and words"),
        pytest.param([caller(10, "my son has a gun")], None, id="words alone"),
    ],
)
def test_an_agent_who_is_abused_gets_help(lines: list[Line], severity: Severity | None) -> None:
    got = found("help-the-agent", call(*lines)).alerts
    assert [a.severity for a in got] == ([] if severity is None else [severity])


def test_five_quiet_minutes_close_it() -> None:
    view = call(ABUSE, caller(20, "you moron", "abuse!", until_s=21), clock_s=400)
    assert only("help-the-agent", view).closed_ms == 321_000


# ------------------------------------------------------------------------------- left-waiting

TALK = agent(1, "let me look that up for you", until_s=3)


@pytest.mark.parametrize(
    ("marks", "clock_s", "queue", "at_s"),
    [
        ((hold(10, 190),), 270, "scheduling", None),
        ((hold(10, 190.001),), 300, "scheduling", 190),
        ((hold(10),), 190.001, "scheduling", 190),
        ((hold(10),), 190, "scheduling", None),
        ((hold(10, 300),), 400, "pharmacy", None),
        ((hold(10, 311),), 400, "pharmacy", 310),
        ((hold(10, 180), hold(190, 360)), 500, "scheduling", None),  # 340 s together
        ((hold(10, 180), hold(190, 360), hold(370, 400)), 500, "scheduling", 390),
    ],
)
def test_a_long_hold_alerts(
    marks: tuple[Mark, ...], clock_s: float, queue: str, at_s: float | None
) -> None:
    talk = [agent(s, "still here with you", until_s=s + 1) for s in (186, 365, 405)]
    lines = [x for x in (TALK, *talk) if x.turn.end_ms <= clock_s * 1000]
    view = call(*lines, marks=marks, clock_s=clock_s, queue=queue)
    got = [a.at_ms for a in found("left-waiting", view).alerts]
    assert [ms for ms in got if ms < 400_000] == ([] if at_s is None else [at_s * 1000])


@pytest.mark.parametrize(
    ("lines", "marks", "clock_s", "at_s"),
    [
        ([TALK], (), 93, None),
        ([TALK], (), 93.001, 93),
        ([TALK, caller(93, "hello are you there")], (), 95, None),  # exactly 90 s
        ([caller(1, "one second I am looking", until_s=3)], (), 200, None),  # the caller's silence
        ([agent(1, "bye now", "closing", until_s=3)], (), 200, None),  # after the call
        ([TALK], (hold(40, 100),), 189, None),  # from the end of the hold
        ([TALK], (hold(40, 100),), 191, 190),
        ([TALK], (moved(50, "other"),), 200, None),
    ],
)
def test_ninety_seconds_of_silence_after_the_agent_alert(
    lines: list[Line], marks: tuple[Mark, ...], clock_s: float, at_s: float | None
) -> None:
    got = found("left-waiting", call(*lines, marks=marks, clock_s=clock_s)).alerts
    assert [a.at_ms for a in got] == ([] if at_s is None else [at_s * 1000])


def test_nobody_waits_while_somebody_is_speaking() -> None:
    view = call(TALK, clock_s=100)
    assert found("left-waiting", view).outcome == YES
    assert found("left-waiting", replace(view, open_speech_ms=92_000)).outcome == NO


def test_a_hold_before_any_word_alerts_without_a_turn_to_point_to() -> None:
    view = call(marks=(hold(0),), clock_s=200)
    assert only("left-waiting", view).evidence == ()


@pytest.mark.parametrize(
    ("marks", "lines", "closed_s"),
    [((hold(10, 250),), [TALK], 250), ((), [TALK, agent(120, "sorry", until_s=121)], 121)],
    ids=["resume", "speech"],
)
def test_being_back_closes_it(marks: tuple[Mark, ...], lines: list[Line], closed_s: float) -> None:
    alert = found("left-waiting", call(*lines, marks=marks, clock_s=300)).alerts[0]
    assert alert.closed_ms == closed_s * 1000


# -------------------------------------------------------------------------- needs-interpreter

HELLO = agent(0, "hello how can I help", until_s=1)
SPANISH = [
    caller(s, "necesito una cita por favor", language="es", until_s=s + 4) for s in (2, 10, 20)
]


@pytest.mark.parametrize(
    "words",
    [
        "does anyone speak spanish",
        "I need an interpreter",
        "no hablo mucho inglés",
        "会说中文吗",
        "có ai nói tiếng Việt không",
        "한국어 하세요",
        "кто говорит по-русски",
        "هل تتكلم العربية عربي",
        "mwen pa pale anglè",
        "alguém fala português",
        "je ne parle pas anglais",
        "marunong ka bang mag Tagalog",
        "czy mówi ktoś po polsku",
        "क्या हिंदी में",
    ],
)
def test_asking_for_a_language_is_heard_in_twelve(words: str) -> None:
    asked = caller(2, words, until_s=3)
    assert only("needs-interpreter", call(HELLO, asked, clock_s=124)).at_ms == 123_000


@pytest.mark.parametrize(
    ("more", "marks", "clock_s", "outcome"),
    [
        pytest.param([], (), 145, YES, id="nobody comes"),
        pytest.param([], (), 144, NO, id="not yet"),
        pytest.param([line(INTERPRETER, 60, "interprete hola")], (), 145, NO, id="interpreter"),
        pytest.param(
            [agent(60, "le ayudo en español", language="es")], (), 145, NO, id="the agent"
        ),
        pytest.param([], (moved(60, "language"),), 145, NO, id="moved to the language's queue"),
        pytest.param([], (hold(60, 100),), 145, NO, id="on hold meanwhile"),
    ],
)
def test_another_language_wants_an_interpreter_within_120_s(
    more: list[Line], marks: tuple[Mark, ...], clock_s: float, outcome: str
) -> None:
    view = call(HELLO, *SPANISH, *more, marks=marks, clock_s=clock_s)
    assert found("needs-interpreter", view).outcome == outcome


def test_two_turns_or_eleven_seconds_of_another_language_are_not_enough() -> None:
    short = [caller(s, "sí", language="es", until_s=s + 3) for s in (2, 10, 20)]
    for lines in (SPANISH[:2], short):
        assert found("needs-interpreter", call(HELLO, *lines, clock_s=200)).outcome == NO


def test_text_that_is_withheld_still_has_a_language() -> None:
    unread = [caller(s, WITHHELD, language="fr", until_s=s + 5) for s in (2, 10, 20)]
    assert found("needs-interpreter", call(HELLO, *unread, clock_s=200)).outcome == YES
