"""Every source of a machine answer by the name that forms call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qm.stages.forms import care, ending, generic, opening, safety, understanding
from qm.stages.forms.judged import Judged
from qm.stages.forms.said import Said
from qm.types import CallFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """How a source answers, with which options, and what it must and may be told."""

    answer: Callable[[Said, Mapping[str, object]], Judged]
    options: tuple[str, ...] = ()  #: it may choose these
    chosen: tuple[str, ...] = ()  #: settings that hold options
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


_YES = ("yes", "part", "no")
_IDENTITY = ("identifiers", "not_counted")

SOURCES: Mapping[str, SourceSpec] = {
    "opening": SourceSpec(answer=opening.opening, options=_YES, takes=("parts",)),
    "identity": SourceSpec(answer=opening.identity, options=_YES, takes=_IDENTITY),
    "right_person": SourceSpec(answer=opening.right_person, takes=_IDENTITY),
    "third_party": SourceSpec(answer=opening.third_party),
    "need": SourceSpec(answer=understanding.need, options=("yes",)),
    "known": SourceSpec(answer=understanding.known, options=("no",)),
    "language_access": SourceSpec(answer=understanding.language_access),
    "distress": SourceSpec(answer=care.distress, options=("all", "some", "none")),
    "respectful": SourceSpec(answer=care.respectful, options=("none", "one", "more")),
    "let_finish": SourceSpec(answer=care.let_finish, options=("yes", "no")),
    "hold_notice": SourceSpec(answer=care.hold_notice, options=_YES),
    "reply_wait": SourceSpec(answer=care.reply_wait, options=("yes", "no"), needs=("over_s",)),
    "correct": SourceSpec(answer=ending.correct),
    "ending": SourceSpec(answer=ending.ending, options=_YES),
    "read_back": SourceSpec(answer=ending.read_back, options=_YES, takes=("kind",)),
    "handed_on": SourceSpec(answer=ending.handed_on, options=_YES),
    "closing": SourceSpec(answer=ending.closing, options=("yes", "no")),
    "safety_step": SourceSpec(answer=safety.safety_step, takes=("late_s",)),
    "conduct": SourceSpec(answer=safety.conduct),
    "label": SourceSpec(
        answer=generic.label,
        chosen=("present", "absent"),
        needs=("label", "role"),
        takes=("first_turns", "last_turns"),
    ),
    "phrases": SourceSpec(
        answer=generic.phrases, chosen=("present",), needs=("role", "any"), takes=("last_share",)
    ),
    "listed": SourceSpec(answer=generic.listed, needs=("role", "label")),
    "fact": SourceSpec(
        answer=generic.fact, chosen=("then", "otherwise"), needs=("fact", "over"), takes=("of",)
    ),
    "rule": SourceSpec(answer=generic.rule, chosen=("matched", "otherwise"), needs=("rule",)),
}


_NUMBERS = frozenset(
    ["identifiers", "late_s", "over_s", "over", "last_share", "first_turns", "last_turns"]
)
_LISTS = frozenset(["parts", "not_counted", "any"])
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "role": ("agent", "customer"),
    "kind": tuple(ending.PARTS),
    "fact": tuple(f for f in CallFacts.__slots__ if f not in ("call_id", "silences")),
}


def problem(name: str, settings: Mapping[str, object], options: frozenset[str]) -> str:
    """Return what is wrong with a question's source, "" where it fits the question's options."""
    spec = SOURCES.get(name)
    if spec is None:
        return f"source must be one of {', '.join(sorted(SOURCES))}"
    needed = {*spec.needs, *spec.chosen}
    if missing := needed - settings.keys():
        return f"{name} needs {', '.join(sorted(missing))}"
    if unknown := settings.keys() - needed - {*spec.takes}:
        return f"{name} does not take {', '.join(sorted(unknown))}"
    chosen = {*spec.options, *(str(settings[key]) for key in spec.chosen)}
    if unknown := chosen - options:
        return f"{name} may answer {', '.join(sorted(unknown))}, which is no option"
    for key, value in settings.items():
        if key in _NUMBERS and (not isinstance(value, int | float) or isinstance(value, bool)):
            return f"{key} must be a number"
        if key in _LISTS and not (isinstance(value, list) and value):
            return f"{key} must be a list"
        if key in _CHOICES and value not in _CHOICES[key]:
            return f"{key} must be one of {', '.join(_CHOICES[key])}"
    return ""
