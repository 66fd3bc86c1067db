"""The review queue: what is in one's hands, what is free, how far the plan is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from qm.io.store import evaluations, flags, people, reviews
from qm.io.store.evaluations import Evaluation
from qm.io.store.flags import DayCount
from qm.io.store.reviews import ReviewRow
from qm.io.store.scopes import Scope
from qm.stages.flags import Flag
from qm.web.auth import Deps, Reach
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.messages import Catalogue
from qm.web.moments import Moments
from qm.web.review import acts

router = APIRouter(include_in_schema=False)

FLAG_KEPT_MS = 14 * acts.DAY_MS  # as long as the job looks for room
SHOWN_DONE = 8
WHY = ("sample", "second", "dispute", "practice", "critical", "alert", "withheld", "low_asr",
       "speakers", "cannot_tell")  # fmt: skip
"""What a queue is narrowed by: a kind, or of the flagged ones the reason."""
Refused = Literal["", "closed", "own", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the plan of one agent is."""

    agent_id: str
    name: str
    drawn: int
    done: int
    planned: int

    @property
    def share(self) -> float:
        """Done of planned in percent, at most 100."""
        return min(100.0, 100 * self.done / self.planned) if self.planned else 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Everything on the page of the queue."""

    mine: tuple[ReviewRow, ...]
    free: tuple[ReviewRow, ...]
    held_by_others: int
    flags: Mapping[str, tuple[Flag, ...]]
    today: DayCount
    plan: tuple[Progress, ...]
    not_queued: Mapping[str, int]
    done: tuple[Evaluation, ...]
    languages: tuple[str, ...]


def why(review: ReviewRow) -> str:
    """Return why a review is in the queue: its kind, or the reason of its flag."""
    return review.reason if review.kind == "flag" else review.kind


def read_queue(conn: Connection, deps: WebDeps, scope: Scope, words: Catalogue) -> Queue:
    """Return the queue as one person sees it."""
    now = deps.now()
    today = Moments(zone=deps.zone, words=words, now=now).local(now).date()
    mine, free = reviews.mine(conn, scope, now), reviews.unassigned(conn, scope, now)
    drawn = {row.agent_id: row for row in flags.plan_of(conn, scope, f"{today:%Y-%m}")}
    return Queue(
        mine=mine,
        free=free,
        held_by_others=reviews.others(conn, scope, now),
        flags=flags.flags_of_calls(conn, [r.call_id for r in (*mine, *free) if r.kind == "flag"]),
        today=flags.day_count(conn, today.isoformat(), now),
        plan=tuple(
            Progress(
                agent_id=agent.agent_id,
                name=agent.name or agent.agent_id,
                drawn=drawn[agent.agent_id].drawn if agent.agent_id in drawn else 0,
                done=drawn[agent.agent_id].done if agent.agent_id in drawn else 0,
                planned=deps.plan.per_month,
            )
            for agent in people.list_agents(conn, scope, now)
        ),
        not_queued=flags.count_not_queued(conn, scope, now - FLAG_KEPT_MS),
        done=evaluations.evaluations_by(conn, scope, SHOWN_DONE),
        languages=tuple(sorted({r.language for r in (*mine, *free) if r.language})),
    )


def narrowed(
    rows: Sequence[ReviewRow], wanted_why: str, language: str, agent: str
) -> tuple[ReviewRow, ...]:
    """Return the rows that fit the filters; "" is any."""
    return tuple(
        row
        for row in rows
        if wanted_why in ("", why(row))
        and language in ("", row.language)
        and agent in ("", row.agent_id)
    )


@router.get("/review")
def show_queue(
    request: Request,
    deps: Deps,
    scope: Reach,
    reason: str = Query("", max_length=16),
    language: str = Query("", max_length=8),
    agent: str = Query("", max_length=64),
    refused: Refused = "",
) -> Response:
    """Show the queue."""
    with deps.database.read() as conn:
        queue = read_queue(conn, deps, scope, words_of(request))
    context = {
        "queue": queue,
        "free": narrowed(queue.free, reason, language, agent),
        "wanted": {"reason": reason, "language": language, "agent": agent},
        "reasons": [w for w in WHY if any(why(row) == w for row in queue.free)],
        "agents": sorted({(r.agent_name or r.agent_id, r.agent_id) for r in queue.free}),
        "why": why,
        "plan": deps.plan,
        "refused": refused,
    }
    return render(request, "review_queue.html", context)


@router.post("/review/next")
def take_next(deps: Deps, scope: Reach) -> Response:
    """Take the review to go on with and open it."""
    review_id = acts.claim_next(deps, scope)
    target = f"/review/{review_id}" if review_id else "/review?refused=none"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


@router.get("/review/flagged")
def show_flagged(request: Request, deps: Deps, scope: Reach) -> Response:
    """Show the flagged calls that there was no room for."""
    since = deps.now() - FLAG_KEPT_MS
    with deps.database.read() as conn:
        rows = flags.list_not_queued(conn, scope, since)
        counts = flags.count_not_queued(conn, scope, since)
        reasons = flags.flags_of_calls(conn, [row.call_id for row in rows])
    context = {"rows": rows, "total": sum(counts.values()), "flags": reasons, "plan": deps.plan}
    return render(request, "review_flagged.html", context)


@router.post("/review/flagged/{call_id}/queue")
def queue_flagged(deps: Deps, scope: Reach, call_id: str) -> Response:
    """Queue one of them all the same, and open it."""
    review_id = acts.queue_flagged(deps, scope, call_id, deps.now() - FLAG_KEPT_MS)
    return RedirectResponse(f"/review/{review_id}", HTTPStatus.SEE_OTHER)
