"""
Contact events around calls that are played: what a telephone system would have said of them.

Recordings carry no waiting, no wrap-up and no callers who gave up.  For a demonstration they are
made here, the same each time, so that the measures have something to count.  On a site they come
from the telephone system.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qm.ingest.replay import Planned
from qm.types import ContactEvent, EventKind

LONGEST_WAIT_S = 240.0
OPEN_HOURS = range(8, 18)
MEAN_WAIT_S, MEAN_TALK_S, MEAN_WRAPUP_S = 22.0, 260.0, 45.0
PATIENCE_S = 75.0
"""Mean of how long callers wait before they hang up."""
SURVEY_SHARE, TRANSFER_SHARE, HOLD_SHARE, AGAIN_SHARE = 0.25, 0.08, 0.3, 0.12
SCORES = (5, 5, 4, 5, 3, 4, 2, 5, 1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What all events of one contact say."""

    contact_id: str
    planned: Planned
    call_id: str = ""

    def event(self, kind: EventKind, at: datetime, **more: object) -> ContactEvent:
        """Return an event; its id follows from the contact and the kind."""
        planned = self.planned
        plain = ContactEvent(
            event_id=f"{self.contact_id}-{kind}",
            contact_id=self.contact_id,
            at=at,
            kind=kind,
            queue=planned.queue,
            channel="voice",
            direction=planned.direction,
            language=planned.language or "",
            customer_ref=planned.customer_ref,
            call_id=self.call_id,
        )
        return replace(plain, **more) if more else plain  # type: ignore[arg-type]


def before_call(planned: Planned, call_id: str, at: datetime) -> tuple[ContactEvent, ...]:
    """Return the events up to the answer at ``at``."""
    chance = random.Random(call_id)  # noqa: S311  made figures, the same each time
    waited = timedelta(seconds=_wait_s(chance))
    contact = Contact(contact_id=f"contact-{call_id}", planned=planned, call_id=call_id)
    answered = contact.event("answered", at, agent=planned.agent_id)
    if planned.direction == "outbound":
        return (answered,)
    return (
        contact.event("offered", at - waited - timedelta(seconds=9)),
        contact.event("queued", at - waited),
        answered,
    )


def after_call(planned: Planned, call_id: str, at: datetime) -> tuple[ContactEvent, ...]:
    """Return the events from the end of the talk at ``at``."""
    chance = random.Random(call_id + "-after")  # noqa: S311
    contact = Contact(contact_id=f"contact-{call_id}", planned=planned, call_id=call_id)
    wrapup = timedelta(seconds=chance.gammavariate(4, MEAN_WRAPUP_S / 4))
    found = [
        contact.event("ended", at, agent=planned.agent_id),
        contact.event("wrapup_done", at + wrapup, agent=planned.agent_id,
                      disposition=planned.disposition),
    ]  # fmt: skip
    if chance.random() < SURVEY_SHARE:
        later = at + timedelta(minutes=chance.uniform(2, 40))
        found.append(contact.event("survey", later, score=chance.choice(SCORES)))
    return tuple(found)


def past_contacts(
    plan: Sequence[Planned], until: datetime, days: int, a_day: int
) -> Iterator[ContactEvent]:
    """
    Return the events of made contacts of the days before ``until``, in no useful order.

    They have no call: what was said in them is not known, so labels and scores do not count them.

    Args:
        plan: queues, agents, dispositions and languages to draw from.
        until: the first day without.
        days: how many days before.
        a_day: contacts a working day; a quarter of that on Saturday and Sunday.
    """
    chance = random.Random(20)  # noqa: S311  the same center each time
    known: list[str] = []
    for back in range(days, 0, -1):
        day = (until - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(a_day if day.weekday() < 5 else a_day // 4):
            again = known and chance.random() < AGAIN_SHARE
            who = chance.choice(known[-200:]) if again else f"made-{len(known)}"
            if not again:
                known.append(who)
            hour = chance.choice(OPEN_HOURS)
            at = day + timedelta(hours=hour, seconds=chance.uniform(0, 3600))
            planned = replace(chance.choice(plan), customer_ref=who)
            made = Contact(contact_id=f"made-{back}-{number}", planned=planned)
            yield from _contact(made, at, chance)


def _contact(made: Contact, at: datetime, chance: random.Random) -> Iterator[ContactEvent]:
    planned = made.planned
    if planned.direction == "outbound":
        planned = replace(planned, direction="inbound")
        made = replace(made, planned=planned)
    wait_s, patience_s = _wait_s(chance), chance.expovariate(1 / PATIENCE_S)
    yield made.event("offered", at)
    queued = at + timedelta(seconds=8)
    yield made.event("queued", queued)
    if patience_s < wait_s:
        yield made.event("abandoned", queued + timedelta(seconds=patience_s))
        return
    answered = queued + timedelta(seconds=wait_s)
    ended = answered + timedelta(seconds=chance.gammavariate(3, MEAN_TALK_S / 3))
    talk = ended - answered
    yield made.event("answered", answered, agent=planned.agent_id)
    if chance.random() < HOLD_SHARE:
        yield made.event("hold", answered + talk * 0.4, agent=planned.agent_id)
        yield made.event("resume", answered + talk * 0.6, agent=planned.agent_id)
    if chance.random() < TRANSFER_SHARE:
        yield made.event("transferred", ended, agent=planned.agent_id, target="other")
        ended += timedelta(seconds=30)
    yield made.event("ended", ended, agent=planned.agent_id)
    wrapup = timedelta(seconds=chance.gammavariate(4, MEAN_WRAPUP_S / 4))
    yield made.event(
        "wrapup_done", ended + wrapup, agent=planned.agent_id, disposition=planned.disposition
    )
    if chance.random() < SURVEY_SHARE:
        yield made.event("survey", ended + timedelta(hours=1), score=chance.choice(SCORES))


def _wait_s(chance: random.Random) -> float:
    return min(LONGEST_WAIT_S, chance.expovariate(1 / MEAN_WAIT_S))
