"""What the encoder has to beat: key words, and TF-IDF with logistic regression, same folds."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import numpy as np
from scheme import ALL, FOLDS, ROLE_OF, Dialogue, redact, truth_of
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from qm.evaluate.scoring import Counts, count

#: What anybody would try first: some words a label.  Not tuned on the dialogues.
WORDS = {
    "greeting": (
        r"(thank you|thanks) for calling"
        r"|good (morning|afternoon|evening)|how (can|may) i help"
    ),
    "verification": (
        r"date of birth|birth ?date|last four|full name|spell"
        r"|(your|verify|confirm) .*(name|address|phone|number)"
    ),
    "disclosure": (
        r"\b(i see|your (account|results?|balance"
        r"|appointment|claim|record|chart)|shows|on file)\b"
    ),
    "empathy_strong": (
        r"that (must|sounds|has to)"
        r"|i('m| am) (so|really|very) sorry|i can (hear|imagine)"
    ),
    "empathy_weak": r"i understand|i('m| am) sorry to hear|i know",
    "missed_empathy": r"^(okay|ok|alright|right|and)\b",
    "negative_language": (
        r"should have|not my|can't|like i said"
        r"|nothing i can do|you people|calm down|policy"
    ),
    "positive_language": r"happy to|glad|absolutely|great|we('ll| will) get|good news|no problem",
    "specific_instructions": (
        r"\b(call|fax|bring|take|go to|come|send|press"
        r"|by (monday|tuesday|wednesday|thursday|friday|noon))\b"
    ),
    "vague_instructions": (
        r"some(one|body) will|should be|soon"
        r"|at some point|a few days|call back later"
    ),
    "hold_notice": r"\bhold\b|one moment|just a (second|moment|minute)|bear with me",
    "transfer_offer": r"transfer|connect you|put you through|supervisor|get (a|the) nurse",
    "script_reading": (
        r"for quality|per (our|the)|at this time"
        r"|is there anything else|please be advised"
    ),
    "apology": r"\b(sorry|apologi[sz]e)\b",
    "closing": r"\b(bye|goodbye|take care|have a (good|great|nice))\b",
    "red_flag_response": r"nine one one|911|emergency|crisis|stay on the line|nurse",
    "distress_cue": (
        r"scared|afraid|worried|can't (do|take|sleep)"
        r"|crying|pain|overwhelmed|frightened"
    ),
    "anger": r"ridiculous|unbelievable|fed up|sick of|angry|furious|joke",
    "abuse": r"idiot|stupid|shut up|damn|hell|moron|useless",
    "escalation_request": r"supervisor|manager|complain|in charge|someone else|above you",
    "red_flag": r"chest|breath|suicid|kill|bleeding|overdose|stroke|numb|unconscious|swell",
    "satisfaction": r"thank you so much|really appreciate|wonderful|life ?saver|you've been",
    "dissatisfaction": r"nobody|never|waste|terrible|still (haven't|not)|awful|unacceptable",
    "repeat_contact": (
        r"(called|calling) (again|before|back|twice|yesterday|last week)"
        r"|(second|third|fourth) time|already called"
    ),
    "cancel_threat": (
        r"cancel|switch|leave|another (doctor|plan|pharmacy)"
        r"|somewhere else|take my business"
    ),
    "confusion": r"don't understand|confus|what do you mean|lost|makes? no sense",
    "resolution_confirmed": (
        r"that (works|helps|does it|takes care)"
        r"|all set|perfect|that's (all|it)|got it"
    ),
}
ROWS = tuple[list[str], list[str], list[str], np.ndarray, np.ndarray]


def rows(dialogues: Sequence[Dialogue], *, heard: bool) -> ROWS:
    """Return texts, texts before, roles, truth and folds of the turns, as written or as heard."""
    texts, before, roles, truth, folds = [], [], [], [], []
    rng = random.Random(0)
    for dialogue in dialogues:
        if heard and not any("heard" in t for t in dialogue["turns"]):
            continue
        last = ""
        for turn in dialogue["turns"]:
            text = redact(turn.get("heard", "") if heard else turn["text"], rng, 0.08)
            texts.append(text.lower().replace("[", "ph_"))
            before.append(last)
            last = texts[-1]
            roles.append(turn["role"])
            truth.append(truth_of(turn))
            folds.append(next(i for i, f in enumerate(FOLDS) if dialogue["author"] in f))
    return texts, before, roles, np.array(truth), np.array(folds)


def lexicon(dialogues: Sequence[Dialogue], run: Sequence[int]) -> dict[str, dict[str, Counts]]:
    """Return the counts of the key words by label, as written and as heard, in the folds run."""
    out: dict[str, dict[str, Counts]] = {}
    for kind in ("written", "heard"):
        texts, _, roles, truth, folds = rows(dialogues, heard=kind == "heard")
        out[kind] = {}
        for label, name in enumerate(ALL):
            mine = (np.array(roles) == ROLE_OF[name]) & np.isin(folds, run)
            said = np.array([bool(re.search(WORDS[name], t)) for t in texts])
            out[kind][name] = count(truth[mine, label] > 0, said[mine])
    return out


def tfidf(dialogues: Sequence[Dialogue], run: Sequence[int]) -> dict[str, dict[str, Counts]]:
    """
    Return the counts of TF-IDF (words and pairs, and the words before) with logistic regression.

    For each fold of ``run``, trained on written and heard turns of all other authors; thresholds of
    the best F1 from the other folds of ``run``, as the encoder's are.
    """
    data = {kind: rows(dialogues, heard=kind == "heard") for kind in ("written", "heard")}
    probs = {kind: np.zeros((len(d[0]), len(ALL))) for kind, d in data.items()}
    for fold in run:
        for role in ("agent", "customer"):
            _fit_fold(data, probs, fold, role)
    out: dict[str, dict[str, Counts]] = {}
    for kind, (_, _, roles, truth, folds) in data.items():
        out[kind] = {}
        for label, name in enumerate(ALL):
            mine = (np.array(roles) == ROLE_OF[name]) & np.isin(folds, run)
            decided = np.zeros(len(mine), bool)
            for fold in run:
                chooser = mine & (folds != fold)
                if chooser.any():
                    at = _best(truth[chooser, label], probs[kind][chooser, label])
                    decided |= (folds == fold) & (probs[kind][:, label] >= at)
            out[kind][name] = count(truth[mine, label] > 0, decided[mine])
    return out


def tfidf_probs(
    dialogues: Sequence[Dialogue], folds: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the call of each turn, as written, in ``folds`` and calibrated probabilities of it."""
    data = {"written": rows(dialogues, heard=False)}
    _, _, roles, truth, of = data["written"]
    probs = {"written": np.full((len(roles), len(ALL)), 1e-4)}
    for fold in range(len(FOLDS)):
        for role in ("agent", "customer"):
            _fit_fold(data, probs, fold, role)
    made = np.clip(probs["written"], 1e-4, 1 - 1e-4)
    for label, name in enumerate(ALL):
        mine = np.array(roles) == ROLE_OF[name]
        scores = np.log(made[mine, label] / (1 - made[mine, label]))[:, None]
        platt = LogisticRegression().fit(scores, truth[mine, label])
        made[mine, label] = platt.predict_proba(scores)[:, 1]
    calls = np.array([d["id"] for d in dialogues for _ in d["turns"]])
    wanted = np.isin(of, folds)
    return calls[wanted], made[wanted]


def _best(truth: np.ndarray, probs: np.ndarray) -> float:
    order = np.argsort(-probs)
    found = np.cumsum(truth[order])
    scores = 2 * found / (np.arange(1, len(order) + 1) + truth.sum())
    return float(probs[order[int(scores.argmax())]])


def _fit_fold(data: dict[str, ROWS], probs: dict[str, np.ndarray], fold: int, role: str) -> None:
    def pick(kind: str, *, inside: bool) -> np.ndarray:
        _, _, roles, _, folds = data[kind]
        return np.flatnonzero((np.array(roles) == role) & ((folds != fold) == inside))

    inside = {kind: pick(kind, inside=True) for kind in data}
    pairs = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\b\w[\w']*|[?!]", min_df=2,
                            sublinear_tf=True)  # fmt: skip
    words = TfidfVectorizer(token_pattern=r"\b\w[\w']*|[?!]", min_df=2, sublinear_tf=True)
    pairs.fit([data[k][0][i] for k in data for i in inside[k]])
    words.fit([data[k][1][i] for k in data for i in inside[k]])

    def features(kind: str, at: np.ndarray) -> csr_matrix:
        texts, before = ([data[kind][n][i] for i in at] for n in (0, 1))
        return hstack([pairs.transform(texts), words.transform(before)]).tocsr()

    train = csr_matrix(np.zeros((0, 0)))
    train = hstack([features(k, inside[k]).T for k in data]).T.tocsr()
    truth = np.concatenate([data[k][3][inside[k]] for k in data])
    outside = {kind: pick(kind, inside=False) for kind in data}
    tested = {kind: features(kind, at) for kind, at in outside.items() if len(at)}
    for label, name in enumerate(ALL):
        if ROLE_OF[name] != role or not 0 < truth[:, label].sum() < len(truth):
            continue
        model = LogisticRegression(class_weight="balanced", C=3.0, max_iter=300)
        model.fit(train, truth[:, label])
        for kind, matrix in tested.items():
            probs[kind][outside[kind], label] = model.predict_proba(matrix)[:, 1]
