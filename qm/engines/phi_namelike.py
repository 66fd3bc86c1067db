"""
Which words can be part of a name, and how far a name reaches.

A word can be none when it is grammar, a number, a drug, a brand or a state; else the lists and the
capital say how likely it is one.  In text with capitals names are stretches of capitalised words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qm.engines.phi_lexicon import COMMON_LAST
from qm.engines.phi_reading import Reading
from qm.engines.phi_words import read_list, words

#: Words of which one makes a stretch of capitals an organisation.
ORGANISATIONS = frozenset(read_list("organisations.txt"))
_PARTICLES = words("de la del van von der den bin al el ben mac mc st saint san da di le du o y")
#: Behind another particle: "de los Santos", "van het Hof".
_SECOND = _PARTICLES | words("los las het ten ter")
#: Capitals without small letters up to this many are an abbreviation, unless somebody is called so.
_INITIALISM = 5
#: What may stand behind a name that stands alone; "" is the end.
SIGNS = frozenset(("", ".", ",", "?", "!", "-", "—", "…", ":", ";"))
#: A name has so many words at most, particles and all.
_LONGEST = 5
_CONTRACTED = re.compile(r"'(?:ll|ve|d|re|m|t)$")
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


def stretches(reading: Reading) -> Iterator[tuple[int, int]]:
    """Yield every stretch of capitalised words: tokens [first, stop)."""
    i = 0
    while i < len(reading.tokens):
        if not has_capital(reading, i):
            i += 1
            continue
        stop = i + 1
        while stop < len(reading.tokens):
            if has_capital(reading, stop):
                stop += 1
            elif has_capital(reading, beyond(reading, stop)):
                stop = beyond(reading, stop) + 1
            elif _initial(reading, stop) and has_capital(reading, stop + 1):
                stop += 2  # "Lamar D Quick"
            elif reading.low(stop) == "-" and _double(reading, stop):
                stop += 2  # "Sun-hee"
            elif small_surname(reading, stop):
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
    if low in lexicon.never or low in lexicon.states:
        return False
    if drug(low) and not lexicon.name(low):
        return False  # "Sansone" is built as a drug is, but people are called so
    pairs = (f"{reading.low(i - 1)} {low}", f"{low} {reading.low(i + 1)}")
    return not any(pair in lexicon.states for pair in pairs)  # "north carolina"


def drug(low: str) -> bool:
    """Return whether a word is built as names of drugs are."""
    if len(low) <= 6:
        return False
    return _DRUG.fullmatch(low) is not None or _MEDICAL.fullmatch(low) is not None


def has_capital(reading: Reading, i: int) -> bool:
    """Return whether token ``i`` stands in a name by its capital; "March 9" does not."""
    if not possible(reading, i) or not reading.tokens[i].capital:
        return False
    dated = i + 1 in reading.pieces or reading.low(i + 1) in reading.vocabulary.ordinals
    return not (dated and reading.low(i) in reading.vocabulary.months)


def beyond(reading: Reading, i: int) -> int:
    """Return the token behind a hyphen or one or two particles ("de la") at ``i``; -1 if none."""
    if reading.low(i) == "-":
        return i + 1
    if reading.low(i) not in _PARTICLES:
        return -1
    return i + 2 if reading.low(i + 1) in _SECOND else i + 1


def sure_name(reading: Reading, i: int) -> bool:
    """Return whether a word by itself is more likely a name than anything else."""
    low = reading.low(i)
    lexicon = reading.lexicon
    if not lexicon.dictionary and reading.begins_sentence(i) and not lexicon.name(low):
        return False  # without a dictionary a strange word tells nothing
    if not possible(reading, i) or low in reading.vocabulary.months:
        return False
    return not lexicon.ordinary(low) and (lexicon.common_name(low) or not lexicon.listed(low))


def _surname(reading: Reading, i: int) -> bool:
    """Return whether a word behind a first name goes on with it, in text without capitals."""
    low, lexicon = reading.low(i), reading.lexicon
    return low in lexicon.last and low not in lexicon.said and low not in lexicon.verbal


def small_surname(reading: Reading, i: int) -> bool:
    """Return whether a last name behind a first one has lost its capital: "Winston page?"."""
    low = reading.low(i)
    return (
        possible(reading, i)
        and reading.lexicon.last.get(low, COMMON_LAST) < COMMON_LAST
        and reading.tags[i] in ("NN", "NNP", "")
        and reading.low(i + 1) in SIGNS
        and reading.low(i - 1) in reading.lexicon.first
    )


def extended(reading: Reading, first: int) -> int:
    """Return where the name that begins at ``first`` ends."""
    stop = first + 1
    while stop < len(reading.tokens) and stop - first < _LONGEST:
        if reading.cased:
            more = has_capital(reading, stop) and reading.low(stop) not in ORGANISATIONS
        else:
            more = possible(reading, stop) and (
                sure_name(reading, stop) or (stop - first < 2 and _surname(reading, stop))
            )
        if more or (reading.cased and small_surname(reading, stop)):
            stop += 1
        elif (
            has_capital(reading, beyond(reading, stop))
            if reading.cased
            else sure_name(reading, beyond(reading, stop))
        ):
            stop = beyond(reading, stop) + 1
        else:
            break
    return stop
