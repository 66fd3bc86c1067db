"""
The plan of review: which calls are drawn at random, which of the flagged ones there is room for.

The sample is n calls per agent and month, spread over the days.  It comes first and has at least
half of a day's capacity to itself; flagged calls take the rest by severity.  Which of an agent's
calls is drawn is decided by a hash of its id: nobody chooses, and anybody can check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

KEPT_FOR_SAMPLE = 0.5
"""Share of a day's capacity that flagged calls never take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawable:
    """A finished call that may be drawn."""

    call_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A flagged call that may be queued, or is queued today and nobody has taken it."""

    call_id: str
    severity: int
    at: int  #: when it was flagged, UTC ms: of two alike the older comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Where in its month a day stands."""

    name: str  #: "2026-11"; part of every draw, so that each month draws anew
    day: int  #: from 1
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a site reviews."""

    per_month: int = 4  #: calls drawn per agent and month
    per_day: int = 30  #: reviews that fit into a day, of all reviewers together
    due_days: int = 7
    claim_ms: int = 3_600_000  #: a claim ends this long after its reviewer's last input
    at_once: bool = False  #: draw from calls as they end, not from whole days
    second_share: float = 0.1  #: share of the sample that goes to a second reviewer, blind


def share(text: str) -> float:
    """
    Return a number in [0, 1) that looks random and is the same for the same text.

    >>> round(share("2026-11 c1"), 3) == round(share("2026-11 c1"), 3)
    True
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64


def due(agent_id: str, per_month: int, month: Month) -> int:
    """
    Return how many calls of an agent should be drawn by the end of a day.

    They come at even distances, beginning at another day for each agent, so that a day's draws are
    about ``agents * n / days``; by the last day they are ``per_month``.

    >>> [due("a1", 4, Month(name="2026-11", day=d, days=30)) for d in (0, 30)]
    [0, 4]
    """
    phase = share(f"{month.name} begins for {agent_id}")
    return min(per_month, int(per_month * month.day / month.days + phase))


def draw(
    calls: Iterable[Drawable],
    drawn: Mapping[str, Sequence[int]],
    per_month: int,
    month: Month,
    room: int,
) -> tuple[Drawable, ...]:
    """
    Return which of a day's calls to review at random.

    Args:
        calls: finished calls of the day that nobody has drawn, of any agent.
        drawn: agent -> days of the month of what was drawn for the plan already, this day's too.
        per_month: calls per agent and month.
        month: the month, and the day the calls are of.
        room: how many may be drawn at most; the agents furthest behind come first.

    Returns:
        At most one call an agent and day, unless too few days are left for what is missing.
    """
    mine: dict[str, list[Drawable]] = {}
    for call in calls:
        if call.agent_id:
            mine.setdefault(call.agent_id, []).append(call)
    chosen: list[tuple[int, float, Drawable]] = []
    for agent_id, offered in mine.items():
        days = drawn.get(agent_id, ())
        behind = due(agent_id, per_month, month) - len(days)
        missing = per_month - len(days)
        a_day = max(1, ceil(missing / (month.days - month.day + 1)))
        take = min(behind, a_day - sum(day == month.day for day in days))
        if take > 0:
            ranked = sorted(offered, key=lambda call: lot(call.call_id, month))
            chosen += [(-behind, lot(call.call_id, month), call) for call in ranked[:take]]
    chosen.sort(key=lambda one: one[:2])
    return tuple(call for _, _, call in chosen[: max(0, room)])


def lot(call_id: str, month: Month) -> float:
    """Return the lot of a call: of the calls that may be drawn the smallest is."""
    return share(f"{month.name} {call_id}")


def room_for_sample(capacity: int, sampled: int, flags_taken: int) -> int:
    """
    Return how many more calls may be drawn at random today.

    Args:
        capacity: reviews a day.
        sampled: drawn today already.
        flags_taken: flagged calls of today that somebody has begun or done: they stay.
    """
    return max(0, capacity - sampled - flags_taken)


def fit_flags(
    flagged: Iterable[Flagged], capacity: int, sampled: int, flags_taken: int
) -> tuple[Flagged, ...]:
    """
    Return the flagged calls that fit into today, the most severe first.

    At least half of the capacity is left to the sample, also where the sample does not use it: what
    is flagged is the worst of everything, and a reviewer who hears nothing else learns the wrong
    picture of a center.

    Args:
        flagged: calls that wait: not queued, or queued today and not taken.
        capacity: reviews a day.
        sampled: drawn at random today.
        flags_taken: flagged calls of today that somebody has begun or done.
    """
    kept = max(ceil(capacity * KEPT_FOR_SAMPLE), sampled)
    room = max(0, capacity - kept - flags_taken)
    return tuple(sorted(flagged, key=lambda one: (-one.severity, one.at, one.call_id))[:room])
