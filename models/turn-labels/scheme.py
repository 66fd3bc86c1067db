"""The labels, the dialogues and the split: what training, measuring and baselines share."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import numpy as np

LABELS: dict[str, tuple[str, ...]] = {
    "agent": (
        "greeting", "verification", "disclosure", "empathy_strong", "empathy_weak",
        "missed_empathy", "negative_language", "positive_language", "specific_instructions",
        "vague_instructions", "hold_notice", "transfer_offer", "script_reading", "apology",
        "closing", "red_flag_response",
    ),
    "customer": (
        "distress_cue", "anger", "abuse", "escalation_request", "red_flag", "satisfaction",
        "dissatisfaction", "repeat_contact", "cancel_threat", "confusion", "resolution_confirmed",
    ),
}  # fmt: skip
ALL = LABELS["agent"] + LABELS["customer"]
ROLE_OF = {label: role for role, labels in LABELS.items() for label in labels}

#: Five groups of authors of about the same number of calls; nobody writes in two.
FOLDS = (("e5", "e1"), ("e7", "e2"), ("d1", "e3", "e4"), ("d2", "e6", "e8"), ("d3", "e9", "e10"))

MARK = re.compile(r"\[([A-Z0-9_]+)\|([^\]]*)\]")
Dialogue = dict  # one line of data/dialogues.jsonl


def read_dialogues() -> list[Dialogue]:
    """Return the dialogues, by id."""
    with (Path(__file__).parent / "data" / "dialogues.jsonl").open() as lines:
        return [json.loads(line) for line in lines]


def redact(text: str, rng: random.Random, left: float) -> str:
    """Return a marked text as the redactor would give it out, a share ``left`` of it missed."""
    return MARK.sub(lambda m: m[2] if rng.random() < left else f"[{m[1]}]", text)


def truth_of(turn: Dialogue) -> np.ndarray:
    """Return the labels of one turn that its role may carry, float32 of shape (labels,)."""
    mine = {label for label in turn["labels"] if ROLE_OF[label] == turn["role"]}
    return np.array([label in mine for label in ALL], dtype=np.float32)


def asked_of(turn: Dialogue) -> np.ndarray:
    """Return which labels the turn's role may carry, float32 of shape (labels,)."""
    return np.array([ROLE_OF[label] == turn["role"] for label in ALL], dtype=np.float32)
