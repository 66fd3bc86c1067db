"""
Count alarms on service dialogues of other trades, where hardly any can be right.

    python elsewhere.py FREE_DIR [--most 2000]      # FREE_DIR/star/star_dialogues.jsonl.gz

STAR (Mosig et al., 2020; MIT): role-played chats about appointments, banking, travel, meals; none
was seen in training.  Its texts stay where they are; nothing is written where they are missing.
Every alarm counts as false, though some players do act out trouble, so the rate is an upper one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path

from qm.engines.base import LabelRequest
from qm.engines.transformer import OnnxTurnClassifier
from qm.evaluate.scoring import alarms_per_100
from qm.stages.scores import decide, read_policies
from qm.types import Role

HERE = Path(__file__).parent
#: What the worker shows of the turns before.
CONTEXT_TURNS = 4


def star(path: Path) -> list[list[tuple[Role, str]]]:
    """Return the complete dialogues as (role, text) turns."""
    with gzip.open(path, "rt") as lines:
        said = [json.loads(line) for line in lines]
    roles = {"User": Role.CUSTOMER, "Wizard": Role.AGENT}
    return [
        [(roles[t["agent"]], t["text"]) for t in d["turns"] if t["agent"] in roles and t["text"]]
        for d in said
        if d["completion"] == "Complete"
    ]


def customer_turns(turns: list[tuple[Role, str]]) -> Iterator[LabelRequest]:
    """Yield what is asked of each turn of the customer: alerts rest on those alone."""
    for at, (role, text) in enumerate(turns):
        if role is Role.CUSTOMER:
            before = tuple(turns[max(0, at - CONTEXT_TURNS) : at])
            yield LabelRequest(role=role, text=text, before=before)


def main() -> None:
    """Count, and write ``elsewhere.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("free", type=Path)
    parser.add_argument("--most", type=int, default=2000)
    args = parser.parse_args()
    path = args.free / "star" / "star_dialogues.jsonl.gz"
    if not path.exists():
        print(f"skipped: {path} is missing")
        return
    dialogues = star(path)
    random.Random(0).shuffle(dialogues)
    dialogues = dialogues[: args.most]
    classifier = OnnxTurnClassifier(HERE)
    policies = read_policies(tomllib.loads((HERE / "labels.toml").read_text()))
    raised: dict[str, int] = {p.label: 0 for p in policies if p.alert_prob is not None}
    for turns in dialogues:
        answers = classifier.classify(list(customer_turns(turns)))
        labels = {x.label for probs in answers for x in decide(Role.CUSTOMER, probs, policies)
                  if x.alert}  # fmt: skip
        for label in labels:
            raised[label] += 1
    made = {}
    for label, calls in raised.items():
        rate, bound = alarms_per_100(calls, len(dialogues))
        made[label] = {"dialogues": len(dialogues), "per_100": rate, "per_100_bound": bound}
    (HERE / "elsewhere.json").write_text(json.dumps({"star": made}, indent=1) + "\n")
    print(json.dumps(made, indent=1))


if __name__ == "__main__":
    main()
