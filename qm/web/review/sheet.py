"""A form as a reviewer fills it in: their answers beside the machine's, where those may be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qm.errors import InputError
from qm.io.store.calls import CallRow
from qm.io.store.drafts import Draft, DraftAnswer
from qm.io.store.evaluations import GivenAnswer
from qm.io.store.reviews import ReviewRow
from qm.stages.forms import Form, Percent, Question, Reply, form_for, tally
from qm.types import Answer, Evidence, Scorecard
from qm.web.deps import WebDeps

REASONS = ("heard_wrong", "wrong_speaker", "context", "policy", "guidance", "other")
REASON_KEYS = dict(zip(REASONS, "hscpgo", strict=True))
"""One key a reason, the first letter of its English name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the machine says of a question."""

    said: str  #: option, not_applicable, cannot_tell; "" where it points to moments only
    suggested: bool  #: counts only when a person confirms it
    why: str
    evidence: tuple[Evidence, ...]
    proposed: bool = False  #: a critical finding to confirm or dismiss


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of the sheet."""

    question: Question
    section: str  #: title, where a new one begins; else ""
    given: DraftAnswer | None
    machine: Machine | None  #: None while it is hidden, and where it has nothing to say
    hidden: bool  #: shown when the person has answered
    contested: str  #: typed_id of what the agent wrote about it; "" for nothing

    @property
    def state(self) -> str:
        """``open``, ``own``, ``agreed``, ``changed``, ``reason`` (asked for)."""
        if self.given is None:
            return "open"
        if self.hidden or self.machine is None or self.machine.said in ("", "cannot_tell"):
            return "own"
        if self.given.said == self.machine.said:
            return "agreed"
        return "changed" if self.given.reason or self.given.first else "reason"

    @property
    def differs(self) -> bool:
        """Whether the machine has an answer, and it is another one."""
        return self.state in ("changed", "reason")

    @property
    def done(self) -> bool:
        return self.state not in ("open", "reason") or (
            self.state == "open" and not self.question.required
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form with everything that a person has answered on it."""

    form: Form
    review: ReviewRow
    draft: Draft
    asked: tuple[Asked, ...]
    result: Percent
    card: Scorecard | None = field(repr=False)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.asked)

    @property
    def complete(self) -> bool:
        """Whether it may be submitted."""
        return self.done == len(self.asked)


def form_of(deps: WebDeps, call: CallRow, card: Scorecard | None) -> Form | None:
    """Return the form to review a call on: the machine's, else the one for its queue; or None."""
    for form in deps.scoring:
        if card is not None and form.key == card.form:
            return form
    direction = "outbound" if call.direction == "outbound" else "inbound"
    return form_for(deps.scoring, call.queue, direction, call.medium)  # type: ignore[arg-type]


def make_sheet(
    form: Form, review: ReviewRow, card: Scorecard | None, draft: Draft | None, now: int
) -> Sheet:
    """Return the sheet of a review as its reviewer may see it."""
    draft = draft or Draft(begun_at=now)
    machine = machine_answers(card)
    titles = {section.section: section.title for section in form.sections}
    asked: list[Asked] = []
    section = ""
    for question in form.questions:
        if not applies(question, draft.answers):
            continue
        given = draft.answers.get(question.question)
        found = machine.get(question.question)
        hidden = review.blind and given is None
        asked.append(
            Asked(
                question=question,
                section="" if question.section == section else titles.get(question.section, ""),
                given=given,
                machine=None if hidden else found,
                hidden=hidden,
                contested=review.contested.get(question.question, ""),
            )
        )
        section = question.section
    return Sheet(
        form=form,
        review=review,
        draft=draft,
        asked=tuple(asked),
        result=tally(form, replies(form, draft.answers)),
        card=card,
    )


def applies(question: Question, answers: Mapping[str, DraftAnswer]) -> bool:
    """Return whether a question is asked, given what was answered so far."""
    condition = question.asked_if
    if condition is None or condition.meta or not condition.question:
        return True
    before = answers.get(condition.question)
    return before is None or bool(set(before.chosen) & set(condition.values))


def machine_answers(card: Scorecard | None) -> Mapping[str, Machine]:
    """Return what the machine says by question: its answers, and its proposals of findings."""
    if card is None:
        return {}
    found = {answer.question: _machine(answer) for answer in card.answers}
    for finding in card.critical:
        if finding.state == "proposed":
            found[finding.question] = Machine(
                said="", suggested=True, why=finding.why, evidence=finding.evidence, proposed=True
            )
    return {name: one for name, one in found.items() if one.said or one.evidence or one.why}


def _machine(answer: Answer) -> Machine:
    said = answer.answer or "" if answer.state == "answered" else answer.state
    return Machine(
        said="" if said == "person_only" else said,
        suggested=answer.who != "M",
        why=answer.why,
        evidence=answer.evidence,
    )


def replies(form: Form, answers: Mapping[str, DraftAnswer]) -> tuple[Reply, ...]:
    """Return a draft's answers as the form adds them up; unasked questions do not apply."""
    found: list[Reply] = []
    for question in form.questions:
        given = answers.get(question.question)
        if not applies(question, answers):
            found.append(Reply(question=question.question, state="not_applicable"))
        elif given is not None:
            found.append(
                Reply(
                    question=question.question,
                    state=given.state,
                    chosen=given.chosen,
                    number=given.number,
                )
            )
    return tuple(found)


def checked(form: Form, question: str, given: DraftAnswer) -> Question:
    """
    Return the question that an answer is to.

    Raises:
        InputError: the form has no such question or the question no such answer.
    """
    reply = Reply(question=question, state=given.state, chosen=given.chosen, number=given.number)
    tally(form, [reply])
    asked = form.question(question)
    if given.state == "not_applicable" and not asked.not_applicable:
        raise InputError(f"question {question}: it always applies")
    return asked


def given_answers(sheet: Sheet) -> tuple[GivenAnswer, ...]:
    """Return the answers of a complete sheet as they are submitted."""
    machine = machine_answers(sheet.card)
    return tuple(_given(one, machine.get(one.question.question)) for one in sheet.asked)


def _given(asked: Asked, machine: Machine | None) -> GivenAnswer:
    question, given = asked.question, asked.given
    said = machine.said if machine else ""
    if given is None:  # an answer that is not required
        return GivenAnswer(question=question.question, state="not_applicable", machine=said)
    points: float | None = None
    if given.state == "answered" and question.weight:
        points = _points(question, given)
    compared = bool(said) and said != "cannot_tell"
    return GivenAnswer(
        question=question.question,
        state=given.state,
        answer=" ".join(given.chosen),
        number=given.number,
        points=points,
        max_points=question.weight,
        first=given.first,
        machine=said,
        how="own" if not compared else "accepted" if given.said == said else "changed",
        reason=given.reason if compared and given.said != said else "",
    )


def _points(question: Question, given: DraftAnswer) -> float:
    if question.kind == "numeric" and given.number is not None:
        fits = [r.points for r in question.ranges if r.low <= given.number <= r.high]
        return fits[0] if fits else 0.0
    points = sum(question.points(option) for option in dict.fromkeys(given.chosen))
    return min(points, question.weight)


def option_text(question: Question, said: str) -> str:
    """Return an answer in the form's words; "" for a state, which the catalogue names."""
    known = {option.option: option.text for option in question.options}
    texts: Sequence[str] = [known[one] for one in said.split() if one in known]
    return ", ".join(texts)
