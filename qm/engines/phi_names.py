"""
Names of people: after titles and cues, as answers, spelled, and by the lists.

In text with capitals the unit is the stretch of capitalised words: it is a name unless it is an
organisation, a place or a word that merely begins its sentence.  In text without capitals a name
needs a cue or must be far more often a name than a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qm.engines.phi_lexicon import COMMON_FIRST, COMMON_LAST
from qm.engines.phi_reading import Found, Reading
from qm.engines.phi_words import read_list, words

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
#: Words of which one makes a stretch of capitals an organisation.
ORGANISATIONS = frozenset(read_list("organisations.txt"))
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
_PARTICLES = words("de la del van von der den bin al el ben mac mc st saint san da di le du o y")
_INITIALISM = 5
#: Last names above this rank are names though they count things too.
VERY_COMMON = 500
_CHOSEN = {("for", w) for w in ("choosing", "calling", "contacting", "picking", "trusting")}
_SIGNS = frozenset(("", ".", ",", "?", "!", "-", "—", "…", ":", ";"))
#: A name has so many words at most, particles and all.
_LONGEST = 5
_CONTRACTED = re.compile(r"'(?:ll|ve|d|re|m|t)$")
#: Answers to "your name?" of more words say something else, or the name has a capital.
_ANSWER = 9
#: A name without its capital stands among the first words of an answer: "under page".
_EARLY = 4
_MEDICAL = re.compile(
    r".{2,}(?:itis|emia|osis|oma|ectomy|scopy|inine|pathy|plasty|algia|uria|gram|protective|"
    r"peroxide|steride|amide|idine|amine|prim|codamol|etamol|ology|opsy|trophy)"
)
_DRUG = re.compile(
    r".{2,}(?:mab|pril|sartan|statin|olol|azole|cillin|mycin|micin|prazole|gliptin|flozin|glutide|"
    r"tide|azepam|zolam|triptan|oxetine|pramine|dipine|parin|xaban|grel|formin|thyroxine|profen|"
    r"codone|morphone|sone|solone|lukast|terol|tropium|setron|vir|floxacin|cycline|idone|apine|"
    r"barbital|caine|zosin|tadine|rizine|semide|thiazide|lactone|gabalin|tinib|ciclib|dronate|"
    r"faxine|triptyline|zodone|phylline|nidazole|sulfa)"
)


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


def stretches(reading: Reading) -> Iterator[tuple[int, int]]:
    """Yield every stretch of capitalised words: tokens [first, stop)."""
    i = 0
    while i < len(reading.tokens):
        if not _capital(reading, i):
            i += 1
            continue
        stop = i + 1
        while stop < len(reading.tokens):
            if _capital(reading, stop):
                stop += 1
            elif _linked(reading, stop) and _capital(reading, stop + 1):
                stop += 2
            elif _initial(reading, stop) and _capital(reading, stop + 1):
                stop += 2  # "Lamar D Quick"
            elif reading.low(stop) == "-" and _double(reading, stop):
                stop += 2  # "Sun-hee"
            elif _small_surname(reading, stop):
                stop += 1
            else:
                break
        yield i, stop
        i = stop


def _initial(reading: Reading, i: int) -> bool:
    return len(reading.low(i)) == 1 and reading.tokens[i].text.isupper()


def _double(reading: Reading, i: int) -> bool:
    """Return whether the hyphen ``i`` joins a name with a small second part."""
    return (
        possible(reading, i + 1)
        and reading.tokens[i].start == reading.tokens[i - 1].end
        and reading.tokens[i].end == reading.tokens[i + 1].start
        and not all(reading.lexicon.listed(reading.low(k)) for k in (i - 1, i + 1))
    )


def organisation(reading: Reading, first: int, stop: int) -> bool:
    """Return whether a stretch of capitals, with the word behind it, names an organisation."""
    inside = any(reading.low(i) in ORGANISATIONS for i in range(first, stop))
    return inside or (reading.low(stop) in ORGANISATIONS and stop - first >= 1)


def possible(reading: Reading, i: int) -> bool:
    """Return whether token ``i`` can be part of a name at all."""
    if not 0 <= i < len(reading.tokens):
        return False
    token = reading.tokens[i]
    low = token.low
    if not token.word or not low.replace("'", "").isalpha() or len(low) < 2:
        return False
    if _CONTRACTED.search(low) or low.removesuffix("'s") in reading.vocabulary.stop:
        return False  # "somebody'll", "one's"
    vocabulary, lexicon = reading.vocabulary, reading.lexicon
    if low in vocabulary.stop or low in vocabulary.weekdays or low in vocabulary.ordinals:
        return False
    if low in vocabulary.digits or low in vocabulary.teens or low in vocabulary.tens:
        return False
    if token.text.isupper() and len(low) <= _INITIALISM and low not in lexicon.first:
        return False
    if low in lexicon.never or low in lexicon.states or drug(low):
        return False
    pairs = (f"{reading.low(i - 1)} {low}", f"{low} {reading.low(i + 1)}")
    return not any(pair in lexicon.states for pair in pairs)  # "north carolina"


def drug(low: str) -> bool:
    """Return whether a word is built as names of drugs are."""
    if len(low) <= 6:
        return False
    return _DRUG.fullmatch(low) is not None or _MEDICAL.fullmatch(low) is not None


def _capital(reading: Reading, i: int) -> bool:
    if not possible(reading, i) or not reading.tokens[i].capital:
        return False
    dated = i + 1 in reading.pieces or reading.low(i + 1) in reading.vocabulary.ordinals
    return not (dated and reading.low(i) in reading.vocabulary.months)


def _linked(reading: Reading, i: int) -> bool:
    low = reading.low(i)
    return low == "-" or (low in _PARTICLES and reading.tokens[i].word)


def _sure(reading: Reading, i: int) -> bool:
    """Return whether a word by itself is more likely a name than anything else."""
    low = reading.low(i)
    lexicon = reading.lexicon
    if not lexicon.dictionary and reading.begins_sentence(i) and not lexicon.name(low):
        return False  # without a dictionary a strange word tells nothing
    if not possible(reading, i) or low in reading.vocabulary.months:
        return False
    return not lexicon.ordinary(low) and (lexicon.common_name(low) or not lexicon.listed(low))


def _known(reading: Reading, i: int) -> bool:
    """Return whether a word is a name and, if it is another word too, nothing that one does."""
    low, lexicon = reading.low(i), reading.lexicon
    return lexicon.name(low) and low not in lexicon.said and low not in lexicon.verbal


def _surname(reading: Reading, i: int) -> bool:
    """Return whether a word behind a first name goes on with it, in text without capitals."""
    low, lexicon = reading.low(i), reading.lexicon
    return low in lexicon.last and low not in lexicon.said and low not in lexicon.verbal


def _small_surname(reading: Reading, i: int) -> bool:
    """Return whether a last name behind a first one has lost its capital: "Winston page?"."""
    low = reading.low(i)
    return (
        possible(reading, i)
        and reading.lexicon.last.get(low, COMMON_LAST) < COMMON_LAST
        and reading.tags[i] in ("NN", "NNP", "")
        and reading.low(i + 1) in _SIGNS
        and reading.low(i - 1) in reading.lexicon.first
    )


def _extend(reading: Reading, first: int) -> int:
    """Return where the name that begins at ``first`` ends."""
    stop = first + 1
    while stop < len(reading.tokens) and stop - first < _LONGEST:
        if reading.cased:
            more = _capital(reading, stop) and reading.low(stop) not in ORGANISATIONS
        else:
            more = possible(reading, stop) and (
                _sure(reading, stop) or (stop - first < 2 and _surname(reading, stop))
            )
        if more or (reading.cased and _small_surname(reading, stop)):
            stop += 1
        elif _linked(reading, stop) and (
            _capital(reading, stop + 1) if reading.cased else _sure(reading, stop + 1)
        ):
            stop += 2
        else:
            break
    return stop


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
                ok = _sure(reading, i) and (
                    reading.tokens[i].capital
                    if reading.cased
                    else reading.lexicon.name(reading.low(i)) or pattern is _PERSON
                )
                ok = ok or (pattern is _PERSON and not reading.cased and _known(reading, i))
            if ok and not organisation(reading, i, _extend(reading, i)):
                stop = _extend(reading, i)
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
        if ok and (title or not organisation(reading, j, _extend(reading, j))):
            found.append(Found(first=j, stop=_extend(reading, j), entity="NAME", score=0.9))
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
        while first and _capital(reading, first - 1) and reading.cased:
            first -= 1
        sure = reading.cased or token.low == "speaking" or _sure(reading, j)
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
    if _sure(reading, first) or several:
        return True
    if not lexicon.name(low) or low in lexicon.verbal:
        return False
    alone = reading.low(stop) in _SIGNS
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
        if _sure(reading, i) and frequent and low not in reading.lexicon.verbal and len(low) > 2:
            found.append(Found(first=i, stop=_extend(reading, i), entity="NAME", score=0.6))
    return found


def _answered(reading: Reading) -> list[Found]:
    """Find the answer to "your name?": its capitals, its names, or all of a short one."""
    found: list[Found] = []
    if reading.cased:
        for first, stop in stretches(reading):
            lone = reading.low(stop) in _SIGNS
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
