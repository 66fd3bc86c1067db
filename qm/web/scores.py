"""The machine's check of a call as its page shows it: a range, its coverage, the reasons."""

from __future__ import annotations

from dataclasses import dataclass

from qm.types import Answer, CriticalFinding, Scorecard
from qm.web.deps import FormText, QuestionText, WebDeps

SCALE_WIDTH = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """One question with the machine's answer."""

    words: QuestionText
    answer: Answer
    tone: str  #: met, look, "" : full points, less than full, nothing to say

    @property
    def points(self) -> str:
        """Return "8 / 10" where points were given."""
        if self.answer.points is None or not self.answer.max_points:
            return ""
        return f"{self.answer.points:g} / {self.answer.max_points:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFinding:
    """A critical finding that a person must confirm or dismiss."""

    words: QuestionText
    finding: CriticalFinding


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownScore:
    """A scorecard by machine."""

    form: str
    title: str
    card: Scorecard
    low: int | None  #: percent, every "can't tell" lost
    high: int | None  #: every "can't tell" earned
    coverage: int  #: percent of the machine's points that it could judge
    answers: tuple[ShownAnswer, ...]
    critical: tuple[ShownFinding, ...]


def shown_score(card: Scorecard, deps: WebDeps, *, own_page: bool) -> ShownScore:
    """
    Return what a page shows of ``card``.

    Args:
        card: the newest one.
        deps: for the form's words.
        own_page: for the agent: what nobody has confirmed stays out.
    """
    form = _form(card.form, deps)
    findings = [one for one in card.critical if one.state == "confirmed" or not own_page]
    return ShownScore(
        form=card.form,
        title=form.title,
        card=card,
        low=None if card.percent_low is None else round(card.percent_low),
        high=None if card.percent_high is None else round(card.percent_high),
        coverage=round(100 * card.coverage),
        answers=tuple(
            ShownAnswer(words=form.question(one.question), answer=one, tone=_tone(one))
            for one in card.answers
        ),
        critical=tuple(
            ShownFinding(words=form.question(one.question), finding=one)
            for one in findings
            if one.state != "dismissed"
        ),
    )


def _form(name: str, deps: WebDeps) -> FormText:
    for form in deps.forms:
        if form.form == name:
            return form
    return FormText(form=name, title=name, questions=())


def _tone(answer: Answer) -> str:
    if answer.state != "answered" or answer.points is None:
        return ""
    return "met" if answer.points >= answer.max_points else "look"
