"""A call's turns as its page shows them: words, labels beside them, overlaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from qm.io.store import calls
from qm.io.store.calls import CallRow
from qm.io.store.scopes import Scope
from qm.types import Label, RedactedTurn, TurnLabels
from qm.web.messages import Catalogue
from qm.web.said import Piece, pieces

TONES = {
    "red_flag": "act", "abuse": "act", "escalation_request": "look", "anger": "look",
    "negative_language": "look", "missed_empathy": "look", "cancel_threat": "look",
    "vague_instructions": "look", "empathy_strong": "met", "red_flag_response": "met",
    "specific_instructions": "met", "resolution_confirmed": "met", "satisfaction": "met",
}  # fmt: skip
"""Labels with a colour; the others are quiet."""
OVERLAP_MS = 500  # recognised words begin and end a quarter of a second early or late
NOT_FOR_AGENTS = frozenset({"disclosure"})
"""A possible disclosure is for compliance to judge before anybody else draws conclusions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLabel:
    """A decided label in the margin."""

    label: str
    percent: int
    tone: str  #: act, look, met or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTurn:
    """One turn of the transcript."""

    pass_: int
    index: int
    role: str
    start_ms: int
    end_ms: int
    on_hold: bool
    overlaps: bool  #: begins well before somebody else has ended
    pieces: tuple[Piece, ...] = field(repr=False)
    labels: tuple[ShownLabel, ...]
    sent_at: int | None = None  #: of a message, UTC ms; None: it was spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """All turns, with what the page needs to know of them."""

    turns: tuple[ShownTurn, ...]
    labelled: bool  #: somebody or something has labelled turns of this call
    model: str  #: that did; "" for none


def transcript(
    conn: Connection,
    scope: Scope,
    call: CallRow,
    words: Catalogue,
    *,
    own_page: bool,
    blind: bool = False,
) -> Transcript:
    """
    Return the transcript of a call that ``scope`` sees.

    Args:
        conn: within a read.
        scope: who looks.
        call: the call.
        words: their language.
        own_page: they are its agent.
        blind: without labels: they must judge the call before they see what a machine says.
    """
    turns = calls.turns(conn, scope, call.call_id)
    labels = {one.turn_index: one for one in calls.labels(conn, scope, call.call_id)}
    shown = make(turns, labels, words, own_page=own_page)
    if call.medium == "voice":
        return shown
    written = (replace(t, sent_at=call.started_at + t.start_ms) for t in shown.turns)
    return replace(shown, turns=tuple(written))


def make(
    turns: Sequence[RedactedTurn],
    labels: Mapping[int, TurnLabels],
    words: Catalogue,
    *,
    own_page: bool,
) -> Transcript:
    """Return the transcript of ``turns`` by their start."""
    ordered = sorted(turns, key=lambda turn: (turn.start_ms, turn.index))
    shown: list[ShownTurn] = []
    floor_ms: dict[str, int] = {}  #: role -> end of its last turn
    for turn in ordered:
        others = [end for role, end in floor_ms.items() if role != turn.role.value]
        shown.append(
            ShownTurn(
                pass_=turn.pass_,
                index=turn.index,
                role=turn.role.value,
                start_ms=turn.start_ms,
                end_ms=turn.end_ms,
                on_hold=turn.on_hold,
                overlaps=max(others, default=0) - turn.start_ms >= OVERLAP_MS,
                pieces=pieces(turn, words),
                labels=_labels(labels.get(turn.index), own_page),
            )
        )
        floor_ms[turn.role.value] = turn.end_ms
    models = {f"{one.model.name} {one.model.version}" for one in labels.values()}
    return Transcript(turns=tuple(shown), labelled=bool(labels), model=", ".join(sorted(models)))


def _labels(labels: TurnLabels | None, own_page: bool) -> tuple[ShownLabel, ...]:
    decided: list[Label] = [x for x in labels.labels if x.on] if labels else []
    if own_page:
        decided = [x for x in decided if x.label not in NOT_FOR_AGENTS]
    return tuple(
        ShownLabel(
            label=one.label, percent=round(100 * one.label_prob), tone=TONES.get(one.label, "")
        )
        for one in sorted(decided, key=lambda x: -x.label_prob)
    )
