"""A center with four weeks of contacts, some calls and two people who practise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from qm.io.store import events
from qm.io.store.people import RosterRow, import_roster
from qm.types import CallClosed, ContactEvent, Event
from tests.io.store.month import month
from tests.web.site import (
    NOW,
    Site,
    facts,
    labelled,
    meta,
    outcome,
    save_step,
    scorecard,
    turn,
)

NEW = [
    RosterRow(agent_id="a0", name="Ana Ruiz", team="scheduling"),
    RosterRow(agent_id="a4", name="Desmond Rhee", team="billing"),
    RosterRow(agent_id="a5", name="Imogen Blythe", team="billing"),
]
LATER = timedelta(days=240)  # the made month is March; the site's clock stands on 23 November
TURNS = (
    ("customer", "I am so worried about this", "distress_cue"),
    ("agent", "I hear how worrying that is", "empathy_strong"),
    ("agent", "I will call you by four", "specific_instructions"),
    ("agent", "That is not our department", "negative_language"),
)


def fill(site: Site, contacts: int = 1_500) -> None:
    """Store contacts with their events, and calls of some of them."""
    told = [
        ContactEvent(**{**one, "at": one["at"] + LATER})
        for one in month(seed=7, contacts=contacts)
        if one["at"] + LATER < datetime.fromtimestamp(NOW / 1000, UTC)
    ]
    with site.deps.database.write() as conn:
        import_roster(conn, NEW)
        events.insert(conn, told, NOW)
    for n in range(30):
        save(site, f"d{n}", days=n % 25, agent_id=f"a{n % 6}", contact_id=f"k{n}",
             score=60.0 + n % 30, cue=n % 4 != 0)  # fmt: skip


def practise(site: Site, agent_id: str, count: int = 5) -> None:
    """Store practice calls of somebody who gets better."""
    for n in range(count):
        save(site, f"p-{agent_id}-{n}", days=20 - 3 * n, agent_id=agent_id, practice=True,
             contact_id=f"kp-{agent_id}-{n}", score=52.0 + 6 * n)  # fmt: skip


def save(
    site: Site, call_id: str, *, days: int, score: float, cue: bool = True, **changes: object
) -> None:
    """Store a closed call with labels and a machine check."""
    started = datetime.fromtimestamp(NOW / 1000, UTC) - timedelta(days=days, hours=2)
    given = meta(call_id, started_at=started, **changes)
    told: list[Event] = []
    for i, (role, text, label) in enumerate(TURNS):
        on = {label: 0.9} if label != "distress_cue" or cue else {}
        told += [turn(call_id, i, role, text), labelled(call_id, i, on)]
    card = scorecard(call_id)
    card = type(card)(**{
        **{name: getattr(card, name) for name in card.__dataclass_fields__},
        "percent": score, "percent_low": score - 8, "percent_high": min(100.0, score + 6),
    })  # fmt: skip
    ended = CallClosed(
        call_id=given.call_id, duration_ms=40_000, complete=True, reason="ended", held=False
    )
    results = [*told, facts(call_id), outcome(call_id), card, ended]
    save_step(site, given, results, clock_ms=40_000)
