"""Shorthand of the tests of the recognisers: a text in, the same text with placeholders out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from qm.engines.base import PhiRequest
from qm.engines.phi_lexicon import Lexicon, lexicon
from qm.engines.phi_reading import Found, Hint, Reading, read
from qm.engines.presidio import PresidioRedactor, merged
from qm.types import CallId, PhiSpan, Role, Turn, Word


@cache
def bare_lexicon(language: str = "en") -> Lexicon:
    """The lexicon without the words of the language model."""
    return lexicon(language, {})


@cache
def redactor_of(folder: Path) -> PresidioRedactor:
    """Load the redactor once a session."""
    return PresidioRedactor(folder)


def reading(
    text: str, *asked: str, after: str = "", language: str = "en", words: Lexicon | None = None
) -> Reading:
    """Read ``text`` as the answer to a question for ``asked``, or behind a number ``after``."""
    hint = Hint(asked=frozenset(asked), open=after)
    return read(text, words or bare_lexicon(language), language=language, hint=hint)


def shown(text: Reading, find: Callable[[Reading], Sequence[Found]]) -> str:
    """Return the text with a placeholder for whatever ``find`` finds."""
    out, position = "", 0
    for f in merged(find(text)):
        start, end = text.tokens[f.first].start, text.tokens[f.stop - 1].end
        out += text.text[position:start] + f"[{f.entity}]"
        position = end
    return out + text.text[position:]


def turn(text: str, role: Role = Role.CUSTOMER, utterance: int = 0, language: str = "en") -> Turn:
    """One utterance of ``text``."""
    words = tuple(
        Word(start_ms=i * 300, end_ms=i * 300 + 250, text=w) for i, w in enumerate(text.split())
    )
    return Turn(
        call_id=CallId("c1"),
        utterance=utterance,
        role=role,
        speaker=0,
        language=language,
        words=words,
    )


def replaced(text: str, spans: Sequence[PhiSpan]) -> str:
    """Return ``text`` with the placeholders of ``spans``."""
    out, position = "", 0
    for s in sorted(spans, key=lambda s: s.start):
        out += text[position : s.start] + (s.placeholder or f"[{s.entity}]")
        position = s.end
    return out + text[position:]


def talk(redactor: PresidioRedactor, *lines: str, language: str = "en") -> list[str]:
    """
    Redact a call live, line by line.

    A line begins with "a:" (agent) or "c:" (customer); what is found late is replaced in the line
    where it was said.
    """
    memory, shown_lines, texts = b"", [], []
    for i, line in enumerate(lines):
        role = Role.AGENT if line[0] == "a" else Role.CUSTOMER
        text = line[2:].strip()
        texts.append(text)
        result = redactor.find(PhiRequest(turn=turn(text, role, i, language), memory=memory))
        memory = result.memory
        shown_lines.append(replaced(text, result.spans))
        for revision in result.revisions:
            shown_lines[revision.utterance] = replaced(texts[revision.utterance], revision.spans)
    return shown_lines
