"""Sources for a site's own questions: a label, a fact, a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qm.stages.forms.judged import Judged, answered, cannot_tell, look
from qm.stages.forms.said import Said, names
from qm.types import Evidence


def label(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether a label is heard in somebody's turns, or in the last few of them."""
    turns = said.agent if settings["role"] == "agent" else said.customer
    last = int(str(settings.get("last_turns", 0)))
    first = int(str(settings.get("first_turns", 0)))
    searched = turns[-last:] if last else turns[:first] if first else turns
    name = str(settings["label"])
    found = said.having(searched, name)
    if found:
        return answered(str(settings["present"]), f"{name} heard", found)
    if any(said.has(t, name) == "unsure" for t in searched) or not searched:
        return cannot_tell(f"whether {name} was heard is not sure", searched)
    return answered(str(settings["absent"]), f"no {name} in {len(searched)} turns", searched[-2:])


def phrases(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer that somebody used one of the phrases; that nobody did says nothing."""
    turns = said.agent if settings["role"] == "agent" else said.customer
    since_ms = said.view.clock_ms * (1 - float(str(settings.get("last_share", 1))))
    wanted = "|".join(rf"\b{re.escape(phrase)}\b" for phrase in names(settings, "any"))
    pattern = re.compile(wanted, re.IGNORECASE)
    found = [t for t in turns if t.end_ms >= since_ms and pattern.search(t.text)]
    if found:
        return answered(str(settings["present"]), "one of the phrases was used", found)
    return cannot_tell("none of the phrases was used", turns[-2:])


def listed(said: Said, settings: Mapping[str, object]) -> Judged:
    """List the turns that carry a label, for a person to look at."""
    turns = said.agent if settings["role"] == "agent" else said.customer
    found = said.having(turns, str(settings["label"]))
    return look(f"{len(found)} turns with {settings['label']}", found)


def fact(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether a fact is over a limit."""
    facts = said.view.facts
    if facts is None:
        return cannot_tell("no facts of this call")
    name = str(settings["fact"])
    value = getattr(facts, name)
    if isinstance(value, Mapping):
        value = value.get(str(settings.get("of", "")), 0)
    over = value > float(str(settings["over"]))
    return answered(
        str(settings["then"] if over else settings["otherwise"]),
        f"{name} is {value}",
        source="fact",
    )


def rule(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether a rule raised an alert on this call."""
    if said.alerts is None:
        return cannot_tell("rules were not asked")
    name = str(settings["rule"])
    raised = [a for a in said.alerts if a.rule == name]
    if not raised:
        return answered(str(settings["otherwise"]), f"{name} did not match", source="rule")
    evidence: tuple[Evidence, ...] = tuple(e for a in raised for e in a.evidence)
    return Judged(
        state="answered",
        option=str(settings["matched"]),
        source="rule",
        evidence=evidence,
        why=f"{name} matched",
    )
