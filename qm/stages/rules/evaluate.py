"""
Rules over a view -> alerts, and for each rule whether it matched.

Stateless: the same view gives the same alerts, whatever was asked before.  Calling it after each
utterance and at each advance of the clock gives every alert at its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qm.stages.rules.conditions import Finder
from qm.stages.rules.heard import Doubt, Heard, Moment, listen
from qm.stages.rules.leaves import Found
from qm.stages.rules.model import Rule
from qm.types import Alert, CallView, Severity

_RANK = {Severity.INFO: 0, Severity.WARN: 1, Severity.URGENT: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one rule: "could not evaluate" is never "not matched"."""

    rule: str
    rule_version: int
    outcome: Literal["matched", "not_matched", "could_not_evaluate"]
    alerts: tuple[Alert, ...] = ()
    reason: str = ""  #: why it could not be evaluated: names and numbers, no content
    turn_index: int | None = None  #: the first turn that stands in the way


def evaluate(
    rules: Sequence[Rule], view: CallView, until_ms: int, on: frozenset[str] = frozenset()
) -> tuple[Alert, ...]:
    """
    Return the alerts of a call up to ``until_ms``.

    An alert's ``at_ms`` is the end of the window that decided it, in call time; ``closed_ms`` is
    when the awaited step was heard after all.  An alert once raised stays raised even when a label
    is taken back later: the caller keeps what it has shown, by ``alert_id``.

    Args:
        rules: what to look for; rules for after the call are passed over while it lasts.
        view: the call so far; windows are cut at its end once it has ended.
        until_ms: call time; at most ``view.clock_ms``.
        on: rules that somebody has turned on; alerts of the others are silent.
    """
    return tuple(a for f in judge(rules, view, until_ms, on) for a in f.alerts)


def judge(
    rules: Sequence[Rule], view: CallView, until_ms: int, on: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Return for each rule that applies now what came of it; arguments as for ``evaluate``."""
    heard = listen(view, until_ms)
    return tuple(_finding(r, heard, on) for r in rules if r.when == "live" or heard.ended)


def _finding(rule: Rule, heard: Heard, on: frozenset[str]) -> Finding:
    finder = Finder(heard, rule.doubt)
    scope = finder.find(rule.scope) if rule.scope else None
    if scope is not None and not scope.moments:
        return _no_alert(rule, scope.doubts)
    found = [(finder.find(c.condition), c.severity) for c in rule.cases]
    silent = rule.starts == "silent" and rule.name not in on
    alerts = [
        _alert(rule, heard, moment, severity, silent)
        for case, severity in found
        for moment in case.moments
        if moment.evidence or not rule.needs_evidence
    ]
    if not alerts:
        return _no_alert(rule, [d for case, _ in found for d in case.doubts])
    closing = finder.find(rule.closes, generous=True) if rule.closes else Found()
    return Finding(
        rule=rule.name,
        rule_version=rule.version,
        outcome="matched",
        alerts=tuple(_close(a, closing.moments) for a in _once(rule, alerts)),
    )


def _no_alert(rule: Rule, doubts: Sequence[Doubt]) -> Finding:
    first = min(doubts, key=lambda d: d.at_ms, default=None)
    return Finding(
        rule=rule.name,
        rule_version=rule.version,
        outcome="could_not_evaluate" if first else "not_matched",
        reason=first.reason if first else "",
        turn_index=first.turn_index if first and first.turn_index >= 0 else None,
    )


def _alert(rule: Rule, heard: Heard, moment: Moment, severity: Severity, silent: bool) -> Alert:
    call_id = heard.view.meta.call_id
    name = "\n".join((call_id, rule.name, moment.cause))
    return Alert(
        alert_id=hashlib.sha256(name.encode()).hexdigest()[:32],
        call_id=call_id,
        rule=rule.name,
        rule_version=rule.version,
        severity=severity,
        at_ms=moment.at_ms,
        evidence=moment.evidence,
        act=rule.act,
        when=rule.when,
        silent=silent,
    )


def _once(rule: Rule, alerts: Iterable[Alert]) -> list[Alert]:
    """Keep an alert unless one at least as severe was raised shortly before, or it is the same."""
    kept: list[Alert] = []
    for alert in sorted(alerts, key=_order):
        if not any(
            k.alert_id == alert.alert_id
            or (
                _RANK[k.severity] >= _RANK[alert.severity]
                and alert.at_ms - k.at_ms < rule.cooldown_ms
            )
            for k in kept
        ):
            kept.append(alert)
    return kept


def _order(alert: Alert) -> tuple[int, int, int, str]:
    """Order by time, then the graver first, then what was said first."""
    said_ms = alert.evidence[0].start_ms if alert.evidence else 0
    return alert.at_ms, -_RANK[alert.severity], said_ms, alert.alert_id


def _close(alert: Alert, closing: Iterable[Moment]) -> Alert:
    heard = [m.heard_ms for m in closing if m.heard_ms > alert.at_ms]
    return replace(alert, closed_ms=min(heard)) if heard else alert
