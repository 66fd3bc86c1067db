"""What a call came to: resolution, identity, red flag, effort, from the labels of its turns."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.outcomes import (
    OTHER_RED_FLAG,
    Heard,
    OutcomeModel,
    features,
    identity,
    judge,
    read_outcome_model,
    red_flag_kind,
    resolution,
)
from qm.types import (
    CallId,
    CallMeta,
    CallView,
    Label,
    ModelRef,
    RedactedTurn,
    Redaction,
    Role,
    TurnLabels,
)

LABELS = ("disclosure", "resolution_confirmed")
WIDTH = 2 * len(LABELS) + 2 * len(LABELS) + 1


def model(**changed) -> OutcomeModel:
    weights = np.zeros((2, WIDTH + 1))
    weights[0, 2] = 4.0  # resolved where "resolution_confirmed" is strong somewhere
    weights[1, 0] = 2.0
    return replace(
        OutcomeModel(
            labels=LABELS,
            means=np.zeros(WIDTH),
            scales=np.ones(WIDTH),
            resolutions=("resolved", "unresolved"),
            resolution_weights=weights,
            resolution_floor=0.4,
            effort_weights=np.array([3.0, *np.zeros(WIDTH)]),
            satisfaction_weights=np.array([9.0, *np.zeros(WIDTH)]),
            disclosure_floor=0.2,
            asked_floor=0.5,
            identifiers=2,
        ),
        **changed,
    )


def agent(**probs):
    return Heard(role=Role.AGENT, probs=probs)


def caller(*entities):
    return Heard(role=Role.CUSTOMER, probs={}, entities=frozenset(entities))


ASKS, TELLS = agent(verification=0.9), agent(disclosure=0.95)


@pytest.mark.parametrize(
    ("told", "turns", "value"),
    [
        ("nothing is disclosed", [ASKS, caller("NAME", "DATE")], "no_disclosure"),
        ("an empty call", [], "no_disclosure"),
        ("asked, two given, told", [ASKS, caller("NAME", "DATE"), TELLS],
         "verified_before_disclosure"),
        ("given in two answers", [ASKS, caller("NAME"), ASKS, caller("DATE"), TELLS],
         "verified_before_disclosure"),
        ("asked but one given", [ASKS, caller("NAME"), TELLS], "disclosed_before_verified"),
        ("the same kind twice is one", [ASKS, caller("NAME"), caller("NAME"), TELLS],
         "disclosed_before_verified"),
        ("given but never asked", [caller("NAME", "DATE"), TELLS], "disclosed_before_verified"),
        ("asked afterwards", [TELLS, ASKS, caller("NAME", "DATE")], "disclosed_before_verified"),
        ("what the agent says of himself", [replace(ASKS, entities=frozenset({"NAME", "DATE"})),
                                            TELLS], "disclosed_before_verified"),
        ("a doubtful disclosure is none", [agent(disclosure=0.1), ASKS], "no_disclosure"),
        ("a doubtful question is none", [agent(verification=0.3), caller("NAME", "DATE"), TELLS],
         "disclosed_before_verified"),
    ],
)  # fmt: skip
def test_identity_is_asked_and_given_before_the_first_disclosure(told, turns, value):
    assert identity(turns, model()).value == value, told


def test_a_caller_known_from_an_earlier_leg_needs_no_questions():
    assert identity([TELLS], model(), known=True).value == "verified_before_disclosure"


@given(st.lists(st.floats(0, 1), max_size=12))
def test_identity_weighs_every_turn_as_the_first_disclosure(probs):
    verdict = identity([agent(disclosure=p) for p in probs], model(disclosure_floor=0.0))
    none = float(np.prod([1 - p for p in probs]))
    assert verdict.verdict_prob == pytest.approx(max(none, 1 - none))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 19))
def test_features_do_not_see_labels_that_the_model_does_not_know(probs, extra):
    turns = [Heard(role=Role.AGENT, probs={"disclosure": p, "other": extra}) for p in probs]
    plain = [Heard(role=Role.AGENT, probs={"disclosure": p}) for p in probs]
    assert np.array_equal(features(turns, LABELS), features(plain, LABELS))
    assert features(turns, LABELS)[0] == max(probs)


def test_the_end_of_the_call_is_seen_apart():
    early = [agent(disclosure=0.9), *[agent(disclosure=0.1)] * 8]
    whole, _, last8, last4 = features(early, ("disclosure",))[:4]
    assert (whole, last8, last4) == (0.9, 0.1, 0.1)


def row(confirmed: float) -> np.ndarray:
    turns = [Heard(role=Role.CUSTOMER, probs={"resolution_confirmed": confirmed})]
    return np.concatenate([[1.0], features(turns, LABELS)])


def test_the_likeliest_resolution_is_said():
    assert resolution(row(0.9), model()).value == "resolved"
    assert resolution(row(0.1), model()).value == "unresolved"


def test_a_resolution_that_is_unlikely_itself_is_not_said():
    verdict = resolution(row(0.5), model(resolution_floor=0.6))
    assert verdict.value is None
    assert verdict.verdict_prob == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I've got this tight feeling in my chest right now", "chest pain"),
        ("He can\u2019t breathe", "trouble breathing"),
        ("I don't want to be here anymore", "suicidal thoughts"),
        ("half of her face is drooping", "stroke signs"),
        ("She had a seizure", "seizure"),
        ("my tongue is swelling", "severe allergic reaction"),
        ("It's bad, it's really bad", OTHER_RED_FLAG),
    ],
)
def test_a_red_flag_gets_a_short_name(text, kind):
    assert red_flag_kind(text) == kind


def view(*turns: tuple[Role, str, dict[str, float]], **changed) -> CallView:
    call = CallId("c-1")
    redacted, labels = [], {}
    for index, (role, text, probs) in enumerate(turns):
        redacted.append(
            RedactedTurn(
                call_id=call, pass_=0, index=index, role=role, speaker=0, start_ms=index * 1000,
                end_ms=index * 1000 + 900, text=text,
                redactions=tuple(
                    Redaction(entity=e, start=0, end=1, start_ms=0, end_ms=1)
                    for e in ("NAME", "DATE") if f"[{e}" in text
                ),
            )
        )  # fmt: skip
        labels[index] = TurnLabels(
            call_id=call, pass_=0, turn_index=index, model=ModelRef(name="m", version="1"),
            labels=tuple(Label(label=k, label_prob=p, on=p >= 0.5) for k, p in probs.items()),
        )  # fmt: skip
    meta = CallMeta(
        call_id=call, contact_id="k", started_at=datetime(2026, 1, 5, tzinfo=UTC),
        channels=("agent", "customer"), language="en",
    )  # fmt: skip
    made = CallView(meta=meta, turns=tuple(redacted), labels=labels, clock_ms=60_000)
    return replace(made, **changed)


CALL = (
    (Role.AGENT, "Name and date of birth?", {"verification": 0.9, "disclosure": 0.0}),
    (Role.CUSTOMER, "[NAME_1], [DATE]. My chest hurts.", {"red_flag": 0.8}),
    (Role.AGENT, "Your result was fine.", {"disclosure": 0.9}),
    (Role.CUSTOMER, "Get me your manager.", {"escalation_request": 0.7, "red_flag": 0.1}),
)


def test_a_whole_call_is_judged():
    outcome = judge(view(*CALL), model())
    assert outcome.identity.value == "verified_before_disclosure"
    assert (outcome.escalation_requested.value, outcome.red_flag.value) == (True, "chest pain")
    assert outcome.effort.value == 3
    assert outcome.satisfaction.value == 5  # the scale ends there
    assert outcome.red_flag.verdict_prob == 0.8


def test_nothing_flagged_is_a_sure_no():
    outcome = judge(view(*CALL[:1]), model())
    assert (outcome.escalation_requested.value, outcome.red_flag.value) == (False, None)
    assert outcome.red_flag.verdict_prob == 1.0


@pytest.mark.parametrize(
    "unjudged", [view(*CALL, not_validated=True), view(*CALL, labels={}), view()]
)
def test_without_validated_labels_nothing_is_said(unjudged):
    outcome = judge(unjudged, model())
    assert {outcome.resolution.value, outcome.identity.value, outcome.effort.value} == {None}


def test_turns_on_hold_do_not_count():
    held = tuple(replace(t, on_hold=True) for t in view(*CALL).turns)
    assert judge(view(*CALL, turns=held), model()).identity.value is None


def test_weights_that_do_not_fit_the_labels_are_refused():
    good = {f: getattr(model(), f) for f in OutcomeModel.__slots__}
    assert read_outcome_model(good).labels == LABELS
    with pytest.raises(ValueError, match="do not fit"):
        read_outcome_model(good | {"labels": ["disclosure"]})
    with pytest.raises(KeyError):
        read_outcome_model({"labels": []})
