"""Forms x the metadata of a call -> the form it is scored on."""

from __future__ import annotations

from collections.abc import Iterable

from qm.stages.forms.model import Form, Meant
from qm.types import CallMeta, Direction, Medium


def choose_form(forms: Iterable[Form], meta: CallMeta) -> Form | None:
    """
    Return the form that is meant for a call, None where there is none: no form, no score.

    Of several the one that names the queue most closely wins, then the newest version.
    """
    return form_for(forms, meta.queue, meta.direction, meta.medium)


def form_for(
    forms: Iterable[Form], queue: str, direction: Direction, medium: Medium
) -> Form | None:
    """Return the form for calls of a queue, direction and channel; None where there is none."""
    fitting = [
        (closeness, form.version, form.name, form)
        for form in forms
        if (closeness := _closeness(form.meant, queue, direction, medium)) is not None
    ]
    return max(fitting, key=lambda f: f[:3])[3] if fitting else None


def _closeness(meant: Meant, queue: str, direction: Direction, medium: Medium) -> int | None:
    """Return how many letters of the queue's name a form names, None where it is not for it."""
    if direction not in meant.directions or medium not in meant.media:
        return None
    if any(_fits(pattern, queue) for pattern in meant.except_queues):
        return None
    named = [p for p in meant.queues if _fits(p, queue)]
    return max((2 * len(p.rstrip("*")) + (not p.endswith("*")) for p in named), default=None)


def _fits(pattern: str, queue: str) -> bool:
    return queue.startswith(pattern[:-1]) if pattern.endswith("*") else queue == pattern
