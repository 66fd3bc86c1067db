"""
Train and check the outcomes of calls on out-of-fold labels of their turns.

    python train.py            # seconds; writes outcomes.json, metrics.json

``turns.npz`` holds, for every dialogue of ``../turn-labels/data``, the label probabilities that
weights made which had not seen its author (``../turn-labels/train.py`` writes it), so that the
outcomes are learned from labels as wrong as those they will meet; where that fold was not run a
TF-IDF model stands in, for learning only.  Measured by the same groups of
authors: each call by a model that saw none of its author's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

HERE = Path(__file__).parent
TURN_LABELS = HERE.parent / "turn-labels"
sys.path.insert(0, str(TURN_LABELS))

from package import write_model  # noqa: E402
from scheme import ALL, FOLDS, MARK, ROLE_OF, Dialogue, read_dialogues  # noqa: E402

from qm.evaluate.scoring import accuracy  # noqa: E402
from qm.stages.outcomes import (  # noqa: E402
    Heard,
    features,
    identity,
    read_outcome_model,
    resolution,
)
from qm.types import Role  # noqa: E402

VERSION = "2"
RESOLUTIONS = ("resolved", "partly", "unresolved", "follow_up")
#: Strong shrinkage: a hundred features on two hundred calls.  The middle of what works.
STRENGTH = 0.02
RIDGE = 150.0
#: Below this the best of four guesses was right less than every third time.
RESOLUTION_FLOOR = 0.32
#: Two kinds of identifier, as most centers ask; a question counts when it is rather one than not.
IDENTIFIERS, ASKED_FLOOR = 2, 0.4
#: Probabilities of disclosure below this are background: thirty turns of it would add up.
DISCLOSURE_FLOORS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)


def turns_of(dialogue: Dialogue, probs: np.ndarray) -> list[Heard]:
    """Return the turns as the outcomes see them; ``probs`` (turns, labels)."""
    out = []
    for turn, row in zip(dialogue["turns"], probs, strict=True):
        mine = {a: float(p) for a, p in zip(ALL, row, strict=True) if ROLE_OF[a] == turn["role"]}
        entities = frozenset(mark[1] for mark in MARK.finditer(turn["text"]))
        out.append(Heard(role=Role(turn["role"]), probs=mine, entities=entities))
    return out


def learn(calls: Sequence[list[Heard]], outcomes: Sequence[dict]) -> dict:
    """Return the model of these calls as it is written."""
    table = np.array([features(turns, ALL) for turns in calls])
    means, scales = table.mean(axis=0), table.std(axis=0)
    scales = np.where(scales > 1e-6, scales, 1.0)
    scaled = (table - means) / scales
    said = np.array([RESOLUTIONS.index(o["resolution"]) for o in outcomes])
    logistic = LogisticRegression(C=STRENGTH, max_iter=2000).fit(scaled, said)
    document = {
        "labels": list(ALL),
        "means": means.round(5).tolist(),
        "scales": scales.round(5).tolist(),
        "resolutions": list(RESOLUTIONS),
        "resolution_weights": np.c_[logistic.intercept_, logistic.coef_].round(5).tolist(),
        "resolution_floor": RESOLUTION_FLOOR,
        "effort_weights": _ridge(scaled, [o["patient_effort"] for o in outcomes]),
        "satisfaction_weights": _ridge(scaled, [o["csat"] for o in outcomes]),
        "disclosure_floor": 0.0,
        "asked_floor": ASKED_FLOOR,
        "identifiers": IDENTIFIERS,
    }
    truth = [o["identity"] for o in outcomes]

    def right(floor: float) -> int:
        model = read_outcome_model(document | {"disclosure_floor": floor})
        return sum(identity(c, model).value == t for c, t in zip(calls, truth, strict=True))

    document["disclosure_floor"] = max(DISCLOSURE_FLOORS, key=right)
    return document


def _ridge(scaled: np.ndarray, values: Sequence[float]) -> list[float]:
    fitted = Ridge(alpha=RIDGE).fit(scaled, np.array(values, dtype=float))
    return [round(float(fitted.intercept_), 5), *fitted.coef_.round(5).tolist()]


def judge(model: dict, calls: Sequence[list[Heard]]) -> list[tuple]:
    """Return resolution, identity, effort and satisfaction of each call."""
    made = read_outcome_model(model)
    out = []
    for turns in calls:
        row = np.concatenate([[1.0], (features(turns, ALL) - made.means) / made.scales])
        scores = [float(row @ w) for w in (made.effort_weights, made.satisfaction_weights)]
        out.append((resolution(row, made).value, identity(turns, made).value, *scores))
    return out


def measure(dialogues: Sequence[Dialogue], calls: Sequence[list[Heard]], served: set[str]) -> dict:
    """Return how good outcomes are on the calls ``served``, by authors their model did not see."""
    judged: dict[str, tuple] = {}
    for authors in FOLDS:
        inside = [n for n, d in enumerate(dialogues) if d["author"] not in authors]
        outside = [
            n for n, d in enumerate(dialogues) if d["author"] in authors and d["id"] in served
        ]
        if not outside:
            continue
        model = learn([calls[n] for n in inside], [dialogues[n]["outcome"] for n in inside])
        for n, made in zip(outside, judge(model, [calls[n] for n in outside]), strict=True):
            judged[dialogues[n]["id"]] = made
    dialogues = [d for d in dialogues if d["id"] in served]
    metrics: dict = {"calls": len(dialogues), "split": "by author"}
    for place, name in ((0, "resolution"), (1, "identity")):
        truth = {d["id"]: d["outcome"][name] for d in dialogues}
        made = accuracy(truth, {call: values[place] for call, values in judged.items()})
        common = max(truth.values(), key=list(truth.values()).count)
        metrics[name] = {
            "accuracy": made.value, "low": made.low, "high": made.high,
            "cannot_tell": sum(v[place] is None for v in judged.values()),
            "majority": accuracy(truth, dict.fromkeys(truth, common)).value,
            "confusion": {
                value: {
                    str(said): sum(
                        truth[c] == value and str(judged[c][place]) == said for c in truth
                    )
                    for said in sorted({str(v[place]) for v in judged.values()})
                }
                for value in sorted(set(truth.values()))
            },
        }  # fmt: skip
    for place, name, key in ((2, "effort", "patient_effort"), (3, "satisfaction", "csat")):
        truth_values = np.array([d["outcome"][key] for d in dialogues], dtype=float)
        said = np.clip(np.round([judged[d["id"]][place] for d in dialogues]), 1, 5)
        metrics[name] = {
            "mean_error": float(np.abs(said - truth_values).mean()),
            "mean_error_of_median": float(np.abs(truth_values - np.median(truth_values)).mean()),
            "within_one": float((np.abs(said - truth_values) <= 1).mean()),
        }
    return metrics


def read_calls() -> tuple[list[Dialogue], list[list[Heard]], set[str]]:
    """Return the dialogues, their turns with out-of-fold labels, and which the encoder labelled."""
    dialogues = read_dialogues()
    data = np.load(HERE / "turns.npz")
    ids, probs = data["calls"], data["probs"].astype(float)
    rows = {str(i): probs[ids == i] for i in set(ids)}
    dialogues = [d for d in dialogues if d["id"] in rows]
    served = {str(i) for i in ids[data["encoder"]]}
    return dialogues, [turns_of(d, rows[d["id"]]) for d in dialogues], served


def main() -> None:
    """Measure by author, then train on all and write the files."""
    dialogues, calls, served = read_calls()
    metrics = measure(dialogues, calls, served)
    (HERE / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    model = learn(calls, [d["outcome"] for d in dialogues])
    (HERE / "outcomes.json").write_text(json.dumps(model, separators=(",", ":")) + "\n")
    write_model(HERE, VERSION, "outcomes", ["outcomes.json"])
    print(json.dumps(metrics, indent=1))


if __name__ == "__main__":
    main()
