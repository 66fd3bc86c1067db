"""
Search over what was said: full text on either database, narrowed by who, where, when and how.

Words that may not be shown are not found: withheld turns, what an agent says while the caller is on
hold, calls out of scope, calls of candidates and trainees, calls that are still going on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, column, exists, func, select, table
from sqlalchemy import literal_column as sql

from qm.io import tables as t
from qm.io.store import calls
from qm.io.store.calls import CallRow
from qm.io.store.scopes import Scope, visible
from qm.stages.terms import Phrase, Terms
from qm.types import RedactedTurn, TurnLabels

MOST_COUNTED = 1_000
"""Whoever has more than that must narrow the question, and counting on would cost."""

AROUND = 1  # turns before and after: enough to know what was answered

LETTERS = "áàâäãåéèêëíìîïóòôöõúùûüñçÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇ"
PLAIN = "aaaaaaeeeeiiiiooooouuuuncaaaaaaeeeeiiiiooooouuuunc"
BETWEEN = "-/.@’_+&#<>~"  # what PostgreSQL would keep together with the words around it
FOLDED = f"translate(lower(turns.text), '{LETTERS}{BETWEEN}''', '{PLAIN}{' ' * 13}')"
"""Text as SQLite's tokenizer sees it; the index of migration 0004 is over the same expression."""

Order = Literal["newest", "surest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFilter:
    """Which turns; None means any."""

    terms: Terms = field(default=Terms(), repr=False)
    role: str | None = None
    label: str | None = None  #: decided on the turn
    agent_id: str | None = None
    team: str | None = None
    queue: str | None = None
    disposition: str | None = None
    language: str | None = None
    since: int | None = None  #: the call started at or after, UTC ms
    until: int | None = None  #: before
    score_from: int | None = None  #: the machine's check is surely no lower, percent
    score_to: int | None = None  #: and surely no higher
    person_from: int | None = None  #: somebody scored the call no lower, percent
    person_to: int | None = None  #: and no higher
    longest_ms: int | None = None  #: of the call
    order: Order = "newest"  #: surest: by the probability of ``label``


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A turn that was found, with what stands around it."""

    call: CallRow
    turn: RedactedTurn
    labels: TurnLabels | None
    before: tuple[RedactedTurn, ...]
    after: tuple[RedactedTurn, ...]


def find_turns(
    conn: Connection, scope: Scope, wanted: TurnFilter, limit: int, offset: int = 0
) -> tuple[Hit, ...]:
    """Return a stretch of the turns that ``scope`` may find."""
    c, u = t.calls.c, t.turns.c
    order: list[Any] = [c.started_at.desc(), c.call_id.desc(), u.turn_index]
    if wanted.order == "surest" and wanted.label is not None:
        order.insert(0, t.label_hits.c.label_prob.desc())
    query = _select(conn, scope, wanted).order_by(*order).limit(limit).offset(offset)
    places = [(row.call_id, row.turn_index) for row in conn.execute(query)]
    context: dict[str, _Context] = {}
    for call_id, _ in places:
        if call_id not in context:
            context[call_id] = _context(conn, scope, call_id)
    return tuple(context[call_id].hit(index) for call_id, index in places)


def count_turns(conn: Connection, scope: Scope, wanted: TurnFilter) -> int:
    """Return how many turns there are, counted to ``MOST_COUNTED`` + 1."""
    some = _select(conn, scope, wanted).limit(MOST_COUNTED + 1).subquery()
    count: int = conn.execute(select(func.count()).select_from(some)).scalar_one()
    return count


@dataclass(frozen=True, slots=True)
class _Context:
    """One call's turns."""

    call: CallRow
    turns: tuple[RedactedTurn, ...]
    labels: dict[int, TurnLabels]

    def hit(self, index: int) -> Hit:
        shown = [turn for turn in self.turns if not turn.on_hold]
        place = next(i for i, turn in enumerate(shown) if turn.index == index)
        return Hit(
            call=self.call,
            turn=shown[place],
            labels=self.labels.get(index),
            before=tuple(shown[max(0, place - AROUND) : place]),
            after=tuple(shown[place + 1 : place + 1 + AROUND]),
        )


def _context(conn: Connection, scope: Scope, call_id: str) -> _Context:
    call = calls.call_row(conn, scope, call_id)
    if call is None:  # one transaction sees one state: what was found is there
        raise LookupError("a call that was found is gone")
    labels = {one.turn_index: one for one in calls.labels(conn, scope, call_id)}
    return _Context(call=call, turns=calls.turns(conn, scope, call_id), labels=labels)


def _select(conn: Connection, scope: Scope, wanted: TurnFilter) -> Select[Any]:
    c, u, h = t.calls.c, t.turns.c, t.label_hits.c
    query = (
        select(u.call_id, u.turn_index)
        .join(t.calls, and_(c.call_id == u.call_id, c["pass"] == u["pass"]))
        .where(
            visible(scope),
            c.status == "closed",
            c.practice.is_(False),
            u.withheld.is_(False),
            u.on_hold.is_(False),
            *_conditions(wanted),
            *_words(conn.dialect.name, wanted.terms),
        )
    )
    if wanted.label is not None:
        here = and_(h.call_id == u.call_id, h["pass"] == u["pass"], h.turn_index == u.turn_index)
        query = query.join(t.label_hits, and_(here, h.label == wanted.label))
    return query


def _conditions(wanted: TurnFilter) -> list[ColumnElement[bool]]:
    c, u, s, e = t.calls.c, t.turns.c, t.scorecards.c, t.evaluations.c
    found: list[ColumnElement[bool]] = []
    for name in ("agent_id", "team", "queue", "disposition", "language"):
        if (value := getattr(wanted, name)) is not None:
            found.append(c[name] == value)
    if wanted.role is not None:
        found.append(u.role == wanted.role)
    if wanted.since is not None:
        found.append(c.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(c.started_at < wanted.until)
    if wanted.longest_ms is not None:
        found.append(c.duration_ms <= wanted.longest_ms)
    bounds = []
    if wanted.score_from is not None:
        bounds.append(s.percent_low >= wanted.score_from)
    if wanted.score_to is not None:
        bounds.append(s.percent_high <= wanted.score_to)
    if bounds:
        found.append(exists().where(s.call_id == c.call_id, *bounds))
    people = []
    if wanted.person_from is not None:
        people.append(e.percent >= wanted.person_from)
    if wanted.person_to is not None:
        people.append(e.percent <= wanted.person_to)
    if people:
        found.append(exists().where(e.call_id == c.call_id, *people))
    return found


def _words(dialect: str, terms: Terms) -> list[ColumnElement[bool]]:
    has = _in_sqlite if dialect == "sqlite" else _in_postgresql
    return [has(one) for one in terms.wanted] + [~has(one) for one in terms.unwanted]


def _in_sqlite(phrase: Phrase) -> ColumnElement[bool]:
    said = '"' + " ".join(phrase.words) + '"' + (" *" if phrase.prefix else "")
    index = table("turns_text", column("rowid"))
    found = sql("turns_text").op("MATCH", is_comparison=True)(said)
    return t.turns.c.id.in_(select(index.c.rowid).where(found))


def _in_postgresql(phrase: Phrase) -> ColumnElement[bool]:
    said = " <-> ".join(phrase.words) + (":*" if phrase.prefix else "")
    simple: ColumnElement[str] = sql("'simple'")
    index = func.to_tsvector(simple, sql(FOLDED))
    return index.op("@@", is_comparison=True)(func.to_tsquery(simple, said))
