"""Which labels a turn carries, given how probable each is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.scores import LabelPolicy, decide, read_policies
from qm.types import Role

POLICIES = (
    LabelPolicy(label="apology", role=Role.AGENT, on_prob=0.5, unsure_prob=0.2),
    LabelPolicy(label="red_flag", role=Role.CUSTOMER, on_prob=0.4, unsure_prob=0.1, alert_prob=0.9),
)


def entry(**changed):
    return {
        "label": "apology", "role": "agent", "slope": 1.0, "offset": 0.0,
        "on_prob": 0.5, "unsure_prob": 0.2,
    } | changed  # fmt: skip


@pytest.mark.parametrize(
    ("prob", "on", "unsure", "alert"),
    [
        (0.05, False, False, False),
        (0.10, False, True, False),
        (0.39, False, True, False),
        (0.40, True, False, False),
        (0.89, True, False, False),
        (0.90, True, False, True),
    ],
)
def test_a_label_is_off_then_unsure_then_on_then_alerting(prob, on, unsure, alert):
    (label,) = decide(Role.CUSTOMER, np.array([0.0, prob]), POLICIES)
    assert (label.on, label.unsure, label.alert) == (on, unsure, alert)


def test_a_label_without_an_alert_threshold_never_alerts():
    (label,) = decide(Role.AGENT, np.array([1.0, 0.0]), POLICIES)
    assert label.on and not label.alert


@pytest.mark.parametrize("role", [Role.INTERPRETER, Role.IVR, Role.UNKNOWN])
def test_only_agents_and_customers_carry_labels(role):
    assert decide(role, np.array([1.0, 1.0]), POLICIES) == ()


def test_a_turn_that_was_not_judged_carries_no_labels():
    assert decide(Role.AGENT, np.zeros(0), POLICIES) == ()


def test_probabilities_that_do_not_fit_the_policies_are_refused():
    with pytest.raises(ValueError, match="zip"):
        decide(Role.AGENT, np.array([0.3]), POLICIES)


@given(st.sampled_from(list(Role)), st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_a_label_never_stands_on_the_other_role(role, probs):
    labels = decide(role, np.array(probs), POLICIES)
    owner = {p.label: p.role for p in POLICIES}
    assert all(owner[label.label] is role for label in labels)
    assert all(not (label.on and label.unsure) for label in labels)


def test_policies_are_read_in_the_order_of_the_file():
    document = {"labels": [entry(label="b"), entry(label="a", alert_prob=0.8)]}
    found = read_policies(document)
    assert [(p.label, p.alert_prob) for p in found] == [("b", None), ("a", 0.8)]


@pytest.mark.parametrize(
    "changed", [{"unsure_prob": 0.6}, {"alert_prob": 0.3}, {"on_prob": 1.5}, {"role": "nobody"}]
)
def test_thresholds_out_of_order_and_unknown_roles_are_refused(changed):
    with pytest.raises(ValueError, match="."):
        read_policies({"labels": [entry(**changed)]})


def test_an_incomplete_entry_is_refused():
    with pytest.raises(KeyError):
        read_policies({"labels": [{"label": "apology"}]})
