"""A form x a call -> the machine's scorecard: a range with its coverage, and proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qm.stages.forms.judged import Judged, not_applicable
from qm.stages.forms.model import AskedIf, Form, Question
from qm.stages.forms.said import Said
from qm.stages.forms.sources import SOURCES
from qm.types import Alert, Answer, CallView, CriticalFinding, Role, Scorecard

LEAST_COVERAGE = 0.5
"""With less than half of the points judged the percent would be about the other calls."""


def score(form: Form, view: CallView, alerts: Sequence[Alert] | None = None) -> Scorecard:
    """
    Judge a whole call against a form.

    Machine questions that could be judged make ``percent``; ``percent_low`` takes every "can't
    tell" as lost, ``percent_high`` as earned; ``coverage`` is the share of the points judged.
    Questions that do not apply are in none of them, suggested answers and those of persons neither.
    Critical findings are proposed, never made.

    Args:
        form: what to ask.
        view: the call, ended, with facts and outcome.
        alerts: what rules raised; None where they were not asked.
    """
    if reason := not_scoreable(form, view):
        return _unscored(form, view, reason)
    said = Said(view=view, alerts=None if alerts is None else tuple(alerts))
    judged = _judge(form, said)
    answers = tuple(_answer(q, judged[q.question]) for q in form.questions)
    applicable = [
        a
        for a in answers
        if a.who == "M" and a.max_points and a.state in ("answered", "cannot_tell")
    ]
    possible = sum(a.max_points for a in applicable)
    done = [a for a in applicable if a.state == "answered"]
    earned = sum(a.points or 0.0 for a in done)
    reached = sum(a.max_points for a in done)
    coverage = reached / possible if possible else 0.0
    enough = reached > 0 and coverage >= LEAST_COVERAGE
    return Scorecard(
        call_id=view.meta.call_id,
        form=form.key,
        answers=answers,
        critical=tuple(
            CriticalFinding(question=name, state="proposed", evidence=j.evidence, why=j.why)
            for name, j in judged.items()
            if j.proposed
        ),
        percent=_percent(earned, reached) if enough else None,
        percent_low=_percent(earned, possible) if possible else None,
        percent_high=_percent(earned + possible - reached, possible) if possible else None,
        coverage=round(coverage, 4),
        pass_=_pass(view),
    )


def not_scoreable(form: Form, view: CallView) -> str:
    """Return why a call cannot be scored by the machine, "" where it can."""
    facts = view.facts
    if view.not_validated:
        return "language not validated"
    if view.meta.disposition and view.meta.disposition in form.limits.dispositions:
        return "not a call to score (wrap-up code)"
    if facts and facts.lost_ms > form.limits.most_lost_share * facts.duration_ms:
        return "too much audio is missing"
    for side in (Role.AGENT, Role.CUSTOMER):
        if not any(t.role == side for t in view.turns):
            return f"nothing was heard of the {side}"
    if view.meta.medium == "voice" and _talk_ms(view) < form.limits.least_talk_ms:
        return "too little talk"
    return ""


def _talk_ms(view: CallView) -> int:
    if view.facts:
        return sum(view.facts.talk_ms.get(side, 0) for side in (Role.AGENT, Role.CUSTOMER))
    return sum(
        t.end_ms - t.start_ms
        for t in view.turns
        if t.role in (Role.AGENT, Role.CUSTOMER) and not t.on_hold
    )


def _judge(form: Form, said: Said) -> Mapping[str, Judged]:
    judged: dict[str, Judged] = {}
    for question in form.questions:
        if question.asked_if and not _asked(question.asked_if, judged, said):
            judged[question.question] = not_applicable("asked only in other cases")
        elif question.source is None:
            judged[question.question] = Judged(state="person_only")
        else:
            source = SOURCES[question.source.name]
            judged[question.question] = source.answer(said, question.source.settings)
    return judged


def _asked(condition: AskedIf, judged: Mapping[str, Judged], said: Said) -> bool:
    if condition.meta:
        return str(getattr(said.view.meta, condition.meta) or "") in condition.values
    before = judged[condition.question]
    return before.state not in ("answered", "not_applicable") or before.option in condition.values


def _answer(question: Question, judged: Judged) -> Answer:
    """Return the answer as stored; a person's question is never answered here."""
    state = judged.state
    if state == "answered" and (question.who == "P" or question.critical):
        state = "person_only"
    chosen = judged.option if state == "answered" else None
    return Answer(
        question=question.question,
        state=state,
        answer=chosen,
        points=None if chosen is None else question.points(chosen),
        max_points=question.weight,
        who=question.who,
        source=judged.source if state == "answered" else "none",
        evidence=judged.evidence,
        why=judged.why,
    )


def _unscored(form: Form, view: CallView, reason: str) -> Scorecard:
    return Scorecard(
        call_id=view.meta.call_id,
        form=form.key,
        answers=(),
        critical=(),
        percent=None,
        percent_low=None,
        percent_high=None,
        coverage=0.0,
        not_scoreable=reason,
        pass_=_pass(view),
    )


def _percent(earned: float, possible: float) -> float:
    return round(100 * earned / possible, 2)


def _pass(view: CallView) -> int:
    return max((t.pass_ for t in view.turns), default=0)
