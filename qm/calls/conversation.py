"""
The state of one written conversation: chat, e-mail, SMS or social messages.

Each message is a turn of its own: its writer's words, and behind them, kept out of labels, rules
and points, what it quotes.  Times are milliseconds from the first message; what arrives late keeps
its own time.  The state is PHI: it leaves the worker only sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

import numpy as np

from qm.calls.closing import whole
from qm.calls.state import LABEL_LANGUAGES, PHI_LANGUAGES, CallParams
from qm.engines.base import LabelRequest, PhiResult
from qm.errors import RedactionError
from qm.stages.language import language_of
from qm.stages.messages import html_to_text, is_automatic, named, names_in, shapes, split
from qm.stages.redaction import redact
from qm.stages.rules import evaluate
from qm.stages.turns import Draft, build, withheld
from qm.stages.writing import written_turn
from qm.types import (
    Alert,
    CallClosed,
    CallId,
    CallMeta,
    CallView,
    Event,
    Mark,
    PhiSpan,
    RedactedTurn,
    RedactedUtterance,
    Role,
    TextMessage,
    Turn,
    TurnLabels,
)

MOST_WORDS = 3_000
"""Of one message, ten pages: what lies beyond is cut, so that one message cannot hold the rest."""

CUT = "[cut]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation as it stands."""

    meta: CallMeta
    given_language: str = ""  #: by the channel; "" where it is found in the words
    memory: bytes = field(repr=False, default=b"")  #: the redactor's
    names: frozenset[str] = field(repr=False, default=frozenset())  #: given away by shapes
    spoken: tuple[Turn, ...] = field(repr=False, default=())  #: raw: late discoveries need them
    found: tuple[tuple[PhiSpan, ...], ...] = field(repr=False, default=())  #: by the redactor
    turns: tuple[RedactedTurn, ...] = ()
    labels: dict[int, TurnLabels] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    closed: bool = False

    @property
    def last_ms(self) -> int:
        """End of the last message."""
        return max((t.end_ms for t in self.turns), default=0)

    @property
    def language(self) -> str | None:
        """The language that the conversation is in; None: not known yet."""
        if self.given_language:
            return self.given_language
        found = language_of(t.text for t in self.spoken if t.role is not Role.IVR)
        return found.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one message adds: a turn before redaction.  PHI."""

    turn: Turn = field(repr=False)
    languages: tuple[str, ...]  #: to redact it in; none: it is withheld
    aside: bool = False  #: quoted: nobody's words here


def begin(message: TextMessage, call_id: str = "") -> Conversation:
    """Return the conversation that ``message`` is the first of, by the id of its own or another."""
    return Conversation(
        given_language=message.language,
        meta=CallMeta(
            call_id=CallId(call_id or message.conversation_id),
            started_at=message.at,
            contact_id=message.conversation_id,
            channels=(),
            agent_id=message.agent,
            queue=message.queue,
            direction="inbound" if message.direction == "in" else "outbound",
            language=message.language or None,
            customer_ref=message.customer_ref,
            medium=message.channel,
        ),
    )


def take(state: Conversation, message: TextMessage) -> tuple[Conversation, tuple[Piece, ...]]:
    """
    Take a message in.

    Returns:
        The conversation with what the message says about itself, and the turns to redact, in order.
    """
    state = _introduced(state, message)
    lines = html_to_text(message.html) if message.html is not None else message.text or ""
    parts = split(lines, letter=message.channel == "email")
    own = "\n".join(
        [
            *([f"Subject: {message.subject}"] if message.subject.strip() else []),
            parts.own,
            *(f"Attachment: {name}" for name in message.attachments),
        ]
    )
    automatic = message.role == "agent" and is_automatic(parts.own, message.subject, message.agent)
    role = Role.IVR if automatic else Role(message.role)
    at_ms = max(0, (message.at - state.meta.started_at) // timedelta(milliseconds=1))
    number = len(state.turns)
    pieces = [_piece(state, number, role, own, at_ms)]
    if parts.quoted:
        behind_ms = pieces[0].turn.end_ms
        quoted = _piece(state, number + 1, role, parts.quoted, behind_ms)
        pieces.append(replace(quoted, aside=True))
    return state, tuple(pieces)


def place(
    state: Conversation, piece: Piece, found: Sequence[PhiResult] | None
) -> tuple[Conversation, tuple[RedactedTurn, ...]]:
    """
    Put a redacted turn in its place.

    Args:
        state: the conversation.
        piece: the next of what ``take`` gave.
        found: what the redactor answered, one for each of ``piece.languages``; None: it failed.

    Returns:
        The new state, and the turns that are new or redacted anew.
    """
    turn = piece.turn
    clean = withheld(turn)
    results = tuple(found or ())
    new_names: frozenset[str] = frozenset()
    spans: tuple[PhiSpan, ...] = ()
    if results and len(results) == len(piece.languages):
        new_names = names_in(turn) - state.names
        state = replace(state, memory=results[0].memory, names=state.names | new_names)
        spans = tuple(s for result in results for s in result.spans)
        clean = _clean(state, turn, spans)
    made = _built(state, Draft(index=turn.utterance, utterances=(clean,)), aside=piece.aside)
    state = replace(
        state,
        spoken=(*state.spoken, turn),
        found=(*state.found, spans),
        turns=(*state.turns, made),
    )
    state = replace(state, meta=replace(state.meta, language=state.language))
    revisions = {r.utterance: r.spans for result in results[:1] for r in result.revisions}
    for earlier in state.spoken[:-1]:
        if named(earlier, new_names):
            revisions.setdefault(earlier.utterance, state.found[earlier.utterance])
    changed = [made]
    for utterance in sorted(revisions):
        state, revised = _revised(state, utterance, revisions[utterance])
        changed += revised
    return state, tuple(changed)


def label_request(state: Conversation, index: int, context: int) -> LabelRequest | None:
    """Return what the classifier is asked of turn ``index``; None where there is nothing to ask."""
    turn = state.turns[index]
    if turn.withheld or turn.on_hold or turn.role not in (Role.AGENT, Role.CUSTOMER):
        return None
    before = [
        t
        for t in sorted(state.turns, key=lambda t: (t.start_ms, t.index))
        if (t.start_ms, t.index) < (turn.start_ms, turn.index) and not t.on_hold
    ]
    return LabelRequest(
        role=turn.role,
        text=turn.text,
        before=tuple((t.role, t.text) for t in before[-context:]),
        language=turn.language,
    )


def label(
    state: Conversation, index: int, probs: np.ndarray, params: CallParams
) -> tuple[Conversation, tuple[TurnLabels, ...]]:
    """Apply what the classifier answered; an empty answer says nothing."""
    if not probs.size:
        return state, ()
    turn = state.turns[index]
    labels = TurnLabels(
        call_id=turn.call_id,
        pass_=0,
        turn_index=index,
        labels=params.label(turn.role, probs),
        model=params.labels_model,
    )
    return replace(state, labels={**state.labels, index: labels}), (labels,)


def look(
    state: Conversation, clock_ms: int, params: CallParams
) -> tuple[Conversation, tuple[Alert, ...]]:
    """
    Ask the live rules, at a message or when time has passed without one.

    Returns:
        The new state and the alerts that are new, or newly closed by themselves.
    """
    known = dict(state.alerts)
    fresh: list[Alert] = []
    clock_ms = max(clock_ms, state.last_ms)
    for alert in evaluate(params.rules, view(state, clock_ms), clock_ms, params.rules_on):
        before = known.get(alert.alert_id)
        if alert.when == "live" and (
            before is None or (before.closed_ms is None and alert.closed_ms is not None)
        ):
            known[alert.alert_id] = alert
            fresh.append(alert)
    return replace(state, alerts=known), tuple(fresh)


def close(
    state: Conversation, params: CallParams, reason: Literal["ended", "inactive"]
) -> tuple[Conversation, tuple[Event, ...]]:
    """Return the closed conversation, and what can be said of it as a whole."""
    duration_ms = state.last_ms
    looked = replace(view(state, duration_ms), ended=True)
    known, made = whole(looked, duration_ms, state.alerts, params)
    last = CallClosed(
        call_id=state.meta.call_id,
        duration_ms=duration_ms,
        complete=True,
        reason=reason,
        held=any(t.withheld for t in state.turns),
    )
    return replace(state, alerts=known, closed=True), (*made, last)


def view(state: Conversation, clock_ms: int) -> CallView:
    """Return what rules and forms may look at."""
    return CallView(
        meta=state.meta,
        turns=state.turns,
        labels=state.labels,
        marks=state.marks,
        clock_ms=clock_ms,
        not_validated=state.language not in LABEL_LANGUAGES,
    )


def _introduced(state: Conversation, message: TextMessage) -> Conversation:
    """Return the state with whoever and whatever the message is the first to name."""
    meta = state.meta
    at_ms = max(0, (message.at - meta.started_at) // timedelta(milliseconds=1))
    if message.agent and meta.agent_id and message.agent != meta.agent_id:
        handed = any(m.kind == "transferred" for m in state.marks)
        mark = Mark(kind="transferred", start_ms=at_ms, end_ms=at_ms)
        state = state if handed else replace(state, marks=(*state.marks, mark))
    meta = replace(
        meta,
        agent_id=meta.agent_id or message.agent,
        customer_ref=meta.customer_ref or message.customer_ref,
        queue=meta.queue or message.queue,
    )
    given = state.given_language or message.language
    return replace(state, meta=meta, given_language=given, closed=False)


def _piece(state: Conversation, number: int, role: Role, text: str, at_ms: int) -> Piece:
    words = text.split(" ")
    if len(words) > MOST_WORDS:
        text = " ".join((*words[:MOST_WORDS], CUT))
    languages = _languages(state, text)
    language = languages[0] if languages else language_of([text]).language or "und"
    return Piece(
        turn=written_turn(state.meta.call_id, number, role, language, text, at_ms),
        languages=languages,
    )


def _languages(state: Conversation, text: str) -> tuple[str, ...]:
    """
    Return the languages to redact a text in.

    A text that surely is in one language is read in that one.  One too short to tell is read as
    the conversation is; before that is known, or where two are mixed, in every language that it
    may be.  Where that includes one whose redaction is not validated: in none.
    """
    guess = language_of([text])
    own = state.language
    found: tuple[str, ...] = tuple(sorted(PHI_LANGUAGES))
    if guess.language is not None:
        found = (guess.language,)
    elif guess.among:
        found = tuple(sorted(guess.among, key=lambda x: (x != own, x)))
        if own in guess.among:  # the other may be a neighbour that shares its small words
            found = tuple(x for x in found if x in PHI_LANGUAGES or x == own)
    elif own:
        found = (own,)
    return found if PHI_LANGUAGES.issuperset(found) else ()


def _clean(state: Conversation, turn: Turn, found: Sequence[PhiSpan]) -> RedactedUtterance:
    """Return the turn without what the redactor, its shape or an earlier name gives away."""
    spans = [*found, *shapes(turn), *named(turn, state.names)]
    numbered = [s for s in spans if s.placeholder]
    plain = [  # who has a number keeps it where the shape of the text shows the same
        s
        for s in spans
        if not s.placeholder and not any(n.start <= s.start and s.end <= n.end for n in numbered)
    ]
    try:
        return redact(turn, [*numbered, *plain])
    except RedactionError:
        return withheld(turn)


def _built(state: Conversation, draft: Draft, *, aside: bool) -> RedactedTurn:
    clean = replace(draft.utterances[0], on_hold=aside)
    turn = build(replace(draft, utterances=(clean,)), state.meta.call_id, 0)
    return replace(turn, medium=state.meta.medium)


def _revised(
    state: Conversation, utterance: int, spans: tuple[PhiSpan, ...]
) -> tuple[Conversation, list[RedactedTurn]]:
    """Redact an earlier turn anew; ``spans``: all that the redactor finds in it now."""
    if utterance >= len(state.turns) or state.turns[utterance].withheld:
        return state, []
    before, turn = state.turns[utterance], state.spoken[utterance]
    clean = _clean(state, turn, spans)
    draft = Draft(
        index=utterance,
        utterances=(clean,),
        revision=before.revision + 1,
        redaction_version=before.redaction_version + 1,
    )
    made = _built(state, draft, aside=before.on_hold)
    turns = (*state.turns[:utterance], made, *state.turns[utterance + 1 :])
    found = (*state.found[:utterance], spans, *state.found[utterance + 1 :])
    return replace(state, turns=turns, found=found), [made]
