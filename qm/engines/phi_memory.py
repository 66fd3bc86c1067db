"""
What the redactor remembers of a call: people, values, the open slot, the last utterances.

The memory travels as bytes with each request.  It is PHI.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from rapidfuzz.fuzz import ratio

from qm.engines.phi_namelike import possible
from qm.engines.phi_names import TITLES
from qm.engines.phi_policy import Policy
from qm.engines.phi_reading import Found, Hint, Reading
from qm.errors import RedactionError
from qm.types import Role

VERSION = 1
#: A slot is open for so many utterances of any speaker after the question.
SLOT_TURNS = 8
#: And for so many words of the one who is asked; pauses cut an answer into utterances.
ANSWER_WORDS = 16
#: A number goes on over so many utterances ("five five five" "mhm" "oh one four two").
OPEN_TURNS = 3
#: Earlier utterances in which a name or number that is found now is looked for again.
TAIL = 40
#: Spelled, said and misheard forms of one name are this alike, of 100.
ALIKE = 85
#: Shorter words are alike by chance.
FUZZY_LENGTH = 5
#: Entities of which a word may give the whole away.
_WORDED = ("LOCATION", "EMPLOYER", "EMAIL")
#: Digits of a known value that give it away when said alone.
PART = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An earlier utterance and what was found in it: (start, end, entity, placeholder)."""

    utterance: int
    text: str = field(repr=False)
    spans: tuple[tuple[int, int, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhiMemory:
    """Everything known of the call so far."""

    version: int = VERSION
    people: tuple[tuple[str, ...], ...] = field(repr=False, default=())  #: [NAME_1] comes first
    values: tuple[tuple[str, str], ...] = field(repr=False, default=())  #: (entity, digits)
    places: tuple[tuple[str, str], ...] = field(repr=False, default=())  #: (entity, word)
    numbered: tuple[tuple[str, str], ...] = field(repr=False, default=())  #: with placeholders
    asked: tuple[str, ...] = ()
    asked_by: str = ""
    asked_ago: int = 0  #: utterances since the question
    answers: int = 0  #: words of the one who was asked, since
    open: str = ""  #: entity of the last number
    open_ago: int = 0
    tail: tuple[Past, ...] = field(repr=False, default=())

    @property
    def names(self) -> frozenset[str]:
        """All parts of all names."""
        return frozenset(part for person in self.people for part in person)


def encode(memory: PhiMemory) -> bytes:
    """Return the memory as JSON."""
    return msgspec.json.encode(memory)


def decode(data: bytes) -> PhiMemory:
    """
    Return the memory of ``data``; b"" is the start of a call.

    Raises:
        RedactionError: the bytes are no memory of this version.
    """
    if not data:
        return PhiMemory()
    try:
        memory = msgspec.json.decode(data, type=PhiMemory)
    except msgspec.MsgspecError:
        raise RedactionError("the redactor's memory cannot be read") from None
    if memory.version != VERSION:
        raise RedactionError(f"the redactor's memory has version {memory.version}")
    return memory


def hint(memory: PhiMemory, role: Role) -> Hint:
    """Return what the dialogue says of the next utterance, spoken by ``role``."""
    live = memory.asked_ago < SLOT_TURNS and memory.answers < ANSWER_WORDS
    # who has asked reads back what was answered
    mine = memory.asked_by != role or memory.answers > 0
    return Hint(
        asked=frozenset(memory.asked) if live and mine else frozenset(),
        fresh=memory.answers == 0,
        open=memory.open if memory.open_ago < OPEN_TURNS else "",
    )


def known(reading: Reading, memory: PhiMemory) -> list[Found]:
    """Find again what has been found before in this call: names, places, parts of numbers."""
    found: list[Found] = []
    names = memory.names
    places = {word: entity for entity, word in memory.places}
    only = all(not t.word or t.low in names for t in reading.tokens)  # "Rich, rich, rich."
    for i, token in enumerate(reading.tokens):
        if not token.word or (i in reading.pieces and not token.low.isalpha()):
            continue
        called = reading.low(i + 1) in ("?", "!", ",") or not reading.begins_sentence(i)
        capital = reading.cased and token.capital and called
        capital = capital or only
        plain_word = reading.lexicon.ordinary(token.low) and not capital
        if _is_known(token.low, names, reading) and not plain_word:
            found.append(Found(first=i, stop=i + 1, entity="NAME", score=0.6))
        elif token.low in places and not plain_word:
            found.append(Found(first=i, stop=i + 1, entity=places[token.low], score=0.6))
    for run in reading.runs:
        value = run.value
        if len(value) < 2 or value in reading.vocabulary.known_numbers:
            continue
        entity = next((e for e, v in memory.values if _part_of(value, v)), "")
        if entity and (len(value) >= PART or reading.words <= 4):
            found.append(Found(first=run.first, stop=run.stop, entity=entity, score=0.6))
    return found


def _part_of(value: str, whole: str) -> bool:
    return value in whole or (len(value) >= 4 and ratio(value, whole) >= ALIKE)


def _is_known(low: str, names: frozenset[str], reading: Reading) -> bool:
    if low in names or (low.endswith("s") and low[:-1] in names):
        return True
    if len(low) < FUZZY_LENGTH or reading.lexicon.listed(low):
        return False
    return any(len(n) >= FUZZY_LENGTH and ratio(low, n) >= ALIKE for n in names)


def learn(
    memory: PhiMemory, reading: Reading, found: Sequence[Found], policy: Policy
) -> tuple[PhiMemory, tuple[str, ...]]:
    """
    Remember what was found.

    Returns:
        The new memory, and the placeholder of each of ``found``; "" for its category.
    """
    people, numbered = list(memory.people), list(memory.numbered)
    values, places = dict.fromkeys(memory.values), dict.fromkeys(memory.places)
    placeholders: list[str] = []
    opened = ""
    for f in found:
        number = policy.of(f.entity) == "placeholder"
        if f.entity == "NAME":
            person = _person(people, _parts(reading, f))
            placeholders.append(f"[NAME_{person + 1}]" if number else "")
            continue
        key = "".join(t.low for t in reading.tokens[f.first : f.stop] if t.word)
        runs = [r for r in reading.runs if r.first >= f.first and r.stop <= f.stop and r.digits]
        if runs and f.entity != "AGE_90_PLUS":
            opened, key = f.entity, "".join(r.value for r in runs)
            values.update({(f.entity, r.value): None for r in runs if len(r.value) >= PART})
        if f.entity in _WORDED:
            places.update({(f.entity, word): None for word in _content(reading, f)})
        if f.entity in ("DATE", "EMAIL", "OTHER_ID"):
            opened = f.entity
        place = _number(numbered, f.entity, key) if number else 0
        placeholders.append(f"[{f.entity}_{place}]" if number else "")
    after = replace(
        memory,
        people=tuple(people),
        values=tuple(values),
        places=tuple(places),
        numbered=tuple(numbered),
        open=opened or memory.open,
        open_ago=0 if opened else memory.open_ago + 1,
    )
    return after, tuple(placeholders)


def _number(numbered: list[tuple[str, str]], entity: str, key: str) -> int:
    """Return the number of a value, from 1; a part of it read back has the same."""
    same = [k for e, k in numbered if e == entity]
    for n, known_key in enumerate(same, start=1):
        if key in known_key or known_key in key or ratio(key, known_key) >= ALIKE:
            return n
    numbered.append((entity, key))
    return len(same) + 1


def _content(reading: Reading, f: Found) -> Iterable[str]:
    """Return the words of a place that give it away by themselves."""
    for i in range(f.first, f.stop):
        low = reading.low(i)
        content = len(low) > 3 and possible(reading, i) and i not in reading.pieces
        if content and not reading.lexicon.ordinary(low):
            yield low


def _parts(reading: Reading, f: Found) -> tuple[str, ...]:
    """Return the parts of a name; letters that spell one are one part."""
    parts: list[str] = []
    spelled = [r for r in reading.runs if r.first >= f.first and r.stop <= f.stop and not r.digits]
    inside = {i for r in spelled for i in range(r.first, r.stop)}
    for run in spelled:
        if run.letters >= 3:
            parts.append(run.value)
    for i in range(f.first, f.stop):
        token = reading.tokens[i]
        part = token.word and i not in inside and len(token.low) > 1
        if part and token.low not in TITLES and token.low not in reading.vocabulary.stop:
            parts.append(token.low)
    return tuple(dict.fromkeys(parts))


def _person(people: list[tuple[str, ...]], parts: tuple[str, ...]) -> int:
    """Return the index of the person with these parts of a name; a new one is added."""
    best, most = -1, 0
    for i, person in enumerate(people):
        shared = sum(any(_same(part, p) for p in person) for part in parts)
        # somebody with another first name is somebody else
        if shared and shared >= min(len(parts), len(person)) and shared > most:
            best, most = i, shared
    if best < 0:
        people.append(parts)
        return len(people) - 1
    new = [p for p in parts if not any(_same(p, q) for q in people[best])]
    spelled = [p for p in parts if p not in people[best]]
    people[best] = tuple(dict.fromkeys((*people[best], *new, *spelled)))
    return best


def _same(a: str, b: str) -> bool:
    if a == b:
        return True
    return min(len(a), len(b)) >= FUZZY_LENGTH and ratio(a, b) >= ALIKE


def ask(
    memory: PhiMemory, role: Role, asked: Sequence[str], trailing: Sequence[str], words: int
) -> PhiMemory:
    """
    Open, age and close the slot after an utterance.

    Args:
        memory: before.
        role: who spoke.
        asked: entities asked for, and not given in the same breath.
        trailing: entities that the end of the utterance announces, whoever speaks on.
        words: how many were spoken.
    """
    if trailing or asked:
        fresh = memory.asked_ago == 0 if trailing else memory.asked_by == role
        goes_on = fresh and memory.asked_ago <= 1 and memory.answers == 0
        kept = memory.asked if goes_on else ()
        return replace(
            memory,
            asked=tuple(dict.fromkeys((*trailing, *asked, *kept))),
            asked_by="*" if trailing else str(role),
            asked_ago=0,
            answers=0,
        )
    return replace(
        memory,
        asked_ago=memory.asked_ago + 1,
        answers=memory.answers + (words if memory.asked_by != role else 0),
    )


def reread(memory: bytes) -> bytes:
    """Return what is known at the end of a call, for reading it once more from the start."""
    end = decode(memory)
    return encode(
        PhiMemory(
            people=end.people,
            values=end.values,
            places=end.places,
            numbered=end.numbered,
        )
    )
