"""The live board: who talks, how it goes, who needs somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from qm.io.store import alerts, calls, feed
from qm.io.store.alerts import WAITING, AlertFilter
from qm.io.store.calls import LiveCall
from qm.io.store.scopes import Scope
from qm.web.auth import Deps, Reach
from qm.web.cards import OUTCOMES, REASONS, by_need, cards, shown_to
from qm.web.deps import WebDeps
from qm.web.frame import render, words_of
from qm.web.rows import board_rows

router = APIRouter(include_in_schema=False)

HOUR_MS = 3_600_000
REPLAY_MS = 2 * HOUR_MS  # a call that "is" further behind is a replay of an old one


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The line above the board."""

    calls: int
    waiting: int  #: open alerts that nobody has claimed
    p95_ms: float | None  #: last sample to screen, over the last hour
    shown: int  #: alerts that p95 is made of
    behind_ms: int | None  #: of the call furthest behind; None where none is live


@router.get("/live")
def show_board(
    request: Request, deps: Deps, scope: Reach, words: Literal["yes", "no"] = "yes"
) -> Response:
    """Show the board; without words for a screen that passers-by can read."""
    spoken = words_of(request)
    with deps.database.read() as conn:
        seq = feed.last_seq(conn)
        live = calls.live_calls(conn, scope)
        rows = by_need(shown_to(waiting_alerts(conn, scope), deps, scope.roles))
        context = {
            "seq": seq,
            "rows": board_rows(live, deps, spoken, scope),
            "show_words": words == "yes",
            "figures": figures(conn, deps, live, scope),
            "cards": cards(conn, deps, scope, rows, spoken),
            "waiting": len([row for row in rows if row.state == "open"]),
            "feed_mode": "board",
        }
    return render(request, "live.html", {**context, **card_context(words == "yes")})


@router.get("/live/rows")
def show_rows(
    request: Request, deps: Deps, scope: Reach, words: Literal["yes", "no"] = "yes"
) -> Response:
    """Return all rows anew, after a break too long to catch up with."""
    with deps.database.read() as conn:
        live = calls.live_calls(conn, scope)
    rows = board_rows(live, deps, words_of(request), scope)
    return render(request, "_rows.html", {"rows": rows, "show_words": words == "yes"})


def waiting_alerts(conn: Connection, scope: Scope) -> tuple[alerts.AlertRow, ...]:
    """Return alerts that ask somebody to act and are not closed."""
    return alerts.list_alerts(conn, scope, AlertFilter(states=WAITING, when="live"))


def card_context(show_words: bool = True) -> Mapping[str, Any]:
    """Return what alert cards need beside the cards."""
    return {
        "outcomes": OUTCOMES,
        "reasons": REASONS,
        "may_act": True,
        "quotes": show_words,
    }


def figures(conn: Connection, deps: WebDeps, live: Sequence[LiveCall], scope: Scope) -> Figures:
    """Return the numbers above the board for one scope."""
    now = deps.now()
    latency = alerts.latency(conn, now - HOUR_MS)
    open_ones = AlertFilter(states=("open",), when="live")
    waiting = alerts.list_alerts(conn, scope, open_ones)
    return Figures(
        calls=len(live),
        waiting=len(shown_to(waiting, deps, scope.roles)),
        p95_ms=latency.p95_ms,
        shown=latency.n,
        behind_ms=behind_ms(live, now),
    )


def behind_ms(live: Sequence[LiveCall], now: int) -> int | None:
    """Return how far hearing is behind the call that is furthest behind."""
    lags = [now - one.call.started_at - one.call.clock_ms for one in live]
    present = [max(0, lag) for lag in lags if lag < REPLAY_MS]
    return max(present, default=None)
