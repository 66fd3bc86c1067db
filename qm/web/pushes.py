"""
What a change in the store means for open pages: pieces of HTML, made once for everybody.

A push names its topic and whose call it is about; the hub gives it to the clients that listen to
the topic and see the call.  A topic with words has a twin without (``board`` and ``board:quiet``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from qm.io.store import alerts, calls
from qm.io.store.calls import CallRow
from qm.io.store.feed import FeedRow
from qm.io.store.scopes import WHOLE_SITE, Scope
from qm.web.board import card_context
from qm.web.cards import Card, cards
from qm.web.deps import WebDeps
from qm.web.frame import piece
from qm.web.messages import Catalogue, catalogue
from qm.web.moments import Moments
from qm.web.rows import board_row
from qm.web.timeline import lanes
from qm.web.transcript import Transcript, transcript

EVERYTHING = WHOLE_SITE
"""The hub's own eyes; each client's scope decides what is passed on."""
OUTSIDE = replace(EVERYTHING, groups=frozenset())
"""The eyes of those who are in no group: what they may be told of a restricted call."""

BOARD_KINDS = frozenset({"call", "turn", "labels", "alert"})
CALL_KINDS = frozenset({"turn", "labels"})
ENDING_KINDS = frozenset({"facts", "outcome", "scorecard"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message for whoever listens to ``topic`` in ``language`` and sees the call."""

    topic: str
    language: str
    team: str
    agent_id: str
    rule: str = ""  #: of an alert: some are for few eyes
    group: str = ""  #: of a restricted call
    inside: bool = True  #: for the members of its group; else for all others, without words
    only: frozenset[str] | None = None  #: user ids; None: for everybody who listens
    text: str = field(repr=False)  #: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which topics anybody listens to, in which languages."""

    topics: frozenset[str]
    languages: frozenset[str]


def pushes(
    conn: Connection, deps: WebDeps, rows: Sequence[FeedRow], wanted: Wanted
) -> tuple[Push, ...]:
    """Return the pushes of a batch of changes; each thing that changed is shown once, as it is."""
    if not rows:
        return ()
    seq = max(row.seq for row in rows)
    found: list[Push] = []
    for language in sorted(wanted.languages):
        words = catalogue(language)
        maker = _Maker(conn, deps, words, Moments(deps.zone, words, deps.now()), seq)
        found.extend(maker.board(rows, wanted.topics))
        found.extend(maker.alerts(rows, wanted.topics))
        found.extend(maker.calls(rows, wanted.topics))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the pushes of one batch in one language."""

    conn: Connection
    deps: WebDeps
    words: Catalogue
    moments: Moments
    seq: int

    def board(self, rows: Sequence[FeedRow], topics: frozenset[str]) -> Iterable[Push]:
        """Return the rows of the board that changed, and those that left it."""
        listened = sorted(topics & {"board", "board:quiet"})
        changed = {row.call_id: row for row in rows if row.kind in BOARD_KINDS}
        if not listened or not changed:
            return
        live = {one.call.call_id: one for one in calls.live_calls(self.conn, EVERYTHING)}
        for call_id, row in changed.items():
            one = live.get(call_id)
            for topic in listened:
                if one is None:
                    yield self._push(topic, row, kind="gone", id=call_id)
                    continue
                for eyes in self._eyes(one.call.access_group):
                    shown = board_row(one, self.deps, self.words, eyes)
                    html = self._piece("_row.html", row=shown, show_words=topic == "board")
                    push = self._push(topic, row, kind="row", id=call_id, html=html)
                    yield _for(push, one.call.access_group, eyes)

    def alerts(self, rows: Sequence[FeedRow], topics: frozenset[str]) -> Iterable[Push]:
        """Return the cards of alerts that changed."""
        changed = {row.ref: row for row in rows if row.kind == "alert"}
        for alert_id, row in changed.items():
            pages = {"alerts", "alerts:quiet", "notify", call_topic(row.call_id)}
            listened = sorted(topics & pages)
            found = alerts.find_alert(self.conn, EVERYTHING, alert_id) if listened else None
            if found is None or found.alert.silent:
                continue
            for eyes in self._eyes(found.access_group):
                card = cards(self.conn, self.deps, eyes, [found], self.words)[0]
                for topic in listened:
                    if topic == "notify":
                        push = self._notice(row, card)
                    elif found.alert.when == "live" or topic == call_topic(row.call_id):
                        push = self._card(topic, row, card)
                    else:
                        push = None
                    if push is not None:
                        yield _for(push, found.access_group, eyes)

    def calls(self, rows: Sequence[FeedRow], topics: frozenset[str]) -> Iterable[Push]:
        """Return the turns that changed in calls that are open on a page."""
        by_call: dict[str, list[FeedRow]] = {}
        for row in rows:
            by_call.setdefault(row.call_id, []).append(row)
        for call_id, changes in by_call.items():
            for own in (False, True):
                if call_topic(call_id, own=own) in topics:
                    yield from self._call(call_id, changes, own)

    def _call(self, call_id: str, changes: Sequence[FeedRow], own: bool) -> Iterable[Push]:
        refs = {row.ref for row in changes if row.kind in CALL_KINDS}
        topic, row = call_topic(call_id, own=own), changes[0]
        call = calls.call_row(self.conn, EVERYTHING, call_id)
        if call is None:
            return
        if refs:
            shown = transcript(self.conn, EVERYTHING, call, self.words, own_page=own)
            for turn in shown.turns:
                if f"{turn.pass_}:{turn.index}" in refs:
                    html = self._piece("_turn.html", turn=turn)
                    push = self._push(topic, row, kind="turn", id=f"t-{turn.index}", html=html)
                    yield _for(push, call.access_group, EVERYTHING)
            push = self._push(topic, row, kind="lanes", html=self._lanes(call, shown, own))
            yield _for(push, call.access_group, EVERYTHING)
        if call.status != "live" or any(row.kind in ENDING_KINDS for row in changes):
            yield self._push(topic, row, kind="ended", id=call_id)

    def _lanes(self, call: CallRow, shown: Transcript, own: bool) -> str:
        found = alerts.alerts_of(self.conn, EVERYTHING, call.call_id)
        told = [] if own else [row for row in found if row.alert.when == "live"]
        drawn = lanes(
            shown,
            calls.turns(self.conn, EVERYTHING, call.call_id),
            [(row, self.deps.rule(row.alert.rule).title) for row in told],
            calls.marks(self.conn, EVERYTHING, call.call_id),
            max([call.clock_ms, *(turn.end_ms for turn in shown.turns)]),
        )
        return self._piece("_lanes.html", lanes=drawn)

    def _eyes(self, access_group: str) -> tuple[Scope, ...]:
        """Return for whom a thing is made: all, or members of a group and all others apart."""
        return (EVERYTHING, OUTSIDE) if access_group else (EVERYTHING,)

    def _notice(self, row: FeedRow, card: Card) -> Push | None:
        """Return what the desktops of those who are asked are told: rule and severity, no words."""
        if card.row.state != "open" or card.row.alert.when != "live":
            return None
        severity = self.words.name("severity", card.row.alert.severity.value)
        push = self._push(
            "notify", row, rule=card.rule.rule, kind="notify", id=card.alert_id,
            title=card.rule.title, severity=severity, asked=card.row.asked,
        )  # fmt: skip
        return replace(push, only=card.asked.users)

    def _card(self, topic: str, row: FeedRow, card: Card) -> Push:
        context = card_context(not topic.endswith(":quiet"))
        html = self._piece("_alert.html", card=card, csrf="", **context)
        state = {"state": card.row.state, "tone": card.tone}
        return self._push(
            topic, row, rule=card.rule.rule, kind="alert", id=card.alert_id, html=html, **state
        )

    def _piece(self, template: str, **context: Any) -> str:
        return piece(template, self.words, self.moments, context)

    def _push(self, topic: str, row: FeedRow, *, rule: str = "", **message: Any) -> Push:
        body: Mapping[str, Any] = {"topic": topic, "seq": self.seq, **message}
        return Push(
            topic=topic,
            language=self.words.language,
            team=row.team,
            agent_id=row.agent_id,
            rule=rule,
            text=json.dumps(body, ensure_ascii=False),
        )


def _for(push: Push, access_group: str, eyes: Scope) -> Push:
    return replace(push, group=access_group, inside=eyes is EVERYTHING) if access_group else push


def call_topic(call_id: str, *, own: bool = False) -> str:
    """Return the topic of one call's page; agents listen to their own calls on another."""
    return f"call:{call_id}:own" if own else f"call:{call_id}"


def is_own_page(scope: Scope) -> bool:
    """Return whether the person sees calls as their agent only."""
    return not scope.roles - {"agent", "admin"}
