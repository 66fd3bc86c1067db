"""The page of one agent: what people said of their calls, the machine's checks apart."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import Connection

from qm.io.store import people
from qm.io.store.agent_page import evaluations_of_agent, looks_at, machine_checks
from qm.io.store.evaluations import Averages, averages_of_agent, counted
from qm.io.store.people import Agent
from qm.io.store.scopes import Scope
from qm.io.store.shares import shares_of_agent
from qm.stages.agreement import LEAST_EVALUATIONS
from qm.web.auth import Deps, Reach
from qm.web.cards import names_of_users
from qm.web.coach.charts import Window, bars, trend
from qm.web.coach.shown import DAY_MS
from qm.web.deps import QuestionText, WebDeps
from qm.web.frame import render, words_of
from qm.web.messages import Catalogue
from qm.web.moments import Moments

router = APIRouter(include_in_schema=False)

WINDOW_MS = 90 * DAY_MS
"""Four evaluations a month: three months make a mean, one does not."""
STEP_MS = 30 * DAY_MS
POINTS = 6
CHECKS_MS = 30 * DAY_MS


@router.get("/coach/agents")
def show_agents(request: Request, deps: Deps, scope: Reach) -> Response:
    """Show the agents of the own teams with what there is to talk about."""
    now = deps.now()
    with deps.database.read() as conn:
        agents = people.list_agents(conn, scope, now)
        rows = [
            {
                "agent": agent,
                "averages": averages_of_agent(conn, scope, agent.agent_id, now - WINDOW_MS, now),
                "unheard": sum(
                    1 for one in shares_of_agent(conn, agent.agent_id, now) if not one.is_heard
                ),
            }
            for agent in agents
        ]
    return render(request, "coach_agents.html", {"rows": rows, "least": LEAST_EVALUATIONS})


@router.get("/coach/agents/{agent_id}")
def show_agent(request: Request, deps: Deps, scope: Reach, agent_id: str) -> Response:
    """Show the page of an agent of the own teams."""
    words = words_of(request)
    with deps.database.read() as conn:
        agent = agent_in_reach(conn, deps, scope, agent_id)
        context = agent_context(conn, deps, scope, agent, words)
    return render(request, "agent.html", {**context, "own": False})


def agent_in_reach(conn: Connection, deps: WebDeps, scope: Scope, agent_id: str) -> Agent:
    """
    Return an agent whose calls ``scope`` sees.

    Raises:
        HTTPException: 404, there is none.
    """
    for agent in people.list_agents(conn, scope, deps.now()):
        if agent.agent_id == agent_id:
            return agent
    raise HTTPException(HTTPStatus.NOT_FOUND)


def agent_context(
    conn: Connection, deps: WebDeps, scope: Scope, agent: Agent, words: Catalogue
) -> Mapping[str, Any]:
    """Return all that the page of an agent shows, but for what is the agent's alone."""
    now, agent_id = deps.now(), agent.agent_id
    recent = averages_of_agent(conn, scope, agent_id, now - WINDOW_MS, now)
    checks = machine_checks(conn, scope, agent_id, now - CHECKS_MS)
    return {
        "agent": agent,
        "averages": recent,
        "questions": question_rows(recent, deps),
        "least": LEAST_EVALUATIONS,
        "trend": agent_trend(conn, deps, scope, agent_id, words),
        "evaluations": evaluations_of_agent(conn, scope, agent_id),
        "checks": checks,
        "bars": bars(checks),
        "shares": shares_of_agent(conn, agent_id, now),
        "looks": (),
        "asked_of": (),
        "names": names_of_users(conn),
    }


def agent_trend(
    conn: Connection, deps: WebDeps, scope: Scope, agent_id: str, words: Catalogue
) -> Any:
    """Return the chart of the last half year: each point holds the three months before it."""
    now = deps.now()
    moments = Moments(deps.zone, words, now)
    since = now - (POINTS - 1) * STEP_MS
    windows = []
    for point in range(POINTS):
        at = since + point * STEP_MS
        local = moments.local(at)
        mean = averages_of_agent(conn, scope, agent_id, at - WINDOW_MS, at).percent
        label = f"{local.day} {words.say(f'moment.month.{local.month}')}"
        windows.append(Window(at=at, label=label, mean=mean))
    scores = counted(conn, scope, agent_id=agent_id, since=since - WINDOW_MS, until=now)
    return trend(windows, scores, since)


def question_rows(averages: Averages, deps: WebDeps) -> tuple[Mapping[str, Any], ...]:
    """Return each question's words with its mean, in the order of the form."""
    forms = {score.form for score in averages.scores}
    return tuple(
        {"words": question_words(deps, forms, one.question), "mean": one.mean}
        for one in averages.questions
    )


def question_words(deps: WebDeps, forms: set[str], question: str) -> QuestionText:
    """Return the words of a question as one of ``forms`` prints it."""
    for form in deps.forms:
        if form.form in forms:
            found = form.question(question)
            if found.text != question:
                return found
    return QuestionText(question=question, text=question.replace("-", " ").capitalize())


def own_context(conn: Connection, deps: WebDeps, scope: Scope, user_id: str) -> Mapping[str, Any]:
    """Return what an agent alone sees on their page: who looked at their calls."""
    since = deps.now() - WINDOW_MS
    return {"looks": looks_at(conn, scope, scope.agent_id, since, but=[user_id])}
