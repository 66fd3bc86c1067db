"""What came of reviews: one evaluation, agents' averages, how far machine and people agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import Connection

from qm.io.store import drafts, evaluations, people
from qm.io.store.evaluations import Averages, Evaluation, GivenAnswer
from qm.io.store.scopes import Scope
from qm.stages.agreement import LEAST_EVALUATIONS, LEAST_PAIRS, Agreement, agreement
from qm.stages.forms import Form, Question
from qm.web.auth import Deps, Reach
from qm.web.call import visible_call
from qm.web.cards import names_of_users
from qm.web.deps import FormText, WebDeps
from qm.web.frame import render
from qm.web.review import acts
from qm.web.review.page import shown_notes
from qm.web.review.sheet import option_text

router = APIRouter(include_in_schema=False)

PERIODS = (30, 90, 365)
"""Days that the pages look back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedQuestion:
    """How far machine and people, and two people, agree on a question."""

    question: str
    number: int
    text: str
    who: str
    machine: Agreement
    people: Agreement
    abstained: int  #: times that the machine could not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAverages:
    """One agent's row."""

    agent_id: str
    name: str
    team: str
    averages: Averages


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGiven:
    """A submitted answer with the form's words."""

    given: GivenAnswer
    question: Question | None
    text: str
    said: str  #: the option's text; "" for a state
    machine: str
    section: str


@router.get("/review/evaluations/{evaluation_id}")
def show_evaluation(request: Request, deps: Deps, scope: Reach, evaluation_id: str) -> Response:
    """Show what somebody submitted, beside the machine's answers."""
    with deps.database.write() as conn:
        found = visible_evaluation(conn, scope, evaluation_id)
        acts.note_view(conn, scope, found.call_id, deps.now())
    with deps.database.read() as conn:
        names = names_of_users(conn)
        notes = drafts.notes_of_review(conn, found.review_id)
        context = {
            "evaluation": found,
            "form": _form_text(deps, found.form),
            "call": visible_call(conn, scope, found.call_id),
            "given": shown_given(deps, found),
            "reviewer": names.get(found.reviewer, found.reviewer),
            "notes": shown_notes(conn, notes, scope.user_id),
            "own": found.reviewer == scope.user_id,
        }
    return render(request, "review_done.html", context)


@router.get("/review/agreement")
def show_agreement(
    request: Request,
    deps: Deps,
    scope: Reach,
    form: str = Query("", max_length=64),
    days: int = Query(90, ge=1, le=3_660),
) -> Response:
    """Show how far machine and people, and two people, agree, question by question."""
    with deps.database.read() as conn:
        forms = evaluations.forms_reviewed(conn, scope)
        chosen = form or (forms[0] if forms else "")
        rows = agreed_questions(conn, deps, scope, chosen, days) if chosen else ()
    context = {
        "rows": rows,
        "forms": [_form_text(deps, name) for name in forms],
        "chosen": chosen,
        "days": days,
        "periods": PERIODS,
        "least": LEAST_PAIRS,
    }
    return render(request, "review_agreement.html", context)


@router.get("/review/averages")
def show_averages(
    request: Request, deps: Deps, scope: Reach, days: int = Query(90, ge=1, le=3_660)
) -> Response:
    """Show agents' averages over the blind random sample, by name: there is no ranking."""
    with deps.database.read() as conn:
        rows = agents_averages(conn, deps, scope, days)
    texts = {q.question: (q.number, q.text) for form in deps.scoring for q in form.questions}
    context = {
        "rows": rows,
        "days": days,
        "periods": PERIODS,
        "least": LEAST_EVALUATIONS,
        "texts": texts,
    }
    return render(request, "review_averages.html", context)


def visible_evaluation(conn: Connection, scope: Scope, evaluation_id: str) -> Evaluation:
    """
    Return an evaluation.

    Raises:
        HTTPException: 404, there is none for this person, or they still have to judge the same call
            without having seen it.
    """
    found = evaluations.find_evaluation(conn, scope, evaluation_id)
    if found is None or found.call_id in evaluations.hidden_checks(conn, scope, [found.call_id]):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def agreed_questions(
    conn: Connection, deps: WebDeps, scope: Scope, form: str, days: int
) -> tuple[AgreedQuestion, ...]:
    """Return the questions of a form, in its order, with what is known of their agreement."""
    until = deps.now() + 1
    since = until - int(timedelta(days=days).total_seconds() * 1000)
    machine = evaluations.machine_pairs(conn, scope, form, since, until)
    people_ = evaluations.person_pairs(conn, scope, form, since, until)
    unsure = evaluations.abstained(conn, scope, form, since, until)
    return tuple(
        AgreedQuestion(
            question=q.question,
            number=q.number,
            text=q.text,
            who=q.who,
            machine=agreement(machine.get(q.question, [])),
            people=agreement(people_.get(q.question, [])),
            abstained=unsure.get(q.question, 0),
        )
        for q in _questions(deps, form)
    )


def agents_averages(
    conn: Connection, deps: WebDeps, scope: Scope, days: int
) -> tuple[AgentAverages, ...]:
    """Return the averages of the agents that somebody has reviewed, by name."""
    now = deps.now()
    since = now - int(timedelta(days=days).total_seconds() * 1000)
    by_agent: dict[str, list[evaluations.CountedScore]] = {}
    for score in evaluations.counted(conn, scope, since=since, until=now + 1):
        by_agent.setdefault(score.agent_id, []).append(score)
    agents = {agent.agent_id: agent for agent in people.list_agents(conn, scope, now)}
    rows = [
        AgentAverages(
            agent_id=agent_id,
            name=agents[agent_id].name if agent_id in agents else agent_id,
            team=agents[agent_id].team if agent_id in agents else "",
            averages=evaluations.averages(conn, scores),
        )
        for agent_id, scores in by_agent.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.agent_id)))


def shown_given(deps: WebDeps, evaluation: Evaluation) -> tuple[ShownGiven, ...]:
    """Return submitted answers with the words of their form, in its order."""
    questions = {q.question: q for q in _questions(deps, evaluation.form)}
    titles = _titles(deps, evaluation.form)
    shown: list[ShownGiven] = []
    section = ""
    for given in evaluation.answers:
        question = questions.get(given.question)
        here = titles.get(question.section, "") if question else ""
        shown.append(
            ShownGiven(
                given=given,
                question=question,
                text=question.text if question else given.question,
                said=option_text(question, given.said) if question else given.answer,
                machine=option_text(question, given.machine) if question else given.machine,
                section="" if here == section else here,
            )
        )
        section = here
    return tuple(shown)


def _form(deps: WebDeps, name: str) -> Form | None:
    return next((form for form in deps.scoring if form.key == name), None)


def _questions(deps: WebDeps, name: str) -> Sequence[Question]:
    form = _form(deps, name)
    return form.questions if form else ()


def _titles(deps: WebDeps, name: str) -> Mapping[str, Any]:
    form = _form(deps, name)
    return {s.section: s.title for s in form.sections} if form else {}


def _form_text(deps: WebDeps, name: str) -> FormText:
    form = _form(deps, name)
    return FormText(form=name, title=form.title if form else name, questions=())
