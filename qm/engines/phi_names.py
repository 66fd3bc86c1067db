"""
Names of people: after titles and cues, as answers, spelled, and by the lists.

In text with capitals the unit is the stretch of capitalised words: it is a name unless it is an
organisation, a place or a word that merely begins its sentence.  In text without capitals a name
needs a cue or must be far more often a name than a word.
"""

from __future__ import annotations

import re

from qm.engines.phi_lexicon import COMMON_FIRST, COMMON_LAST
from qm.engines.phi_namelike import (
    ORGANISATIONS,
    SIGNS,
    extended,
    has_capital,
    organisation,
    possible,
    stretches,
    sure_name,
)
from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import words

TITLES = words(
    "doctor dr mister mr missus mrs miss ms mx nurse detective officer professor pastor reverend "
    "rabbi sister father aunt auntie uncle grandma grandpa coach judge attorney sergeant captain "
    "doctora senor senora senorita don dona tia tio enfermera licenciado licenciada padre"
)
RELATIONS = words(
    "son daughter husband wife mother father mom dad brother sister aunt uncle grandmother "
    "grandfather grandson granddaughter partner fiance fiancee girlfriend boyfriend friend "
    "neighbor caregiver caretaker baby boy girl kid child niece nephew cousin stepson stepdaughter "
    "hijo hija esposo esposa marido mama papa hermano hermana abuelo abuela nieto nieta"
)
#: Titles that a last name follows.
_FAMILY = words("mr mrs ms miss mister missus dr doctor")
#: After these one names oneself or somebody; what follows is a name even without a capital.
_STRONG = re.compile(
    r"(?:(?<![a-z])(?:first|last|middle|maiden|full|legal|nick|sur|family|given|preferred)? ?"
    r"names?(?: of the \w+| on \w+ \w+)?(?: is| was|'s|:| would be| it's| as|,)"
    r"|(?<![a-z])(?:named|name's|call me|goes by|go by|surname|last name|first name|attention|"
    r"me llamo|mi nombre es|se llama|apellido(?: es)?|soy|nombre es|a nombre de)) "
    r"(?:uh,? |um,? |is |dr |doctor |es )?"
)
#: After these often somebody, often something else; the word itself must look like a name.
_PERSON = re.compile(
    r"(?<![a-z])(?:this is|speaking (?:with|to)|spoke (?:with|to)|talk(?:ed|ing)? (?:with|to)|"
    r"speak (?:with|to)|(?:transfer|connect|put|send) (?:you|him|her|them)(?: through| over)? to|"
    r"ask for|hi|hello|hey|alright|all right|bye|goodbye|that was|read that back|reads?|tell|"
    r"born (?:\w+ ){1,8}not|le atiende|de parte de|habla|hola) (?:dr |doctor |miss |mr )?"
)
_WEAK = re.compile(
    r"(?<![a-z])(?:i'm|i am|it's|it is|you've got|you've reached|you have|you got|thanks|thank you"
    r"|okay|sorry|signed|saw|see|seen by|with|for|from|by|that|and|to|not|is|was|dear|for my \w+"
    r"|here's|that's|nurse|sister|con|para|gracias),? (?:dr |doctor )?"
)
_AFTER = words("speaking here calling hablando")
#: Last names above this rank are names though they count things too.
VERY_COMMON = 500
_CHOSEN = {("for", w) for w in ("choosing", "calling", "contacting", "picking", "trusting")}
#: Answers to "your name?" of more words say something else, or the name has a capital.
_ANSWER = 9
#: A name without its capital stands among the first words of an answer: "under page".
_EARLY = 4


def find_names(reading: Reading) -> list[Found]:
    """Find names of people."""
    found = [*_cued(reading), *_titled(reading), *_before(reading)]
    if reading.cased:
        found += _capitalised(reading)
    else:
        found += _listed(reading)
    if "NAME" in reading.hint.asked:
        found += _answered(reading)
    return found


def _known(reading: Reading, i: int) -> bool:
    """Return whether a word is a name and, if it is another word too, nothing that one does."""
    low, lexicon = reading.low(i), reading.lexicon
    return lexicon.name(low) and low not in lexicon.said and low not in lexicon.verbal


def _cued(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for pattern, strong in ((_STRONG, True), (_PERSON, False), (_WEAK, False)):
        for match in pattern.finditer(reading.line):
            i = reading.token_from(match.end())
            if i is None or not possible(reading, i):
                continue
            if strong:
                ok = reading.tokens[i].capital or not reading.cased
            else:
                ok = sure_name(reading, i) and (
                    reading.tokens[i].capital
                    if reading.cased
                    else reading.lexicon.name(reading.low(i)) or pattern is _PERSON
                )
                ok = ok or (pattern is _PERSON and not reading.cased and _known(reading, i))
            if ok and not organisation(reading, i, extended(reading, i)):
                stop = extended(reading, i)
                bare = strong and not reading.cased and stop == i + 1
                if bare and possible(reading, stop) and reading.lexicon.name(reading.low(stop)):
                    stop += 1  # "my name is guy day and": both words are words
                found.append(Found(first=i, stop=stop, entity="NAME", score=0.85))
    return found


def _titled(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for i, token in enumerate(reading.tokens):
        if token.low not in TITLES and token.low not in RELATIONS:
            continue
        j = i + 2 if reading.low(i + 1) in (".", ",") else i + 1
        if not possible(reading, j):
            continue
        title = token.low in TITLES
        capital = reading.tokens[j].capital and not (
            j == i + 2 and reading.low(i + 1) == "." and not title
        )
        low = reading.low(j)
        if reading.cased:
            ok = capital and low not in ORGANISATIONS and (title or reading.lexicon.name(low))
        else:
            known = reading.lexicon.name(low) and low not in reading.lexicon.said
            family = token.low in _FAMILY and reading.lexicon.last.get(low, COMMON_LAST)
            known = known or bool(family and family < COMMON_LAST)
            ok = known or not reading.lexicon.listed(low)
        if ok and (title or not organisation(reading, j, extended(reading, j))):
            found.append(Found(first=j, stop=extended(reading, j), entity="NAME", score=0.9))
    return found


def _before(reading: Reading) -> list[Found]:
    """Find names before "speaking" and "here"."""
    found: list[Found] = []
    for i, token in enumerate(reading.tokens):
        if token.low not in _AFTER or not i:
            continue
        j = i - 1
        if reading.low(j) == ",":
            j -= 1
        if not possible(reading, j) or (reading.cased and not reading.tokens[j].capital):
            continue
        if not reading.lexicon.name(reading.low(j)) and reading.lexicon.listed(reading.low(j)):
            continue
        first = j
        while first and has_capital(reading, first - 1) and reading.cased:
            first -= 1
        sure = reading.cased or token.low == "speaking" or sure_name(reading, j)
        if sure and not organisation(reading, first, j + 1):
            found.append(Found(first=first, stop=j + 1, entity="NAME", score=0.8))
    return found


def _capitalised(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for first, stop in stretches(reading):
        if organisation(reading, first, stop) or _branded(reading, first):
            continue
        start = first
        if reading.begins_sentence(first) and not _begins(reading, first, stop):
            start = first + 1
            while start < stop and not reading.tokens[start].word:
                start += 1
        if start < stop and _named(reading, start, stop):
            found.append(Found(first=start, stop=stop, entity="NAME", score=0.6))
    return found


def _branded(reading: Reading, first: int) -> bool:
    """Return whether a firm stands here: "thank you for choosing ..."."""
    before = (reading.low(first - 2), reading.low(first - 1))
    return before in _CHOSEN


def _begins(reading: Reading, first: int, stop: int) -> bool:
    """Return whether a word is a name though its capital only says that a sentence begins."""
    low, lexicon = reading.low(first), reading.lexicon
    several = stop - first > 1 and (lexicon.name(low) or not lexicon.listed(low))
    if sure_name(reading, first) or several:
        return True
    if not lexicon.name(low) or low in lexicon.verbal:
        return False
    alone = reading.low(stop) in SIGNS
    if low in lexicon.said:
        return alone and reading.tags[first] == "NNP" and lexicon.common_name(low)
    return alone or reading.tags[first] == "NNP"


def _named(reading: Reading, first: int, stop: int) -> bool:
    """Return whether a stretch of capitals may be a person."""
    lows = [reading.low(i) for i in range(first, stop) if reading.tokens[i].word]
    lexicon = reading.lexicon
    if len(lows) == 1 and lows[0] in reading.vocabulary.months:
        return lows[0] in lexicon.first and reading.low(first - 1) in RELATIONS
    return any(lexicon.name(low) or not lexicon.listed(low) for low in lows)


def _callable(reading: Reading, i: int, length: int) -> bool:
    """Return whether a word of an answer may be a name: "Grace", "Young", but not "Born"."""
    low, lexicon = reading.low(i), reading.lexicon
    if not lexicon.listed(low):
        return bool(lexicon.dictionary) or not reading.begins_sentence(i) or length > 1
    verb = low in lexicon.verbal and not lexicon.common_name(low)
    return lexicon.name(low) and not (verb and length == 1)


def _listed(reading: Reading) -> list[Found]:
    """Find frequent first names in text without capitals."""
    found: list[Found] = []
    for i in range(len(reading.tokens)):
        low = reading.low(i)
        frequent = reading.lexicon.first.get(low, COMMON_FIRST) < COMMON_FIRST
        if (
            sure_name(reading, i)
            and frequent
            and low not in reading.lexicon.verbal
            and len(low) > 2
        ):
            found.append(Found(first=i, stop=extended(reading, i), entity="NAME", score=0.6))
    return found


def _answered(reading: Reading) -> list[Found]:
    """Find the answer to "your name?": its capitals, its names, or all of a short one."""
    found: list[Found] = []
    if reading.cased:
        for first, stop in stretches(reading):
            lone = reading.low(stop) in SIGNS
            words_ = [i for i in range(first, stop) if reading.tokens[i].word]
            name = any(_callable(reading, i, len(words_)) for i in words_)
            if name and lone and not organisation(reading, first, stop):
                found.append(Found(first=first, stop=stop, entity="NAME", score=0.7))
    if not reading.hint.fresh or (reading.words > _ANSWER and not reading.cased):
        return found
    for i in range(len(reading.tokens)):
        low = reading.low(i)
        if not possible(reading, i) or i in reading.pieces:
            continue
        if reading.cased:
            early = _words_before(reading, i) < _EARLY and reading.lexicon.common_name(low)
            early = early and low not in RELATIONS and not _counted(reading, low)
            if not early or reading.tags[i][:2] not in ("NN", ""):
                continue
        if reading.lexicon.name(low) or not reading.lexicon.listed(low):
            found.append(Found(first=i, stop=i + 1, entity="NAME", score=0.6))
    return found


def _counted(reading: Reading, low: str) -> bool:
    """Return whether a word rather counts things: "weeks", but not "page"."""
    return low in reading.vocabulary.units and reading.lexicon.last.get(low, 9999) > VERY_COMMON


def _words_before(reading: Reading, i: int) -> int:
    return sum(t.word for t in reading.tokens[:i])
