"""
Words that redaction missed -> turns without them, where they were marked and elsewhere.

A person marks words of one turn.  They go from that turn, from what every other recognition of the
call has at that time, and from all other places of the call where the same words stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from qm.types import RedactedTurn, RedactedWord, Redaction

NEAR_MS = 150
"""How far two recognitions of the same words may lie apart."""
LEAST_LETTERS = 3
"""A shorter word stands in too many places to be an identifier by itself."""
_TOKEN = re.compile(r"\S+")
_CORE = re.compile(r"^\W*(.*?)(?:['’]s)?\W*$", re.DOTALL)
COMMON = frozenset(
    "the and for are was were you your yours his her hers him she they them their our ours its"  # noqa: SIM905
    " this that these those with from into have has had not but can will would could should may"
    " might yes yeah okay well just like here there then than when what where who how why all"
    " any one two three four five six seven eight nine ten about after before"
    " que los las una uno por para con del sus como pero está este esta son fue ser más muy hay"
    " mrs miss doctor señor señora street avenue road drive apartment hospital clinic".split()
)
"""Words that are taken out where they were marked, and left where else they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What a person marked."""

    role: str
    start_ms: int
    end_ms: int
    entity: str
    words: tuple[str, ...] = field(repr=False)  #: as compared: lower case, no punctuation


def marked(turn: RedactedTurn, first: int, last: int, entity: str) -> Missed:
    """
    Return what the words from ``first`` to ``last`` of a turn are, both included.

    Raises:
        IndexError: the turn does not have them.
    """
    tokens = _tokens(turn)
    if not 0 <= first <= last < len(tokens):
        raise IndexError("no such words")
    chosen = [t for t in tokens[first : last + 1] if not t.entity]
    return Missed(
        role=turn.role.value,
        start_ms=tokens[first].start_ms,
        end_ms=tokens[last].end_ms,
        entity=entity,
        words=tuple(core for t in chosen if (core := _core(t.text))),
    )


def without(
    turns: Iterable[RedactedTurn],
    missed: Missed,
    *,
    at: tuple[int, int, int, int],
    one_line: bool,
) -> tuple[RedactedTurn, ...]:
    """
    Return the turns that change, changed.

    Args:
        turns: of every recognition of the call.
        missed: what was marked.
        at: (pass, index, first, last) of the marked words.
        one_line: the call is on one mixed line, where roles of two recognitions may differ.
    """
    changed: list[RedactedTurn] = []
    for turn in turns:
        tokens = _tokens(turn)
        gone = _same_words(tokens, missed)
        if (turn.pass_, turn.index) == at[:2]:
            gone |= set(range(at[2], at[3] + 1))
        elif turn.pass_ != at[0] and turn.words and (one_line or turn.role.value == missed.role):
            gone |= _same_time(tokens, missed)
        if gone:
            changed.append(_cut(turn, tokens, gone, missed.entity))
    return tuple(changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    text: str = field(repr=False)
    start: int  #: in the turn's text
    end: int
    start_ms: int
    end_ms: int
    entity: str
    word_prob: float


def _tokens(turn: RedactedTurn) -> list[_Token]:
    """Return the words of a turn; a text without word times has those of its turn."""
    found: list[_Token] = []
    timed = turn.words if len(turn.words) == len(turn.text.split()) else ()
    for number, match in enumerate(_TOKEN.finditer(turn.text)):
        word = timed[number] if timed else None
        inside = [r for r in turn.redactions if r.start < match.end() and r.end > match.start()]
        found.append(
            _Token(
                text=match[0],
                start=match.start(),
                end=match.end(),
                start_ms=word.start_ms if word else turn.start_ms,
                end_ms=word.end_ms if word else turn.end_ms,
                entity=(word.entity if word else "") or (inside[0].entity if inside else ""),
                word_prob=word.word_prob if word else 1.0,
            )
        )
    return found


def _core(text: str) -> str:
    found = _CORE.match(text)
    return (found[1] if found else text).casefold()


def _same_words(tokens: Sequence[_Token], missed: Missed) -> set[int]:
    """Return where the whole sequence stands, and each word of it that says enough by itself."""
    cores = ["" if t.entity else _core(t.text) for t in tokens]
    wanted, size = list(missed.words), len(missed.words)
    alone = {word for word in wanted if _tells(word)}
    gone = {i for i, core in enumerate(cores) if core in alone}
    if size > 1 and sum(map(len, wanted)) > 2 * size:  # not "a 1", which is everywhere
        for i in range(len(cores) - size + 1):
            if cores[i : i + size] == wanted:
                gone |= set(range(i, i + size))
    return gone


def _tells(word: str) -> bool:
    digits = sum(c.isdigit() for c in word)
    if digits:
        return digits >= LEAST_LETTERS
    return len(word) >= LEAST_LETTERS and word not in COMMON


def _same_time(tokens: Sequence[_Token], missed: Missed) -> set[int]:
    start, end = missed.start_ms - NEAR_MS, missed.end_ms + NEAR_MS
    return {
        i
        for i, t in enumerate(tokens)
        if not t.entity
        and 2 * (min(t.end_ms, end) - max(t.start_ms, start)) > t.end_ms - t.start_ms
    }


def _cut(turn: RedactedTurn, tokens: Sequence[_Token], gone: set[int], entity: str) -> RedactedTurn:
    """Return the turn with a placeholder for each run of words that are gone."""
    text, position = "", 0
    words: list[RedactedWord] = []
    removed: list[Redaction] = []
    timed = len(turn.words) == len(tokens)
    for run in _runs(len(tokens), gone):
        covered = [tokens[i] for i in run]
        first, last = covered[0], covered[-1]
        inside = [r for r in turn.redactions if first.start <= r.start < last.end]
        if run[0] in gone:
            text += turn.text[position : first.start]
            word, redaction = _placeholder(covered, inside, entity, len(text))
            text += word.text
            words.append(word)
            removed.append(redaction)
        else:
            shift = len(text) - position
            text += turn.text[position : last.end]
            removed += [replace(r, start=r.start + shift, end=r.end + shift) for r in inside]
            words += [turn.words[i] for i in run] if timed else []
        position = last.end
    return replace(
        turn,
        text=text + turn.text[position:],
        words=tuple(words) if timed else (),
        redactions=tuple(removed),
        redaction_version=turn.redaction_version + 1,
    )


def _placeholder(
    covered: Sequence[_Token], inside: Sequence[Redaction], entity: str, offset: int
) -> tuple[RedactedWord, Redaction]:
    """Return what stands for a run of words; punctuation around them stays."""
    first, last = covered[0], covered[-1]
    before = re.match(r"[^\w\[]*", first.text)
    after = re.search(r"[^\w\]]*$", last.text)
    head, tail = (before[0] if before else ""), (after[0] if after else "")
    text = f"[{entity}]"
    word = RedactedWord(
        start_ms=first.start_ms,
        end_ms=last.end_ms,
        text=head + text + tail,
        word_prob=min(t.word_prob for t in covered),
        entity=entity,
    )
    redaction = Redaction(
        entity=entity,
        start=offset + len(head),
        end=offset + len(head) + len(text),
        start_ms=min([first.start_ms, *(r.start_ms for r in inside)]),
        end_ms=max([last.end_ms, *(r.end_ms for r in inside)]),
    )
    return word, redaction


def _runs(count: int, gone: set[int]) -> list[list[int]]:
    """Return the numbers below ``count`` in runs of those that are gone and those that stay."""
    runs: list[list[int]] = []
    for i in range(count):
        if runs and (runs[-1][-1] in gone) == (i in gone):
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs
