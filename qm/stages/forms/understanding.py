"""Understanding: questions 5 to 7 of the default form."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qm.stages.forms.judged import Judged, answered, cannot_tell, look, not_applicable
from qm.stages.forms.opening import IDENTIFIER_KINDS
from qm.stages.forms.said import Said, entities
from qm.types import RedactedTurn, Role

NEED_WORDS = 6
"""Shortest turn that can state a need; "Hi, is this billing?" does not."""

CONFIRMING_TURNS = 3
"""The agent confirms the need within so many turns, or acts without having done so."""

FOREIGN_MS = 12_000
"""Customer speech below which a language is not sure (forms: 12 s)."""

_CONFIRMED = re.compile(
    r"\bso (?:you|your|it|that|what)|you're (?:calling|looking|trying|asking)|you (?:want|need)"
    r"|let me (?:make sure|repeat|see if i)|just to (?:be sure|confirm|make sure)|sounds like"
    r"|if i (?:understand|got|hear)|did i (?:get|understand)|entonces|a ver si entendí|es decir"
    r"|usted (?:quiere|necesita)",
    re.I,
)


def need(said: Said, settings: Mapping[str, object]) -> Judged:
    """Suggest where the agent asked about or confirmed the caller's need."""
    stated = next((t for t in said.customer if t.text.count(" ") + 1 >= NEED_WORDS), None)
    if stated is None or said.doubtful(stated):
        return cannot_tell("the caller's statement was not heard", [stated] if stated else [])
    after = said.next_agent(stated, CONFIRMING_TURNS)
    confirmed = [
        t
        for t in after
        if (t.text.rstrip().endswith("?") or _CONFIRMED.search(t.text))
        and said.has(t, "verification") == "no"
    ]
    if not confirmed:
        return cannot_tell("no question about the need was found", [stated, *after])
    return answered("yes", "asked or confirmed after the caller's statement", [stated, *confirmed])


def known(said: Said, settings: Mapping[str, object]) -> Judged:
    """Suggest whether an identifier was asked again after the caller had given it."""
    if said.interpreted:
        return cannot_tell("through an interpreter")
    given: dict[str, RedactedTurn] = {}
    question: RedactedTurn | None = None
    for turn in said.turns:
        if turn.role == Role.AGENT:
            question = turn if said.has(turn, "verification") == "yes" else None
        elif turn.role == Role.CUSTOMER and question is not None:
            for kind in {IDENTIFIER_KINDS.get(e, "") for e in entities(turn)} - {"", "name"}:
                first = given.setdefault(kind, turn)
                if first.index + 2 < turn.index:  # the turn after next still belongs to the first
                    if said.doubtful(first):
                        return cannot_tell("the first answer was not heard well", [first, turn])
                    return answered("no", f"{kind} asked twice", [first, question, turn])
            question = None
    return not_applicable("nothing was asked twice")


_ACCESS = re.compile(
    r"interpreter|translator|speak (?:spanish|chinese|mandarin|cantonese|vietnamese|korean|russian"
    r"|arabic|creole|portuguese|french|tagalog|polish|hindi)|no (?:speak )?english"
    r"|relay (?:call|operator)|\btty\b|hard of hearing|hearing aid|can't hear|sign language|español"
    r"|intérprete"
    r"|no hablo inglés",
    re.I,
)


def language_access(said: Said, settings: Mapping[str, object]) -> Judged:
    """Propose a look where a caller needed another language or more time and none was heard."""
    agents = {t.language for t in said.agent}
    foreign = [t for t in said.customer if agents and t.language not in agents]
    length_ms = sum(t.end_ms - t.start_ms for t in foreign)
    asked = [t for t in said.customer if _ACCESS.search(t.text)]
    signs = [*asked, *(foreign if length_ms >= FOREIGN_MS else [])]
    if not signs:
        return not_applicable("no sign of need")
    helped = said.interpreted or any(m.target == "language" for m in said.marks("transferred"))
    first = min(signs, key=lambda t: t.start_ms)
    if helped:
        return look("an interpreter or a language queue was heard after the sign", [first])
    if length_ms < FOREIGN_MS:
        return look("the caller spoke of language or hearing; no interpreter was heard", [first])
    return look(
        "the caller spoke another language; no interpreter was heard", [first], proposed=True
    )
