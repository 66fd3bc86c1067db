"""
The rows that measures are counted over, and what each row adds to them.

Practice calls and the contacts they belong to are left out.  Who may see only some teams gets the
contacts that those teams answered, and the calls that they may look at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    and_,
    case,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    true,
)

from qm.io import tables as t
from qm.io.store.scopes import ALL_TEAMS, Scope, visible
from qm.stages.kpis import SLOT_MS, Preset
from qm.stages.kpis.grouping import TIME_DIMENSIONS, slots_of_hour

DAY_MS = 86_400_000
LATE_MS = 3 * DAY_MS  # a call begins within days of its contact: callbacks, long queues
TELLS = ("resolved", "partly", "unresolved", "follow_up")
DONE = {"fcr_label": ("resolved",), "fcr_label_or_follow_up": ("resolved", "follow_up")}

Expression = ColumnElement[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What a row adds to a measure: to its n, its total and the sum of squares."""

    n: Expression
    total: Expression
    squares: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What is summed over, and by what it may be grouped."""

    source: Any
    start: Expression  #: when a row began
    dimensions: Mapping[str, Expression]
    conditions: Sequence[Expression]
    contact_id: Expression
    call_id: Expression | None = None  #: where a row is one call


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for.  Instants are UTC ms."""

    scope: Scope
    preset: Preset
    by: tuple[str, ...] = ()  #: dimensions
    since: int | None = None  #: began at or after
    until: int | None = None  #: began before
    as_of: int | None = None  #: what had ended and which windows passed; None: last event
    last_event: int | None = None  #: filled in by those who ask the database
    only: Mapping[str, str] = field(default_factory=dict)  #: dimension -> value, none of time
    slots: tuple[int, ...] | None = None  #: quarters of an hour since 1970 that count; None: all

    @property
    def ended_by(self) -> int:
        """When a contact must have ended to count; 0 where nothing ever happened."""
        return (self.last_event or 0) if self.as_of is None else self.as_of

    def narrowed(self, dimension: str, value: str, zone: tzinfo) -> Wanted:
        """Return the same with one value of a dimension; an hour is one of the zone's clock."""
        if dimension == "hour":
            slots = slots_of_hour((self.since or 0, self.until or 0), value, zone)
            return replace(self, slots=slots)
        return replace(self, only={**self.only, dimension: value})

    @property
    def columns(self) -> tuple[str, ...]:
        """Dimensions that are columns."""
        return tuple(name for name in self.by if name not in TIME_DIMENSIONS)

    @property
    def timed(self) -> bool:
        """Whether slots of time are needed."""
        return bool(TIME_DIMENSIONS & set(self.by))


Counted = tuple[Rows, Mapping[str, Sum]]


def contact_rows(wanted: Wanted, *, times: bool = True) -> Counted:
    """Return sums over contacts that ended; ``times``: their handle times, too."""
    k = t.contacts.c
    told = k.wait_ms.is_not(None)
    short = and_(k.abandoned, told, k.wait_ms < wanted.preset.short_abandon_s * 1000)
    left = and_(k.inbound, k.abandoned, not_(short))
    taken = and_(k.inbound, k.answered)
    in_time = and_(k.answered, k.wait_ms <= wanted.preset.service_level_s * 1000)
    sums = {
        "average_response_time_s": _mean(and_(taken, told), k.wait_ms),
        "service_level": _share(or_(and_(taken, told), left), in_time),
        "dropout_rate": _share(or_(taken, left), k.abandoned),
        "transfer_rate": _share(k.answered, k.transfers > 0),
        "fcr_repeat": _share(_window_passed(wanted), not_(_repeated(wanted))),
        "csat": Sum(n=k.surveys, total=k.good_surveys),
        "survey_response_rate": _share(k.answered, k.surveys > 0),
    }
    if times:  # else each leg's own
        sums |= _handle_times(k.answered, k)
    dimensions = {name: k[name] for name in ("queue", "disposition", "team", "language", "channel")}
    conditions = [
        k.ended_at <= wanted.ended_by, _no_practice(k.contact_id), _of_teams(k.team, wanted.scope),
        *_began(k.start_at, wanted),
    ]  # fmt: skip
    rows = Rows(
        source=t.contacts,
        start=k.start_at,
        dimensions=dimensions,
        conditions=conditions,
        contact_id=k.contact_id,
    )
    return rows, sums


def leg_rows(wanted: Wanted) -> Counted:
    """Return sums over legs of contacts that ended: the time that each agent's part took."""
    k, g = t.contacts.c, t.legs.c
    joined = t.legs.join(t.contacts, k.contact_id == g.contact_id)
    dimensions = {name: k[name] for name in ("queue", "disposition", "language", "channel")}
    conditions = [
        k.ended_at <= wanted.ended_by, _no_practice(k.contact_id), _of_teams(g.team, wanted.scope),
        *_began(k.start_at, wanted),
    ]  # fmt: skip
    dimensions |= {"team": g.team, "agent": g.agent_id}
    rows = Rows(
        source=joined,
        start=k.start_at,
        dimensions=dimensions,
        conditions=conditions,
        contact_id=g.contact_id,
    )
    return rows, _handle_times(true(), g)


def labelled_rows(wanted: Wanted) -> Counted:
    """Return sums over contacts with a resolution label; contacts without events count too."""
    c, k, o = t.calls.c, t.contacts.c, t.outcomes.c
    newer, told = t.calls.alias(), t.outcomes.alias()
    later = exists().where(
        newer.c.contact_id == c.contact_id,
        told.c.call_id == newer.c.call_id,
        told.c.resolution.in_(TELLS),
        newer.c.status == "closed",
        or_(
            newer.c.started_at > c.started_at,
            and_(newer.c.started_at == c.started_at, newer.c.call_id > c.call_id),
        ),
    )
    start = func.coalesce(k.start_at, c.started_at)
    reference = func.coalesce(func.nullif(k.customer_ref, ""), c.customer_ref)
    conditions = [
        o.resolution.in_(TELLS), not_(later), func.coalesce(k.inbound, c.direction == "inbound"),
        or_(k.contact_id.is_(None), k.ended_at <= wanted.ended_by), *_of_calls(wanted),
        *_began(start, wanted),
        or_(reference == "", not_(_contact_before(reference, start, wanted))),
    ]  # fmt: skip
    sums = {name: _share(true(), o.resolution.in_(values)) for name, values in DONE.items()}
    joined = _calls_with_contacts().join(t.outcomes, o.call_id == c.call_id)
    queue = func.coalesce(func.nullif(k.queue, ""), c.queue)
    dimensions = _call_dimensions() | {"queue": queue}
    dimensions.pop("agent")
    rows = Rows(
        source=joined,
        start=start,
        dimensions=dimensions,
        conditions=conditions,
        contact_id=c.contact_id,
        call_id=c.call_id,
    )
    return rows, sums


def call_rows(wanted: Wanted) -> Counted:
    """Return sums over finished calls and conversations: behaviours, effort, machine check."""
    c, f, s = t.calls.c, t.call_figures.c, t.scorecards.c
    percent = (
        select(s.percent)
        .where(s.call_id == c.call_id)
        .order_by(s.saved_at.desc(), s.form.desc())
        .limit(1)
        .correlate(t.calls)
        .scalar_subquery()
    )
    text = and_(c.medium != "voice", c.direction == "inbound", f.first_response_ms.is_not(None))
    sums = {
        "first_response_time_s": _mean(text, f.first_response_ms),
        "empathy_answered_share": Sum(n=f.cues, total=f.cues_answered),
        "empathy_formula_share": Sum(n=f.cues, total=f.cues_formula),
        "negative_language_per_100": Sum(n=f.agent_turns, total=f.negative_turns),
        "specific_instructions_share": _share(f.specific.is_not(None), f.specific),
        "effort": _mean(f.effort.is_not(None), f.effort),
        "quality_score": _mean(percent.is_not(None), percent),
    }
    joined = _calls_with_contacts().join(t.call_figures, f.call_id == c.call_id)
    conditions = [*_of_calls(wanted), *_began(c.started_at, wanted)]
    rows = Rows(
        source=joined,
        start=c.started_at,
        dimensions=_call_dimensions(),
        conditions=conditions,
        contact_id=c.contact_id,
        call_id=c.call_id,
    )
    return rows, sums


def reviewed_rows(wanted: Wanted) -> Counted:
    """Return sums over what people gave to calls of the blind sample, and to no others."""
    c, e = t.calls.c, t.evaluations.c
    joined = _calls_with_contacts().join(t.evaluations, e.call_id == c.call_id)
    conditions = [
        e.kind == "sample", e.blind, e.percent.is_not(None), *_of_calls(wanted),
        *_began(c.started_at, wanted),
    ]  # fmt: skip
    sums = {"quality_score_people": _mean(true(), e.percent)}
    rows = Rows(
        source=joined,
        start=c.started_at,
        dimensions=_call_dimensions(),
        conditions=conditions,
        contact_id=c.contact_id,
        call_id=c.call_id,
    )
    return rows, sums


# --------------------------------------------------------------------------- what is summed


def _handle_times(counts: Expression, columns: Any) -> dict[str, Sum]:
    talk, hold, wrapup = columns.talk_ms, columns.hold_ms, columns.wrapup_ms
    return {
        "average_handle_time_s": _mean(counts, talk + hold + wrapup),
        "talk_s": _mean(counts, talk),
        "hold_s": _mean(counts, hold),
        "wrapup_s": _mean(counts, wrapup),
    }


def _share(counts: Expression, hit: Expression) -> Sum:
    return Sum(n=_one(counts), total=_one(and_(counts, hit)))


def _mean(counts: Expression, value: Expression) -> Sum:
    square = cast(value, Double) * cast(value, Double)  # whole ms would overflow in a large sum
    return Sum(
        n=_one(counts),
        total=case((counts, value), else_=0),
        squares=case((counts, square), else_=0.0),
    )


def _one(condition: Expression) -> Expression:
    return case((condition, 1), else_=0)


# ------------------------------------------------------------------------------- which rows


def _began(start: Expression, wanted: Wanted) -> list[Expression]:
    found = [] if wanted.since is None else [start >= wanted.since]
    found += [] if wanted.until is None else [start < wanted.until]
    return found + ([] if wanted.slots is None else [(start // SLOT_MS).in_(wanted.slots)])


def _of_teams(team: Expression, scope: Scope) -> Expression:
    return true() if ALL_TEAMS in scope.teams else team.in_(sorted(scope.teams))


def _of_calls(wanted: Wanted) -> list[Expression]:
    c = t.calls.c
    found = [c.status == "closed", _no_practice(c.contact_id), visible(wanted.scope)]
    if wanted.since is not None:  # so that the index on the start of calls is of use
        found.append(c.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(c.started_at < wanted.until + LATE_MS)
    if wanted.as_of is not None:
        found.append(c.started_at + func.coalesce(c.duration_ms, 0) <= wanted.as_of)
    return found


def _no_practice(contact_id: Expression) -> Expression:
    practised = t.calls.alias("practised")
    return not_(exists().where(practised.c.contact_id == contact_id, practised.c.practice))


def _window_passed(wanted: Wanted) -> Expression:
    k = t.contacts.c
    window = wanted.preset.fcr_window_days * DAY_MS
    return and_(k.inbound, k.answered, k.customer_ref != "", k.ended_at + window <= wanted.ended_by)


def _repeated(wanted: Wanted) -> Expression:
    """Return whether the customer came back within the window, for the same reason if told."""
    k, other = t.contacts.c, t.contacts.alias("other")
    window = wanted.preset.fcr_window_days * DAY_MS
    return exists().where(
        other.c.customer_ref == k.customer_ref,
        other.c.start_at > k.ended_at,
        other.c.start_at <= k.ended_at + window,
        other.c.inbound,
        or_(other.c.disposition == k.disposition, other.c.disposition == "", k.disposition == ""),
        _no_practice(other.c.contact_id),
    )


def _contact_before(reference: Expression, start: Expression, wanted: Wanted) -> Expression:
    """Return whether the customer had another contact in the window before."""
    window = wanted.preset.fcr_window_days * DAY_MS
    contact, call = t.contacts.alias("before"), t.calls.alias("call_before")
    return or_(
        exists().where(
            contact.c.customer_ref == reference,
            contact.c.contact_id != t.calls.c.contact_id,
            contact.c.inbound,
            contact.c.start_at < start,
            contact.c.start_at >= start - window,
            _no_practice(contact.c.contact_id),
        ),
        exists().where(
            call.c.customer_ref == reference,
            call.c.contact_id != t.calls.c.contact_id,
            call.c.direction == "inbound",
            not_(call.c.practice),
            call.c.started_at < start,
            call.c.started_at >= start - window,
        ),
    )


# ------------------------------------------------------------------------------- by what


def _calls_with_contacts() -> Any:
    return t.calls.outerjoin(t.contacts, t.contacts.c.contact_id == t.calls.c.contact_id)


def _call_dimensions() -> dict[str, Expression]:
    c, k = t.calls.c, t.contacts.c
    return {
        "queue": c.queue,
        "disposition": func.coalesce(func.nullif(c.disposition, ""), k.disposition, ""),
        "team": c.team,
        "language": c.language,
        "channel": c.medium,
        "agent": c.agent_id,
    }
