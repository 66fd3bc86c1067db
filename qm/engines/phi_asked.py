"""
What an utterance asks for: the slot that the next answer fills.

"And your date of birth?" opens DATE; what is said next is a date though it be garbled, short or
split.  A cue at the very end ("my member number is") opens a slot for whoever speaks on.
"""

from __future__ import annotations

import re
from functools import cache

from qm.engines.phi_cues import cues_in

_ENGLISH = {
    "NAME": r"""\bnames?\b|who(?:'s| is| am i| are you| do i have| should i| can i)|speaking with
        |how do you spell|spell (?:it|that|your|his|her|the)|who'm i|whom|who's it for|and you are
        |your last\b|your first\b|the patient\?|which doctor|what doctor|who did you""",
    "DATE": r"""birth ?da(?:y|te)|date of birth|\bborn\b|\bd\W?o\W?b\b|when (?:was|is|did|were)
        |wh(?:at|ich) (?:day|date)|date of|the date|year of birth|\bdates?\b""",
    "LOCATION": r"""address|street|\bzip|\bcity\b|where (?:are|do|is) (?:you|it|he|she|we)|mailing
        |what town|located|(?:house|apartment|unit|building|street) number
        |number on (?:your|the) (?:house|door)
        |which (?:office|location|clinic|store|pharmacy|hospital)|cross street""",
    "EMAIL": r"e-?mail",
    "EMPLOYER": r"employer|where do you work|who do you work|place of work",
}
_SPANISH = {
    "NAME": r"nombres?\b|apellidos?\b|como se llama|quien (?:habla|llama|es)|con quien|deletre",
    "DATE": r"nacimiento|nacio|cumpleanos|que fecha|la fecha|cuando (?:fue|nacio|es)",
    "LOCATION": r"direccion|domicilio|calle|codigo postal|donde vive|ciudad",
    "EMAIL": r"correo|e-?mail",
    "EMPLOYER": r"donde trabaja|empleador|empresa",
}
#: Words that make a sentence a request.
_REQUEST = {
    "en": re.compile(
        r"\?|\b(?:what|what's|who|whose|which|when|where|how|can|could|may|might|need|give|tell|"
        r"verify|confirm|spell|read|please|have|get|let|go ahead|start with|is (?:it|that|this)|"
        r"still|provide|remind|repeat|again|say|looking for|took|hear|don't see|do you|got)\b"
    ),
    "es": re.compile(
        r"\?|\b(?:cual|que|quien|cuando|donde|como|puede|podria|me da|deme|digame|necesito|"
        r"confirm\w*|verific\w*|deletre\w*|por favor|permite|repit\w*)\b"
    ),
}
#: A sentence of so few words that names an identifier asks for it: "Birthday." "Phone on file?"
_SHORT = 6
#: A cue so near the end, in characters, opens a slot for the speaker too.
_TRAILING = 28
_SENTENCES = re.compile(r"(?<=[.?!])\s+")
#: Only the end of an utterance asks.
_LAST = 3


def asked_in(plain: str, language: str, given: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """
    Return the entities that an utterance asks for.

    Args:
        plain: the utterance in lower case without accents.
        language: "en" or "es".
        given: entities found in the utterance: "my name is Ann" does not ask for a name.

    >>> asked_in("thanks. can i have your name and date of birth?", "en")
    ('NAME', 'DATE')
    >>> asked_in("i faxed that on monday and nobody has called since then", "en")
    ()
    """
    found: list[str] = []
    for sentence in _SENTENCES.split(plain)[-_LAST:]:
        request = _REQUEST[language].search(sentence)
        named = [str(m.lastgroup) for m in _pattern(language).finditer(sentence)]
        named += cues_in(sentence, language)
        several = len(set(named)) > 1  # "name, birth date, last four of your social"
        if not (request or several) and len(sentence.split()) > _SHORT:
            continue
        found += named if request else [e for e in named if e not in given]
    return tuple(dict.fromkeys(found))


def trailing_in(plain: str, language: str) -> tuple[str, ...]:
    """
    Return the entities that the very end of an utterance announces.

    >>> trailing_in("okay, so my member number is", "en")
    ('HEALTH_PLAN_ID',)
    """
    tail = plain.rstrip(" .,…-")[-_TRAILING:]
    if "?" in tail or not re.search(r"(?:is|are|it's|was|,|number|:|es|al|at)$|^.{0,12}$", tail):
        return ()
    found = [str(m.lastgroup) for m in _pattern(language).finditer(tail)]
    return tuple(dict.fromkeys([*found, *cues_in(tail, language)]))


@cache
def _pattern(language: str) -> re.Pattern[str]:
    table = {"en": _ENGLISH, "es": _SPANISH}[language]
    parts = (f"(?P<{entity}>{cue})" for entity, cue in table.items())
    return re.compile(re.sub(r"\n\s*", "", "|".join(parts)))
