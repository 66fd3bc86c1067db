"""What the machine says to each question of the default form, by calls in a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qm.stages.forms import parse_form
from qm.stages.forms.judged import Judged
from qm.stages.forms.said import Said
from qm.stages.forms.sources import SOURCES
from qm.types import WITHHELD, Mark, Role
from tests.stages.spoken import INTERPRETER, Line, agent, call, caller, hold, line, moved

FORM = parse_form(
    (Path(__file__).parents[3] / "configs" / "forms" / "patient-access.toml").read_text()
)
PATIENT = {q.question: q.source for q in FORM.questions}
TELL, NA, LOOK = "cannot_tell", "not_applicable", "person_only"


def judge(question: str, *lines: Line, **more: Any) -> Judged:
    source = PATIENT[question]
    assert source
    said = Said(view=call(*lines, **({"ended": True} | more)))
    return SOURCES[source.name].answer(said, source.settings)


def told(question: str, *lines: Line, **more: Any) -> str:
    found = judge(question, *lines, **more)
    assert found.why
    return found.option or found.state


# --------------------------------------------------------------------------------- 1 opening

OPEN = agent(1, "Riverside Clinic this is [NAME_1] how can I help", "greeting")


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([OPEN], "yes"),
        ([agent(1, "Riverside Clinic this is [NAME_1]", "greeting")], "part"),
        ([agent(1, "hello there how can I help", "greeting")], "part"),
        ([agent(1, "yes hello what is it", "greeting")], TELL),
        ([agent(1, "hello what is it now")], "no"),
        ([agent(1, "this is [NAME_1]"), caller(3, "hi"), agent(5, "Riverside Clinic can I help")],
         "yes"),
        ([agent(0.1, "this is [NAME_1] how can I help")], TELL),  # cut off by the first sample
        ([agent(1, "this is [NAME_1] how can I help", asr_confidence=0.4)], TELL),
        ([line(Role.UNKNOWN, 0.5, "hello"), OPEN], TELL),
        ([caller(1, "hello is anybody there")], TELL),
        ([agent(1, "Clínica del Sol le habla [NAME_1] en qué puedo ayudarle", "greeting")], "yes"),
    ],
)  # fmt: skip
def test_opening(lines: list[Line], answer: str) -> None:
    assert told("opening", *lines) == answer


def test_an_earlier_leg_has_opened() -> None:
    assert told("opening", OPEN, authenticated="earlier_leg") == NA


# ----------------------------------------------------------------- 2 identity, 3 right person

BORN = [
    agent(5, "what is your date of birth", "verification"),
    caller(8, "it is [DATE_1]"),
]
LIVES = [agent(11, "and your address please", "verification"), caller(14, "[LOCATION_1]")]
TOLD = agent(30, "your result is back and normal", "disclosure")


@pytest.mark.parametrize(
    ("lines", "answer", "proposed"),
    [
        pytest.param([*BORN, *LIVES, TOLD], "yes", False, id="asked and given"),
        pytest.param([*BORN, TOLD, *LIVES], "yes", False, id="by time, not by order of lines"),
        pytest.param([*BORN, TOLD], "no", True, id="one of two"),
        pytest.param([TOLD], "no", True, id="nobody asked"),
        pytest.param([*BORN], "part", False, id="one of two, nothing disclosed"),
        pytest.param([caller(5, "hello there my friend")], NA, False, id="no account needed"),
        pytest.param(
            [caller(2, "my name is [NAME_1] and I was born [DATE_1]"), TOLD], "yes", False,
            id="volunteered",
        ),
        pytest.param(
            [caller(2, "it is about [NAME_1] on [DATE_1]"), TOLD], "no", True,
            id="somebody's name and some date",
        ),
        pytest.param(
            [*BORN, agent(11, "are you still on [LOCATION_1]", "verification"),
             caller(14, "yes I am"), TOLD],
            TELL, False, id="confirmed, but no identifier in the answer",
        ),
        pytest.param(
            [*BORN, agent(11, "are you still on [LOCATION_1]", "verification"),
             caller(14, "yes"), TOLD],
            "part", False, id="read out for a yes",
        ),
        pytest.param(
            [*BORN, LIVES[0], caller(14, "um the old mill lane"), TOLD], TELL, False, id="garbled"
        ),
        pytest.param([*BORN, LIVES[0], caller(14, WITHHELD), TOLD], TELL, False, id="withheld"),
        pytest.param(
            [*BORN, line(INTERPRETER, 15, "she says"), TOLD], TELL, False, id="interpreter"
        ),
        pytest.param(
            [*BORN, agent(11, "your result is back", "disclosure?"), LIVES[1], TOLD], TELL, False,
            id="perhaps disclosed before",
        ),
    ],
)  # fmt: skip
def test_identity(lines: list[Line], answer: str, proposed: bool) -> None:
    verdict = {"identity": "disclosed_before_verified"}
    lines = sorted(lines, key=lambda x: x.turn.start_ms)
    assert told("identity", *lines, outcome=verdict) == answer
    assert judge("right-person", *lines, outcome=verdict).proposed is proposed


def test_identity_was_settled_elsewhere() -> None:
    assert told("identity", TOLD, authenticated="portal") == NA
    assert not judge("right-person", TOLD, authenticated="portal").proposed


def test_audio_that_is_missing_may_hold_the_identifiers() -> None:
    gone = (Mark(kind="capture_off", start_ms=10_000, end_ms=20_000),)
    verdict = {"identity": "disclosed_before_verified"}
    assert told("identity", TOLD, marks=gone, outcome=verdict) == TELL


def test_two_views_of_identity_that_differ_are_for_a_person() -> None:
    assert told("identity", TOLD, outcome={"identity": "verified_before_disclosure"}) == TELL


# --------------------------------------------------------------- 4 to 7: suggestions, language

NEED = caller(1, "I need to see somebody about my knee")


@pytest.mark.parametrize(
    ("question", "lines", "answer"),
    [
        ("third-party", [caller(1, "I call for my mother"), TOLD], TELL),
        ("third-party", [caller(1, "I call for my mother")], NA),
        ("third-party", [caller(1, "I want my results"), TOLD], NA),
        ("need", [NEED, agent(5, "which knee?")], "yes"),
        ("need", [NEED, agent(5, "all right then go")], TELL),
        ("need", [caller(1, "hello")], TELL),
        ("known", [*BORN, *LIVES], NA),
        ("known", [*BORN, *LIVES, agent(20, "date of birth", "verification"),
                   caller(22, "[DATE_1] again")], "no"),
        ("language-access", [OPEN, caller(3, "I want to see the doctor")], NA),
        ("language-access", [OPEN, caller(3, "I need an interpreter please")], LOOK),
    ],
)  # fmt: skip
def test_suggestions(question: str, lines: list[Line], answer: str) -> None:
    assert told(question, *lines) == answer


@pytest.mark.parametrize(
    ("more", "proposed"), [([], True), ([line(INTERPRETER, 40, "soy la intérprete")], False)]
)
def test_another_language_without_an_interpreter_is_proposed(
    more: list[Line], proposed: bool
) -> None:
    foreign = [caller(s, "necesito una cita", language="es", until_s=s + 7) for s in (5, 15)]
    assert judge("language-access", OPEN, *foreign, *more).proposed is proposed


# --------------------------------------------------------------------------- 8 distress

CUE = caller(5, "I am so scared of this", "distress_cue")
ASK = agent(8, "what is your date of birth")
REAL = agent(12, "that sounds frightening let me look", "empathy_strong")
PHRASE = agent(12, "I understand how you feel", "empathy_weak")
CUE_2 = caller(30, "it hurts so much now", "distress_cue")


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        pytest.param([caller(5, "I need a form"), ASK], NA, id="none"),
        pytest.param([CUE, REAL], "all", id="answered"),
        pytest.param([CUE, ASK, REAL], "all", id="in the second turn"),
        pytest.param([CUE, ASK, agent(10, "and your address please"), REAL], "none", id="late"),
        pytest.param([CUE, PHRASE], "some", id="a set phrase"),
        pytest.param([CUE, REAL, CUE_2, agent(33, "what is your zip")], "some", id="one of two"),
        pytest.param([CUE, agent(8, "call 911 please", "red_flag_response")], "all", id="the step"),
        pytest.param([CUE, agent(8, "let me look now", "empathy_strong?")], TELL, id="unsure"),
        pytest.param(
            [CUE, REAL, CUE_2, agent(33, "what is your zip code"),
             caller(50, "well this is hard too", "distress_cue?"), agent(53, "yes I can see that")],
            "some", id="doubt that changes nothing",
        ),
        pytest.param(
            [CUE, REAL, caller(50, "well this is hard too", "distress_cue?"),
             agent(53, "what is your zip code")],
            TELL, id="doubt that could",
        ),
        pytest.param([caller(5, "this is hard", "distress_cue?"), ASK], TELL, id="only a doubt"),
        pytest.param([CUE, line(INTERPRETER, 7, "tiene miedo"), REAL], TELL, id="interpreter"),
        pytest.param([caller(1, WITHHELD), CUE, REAL], TELL, id="half of it withheld"),
        pytest.param([CUE], NA, id="the call ended there"),
    ],
)  # fmt: skip
def test_distress(lines: list[Line], answer: str) -> None:
    assert told("distress", *lines) == answer


# --------------------------------------------------------- 9 respect, 10 finishing, 11 notice


def rude(
    at_s: float, text: str = "that is your own fault", label: str = "negative_language"
) -> Line:
    return agent(at_s, text, label)


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([OPEN], "none"),
        ([OPEN, rude(5)], "one"),
        ([OPEN, rude(5), rude(9)], "more"),
        ([OPEN, rude(5, label="negative_language?")], TELL),
        ([rude(1), rude(5), rude(9, label="negative_language?")], "more"),
        ([OPEN, rude(5, "the letter says it is your fault")], TELL),
        ([OPEN, caller(4, "well I never", until_s=20), rude(5)], TELL),  # across the line
        ([OPEN, agent(5, WITHHELD)], TELL),
        ([caller(1, "hello")], TELL),
    ],
)
def test_respect(lines: list[Line], answer: str) -> None:
    assert told("respectful", *lines) == answer


@pytest.mark.parametrize(("count", "answer"), [(0, "yes"), (2, "yes"), (3, "no")])
def test_three_cut_offs_count(count: int, answer: str) -> None:
    lines = [OPEN]
    for n in range(count):
        at_s = 10.0 * (n + 1)
        lines += [
            caller(at_s, "well the thing is that", until_s=at_s + 5),
            agent(at_s + 2, "let me stop you right there", until_s=at_s + 6),
        ]
    assert told("let-finish", *lines) == answer
    assert told("let-finish", *lines, channels=("mixed",)) == TELL


WAIT = agent(5, "let me look at that", until_s=6)
NOTICE = agent(5, "one minute please", "hold_notice", until_s=6)
BACK = agent(60, "thank you for waiting there", until_s=61)


@pytest.mark.parametrize(
    ("lines", "marks", "answer"),
    [
        ([OPEN, agent(20, "here it is", until_s=24)], (), NA),
        ([WAIT, BACK], (), "no"),
        ([NOTICE, BACK], (), "yes"),
        ([agent(5, "do you have the card?", until_s=6), BACK], (), TELL),
        ([agent(5, "a minute please", "hold_notice?", until_s=6), BACK], (), TELL),
        ([WAIT, BACK], (hold(7, 59),), "no"),
        ([NOTICE, BACK], (hold(7, 59),), "yes"),
        ([NOTICE, agent(200, "thank you for waiting")], (hold(7, 199),), "part"),
        ([NOTICE, agent(30, "here it is"), WAIT, BACK], (hold(7, 29),), "yes"),
        ([OPEN], (Mark(kind="gap", start_ms=10_000, end_ms=50_000),), TELL),
    ],
)
def test_notice(lines: list[Line], marks: tuple[Mark, ...], answer: str) -> None:
    assert told("hold-notice", *lines, marks=marks) == answer


# --------------------------------------------------------------- 12 to 16: done and closed

STEP = agent(20, "I'll call you tomorrow at two", "specific_instructions")
VAGUE = agent(20, "somebody will be in touch", "vague_instructions")
SETTLED = caller(30, "perfect that is settled", "resolution_confirmed")


@pytest.mark.parametrize(
    ("lines", "more", "answer"),
    [
        ([STEP], {}, "yes"),
        ([agent(20, "I'll do it", "specific_instructions")], {}, "part"),
        ([VAGUE], {}, "no"),
        ([STEP, agent(25, "or somebody will", "vague_instructions")], {}, "no"),
        ([agent(10, "somebody will", "vague_instructions"), STEP], {}, "yes"),
        ([VAGUE, SETTLED], {}, "yes"),
        ([OPEN, SETTLED], {}, "yes"),
        ([OPEN], {}, TELL),
        ([VAGUE, agent(25, "I'll see", "specific_instructions?")], {}, TELL),
        ([STEP], {"marks": (moved(40, "other"),)}, TELL),
        ([STEP], {"marks": (Mark(kind="gap", start_ms=10_000, end_ms=19_000),)}, TELL),
        ([STEP, agent(22, WITHHELD)], {}, TELL),
    ],
)
def test_ending(lines: list[Line], more: dict[str, Any], answer: str) -> None:
    assert told("ending", *lines, **more) == answer


ASK_BOSS = caller(5, "get me your supervisor", "escalation_request")
OFFERED = agent(9, "my supervisor will take it", "transfer_offer")


@pytest.mark.parametrize(
    ("question", "lines", "more", "answer"),
    [
        ("correct", [STEP], {}, LOOK),
        ("read-back", [agent(5, "you are booked for [DATE_1] at nine in the morning with doctor"
                             " [NAME_1]")], {}, "yes"),
        ("read-back", [agent(5, "okay you are booked then")], {}, "no"),
        ("read-back", [agent(5, "you are booked for [DATE_1]")], {}, "part"),
        ("read-back", [OPEN], {}, TELL),
        ("read-back", [OPEN], {"disposition": "booked"}, "part"),
        ("handed-on", [OPEN], {}, NA),
        ("handed-on", [ASK_BOSS, OFFERED], {}, "yes"),
        ("handed-on", [ASK_BOSS, agent(9, "I send you to billing", "transfer_offer")], {}, "no"),
        ("handed-on", [ASK_BOSS, caller(7, "I said supervisor", "escalation_request"), OFFERED], {},
         "part"),
        ("handed-on", [ASK_BOSS], {"marks": (moved(20, "supervisor"),)}, TELL),
        ("closing", [agent(5, "have a good day", "closing"), caller(8, "bye")], {}, "yes"),
        ("closing", [OPEN, STEP], {}, "no"),
        ("closing", [OPEN, STEP, caller(30, "whatever")], {}, TELL),
        ("closing", [OPEN, agent(20, "all right then bye", "closing?")], {}, TELL),
        ("closing", [OPEN], {"marks": (moved(20, "other"),)}, NA),
        ("closing", [caller(1, "chest pain", "red_flag"), OPEN], {}, NA),
    ],
)  # fmt: skip
def test_getting_it_done_and_closing(
    question: str, lines: list[Line], more: dict[str, Any], answer: str
) -> None:
    assert told(question, *lines, **more) == answer


# ----------------------------------------------------------------------- 17 and 18: proposals

FLAG = caller(5, "I have chest pain right now", "red_flag", until_s=7)


def first_aid(at_s: float, label: str = "red_flag_response") -> Line:
    return agent(at_s, "please call nine one one", label)


@pytest.mark.parametrize(
    ("lines", "marks", "state", "proposed"),
    [
        pytest.param([OPEN], (), NA, False, id="nothing"),
        pytest.param([FLAG, first_aid(20)], (), LOOK, False, id="in time"),
        pytest.param([FLAG, first_aid(52)], (), LOOK, False, id="at 45 s"),
        pytest.param([FLAG, first_aid(52.001)], (), LOOK, True, id="late"),
        pytest.param([FLAG, agent(20, "what is your zip code")], (), LOOK, True, id="never"),
        pytest.param([FLAG, first_aid(20, "red_flag_response?")], (), LOOK, False, id="perhaps"),
        pytest.param([FLAG], (moved(20, "clinical"),), LOOK, False, id="to a nurse"),
        pytest.param([FLAG], (moved(20, "other"),), LOOK, False, id="elsewhere"),
        pytest.param([caller(5, "my chest", "red_flag?")], (), LOOK, False, id="not sure"),
    ],
)
def test_safety_step(
    lines: list[Line], marks: tuple[Mark, ...], state: str, proposed: bool
) -> None:
    found = judge("safety-step", *lines, marks=marks)
    assert (found.state, found.proposed) == (state, proposed)


def test_conduct_is_never_proposed() -> None:
    found = judge("conduct", WAIT, marks=(hold(10, 700),), clock_s=701)
    assert (found.state, found.proposed, len(found.evidence)) == (LOOK, False, 1)
