"""Turns, clips and playlists as the coach's pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from qm.io.store import calls
from qm.io.store.clips import Clip
from qm.io.store.scopes import Grant, Scope
from qm.io.store.search import Hit
from qm.stages.clips import Span, said_within
from qm.stages.terms import Terms, marked
from qm.types import RedactedTurn, TurnLabels
from qm.web.messages import Catalogue
from qm.web.said import Piece, pieces
from qm.web.transcript import NOT_FOR_AGENTS, TONES, ShownLabel

DAY_MS = 86_400_000
WARN_DAYS = 14
"""A playlist must not fall apart unseen: clips say so in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one person says, in a card."""

    role: str
    start_ms: int
    end_ms: int
    pieces: tuple[Piece, ...] = field(repr=False)
    marks: frozenset[int] = frozenset()  #: places of words that were looked for
    found: bool = False
    labels: tuple[ShownLabel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHit:
    """A turn that was found, between its neighbours."""

    hit: Hit
    lines: tuple[Line, ...]

    @property
    def key(self) -> str:
        return f"{self.hit.call.call_id}-{self.hit.turn.index}"


def shown_hit(hit: Hit, terms: Terms, words: Catalogue) -> ShownHit:
    """Return the card of a hit."""
    before = [line(turn, words) for turn in hit.before]
    after = [line(turn, words) for turn in hit.after]
    found = line(hit.turn, words, terms=terms, labels=hit.labels, found=True)
    return ShownHit(hit=hit, lines=(*before, found, *after))


def line(
    turn: RedactedTurn,
    words: Catalogue,
    *,
    terms: Terms | None = None,
    labels: TurnLabels | None = None,
    found: bool = False,
) -> Line:
    """Return one turn's line."""
    decided = [x for x in labels.labels if x.on] if labels else []
    spoken = [word.text for word in turn.words]
    return Line(
        role=turn.role.value,
        start_ms=turn.start_ms,
        end_ms=turn.end_ms,
        pieces=pieces(turn, words),
        marks=marked(terms, spoken) if terms and not turn.withheld else frozenset(),
        found=found,
        labels=tuple(
            ShownLabel(
                label=one.label,
                percent=round(100 * one.label_prob),
                tone=TONES.get(one.label, ""),
            )
            for one in sorted(decided, key=lambda x: -x.label_prob)
            if one.label not in NOT_FOR_AGENTS
        ),
    )


def as_heard(clip: Clip) -> Scope:
    """
    Return the scope of the agent who is heard in a clip.

    Whoever may hear a clip reads its words and hears its sound through it, and no more: restricted
    calls stay closed.  Ask ``shares.may_hear`` or ``clips.find_clip`` before.
    """
    return Scope(
        user_id="", grants=frozenset({Grant(role="agent")}), agent_id=clip.agent_id or "\0"
    )


def lines_of(conn: Connection, scope: Scope, clip: Clip, words: Catalogue) -> tuple[Line, ...]:
    """Return the words of a clip; ``scope`` must see its call."""
    turns = calls.turns(conn, scope, clip.call_id)
    span = Span(start_ms=clip.start_ms, end_ms=clip.end_ms)
    return tuple(line(turn, words) for turn in said_within(turns, span) if not turn.on_hold)


def all_lines(
    turns: Sequence[RedactedTurn], labels: Mapping[int, TurnLabels], words: Catalogue
) -> tuple[Line, ...]:
    """Return every turn of a call that may be heard."""
    ordered = sorted(turns, key=lambda turn: (turn.start_ms, turn.index))
    return tuple(
        line(turn, words, labels=labels.get(turn.index)) for turn in ordered if not turn.on_hold
    )


def days_left(clip: Clip, now: int) -> int:
    """Return in how many days a clip expires, rounded up."""
    return max(0, -(-(clip.expires_at - now) // DAY_MS))
