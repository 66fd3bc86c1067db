"""Redacted turns to label probabilities, on the weights that ship."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.base import LabelRequest
from qm.engines.transformer import (
    PLACEHOLDERS,
    ROW_TOKENS,
    TURN_TOKENS,
    OnnxTurnClassifier,
    join_row,
    plain_placeholders,
    token_id,
    turn_tokens,
)
from qm.errors import ModelAltered
from qm.types import WITHHELD, Role

FOLDER = Path(__file__).resolve().parents[2] / "models" / "turn-labels"
AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER


@pytest.fixture(scope="module")
def classifier() -> OnnxTurnClassifier:
    return OnnxTurnClassifier(FOLDER)


def ask(role, text, *before, language="en"):
    return LabelRequest(role=role, text=text, before=before, language=language)


def prob(classifier, request, label):
    return classifier.classify([request])[0][classifier.labels.index(label)]


@pytest.mark.parametrize(
    ("redacted", "read"),
    [
        ("[NAME_1] here", "[NAME] here"),
        ("on [DATE]", "on [DATE]"),
        ("[HEALTH_PLAN_ID_2]", "[HEALTH_PLAN_ID]"),
        ("[AGE_90_PLUS_1]", "[AGE_90_PLUS]"),
        ("[SOMETHING_NEW_7]", "[OTHER_ID]"),
        ("[sic] I said", "[sic] I said"),
        (f"so {WITHHELD} then", "so then"),
    ],
)
def test_placeholders_lose_their_numbers(redacted, read):
    assert plain_placeholders(redacted) == read


@given(st.lists(st.lists(st.integers(5, 99), min_size=1, max_size=30), max_size=12))
def test_a_row_keeps_the_newest_tokens(turns):
    row = join_row(turns, cls_token=1, row_tokens=40)
    said = [token for turn in turns for token in turn]
    assert row.tokens == [1, *said[max(0, len(said) - 39) :]]
    assert len(row.turns) == len(row.tokens)
    assert row.turns == sorted(row.turns)


def test_every_placeholder_and_role_is_one_token(classifier):
    tokenizer = classifier._tokenizer
    for name in PLACEHOLDERS:
        _, placeholder, _ = turn_tokens(tokenizer, AGENT, f"[{name}_3]")
        assert placeholder == token_id(tokenizer, f"[{name}]")
    roles = {turn_tokens(tokenizer, role, "x")[0] for role in (AGENT, CUSTOMER, Role.IVR)}
    assert len(roles) == 3


def test_a_monologue_is_cut_in_its_middle(classifier):
    words = " ".join(["one"] * 400 + ["two"] * 400)
    tokens = turn_tokens(classifier._tokenizer, CUSTOMER, words)
    assert len(tokens) == TURN_TOKENS + 2
    assert len(set(tokens[1:-1])) == 2


@pytest.mark.parametrize(
    ("role", "text", "label"),
    [
        (AGENT, "Thank you for calling [NAME_1] Clinic, how can I help you today?", "greeting"),
        (AGENT, "Can I have your full name and your date of birth, please?", "verification"),
        (AGENT, "Take care now, bye bye.", "closing"),
        (CUSTOMER, "I want to speak to your supervisor right now.", "escalation_request"),
    ],
)
def test_plain_cases_are_recognised(classifier, role, text, label):
    probs = classifier.classify([ask(role, text)])[0]
    mine = prob(classifier, ask(role, text), label)
    assert mine > 0.5
    assert probs.shape == (len(classifier.labels),)
    assert ((probs >= 0) & (probs <= 1)).all()


def test_a_turn_gets_the_same_answer_whatever_is_asked_beside_it(classifier):
    texts = ["Hello?", "I have been on hold for an hour and nobody helps me. " * 6, "Okay."] * 4
    batch = [ask(CUSTOMER, text, (AGENT, "One moment.")) for text in texts]
    together = classifier.classify(batch)
    for request, probs in zip(batch, together, strict=True):
        assert np.array_equal(probs, classifier.classify([request])[0])


def test_what_was_said_before_counts(classifier):
    text = "Okay. And your date of birth?"
    kind = ask(AGENT, text, (CUSTOMER, "Hi, I'd like to book a check-up."))
    cold = ask(AGENT, text, (CUSTOMER, "My husband died last night. I don't know what to do."))
    assert prob(classifier, cold, "missed_empathy") > prob(classifier, kind, "missed_empathy")


def test_more_context_than_fits_is_left_out(classifier):
    long = tuple((CUSTOMER, "word " * 100) for _ in range(8))
    assert len(classifier._row(ask(AGENT, "Hello.", *long)).tokens) == ROW_TOKENS
    assert classifier.classify([ask(AGENT, "word " * 2000, *long)])[0].size


@pytest.mark.parametrize(
    "request_", [ask(AGENT, "Buenos días.", language="es"), ask(AGENT, WITHHELD), ask(AGENT, " ")]
)
def test_other_languages_and_withheld_text_are_not_judged(classifier, request_):
    (unjudged, judged) = classifier.classify([request_, ask(AGENT, "Hello.")])
    assert unjudged.size == 0
    assert judged.size == len(classifier.labels)


def test_nothing_asked_is_nothing_answered(classifier):
    assert classifier.classify([]) == []


@pytest.mark.parametrize("missing", ["encoder.onnx", "tokenizer.json", "labels.toml"])
def test_a_missing_file_stops_the_start(tmp_path, missing):
    for name in {"encoder.onnx", "tokenizer.json", "labels.toml"} - {missing}:
        shutil.copy(FOLDER / name, tmp_path / name)
    with pytest.raises(ModelAltered):
        OnnxTurnClassifier(tmp_path)


def test_a_head_that_does_not_fit_the_encoder_stops_the_start(tmp_path):
    for name in ("encoder.onnx", "tokenizer.json"):
        shutil.copy(FOLDER / name, tmp_path / name)
    head = (FOLDER / "labels.toml").read_text()
    (tmp_path / "labels.toml").write_text(head.rsplit("[[labels]]", 1)[0])
    with pytest.raises(ModelAltered, match="differ"):
        OnnxTurnClassifier(tmp_path)
