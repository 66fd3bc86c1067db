"""A form x a person's answers -> percent, band and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from qm.errors import InputError
from qm.stages.forms.model import FailPolicy, Form, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A person's answer to one question."""

    question: str
    state: Literal["answered", "not_applicable", "not_judged"] = "answered"
    chosen: tuple[str, ...] = ()  #: of single (one) and multi
    number: float | None = None  #: of numeric


@dataclass(frozen=True, slots=True, kw_only=True)
class Percent:
    """What a person's answers come to.  Critical findings stand beside the percent."""

    percent: float | None  #: of the points that apply, after a finding's policy; None: too little
    before_findings: float | None  #: the same without any finding
    earned: float
    possible: float  #: points of the answered questions: N/A has been spread over them
    bonus: float
    band: str  #: title; "" where there is no percent and no finding
    findings: tuple[str, ...]  #: questions whose answer is a finding
    sections: Mapping[str, float | None]  #: percent by section; None where nothing was answered
    too_little: bool  #: fewer points left than the form asks for
    not_judged: int  #: "could not be judged from the recording"
    open: tuple[str, ...]  #: required questions without an answer


def tally(form: Form, answers: Iterable[Reply]) -> Percent:
    """
    Add up a person's answers.

    A question that does not apply, or could not be judged, gives its weight to the others: percent
    = 100 x sum of points / sum of weights of the answered ones.  Bonus points come on top.  A
    finding leaves the percent (``flag_only``), or makes the form or its section zero.

    Raises:
        InputError: an answer to no question of the form, two to one, or one that it does not have.
    """
    replies = _by_question(form, answers)
    earned = {q.question: 0.0 for q in form.questions}
    done: list[Question] = []
    for question in form.questions:
        reply = replies.get(question.question)
        if reply is not None and reply.state == "answered":
            earned[question.question] = _points(question, reply)
            done.append(question)
    policies = {q.question: _policy(form, q, replies[q.question]) for q in done}
    findings = tuple(name for name, policy in policies.items() if policy)
    zeroed = {q.section for q in done if policies[q.question] == "zero_section"}
    scored = [q for q in done if not q.bonus]
    possible = sum(q.weight for q in scored)
    bonus = sum(earned[q.question] for q in done if q.bonus)
    total = sum(earned[q.question] for q in scored)
    kept = sum(earned[q.question] for q in scored if q.section not in zeroed)
    too_little = possible < form.limits.least_points
    before = None if too_little else _share(total + bonus, possible)
    percent = None if too_little else _share(kept + bonus, possible)
    if percent is not None and "zero_form" in policies.values():
        percent = 0.0
    return Percent(
        percent=percent,
        before_findings=before,
        earned=total,
        possible=possible,
        bonus=bonus,
        band=form.not_met if findings else _band(form, percent),
        findings=findings,
        sections={s.section: _section(s.section, scored, earned, zeroed) for s in form.sections},
        too_little=too_little,
        not_judged=sum(r.state == "not_judged" for r in replies.values()),
        open=tuple(q.question for q in form.questions if q.required and q.question not in replies),
    )


def _by_question(form: Form, answers: Iterable[Reply]) -> Mapping[str, Reply]:
    known = {q.question for q in form.questions}
    replies: dict[str, Reply] = {}
    for reply in answers:
        if reply.question not in known:
            raise InputError(f"form {form.key}: no question {reply.question}")
        if reply.question in replies:
            raise InputError(f"form {form.key}: two answers to {reply.question}")
        replies[reply.question] = reply
    return replies


def _points(question: Question, reply: Reply) -> float:
    wrong = InputError(f"question {question.question}: no such answer")
    if question.kind == "numeric":
        if reply.number is None:
            raise wrong
        fits = [r.points for r in question.ranges if r.low <= reply.number <= r.high]
        return fits[0] if fits else 0.0
    if question.kind in ("text", "date"):
        return 0.0
    if not reply.chosen or (question.kind == "single" and len(reply.chosen) > 1):
        raise wrong
    try:
        points = sum(question.points(option) for option in dict.fromkeys(reply.chosen))
    except KeyError:
        raise wrong from None
    return min(points, question.weight)


def _policy(form: Form, question: Question, reply: Reply) -> FailPolicy | None:
    """Return what the chosen answer does to the score, None where it is no finding."""
    for option in question.options:
        if option.fails and option.option in reply.chosen:
            return form.fail_policy if option.fails == "default" else option.fails
    return None


def _section(
    section: str, scored: Iterable[Question], earned: Mapping[str, float], zeroed: set[str]
) -> float | None:
    mine = [q for q in scored if q.section == section and q.weight]
    if not mine:
        return None
    total = 0.0 if section in zeroed else sum(earned[q.question] for q in mine)
    return _share(total, sum(q.weight for q in mine))


def _band(form: Form, percent: float | None) -> str:
    if percent is None:
        return ""
    return next((b.title for b in form.bands if percent >= b.least), "")


def _share(earned: float, possible: float) -> float:
    return round(100 * earned / possible, 2) if possible else 0.0
