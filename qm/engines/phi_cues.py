"""
Which identifier the words around a number speak of.

The nearest cue before a number wins ("my member number is ..."), then one right behind it ("... is
my policy number").  Strong cues name an identifier; weak ones ("number", "code", "ending in") only
say that one comes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

#: How far before a number its cue may stand, in characters: about fifteen words.
BEFORE = 90
#: And behind it: "..., that's my social".
BEHIND = 40

_ENGLISH = {
    "FAX": r"fax(?:es|ed|ing)?(?: number| line| it| them)?",
    "PHONE": r"""(?:tele)?phones?(?: number)?|cell(?: ?phone)?|mobile|landline
        |call ?back(?: number)?
        |(?:call|reach|text|ring|try|phone|dial|get)(?:ing)? (?:me|you|us|him|her|them|it|my \w+)
            (?: back)?(?: directly)?(?: at| on)?
        |calling(?: you)? (?:from|at)|call(?:ing)? (?:back )?(?:at|on)|dial|area code
        |extension|(?:home|work|house|office|direct|contact|her|his|my|our|best|good) number
        |(?:home|work|house|office|direct|her|his|my|our) line
        |(?:desk|line|voicemail|beeper|pager) is|emergency contact|phone ends""",
    "SSN": r"social(?: security)?(?: number)?|s\W?s\W?n\b|last four(?: of| digits)?|socials",
    "MRN": r"""medical record(?: number)?|m\W? ?r\W? ?n\b
        |(?:record|chart|patient)(?: number| i\W?d\b)|chart""",
    "HEALTH_PLAN_ID": r"""member(?:ship)?(?: number| i\W?d\b)?|subscriber(?: number| i\W?d\b)?
        |(?:medicare|medicaid|insurance|policy|plan|group|beneficiary|health card|medi-?cal|my card
        |insurance card|i\W?d card|the card)(?: number| i\W?d\b)?|policy""",
    "ACCOUNT": r"""acc(?:oun)?t(?: number)?|(?:credit|debit|bank) card|card (?:number|ending|ends)
        |visa|mastercard|amex|discover|routing(?: number)?|checking|savings|guarantor(?: number)?
        |statement number|the card\b|security code|c\W?v\W?v|iban""",
    "LICENSE": r"""licen[sc]e(?: number)?|c\W?d\W?l\b|d\W?e\W?a(?: number)?|passport(?: number)?
        |n\W?p\W?i\b""",
    "VEHICLE": r"(?:license )?plates?(?: number| ends)?|v\W?i\W?n\b|\btags?\b",
    "DEVICE": r"""serial(?: number)?|\blot(?: number| is)?|pacemaker|transmitter|udi\b|model number
        |device(?: number| i\W?d\b)?|sensor|s\W?n\b""",
    "BIOMETRIC": r"voice ?print|biometric|enrollment i\W?d|fingerprint",
    "OTHER_ID": r"""claims?(?: number)?|prescription(?: number)?|r\W?x(?: number)?|script number
        |confirm(?:ation)?(?: number| code)?|reference(?: number)?|tickets?(?: number)?
        |case(?: number)?
        |(?:prior )?auth(?:orization)?(?: number)?|order(?: number)?|tracking(?: number)?
        |referral(?: number)?|file(?: number)?|invoice(?: number)?|badge(?: number)?
        |check(?: number)|specimen|accession|user ?name|log ?in|pass ?code|\bpin(?: number)?\b
        |suffix|employee(?: number| i\W?d\b)?|tax i\W?d|appeal(?: number)?|grievance|receipt
        |request(?: number)?|incident|booking|permit|docket|study i\W?d|locker|gate code|door code
        |screen name|access code|verification code|security code|pass ?word|tracking|transaction""",
    "WEAK": r"""numbers?(?: is| on \w+)?|\bi\W?d\b(?: number)?|ending(?: in| with)?
        |ends?(?: in| with)
        |start(?:s|ing)?(?: with)?|begin(?:s|ning)?(?: with)?|\bcode\b|digits?|reads?|under""",
}
_SPANISH = {
    "FAX": r"fax",
    "PHONE": r"""telefono|celular|movil
        |(?:llamar(?:me|le|la|lo)?|llamen?(?:me)?|marque|marcar|llamo)(?: al| del| de)?
        |(?:mi|su|el) (?:cel|numero de casa)|extension|codigo de area""",
    "SSN": r"(?:numero de )?seguro social|social|ultimos cuatro|s\W?s\W?n",
    "MRN": r"expediente|(?:numero de )?(?:historia|historial|registro)(?: clinic[oa]| medico)?",
    "HEALTH_PLAN_ID": r"""(?:numero de )?(?:miembro|afiliad[oa]|afiliacion|poliza|socio)
        |(?:numero de )?beneficiari[oa]|identificacion del? (?:miembro|plan)
        |la tarjeta(?: del (?:seguro|plan))?|medicare|medicaid""",
    "ACCOUNT": r"cuenta|tarjeta(?: de (?:credito|debito))?|visa|mastercard|banco",
    "LICENSE": r"licencia|pasaporte",
    "VEHICLE": r"placas?|matricula",
    "DEVICE": r"(?:numero de )?serie|\blote\b",
    "OTHER_ID": r"""(?:numero de )?(?:confirmacion|referencia|reclamo|reclamacion|caso|receta|orden
        |autorizacion|folio|solicitud|ticket|pedido|cita)|contrasena|usuario|clave|codigo|pin""",
    "WEAK": r"numeros?(?: es)?|termina(?:da)?(?: en)?|empieza(?: con)?|identificacion|digitos",
}
#: Between a number and a cue behind it.
_BEHIND_LINK = {
    "en": r"^[\s,.]*(?:is|was|that(?:'s| was| is|'d be)|for) (?:my|the|his|her|your|our|a) ",
    "es": r"^[\s,.]*(?:es|era|ese es|esa es) (?:mi|el|la|su) ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What is spoken of: an entity, or "WEAK"."""

    entity: str
    distance: int  #: characters between cue and number

    @property
    def strong(self) -> bool:
        return self.entity != "WEAK"


def cue_at(plain: str, start: int, end: int, language: str) -> Cue | None:
    """
    Return the cue of the number at ``plain[start:end]``.

    Args:
        plain: the utterance in lower case without accents.
        start: first character of the number.
        end: character behind it.
        language: "en" or "es".

    >>> plain = "my member number is one two, and the fax is three four"
    >>> cue_at(plain, 20, 27, "en").entity, cue_at(plain, 44, 54, "en").entity
    ('HEALTH_PLAN_ID', 'FAX')
    """
    window = plain[max(0, start - BEFORE) : start]
    found = list(_pattern(language).finditer(window))
    named = [m for m in found if m.lastgroup != "WEAK"]
    if named:
        # "the phone number ends in": the strong cue names what the weak one announces
        last = named[-1]
        return Cue(entity=str(last.lastgroup), distance=len(window) - last.end())
    link = re.match(_BEHIND_LINK[language], plain[end : end + BEHIND])
    if link:
        behind = _pattern(language).match(plain, end + link.end())
        if behind:
            return Cue(entity=str(behind.lastgroup), distance=link.end())
    if found:
        return Cue(entity="WEAK", distance=len(window) - found[-1].end())
    return None


def cues_in(plain: str, language: str) -> tuple[str, ...]:
    """Return the identifiers that ``plain`` speaks of, in order, weak cues left out."""
    return tuple(
        str(m.lastgroup) for m in _pattern(language).finditer(plain) if m.lastgroup != "WEAK"
    )


@cache
def _pattern(language: str) -> re.Pattern[str]:
    cues = {"en": _ENGLISH, "es": _SPANISH}[language]
    parts = (f"(?P<{entity}>(?<![a-z])(?:{cue})(?![a-z]))" for entity, cue in cues.items())
    # line breaks in the tables are for the reader; spaces are meant
    return re.compile(re.sub(r"\n\s*", "", "|".join(parts)))
