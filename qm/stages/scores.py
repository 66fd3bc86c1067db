"""Label probabilities -> labels that are on, off or unsure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qm.types import Label, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPolicy:
    """How one label is decided.  The numbers come with the model: ``models/turn-labels``."""

    label: str
    role: Role  #: whose turns may carry it
    on_prob: float  #: on from here: the best F1 on authors the weights did not see
    unsure_prob: float  #: below ``on_prob`` but not below this: neither yes nor no
    alert_prob: float | None = None  #: for alerts: a false rate on ordinary calls; None: never


def read_policies(document: Mapping[str, object]) -> tuple[LabelPolicy, ...]:
    """
    Return the policies in ``labels.toml`` (decoded), in the order of the model's labels.

    Raises:
        KeyError: an entry is incomplete.
        ValueError: probabilities are out of order, or a role is unknown.
    """
    entries = document["labels"]
    if not isinstance(entries, Sequence):
        raise ValueError("labels: a list is needed")
    return tuple(_policy(entry) for entry in entries)


def _policy(entry: Mapping[str, object]) -> LabelPolicy:
    alert = entry.get("alert_prob")
    policy = LabelPolicy(
        label=str(entry["label"]),
        role=Role(str(entry["role"])),
        on_prob=float(str(entry["on_prob"])),
        unsure_prob=float(str(entry["unsure_prob"])),
        alert_prob=None if alert is None else float(str(alert)),
    )
    ordered = 0.0 <= policy.unsure_prob <= policy.on_prob <= (policy.alert_prob or 1.0) <= 1.0
    if not ordered:
        raise ValueError(f"{policy.label}: needs unsure_prob <= on_prob <= alert_prob")
    return policy


def decide(role: Role, probs: np.ndarray, policies: Sequence[LabelPolicy]) -> tuple[Label, ...]:
    """
    Decide every label that a turn of ``role`` may carry.

    A label of an agent is never put on a customer's turn or the other way round; a turn of anybody
    else carries none.

    Args:
        role: who spoke.
        probs: calibrated, shape (labels,), in the order of ``policies``; empty: not judged.
        policies: one a label.

    Returns:
        The labels of the role, on or not; none where nothing was judged.
    """
    if not len(probs):
        return ()
    return tuple(
        Label(
            label=policy.label,
            label_prob=float(prob),
            on=bool(prob >= policy.on_prob),
            unsure=bool(policy.unsure_prob <= prob < policy.on_prob),
            alert=policy.alert_prob is not None and bool(prob >= policy.alert_prob),
        )
        for policy, prob in zip(policies, probs, strict=True)
        if policy.role is role
    )
