"""
Calibrate, choose thresholds and measure on out-of-fold logits; the baselines beside it.

Calibration and thresholds are chosen on the other folds where they are measured, and on all folds
for what is shipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from baselines import lexicon, tfidf, tfidf_probs
from scheme import ALL, FOLDS, ROLE_OF, Dialogue, truth_of
from sklearn.linear_model import LogisticRegression

from qm.evaluate.scoring import alarms_per_100, macro_f1, score_label, share

#: Labels that may raise an alert, with how many of a hundred calls without the label may do so.
#: Most of these dialogues are full of trouble; on ordinary ones (below) none may.  A red flag that
#: is missed costs more than a supervisor's look.
ALERTS = {"red_flag": 2.0, "escalation_request": 1.0, "abuse": 1.0}
#: The batch that tells of an ordinary week.
ORDINARY = "e7-"
#: Log-odds above the strongest call that must not alarm: other calls will hold a stronger one.
ALERT_MARGIN = 0.5
#: "Unsure" begins at half of the probability that is decided on, but not below what is one in
#: seven: a calibrated probability says itself how often a mark would be true.
UNSURE_SHARE, UNSURE_LEAST = 0.5, 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What turns a label's logit into a decision."""

    label: str
    slope: float = 1.0
    offset: float = 0.0
    on_prob: float = 0.5
    unsure_prob: float = 0.5
    alert_prob: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Turns with logits (turns, labels), truth (turns, labels) and where each comes from."""

    logits: np.ndarray
    truth: np.ndarray
    roles: np.ndarray
    calls: np.ndarray
    fold: np.ndarray
    index: np.ndarray  #: of the turn in its call


def read(kept: Mapping[int, Path], dialogues: Sequence[Dialogue]) -> dict[str, Judged]:
    """Return what the folds (by number) kept: "written", all dialogues, and "heard", some."""
    by_id = {d["id"]: d for d in dialogues}
    out = {}
    for kind, ids_key in (("written", "ids"), ("heard", "heard_ids")):
        parts: list[Judged] = []
        for number, path in kept.items():
            data = np.load(path)
            ours = [by_id[str(i)] for i in data[ids_key]]
            turns = [(d["id"], i, t) for d in ours for i, t in enumerate(d["turns"])]
            parts.append(
                Judged(
                    logits=np.clip(data[kind].astype(np.float64).reshape(-1, len(ALL)), -30, 30),
                    truth=np.array([truth_of(t) for _, _, t in turns]).reshape(-1, len(ALL)),
                    roles=np.array([t["role"] for _, _, t in turns]),
                    calls=np.array([c for c, _, _ in turns]),
                    fold=np.full(len(turns), number),
                    index=np.array([i for _, i, _ in turns]),
                )
            )
        out[kind] = Judged(
            **{
                name: np.concatenate([getattr(p, name) for p in parts])
                for name in Judged.__dataclass_fields__
            }
        )
    return out


def served(written: Judged, heard: Judged) -> Judged:
    """Return each turn once, as heard where it was: what the thresholds are chosen on."""
    place = {(c, i): n for n, (c, i) in enumerate(zip(heard.calls, heard.index, strict=True))}
    logits = written.logits.copy()
    for n, key in enumerate(zip(written.calls, written.index, strict=True)):
        if key in place:
            logits[n] = heard.logits[place[key]]
    return replace(written, logits=logits)


def best_threshold(truth: np.ndarray, probs: np.ndarray) -> float:
    """Return the threshold of the best F1, half-way to the next lower probability."""
    order = np.argsort(-probs)
    found = np.cumsum(truth[order])
    scores = 2 * found / (np.arange(1, len(order) + 1) + truth.sum())
    at = int(scores.argmax())
    lower = probs[order[at + 1]] if at + 1 < len(order) else 0.0
    return float((probs[order[at]] + lower) / 2)


def alert_threshold(judged: Judged, label: int, probs: np.ndarray, per_100: float) -> float:
    """Return a threshold that ordinary calls, and all but a few without the label, stay under."""
    has = set(judged.calls[judged.truth[:, label] > 0])
    tops: dict[str, float] = {}
    for call, prob in zip(judged.calls, probs, strict=True):
        if call not in has:
            tops[call] = max(tops.get(call, 0.0), float(prob))
    ordered = [*sorted(tops.values(), reverse=True), 0.0]
    ordinary = max((top for call, top in tops.items() if call.startswith(ORDINARY)), default=0.0)
    highest = min(0.99, max(0.01, ordinary, ordered[int(len(tops) * per_100 / 100)]))
    return float(1 / (1 + np.exp(-np.log(highest / (1 - highest)) - ALERT_MARGIN)))


def learn_head(judged: Judged, label: int) -> Head:
    """Return calibration and thresholds of one label from the turns of its role."""
    name = ALL[label]
    mine = judged.roles == ROLE_OF[name]
    logits, truth = judged.logits[mine, label], judged.truth[mine, label]
    if len(set(truth)) < 2:  # a handful of dialogues (--smoke): nothing to learn from
        return Head(label=name, alert_prob=0.9 if name in ALERTS else None)
    # Platt scaling; C keeps the slope near to what hundreds of positives would give.
    platt = LogisticRegression(C=1.0).fit(logits[:, None], truth)
    slope, offset = max(0.1, float(platt.coef_[0, 0])), float(platt.intercept_[0])
    probs = 1 / (1 + np.exp(-(slope * logits + offset)))
    on_prob = best_threshold(truth, probs)
    alert = None
    if name in ALERTS:
        alert = max(on_prob, alert_threshold(part(judged, mine), label, probs, ALERTS[name]))
    return Head(
        label=name, slope=slope, offset=offset, on_prob=on_prob,
        unsure_prob=min(on_prob, max(UNSURE_SHARE * on_prob, UNSURE_LEAST)), alert_prob=alert,
    )  # fmt: skip


def part(judged: Judged, where: np.ndarray) -> Judged:
    """Return the turns ``where`` is true."""
    return Judged(**{f: getattr(judged, f)[where] for f in Judged.__dataclass_fields__})


def calibrated(head: Head, logits: np.ndarray) -> np.ndarray:
    """Return probabilities for one label's logits."""
    return 1 / (1 + np.exp(-(head.slope * logits + head.offset)))


def nested(judged: Judged, chooser: Judged, label: int) -> tuple[np.ndarray, ...]:
    """Return probabilities, decisions and alerts, each turn by a head from the other folds."""
    probs = np.zeros(len(judged.calls))
    on, alert = np.zeros(len(probs), bool), np.zeros(len(probs), bool)
    for fold in np.unique(judged.fold):
        head = learn_head(part(chooser, chooser.fold != fold), label)
        here = judged.fold == fold
        probs[here] = calibrated(head, judged.logits[here, label])
        on[here] = probs[here] >= head.on_prob
        if head.alert_prob is not None:
            alert[here] = probs[here] >= head.alert_prob
    mine = judged.roles == ROLE_OF[ALL[label]]
    return probs, on & mine, alert & mine


def table(judged: Judged, chooser: Judged) -> dict[str, dict[str, float]]:
    """Return the scores of every label, thresholds from the other folds."""
    out = {}
    for label, name in enumerate(ALL):
        mine = judged.roles == ROLE_OF[name]
        probs, on, _ = nested(judged, chooser, label)
        scored = score_label(
            name, judged.truth[mine, label].astype(bool), on[mine], probs[mine],
            list(judged.calls[mine]),
        )  # fmt: skip
        out[name] = {
            "n": scored.positives, "turns": scored.turns,
            "precision": scored.counts.precision, "recall": scored.counts.recall,
            "f1": scored.counts.f1, "f1_low": scored.f1_low, "f1_high": scored.f1_high,
            "average_precision": scored.average_precision,
        }  # fmt: skip
    return out


def alarms(judged: Judged, chooser: Judged) -> dict[str, dict[str, float]]:
    """Return false alarms per 100 calls and what the alert threshold still finds."""
    out = {}
    for name in ALERTS:
        label = ALL.index(name)
        _, _, alert = nested(judged, chooser, label)
        has = set(judged.calls[judged.truth[:, label] > 0])
        raised = set(judged.calls[alert])
        plain = set(judged.calls) - has
        ordinary = {c for c in plain if c.startswith(ORDINARY)}
        rate, bound = alarms_per_100(len(raised & plain), len(plain))
        e7_rate, e7_bound = alarms_per_100(len(raised & ordinary), len(ordinary))
        found = share(len(raised & has), len(has))
        out[name] = {
            "calls_without": len(plain), "false_per_100": rate, "false_per_100_bound": bound,
            "ordinary_calls": len(ordinary), "ordinary_false_per_100": e7_rate,
            "ordinary_false_per_100_bound": e7_bound, "calls_with": len(has),
            "found_share": found.value, "found_low": found.low, "found_high": found.high,
        }  # fmt: skip
    return out


def expected_calibration_error(judged: Judged, chooser: Judged) -> float:
    """Return the mean gap between probability and frequency, ten equal bins, labels pooled."""
    probs, truth = [], []
    for label, name in enumerate(ALL):
        mine = judged.roles == ROLE_OF[name]
        probs.append(nested(judged, chooser, label)[0][mine])
        truth.append(judged.truth[mine, label])
    p, y = np.concatenate(probs), np.concatenate(truth)
    bins = np.minimum((p * 10).astype(int), 9)
    return float(
        sum(abs(p[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean() for b in set(bins))
    )


def unseen_probs(judged: dict[str, Judged], dialogues: Sequence[Dialogue]) -> dict[str, np.ndarray]:
    """
    Return probabilities (turns, labels) that nobody made who had seen the author.

    Where the encoder's fold was not run TF-IDF stands in; ``encoder`` tells which is which.
    """
    chooser = served(judged["written"], judged["heard"])
    probs = [nested(chooser, chooser, label)[0] for label in range(len(ALL))]
    rest = [fold for fold in range(len(FOLDS)) if fold not in set(chooser.fold)]
    calls, stand_in = tfidf_probs(dialogues, rest)
    return {
        "calls": np.concatenate([chooser.calls, calls]),
        "probs": np.concatenate([np.stack(probs, axis=1), stand_in]).astype(np.float16),
        "encoder": np.arange(len(chooser.calls) + len(calls)) < len(chooser.calls),
    }


def mean_f1(scores: dict[str, dict[str, float]]) -> float:
    """Return macro-F1 of a table; labels without positives are left out."""
    values = [row["f1"] for row in scores.values() if row["n"]]
    return sum(values) / len(values) if values else 0.0


def summary(judged: Judged) -> str:
    """Return average precision by label: what can be said of one fold without thresholds."""
    lines = []
    for label, name in enumerate(ALL):
        mine = judged.roles == ROLE_OF[name]
        truth, probs = judged.truth[mine, label] > 0, judged.logits[mine, label]
        made = score_label(name, truth, truth, probs, list(judged.calls[mine]))
        lines.append(f"{name:24} n {made.positives:4} AP {made.average_precision:.3f}")
    return "\n".join(lines)


def finish(judged: dict[str, Judged], dialogues: Sequence[Dialogue]) -> tuple[list[Head], dict]:
    """Return the heads to ship, from all folds, and the metrics, each fold judged by the others."""
    chooser = served(judged["written"], judged["heard"])
    run = sorted({int(f) for f in chooser.fold})
    metrics: dict = {"folds": [list(FOLDS[f]) for f in run], "split": "by author"}
    for kind, data in judged.items():
        scores = table(data, chooser)
        metrics[kind] = {
            "calls": len(set(data.calls)), "turns": len(data.calls), "macro_f1": mean_f1(scores),
            "labels": scores,
            "by_fold": {
                "+".join(FOLDS[f]): mean_f1(table(part(data, data.fold == f), chooser))
                for f in np.unique(data.fold)
            },
        }  # fmt: skip
    metrics["calibration_error"] = expected_calibration_error(chooser, chooser)
    metrics["alarms"] = alarms(chooser, chooser)
    metrics["baselines"] = {"majority": 0.0}
    for name, baseline in (("lexicon", lexicon), ("tfidf", tfidf)):
        rivals = baseline(dialogues, run)
        metrics["baselines"][name] = {
            kind: {label: counts.f1 for label, counts in rivals[kind].items()}
            | {"macro_f1": macro_f1(rivals[kind].values())}
            for kind in rivals
        }
    return [learn_head(chooser, label) for label in range(len(ALL))], metrics
