"""Rows of the live board: what a call looks like at a glance, and how much it needs somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from qm.io.store.calls import LabelHit, LiveCall
from qm.io.store.scopes import Scope
from qm.types import Severity
from qm.web.deps import WebDeps
from qm.web.messages import Catalogue
from qm.web.said import Piece, last_pieces

LAST_WORDS = 18  # fill one line at 1280 px
SPARK_POINTS = 12
SPARK_WIDTH, SPARK_HEIGHT = 60, 20  # px, as in the style sheet
NEEDS = ("act", "look", "calm")

MOOD = {
    "satisfaction": 1.0, "resolution_confirmed": 0.6,
    "confusion": -0.3, "repeat_contact": -0.3, "distress_cue": -0.6, "dissatisfaction": -0.6,
    "escalation_request": -0.7, "cancel_threat": -0.8, "anger": -0.9, "abuse": -1.0,
    "red_flag": -1.0,
}  # fmt: skip
"""How labels of the caller's turns move the line: an order for the eye, not a measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """An open alert in a row."""

    alert_id: str
    title: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One live call."""

    call_id: str
    agent: str
    queue: str
    language: str
    started_at: int
    need: str  #: act, look, calm
    state: str  #: talk, hold
    who: str  #: role of the last words
    said: tuple[Piece, ...] = field(repr=False)
    spark: tuple[tuple[float, float], ...]  #: points in px, oldest first
    mood: str  #: name of the caller's last label; "" for none
    chips: tuple[Chip, ...]
    restricted: bool = False  #: shown without words, to somebody who is not in the call's group

    @property
    def rank(self) -> str:
        """Text that sorts rows: who needs somebody first, then the longest call."""
        return f"{NEEDS.index(self.need)}-{self.started_at:013}"


def board_rows(
    live: Iterable[LiveCall], deps: WebDeps, words: Catalogue, scope: Scope
) -> tuple[BoardRow, ...]:
    """Return the board, the call that most needs somebody first."""
    return tuple(sorted((board_row(one, deps, words, scope) for one in live), key=lambda r: r.rank))


def board_row(live: LiveCall, deps: WebDeps, words: Catalogue, scope: Scope) -> BoardRow:
    """Return one row as somebody with this scope may see it."""
    if restricted := not scope.in_group(live.call.access_group):
        live = replace(live, last_turn=None, caller_labels=())
    last = live.last_turn
    mood = [hit for hit in live.caller_labels if hit.label in MOOD]
    urgent = any(row.alert.severity is Severity.URGENT for row in live.alerts)
    return BoardRow(
        call_id=live.call.call_id,
        agent=live.call.agent_name or live.call.agent_id,
        queue=live.call.queue,
        language=live.call.language,
        started_at=live.call.started_at,
        need="act" if urgent else "look" if live.alerts else "calm",
        state="hold" if last is not None and last.on_hold else "talk",
        who=last.role.value if last is not None else "",
        said=last_pieces(last, words, LAST_WORDS) if last is not None else (),
        spark=spark(mood),
        mood=mood[-1].label if mood else "",
        chips=tuple(
            Chip(
                alert_id=row.alert.alert_id,
                title=deps.rule(row.alert.rule).title,
                tone="act" if row.alert.severity is Severity.URGENT else "look",
            )
            for row in live.alerts
        ),
        restricted=restricted,
    )


def spark(hits: Sequence[LabelHit]) -> tuple[tuple[float, float], ...]:
    """
    Return the line of the caller's mood: one point a labelled turn, the newest at the right.

    >>> spark([LabelHit(turn_index=3, start_ms=0, label="anger", label_prob=1.0)])
    ((58.0, 18.1),)
    """
    by_turn: dict[int, float] = {}
    for hit in hits:
        by_turn[hit.turn_index] = (
            by_turn.get(hit.turn_index, 0.0) + MOOD[hit.label] * hit.label_prob
        )
    values = [max(-1.0, min(1.0, value)) for value in by_turn.values()][-SPARK_POINTS:]
    step = (SPARK_WIDTH - 4) / (SPARK_POINTS - 1)
    middle, reach = SPARK_HEIGHT / 2, SPARK_HEIGHT / 2 - 1
    right = SPARK_WIDTH - 2.0
    return tuple(
        (round(right - step * (len(values) - 1 - i), 1), round(middle - reach * value, 1))
        for i, value in enumerate(values)
    )
