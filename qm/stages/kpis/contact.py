"""
Contact events -> what became of a contact: how long it waited, who handled it and for how long.

A **leg** begins with each ``answered`` and belongs to its agent; it ends at ``transferred`` or
``ended``.  A hold ends at ``resume`` or with its leg.  After-call work runs from the end of a leg
to the ``wrapup_done`` of its agent (of the last leg that ended, where no agent is named).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qm.types import ContactEvent, EventKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

_BY_TIME: tuple[EventKind, ...] = (
    "offered", "resume", "transferred", "queued", "callback", "answered", "hold",
    "capture_off", "capture_on", "abandoned", "ended", "wrapup_done", "survey",
)  # fmt: skip
_ORDER = {kind: place for place, kind in enumerate(_BY_TIME)}
"""Which of two events at the same instant came first: a transfer before the answer it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One agent's part of a contact.  Instants are UTC ms."""

    agent: str
    start_at: int
    end_at: int
    hold_ms: int
    wrapup_ms: int  #: 0 where none was told

    @property
    def talk_ms(self) -> int:
        """From answer to end, less hold."""
        return self.end_at - self.start_at - self.hold_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What became of one contact.  Instants are UTC ms; what nobody said is ``""``."""

    contact_id: str
    start_at: int  #: of its first event
    ended_at: int | None  #: None while it lasts
    inbound: bool
    queue: str  #: the first
    channel: str
    language: str
    customer_ref: str
    disposition: str  #: the last that was given
    answered: bool
    abandoned: bool  #: left while queued, never answered, not moved to callback
    wait_ms: int | None  #: until answered or abandoned; None: neither, or its start is unknown
    transfers: int
    legs: tuple[Leg, ...]  #: those that ended, by start
    scores: tuple[int, ...]  #: of surveys, 1-5, by time


def contact_of(events: Iterable[ContactEvent]) -> Contact | None:
    """
    Return what became of one contact; None where nothing is known of it.

    Args:
        events: of one contact, in any order; an ``event_id`` that comes twice counts once.
    """
    unique = {event.event_id: event for event in events}
    told = sorted(unique.values(), key=lambda e: (e.at, _ORDER[e.kind], e.event_id))
    if not told:
        return None
    walk = _Walk()
    for event in told:
        walk.take(event)
    opening = next((e for e in told if e.kind == "offered"), told[0])
    return Contact(
        contact_id=told[0].contact_id,
        start_at=_ms(told[0].at),
        ended_at=None if walk.open else walk.ended_at,
        inbound=opening.direction == "inbound",
        queue=_first(e.queue for e in told),
        channel=_first(e.channel for e in told),
        language=_first(e.language for e in told),
        customer_ref=_first(e.customer_ref for e in told),
        disposition=_first(e.disposition for e in reversed(told)),
        answered=walk.answered_at is not None,
        abandoned=walk.abandoned,
        wait_ms=_wait(told, walk.answered_at if not walk.abandoned else walk.ended_at),
        transfers=sum(e.kind == "transferred" for e in told),
        legs=tuple(sorted((x.done() for x in walk.closed), key=lambda x: (x.start_at, x.end_at))),
        scores=tuple(e.score for e in told if e.kind == "survey" and e.score is not None),
    )


class _OpenLeg:
    """A leg while its events are walked through."""

    def __init__(self, agent: str, start_at: int) -> None:
        self.agent, self.start_at, self.end_at = agent, start_at, start_at
        self.hold_ms = 0
        self.held_at: int | None = None
        self.wrapup_ms: int | None = None

    def resume(self, at: int) -> None:
        if self.held_at is not None:
            self.hold_ms += at - self.held_at
            self.held_at = None

    def end(self, at: int) -> None:
        self.resume(at)
        self.end_at = at

    def done(self) -> Leg:
        return Leg(
            agent=self.agent,
            start_at=self.start_at,
            end_at=self.end_at,
            hold_ms=self.hold_ms,
            wrapup_ms=self.wrapup_ms or 0,
        )


class _Walk:
    """Walks through a contact's events by time."""

    def __init__(self) -> None:
        self.open: list[_OpenLeg] = []
        self.closed: list[_OpenLeg] = []
        self.answered_at: int | None = None
        self.ended_at: int | None = None
        self.abandoned = False
        self._callback = False
        self._resumed_at: int | None = None  #: a resume that found no hold

    def take(self, event: ContactEvent) -> None:
        at = _ms(event.at)
        match event.kind:
            case "answered":
                self._answer(event.agent, at)
            case "hold":
                leg = self._leg(event.agent)
                if leg is not None and leg.held_at is None and at != self._resumed_at:
                    leg.held_at = at
            case "resume":
                held = [leg for leg in self.open if leg.held_at is not None]
                if held:
                    (self._of(held, event.agent) or held[-1]).resume(at)
                else:
                    self._resumed_at = at  # a hold of no length: its start may be sorted after it
            case "transferred":
                leg = self._of(self.open, event.agent)
                self._close([leg] if leg else self.open, at)
            case "ended":
                self._close(self.open, at)
                self.ended_at = at
            case "abandoned" if not self.open:
                self.abandoned = self.answered_at is None and not self._callback
                self.ended_at = at
            case "callback":
                self._callback = True
            case "wrapup_done":
                self._wrap(event.agent, at)

    def _answer(self, agent: str, at: int) -> None:
        if self.answered_at is None:
            self.answered_at = at
        self.abandoned, self.ended_at = False, None
        if not any(leg.agent == agent for leg in self.open):  # told twice: still one leg
            self.open.append(_OpenLeg(agent, at))

    def _leg(self, agent: str) -> _OpenLeg | None:
        return self._of(self.open, agent) or (self.open[-1] if self.open else None)

    @staticmethod
    def _of(legs: Sequence[_OpenLeg], agent: str) -> _OpenLeg | None:
        found = [leg for leg in legs if leg.agent == agent and agent]
        return found[-1] if found else None

    def _close(self, legs: Sequence[_OpenLeg], at: int) -> None:
        for leg in tuple(legs):
            leg.end(at)
            self.open.remove(leg)
            self.closed.append(leg)

    def _wrap(self, agent: str, at: int) -> None:
        waiting = [leg for leg in self.closed if leg.wrapup_ms is None]
        leg = self._of(waiting, agent)
        if leg is None and waiting:
            leg = max(waiting, key=lambda one: one.end_at)
        if leg is not None:
            leg.wrapup_ms = at - leg.end_at


def _wait(told: Sequence[ContactEvent], until: int | None) -> int | None:
    """Return how long the contact waited: from ``queued``, else from ``offered``."""
    if until is None:
        return None
    for kind in ("queued", "offered"):
        since = [at for e in told if e.kind == kind and (at := _ms(e.at)) <= until]
        if since:
            return until - since[0]
    return None


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // _MS
