"""
Which voice on a mixed line is the agent's, by what is said.

Agents greet, ask for identifiers, offer help and report what a screen shows; callers say why they
call.  Each such phrase is a vote.  Over a whole call agents say "your" and callers "my", whatever
they talk about: that is a vote too, and who speaks first has a small one.  Where the votes are few
or even nobody is named: a wrong role is worse than none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from qm.types import Role, Word

FIRST_WORDS = 80
"""Of one voice: votes in the opening of a call count double, its phrases are the surest."""

SURE = 3.0
"""Votes that agent and caller must lie apart: one greeting, or three weaker phrases."""

FIRST_VOTE = 0.5
"""For speaking first: an agent does on most inbound calls, a called person on outbound ones."""

POSSESSIVE_VOTE = 1.5
"""For each e-fold by which a voice says "your" more often than "my"; e-folds, because long calls
must not outvote every phrase."""

_YOURS = {"en": r"your?|yours|ma'am|sir", "es": r"sus?|usted|señora?|le"}
_MINE = {"en": r"my|mine|me", "es": r"mis?|mío|mía|me"}

_AGENT: Mapping[str, Mapping[str, float]] = {
    "en": {
        r"(thank you|thanks) for (calling|holding|waiting)": 2.0,
        r"(how|what) (can|may|could) (i|we) (help|assist|do for)": 2.0,
        r"(can|could|may) i (please )?(get|have|ask for|verify|confirm|take) (your|the|a)": 1.5,
        r"(verify|confirm|spell) (your|the|that|a few)": 1.0,
        r"(what is|what's|and) your (full |first |last |date|member|name|phone|zip|address)": 1.0,
        r"anything else (i|we|that i|today)": 1.5,
        r"(let me|i'll|i will) (pull|look|check|see|transfer|connect)": 1.0,
        r"(i'll|i will|let me) (get|put|place|send) you": 1.0,
        r"(i'm|i am) (showing|seeing|not showing|not seeing)": 1.0,
        r"(i can|we can) (schedule|book|offer|get you|transfer|send you|put you)": 1.0,
        r"(call|line) (is|may be|is being) (being )?(recorded|monitored)": 2.0,
        r"(have a|enjoy the rest of your) (good |great |nice |wonderful )?(day|one|evening)": 0.5,
        r"calling from|may i speak (with|to)|am i speaking (with|to)": 1.5,
    },
    "es": {
        r"gracias por (llamar|esperar|comunicarse|su llamada)": 2.0,
        r"en qué (le |te |les )?(puedo|podemos) (ayudar|servir|asistir)\w*": 2.0,
        r"(me|le) (puede|podría|da|permite|confirma|regala) (dar |decir |confirmar |su )": 1.5,
        r"(cuál es|dígame|deme|confírmeme) su": 1.0,
        r"(algo|alguna otra cosa) más (en|que|en lo)": 1.5,
        r"(le|lo|la) (atiende|transfiero|comunico|pongo|voy a|puedo)": 1.0,
        r"(permítame|déjeme) (un|revisar|ver|buscar|verificar)": 1.0,
        r"(llamada|conversación) (puede ser|es|será) grabada": 2.0,
        r"que tenga (un|una) (buen|buena|lindo|excelente)": 0.5,
        r"le (hablo|llamo) de|hablo con (el|la) (señor|señora)": 1.5,
    },
}

_CALLER: Mapping[str, Mapping[str, float]] = {
    "en": {
        r"(i'm|i am|i was) (calling|just calling) (about|to|because|for|in regards)": 2.0,
        r"i (need|want|would like|wanted|was (hoping|wondering|trying)) (to|if|a|an|some)": 1.0,
        r"my (appointment|doctor|insurance|prescription|bill|medication|results|refill)": 1.0,
        r"my (son|daughter|mother|mom|father|dad|husband|wife|kid|baby)": 1.0,
        r"i (got|received|have) (a|this|the) (bill|letter|call|message|text|notice)": 1.5,
        r"(my name is|my birthday is|my date of birth|my number is)": 0.5,
        r"(do|would|can|could) you (guys|all) ": 1.0,
    },
    "es": {
        r"(estoy )?(llamo|llamando|llamaba|hablo) (para|por|porque)": 2.0,
        r"(necesito|quiero|quisiera|quería|me gustaría|ocupo) ": 1.0,
        r"mi (cita|doctor|doctora|seguro|receta|medicina|factura|resultado|cuenta)": 1.0,
        r"mi (hijo|hija|mamá|madre|papá|padre|esposo|esposa|bebé)": 1.0,
        r"me (llegó|mandaron|dijeron|cobraron|enviaron)": 1.5,
    },
}

_MACHINE = re.compile(
    r"press (one|two|three|1|2|3|pound|star)|para español|oprima|marque (el|uno|dos)"
    r"|your call is (very )?important|listen carefully|our menu"
)
_INTERPRETER = re.compile(
    r"(this is|i'm|i am) (the |your )?(\w+ )?interpreter|soy (el|la|su) intérprete"
)


def roles(stretches: Sequence[tuple[int, Sequence[Word]]], language: str = "en") -> dict[int, Role]:
    """
    Return the role of every speaker.

    Args:
        stretches: speaker and words of each stretch of speech, by time.
        language: ISO 639-1; English and Spanish phrases are known, others leave all unknown.

    Returns:
        One entry a speaker; ``Role.UNKNOWN`` where what is said does not tell.
    """
    texts: dict[int, str] = {}
    for speaker, words in stretches:
        texts[speaker] = f"{texts.get(speaker, '')} {_plain(words)}"
    found = {speaker: _other(text) for speaker, text in texts.items()}
    people = [s for s, role in found.items() if role is Role.UNKNOWN]
    if len(people) < 2 or language not in _AGENT:
        return found
    votes = {s: _votes(texts[s], language) for s in people}
    votes[people[0]] += FIRST_VOTE  # dictionaries keep the order in which the voices were heard
    agent = max(people, key=lambda s: votes[s])
    caller = min(people, key=lambda s: votes[s])
    if votes[agent] - votes[caller] >= SURE:
        found[agent] = Role.AGENT
        if len(people) == 2:
            found[caller] = Role.CUSTOMER
        else:  # of several, those who speak like callers
            found |= {s: Role.CUSTOMER for s in people if votes[s] < 0}
    return found


def _plain(words: Sequence[Word]) -> str:
    joined = " ".join(w.text for w in words).casefold().replace("’", "'")
    return " ".join(re.sub(r"[^\w' ]", " ", joined).split())


def _other(text: str) -> Role:
    """Return the role of a machine or an interpreter, else unknown."""
    if len(_MACHINE.findall(text)) >= 2:  # an agent may say one such phrase
        return Role.IVR
    return Role.INTERPRETER if _INTERPRETER.search(text) else Role.UNKNOWN


def _votes(text: str, language: str) -> float:
    """Return how much a voice speaks like an agent; below zero like a caller."""
    opening = " ".join(text.split()[:FIRST_WORDS])
    yours, mine = (len(re.findall(rf"\b(?:{p[language]})\b", text)) for p in (_YOURS, _MINE))
    total = POSSESSIVE_VOTE * math.log((1 + yours) / (1 + mine))
    for sign, phrases in ((1, _AGENT[language]), (-1, _CALLER[language])):
        for pattern, weight in phrases.items():
            count = len(re.findall(rf"\b(?:{pattern})", text))
            early = len(re.findall(rf"\b(?:{pattern})", opening))
            total += sign * weight * (min(count, 3) + min(early, 1))
    return total
