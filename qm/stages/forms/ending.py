"""Getting it done, and the close: questions 12 to 16 of the default form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qm.stages.forms.judged import Judged, answered, cannot_tell, look, not_applicable
from qm.stages.forms.said import Said, entities
from qm.types import RedactedTurn

LAST_TURNS = 2
"""A closing is in the agent's last two turns."""

LAST_MS = 60_000
"""What is said of the next step is said in the last minute, or said again there."""

SHOWN = 12
"""So many statements are listed for checking; a reviewer reads no more of them."""

PART = 2  #: of who, what, when and how, this many are part of the points
FULL = 3  #: and this many are all

_WHEN = re.compile(
    r"today|tonight|tomorrow|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|o'clock|\b[ap]\.?m\b|noon"
    r"|morning|afternoon|evening|\b(?:hour|minute|day|week|month)s?\b|right now|by the end|within"
    r"|hoy|mañana|lunes|martes|miércoles|jueves|viernes|hora|minuto|día|semana|mes\b|ahora mismo",
    re.I,
)
_WHO = re.compile(
    r"\bI(?:'ll| will|'m going|'ve)\b|\bwe(?:'ll| will)\b|\byou(?:'ll| will| need| can| go)?\b"
    r"|nurse|doctor|pharmac|office"
    r"|team|department|supervisor|manager|\b(?:he|she|they)(?:'ll| will)"
    r"|enfermer|doctor|oficina|usted|\byo\b|voy a|le va a",
    re.I,
)
_HOW = re.compile(
    r"\bcall|text|e-?mail|portal|message|letter|\bmail|fax|app\b|website|front desk|in person|phone"
    r"|llam|mensaje|correo|carta|página|mostrador|teléfono",
    re.I,
)
_CLOCK = re.compile(
    r"\b\d{1,2}:\d\d|\b[ap]\.?m\b|o'clock|noon|(?:one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve) (?:thirty|fifteen|forty|o'clock|in the)|\ba las\b|mediodía",
    re.I,
)
_MONEY = re.compile(r"\$|dollar|cents?\b|copay|deductible|balance|dólar|copago|saldo", re.I)
_PREPARE = re.compile(
    r"\bbring\b|fasting|\bfast\b|arrive|early|empty stomach|don't eat|nothing to eat|wear\b"
    r"|insurance card|photo id|traiga|ayunas|llegue|temprano|no coma",
    re.I,
)
_BOOKED = re.compile(
    r"\bbooked|scheduled|rescheduled|you're all set|see you (?:on|then|at|mon|tue|wed|thu|fri)"
    r"|moved (?:you|it|your)|put you (?:in|down)|your appointment is|canceled|cancelled|agendad"
    r"|su cita (?:es|queda|quedó)|cancelad",
    re.I,
)
_DONE = ("book", "sched", "cancel", "appoint", "refill", "payment")
"""Wrap-up codes that say that something was booked, changed or paid."""
_AUTHORITY = re.compile(r"supervisor|manager|\blead\b|director|charge nurse|gerente|encargad", re.I)


def correct(said: Said, settings: Mapping[str, object]) -> Judged:
    """List what was stated (times, places, amounts, preparation) for a person to check."""
    stated = [
        t
        for t in said.agent
        if entities(t) & {"DATE", "LOCATION", "PHONE"}
        or any(p.search(t.text) for p in (_CLOCK, _MONEY, _PREPARE))
    ]
    return look(f"{len(stated)} statements to check", stated[:SHOWN])


def ending(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether the call ended with the need met, or with a next step that says enough."""
    if said.transferred:
        return cannot_tell("the call goes on elsewhere after a transfer", said.agent[-LAST_TURNS:])
    if not said.agent:
        return cannot_tell("no turn of the agent was heard")
    end_ms = said.view.clock_ms
    last = [t for t in said.agent if t.end_ms >= end_ms - LAST_MS] or list(said.agent[-1:])
    if said.unheard(end_ms - LAST_MS, end_ms) or said.badly_heard(last):
        return cannot_tell("the last minute was not heard well", last)
    settled = said.having(said.customer, "resolution_confirmed")
    steps = said.having(said.agent, "specific_instructions", "vague_instructions")
    if not steps:
        if settled:
            return answered("yes", "the caller says that it is settled", settled[-1:])
        return cannot_tell("no next step and no word that it is settled were found", last)
    final = steps[-1]
    specific = said.has(final, "specific_instructions") == "yes"
    if not specific:
        if settled and settled[-1].start_ms > final.start_ms:
            return answered("yes", "the caller says that it is settled", [final, settled[-1]])
        if any(
            said.has(t, "specific_instructions") == "unsure"
            for t in said.agent
            if t.start_ms >= final.start_ms
        ):
            return cannot_tell("whether a specific step follows is not sure", [final])
        return answered("no", "the last next step is vague", [final])
    told = [t for t in steps if said.has(t, "specific_instructions") == "yes"]
    found = _said_of_step(told)
    why = f"in the next step: {', '.join(found) or 'nothing that was recognised'}"
    if len(found) >= FULL or settled:
        return answered("yes", why, [*told, *settled[-1:]])
    if len(found) >= PART:
        return answered("part", why, told)
    return cannot_tell(why, told)


def _said_of_step(turns: Sequence[RedactedTurn]) -> list[str]:
    """Return which of who, what, when and how are said; a placeholder counts as said."""
    kinds = frozenset(e for t in turns for e in entities(t))
    text = " ".join(t.text for t in turns)
    parts = {
        "who": bool(kinds & {"NAME"}) or bool(_WHO.search(text)),
        "what": bool(turns),  # the label means that a step is named
        "when": bool(kinds & {"DATE"}) or bool(_WHEN.search(text)) or bool(_CLOCK.search(text)),
        "how": bool(kinds & {"PHONE", "EMAIL", "LOCATION", "URL", "FAX"})
        or bool(_HOW.search(text)),
    }
    return [name for name, there in parts.items() if there]


PARTS: Mapping[str, Mapping[str, tuple[frozenset[str], re.Pattern[str]]]] = {
    "appointment": {
        "date": (frozenset({"DATE"}), _WHEN),
        "time": (frozenset(), _CLOCK),
        "place or person": (
            frozenset({"LOCATION", "NAME"}),
            re.compile(r"doctor|suite|floor", re.I),
        ),
        "preparation": (frozenset(), _PREPARE),
    },
    "refill": {
        "drug and strength": (frozenset(), re.compile(r"milligram|\bmg\b|\bunits?\b|\bml\b", re.I)),
        "directions": (
            frozenset(),
            re.compile(r"once|twice|times a day|daily|at night|cada", re.I),
        ),
        "quantity": (frozenset(), re.compile(r"tablets?|capsules?|pens?\b|-day|day supply", re.I)),
        "store or address": (frozenset({"LOCATION"}), re.compile(r"store|deliver|mail", re.I)),
        "ready time": (
            frozenset({"DATE"}),
            re.compile(f"{_CLOCK.pattern}|ready|{_WHEN.pattern}", re.I),
        ),
    },
    "payment": {
        "amount": (frozenset(), _MONEY),
        "date": (frozenset({"DATE"}), _WHEN),
        "authority": (frozenset(), re.compile(r"authoriz|permission|agree|okay to|autoriz", re.I)),
    },
}
"""What is to be repeated, by kind of change: identifiers that show it, or words."""


def read_back(said: Said, settings: Mapping[str, object]) -> Judged:
    """Suggest how much of what was booked, refilled or paid was repeated."""
    kind = str(settings.get("kind", "appointment"))
    disposition = said.view.meta.disposition.lower()
    booked = [t for t in said.agent if _BOOKED.search(t.text)]
    if not booked and not any(w in disposition for w in _DONE):
        return cannot_tell("no sign whether anything was booked or changed")
    since_ms = booked[0].start_ms if booked else 0
    after = [t for t in said.agent if t.start_ms >= since_ms]
    kinds = frozenset(e for t in after for e in entities(t))
    text = " ".join(t.text for t in after)
    found = [
        name for name, (shown, words) in PARTS[kind].items() if kinds & shown or words.search(text)
    ]
    why = f"repeated: {', '.join(found) or 'nothing that was recognised'}"
    missing = len(PARTS[kind]) - len(found)
    option = "yes" if missing <= 1 else "part" if found else "no"
    return answered(option, why, after[:SHOWN])


def handed_on(said: Said, settings: Mapping[str, object]) -> Judged:
    """Suggest whether a request for somebody with authority was met."""
    asked = said.having(said.customer, "escalation_request")
    unsure = [t for t in said.customer if said.has(t, "escalation_request") == "unsure"]
    offers = said.having(said.agent, "transfer_offer")
    if said.transferred:
        return cannot_tell("the recording ends at the transfer", [*asked, *offers])
    if not asked:
        if unsure or offers:
            return cannot_tell(
                "whether the caller had to go elsewhere is not sure", [*unsure, *offers]
            )
        return not_applicable("no request for a supervisor and no transfer was heard")
    steps = said.having(said.agent, "transfer_offer", "specific_instructions")
    offered = [t for t in steps if t.start_ms > asked[0].start_ms and _AUTHORITY.search(t.text)]
    before_second = [t for t in offered if len(asked) == 1 or t.start_ms < asked[1].start_ms]
    if before_second:
        return answered("yes", "offered after the first request", [asked[0], before_second[0]])
    if offered:
        return answered("part", "offered after a second request", [*asked[:2], offered[0]])
    if any(said.has(t, "transfer_offer") == "unsure" for t in said.agent):
        return cannot_tell("whether a supervisor was offered is not sure", asked)
    return answered("no", f"{len(asked)} requests, no offer of a supervisor was found", asked)


def closing(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether the agent closed the call."""
    if said.transferred:
        return not_applicable("the call was transferred")
    if said.having(said.customer, "red_flag"):
        return not_applicable("an emergency")
    last = said.agent[-LAST_TURNS:]
    if not last:
        return cannot_tell("no turn of the agent was heard")
    heard = [said.has(t, "closing") for t in last]
    if "yes" in heard:
        return answered("yes", "a closing in the agent's last two turns", last)
    if "unsure" in heard or said.unheard(last[-1].end_ms, said.view.clock_ms):
        return cannot_tell("the end was not heard well", last)
    if said.turns[-1].role != last[-1].role:
        return cannot_tell("the caller speaks last and may have hung up", [*last, said.turns[-1]])
    return answered("no", "no closing in the agent's last two turns", last)
