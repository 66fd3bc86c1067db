"""The turn labels: how they are trained and measured, and that they beat what is simpler."""

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.registry import card, verified
from qm.engines.transformer import ROW_TOKENS, OnnxTurnClassifier

MODELS = Path(__file__).resolve().parents[2] / "models"
FOLDER = MODELS / "turn-labels"


@pytest.fixture(scope="module")
def train():
    """The training program, imported from its folder."""
    sys.path.insert(0, str(FOLDER))
    import train

    yield train
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def measure(train):
    return train.measure


@pytest.fixture(scope="module")
def dialogues(train):
    return train.read_dialogues()


@pytest.fixture(scope="module")
def metrics():
    return json.loads((FOLDER / "metrics.json").read_text())


# ------------------------------------------------------------------------ what was measured


@pytest.mark.parametrize("kind", ["written", "heard"])
@pytest.mark.parametrize("rival", ["lexicon", "tfidf"])
def test_the_labels_beat_simpler_ones_on_unseen_authors(metrics, kind, rival):
    assert metrics[kind]["macro_f1"] > metrics["baselines"][rival][kind]["macro_f1"]


def test_every_number_is_of_authors_that_the_weights_did_not_see(metrics, train, dialogues):
    authors = {author for fold in metrics["folds"] for author in fold}
    assert all(tuple(fold) in train.FOLDS for fold in metrics["folds"])
    assert metrics["written"]["calls"] == sum(d["author"] in authors for d in dialogues)


def test_alerts_stay_silent_on_ordinary_calls(metrics):
    for label, made in metrics["alarms"].items():
        assert made["ordinary_calls"] > 0, label
        assert made["ordinary_false_per_100"] == 0, label


def test_the_files_are_the_pinned_ones_and_small_enough_to_keep_in_the_repository(tmp_path):
    folder = verified(card(MODELS, "turn-labels"), tmp_path)
    assert (folder / "encoder.onnx").stat().st_size < 24_000_000


def test_the_served_labels_are_those_of_the_scheme(train):
    assert OnnxTurnClassifier(FOLDER).labels == train.ALL


# ---------------------------------------------------------------------------------- data


def test_no_author_is_on_both_sides_of_a_split(train):
    authors = [author for fold in train.FOLDS for author in fold]
    assert len(authors) == len(set(authors))


def test_every_label_of_the_data_is_of_the_scheme_and_on_its_role(train, dialogues):
    strays = sum(
        train.measure.ROLE_OF[label] != turn["role"]
        for d in dialogues
        for turn in d["turns"]
        for label in turn["labels"]
    )
    assert strays <= 5  # slips of the authors; training drops them


def test_identifiers_become_placeholders_but_for_the_share_that_is_missed(train):
    text = "I am [NAME|Ann Lee], born [DATE|May third]."
    assert train.redact(text, random.Random(0), 0.0) == "I am [NAME], born [DATE]."
    assert train.redact(text, random.Random(0), 1.0) == "I am Ann Lee, born May third."


def test_a_bare_text_keeps_placeholders_and_apostrophes(train):
    assert train.unpunctuated("Well, [NAME] I DON'T know... ok?") == "well [NAME] i don't know ok"


class Tokenizer:
    """One token a letter, enough to count with."""

    def encode(self, text, add_special_tokens):
        return type("Encoding", (), {"ids": [ord(c) for c in text]})()

    def token_to_id(self, token):
        return 1


def test_training_rows_teach_every_turn_once_and_fit(train, dialogues):
    config = train.Config()
    for dialogue in dialogues[::40]:
        rows = list(train.training_rows(dialogue, Tokenizer(), config, random.Random(3)))
        taught = sum(int(asked.any(axis=1).sum()) for _, _, asked in rows)
        assert taught == len(dialogue["turns"])
        for row, truth, asked in rows:
            assert len(row.tokens) <= config.row_tokens
            assert max(row.turns) + 1 == len(truth) == len(asked)


def test_a_row_of_training_is_no_shorter_than_one_of_service(train):
    assert train.Config().row_tokens >= ROW_TOKENS


# ------------------------------------------------------------------------------ thresholds


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.99)), min_size=2, max_size=40))
def test_the_threshold_chosen_has_the_best_f1(measure, pairs):
    truth, probs = (np.array(x) for x in zip(*pairs, strict=True))

    def f1(at):
        on = probs >= at
        return 2 * (on & truth).sum() / max(1, on.sum() + truth.sum())

    best = max(f1(p) for p in probs)
    if len(set(probs)) == len(probs):
        assert f1(measure.best_threshold(truth, probs)) == pytest.approx(best)


def judged(measure, logits, truth, calls):
    n, labels = len(calls), len(measure.ALL)
    table, facts = np.full((n, labels), -9.0), np.zeros((n, labels))
    label = measure.ALL.index("red_flag")
    table[:, label], facts[:, label] = logits, truth
    return measure.Judged(
        logits=table, truth=facts, roles=np.array(["customer"] * n), calls=np.array(calls),
        fold=np.arange(n) % 2, index=np.arange(n),
    )  # fmt: skip


def test_an_alert_needs_more_than_any_call_without_the_label_reaches(measure):
    data = judged(measure, [3, -1, 0.5, -2], [1, 0, 0, 0], ["a", "a", "b", "c"])
    label = measure.ALL.index("red_flag")
    probs = 1 / (1 + np.exp(-data.logits[:, label]))
    at = measure.alert_threshold(data, label, probs, per_100=1.0)
    assert probs[2] < at < 1


def test_a_head_is_calibrated_and_in_order(measure):
    rng = np.random.default_rng(0)
    truth = rng.random(600) < 0.2
    logits = np.where(truth, 2.0, -2.0) + rng.normal(0, 1.5, 600)
    data = judged(measure, logits, truth, [f"c{i // 6}" for i in range(600)])
    head = measure.learn_head(data, measure.ALL.index("red_flag"))
    probs = measure.calibrated(head, logits)
    assert probs.mean() == pytest.approx(truth.mean(), abs=0.02)
    assert head.unsure_prob <= head.on_prob <= head.alert_prob <= 1
