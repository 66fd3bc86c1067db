"""
A message -> the writer's own words, and quoted history apart from them.

Quoted history and signatures are nobody's words: neither labels nor points.  History is kept apart
(redacted, shown folded); a signature block and the small print below it are dropped, for all they
hold is names, numbers and addresses.  The lines that introduce a quotation ("On ... wrote:",
"From: ...") go with them, for the same reason.  The name under the closing words stays: a writer
who signs has given it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qm.stages.messages.closings import CLOSING

_QUOTED = re.compile(r"^\s*(?:>|\|)(?:\s|>|$|\w)")
_WROTE = re.compile(
    r"^\s*(?:on|el|le|em|am)\b.{4,200}"
    r"\b(?:wrote|writes|escribi[oó]|a écrit|escreveu|schrieb)\s*:\s*$",
    re.I,
)
_BELOW = re.compile(
    r"^\s*(?:-{2,}|_{3,}|\*{3,})?\s*"
    r"(?:original message|forwarded message|begin forwarded message"
    r"|mensaje original|mensaje reenviado|inicio del mensaje reenviado)\b.*$",
    re.I,
)
_HEADER = re.compile(
    r"^\s*>?\s*\**"
    r"(?:from|sent|to|cc|bcc|date|reply-to|de|enviado|para|fecha|responder a)\**\s*:\**\s",
    re.I,
)
_SUBJECT = re.compile(r"^\s*>?\s*\**(?:subject|asunto|re|fwd?)\**\s*:", re.I)
_DASHES = re.compile(r"^\s*(?:--|—|––|-- ?)\s*$")
_SMALL_PRINT = re.compile(
    r"^\W*(?:sent from my|sent via|get outlook for|enviado desde|confidentiality notice"
    r"|confidential:?$|this (?:e-?mail|message)\b.{0,60}\b(?:confidential|intended|privileged)"
    r"|aviso de confidencialidad|este (?:mensaje|correo)\b.{0,60}\bconfidencial"
    r"|please consider the environment|to unsubscribe|unsubscribe\b|you are receiving this)",
    re.I,
)
FEWEST_HEADS = 2
"""Lines of a head after its first: "To:" alone begins many an ordinary line."""

LAST_LINES = 14
"""A closing stands among the last lines: above, "thanks," is part of the message."""

SIGNATURE_WORDS = 12
"""A line of a signature is short; a longer one is a postscript or the message itself."""

HEADER_LINES = 6
"""Of a block that Outlook puts above a quotation: From, Sent, To, Cc, Subject, importance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A message taken apart."""

    own: str = field(repr=False)  #: the writer's words, with their lines
    quoted: str = field(repr=False, default="")  #: earlier and forwarded messages
    signed: bool = False  #: a signature block was dropped


def split(text: str, *, letter: bool) -> Parts:
    r"""
    Take a message apart.

    Args:
        text: with its lines.
        letter: an e-mail; short messages have no signatures and quote nothing.

    >>> text = "Yes please.\nThanks,\nJo\n555-0100\n\nOn Monday, Kim wrote:\n> Shall I?"
    >>> parts = split(text, letter=True)
    >>> parts.own, parts.quoted, parts.signed
    ('Yes please.\nThanks,\nJo', 'Shall I?', True)
    """
    lines = _joined_introductions(text.splitlines())
    if not letter:
        own = [line for line in lines if not _SMALL_PRINT.match(line)]
        return Parts(own="\n".join(own).strip(), signed=len(own) < len(lines))
    own, quoted = _quotations(lines)
    words, signed = _without_signature(own)
    return Parts(own="\n".join(words).strip(), quoted="\n".join(quoted).strip(), signed=signed)


def _joined_introductions(lines: Sequence[str]) -> list[str]:
    """Join "On Monday, somebody" and "wrote:" where a mail program has broken the line."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1] if joined else ""
        if (
            re.match(r"^\s*>*\s*(?:on|el|le)\b", before, re.I)
            and not before.rstrip().endswith((".", "?", "!", ":"))
            and _WROTE.match(f"{before.lstrip('> ')} {line.lstrip('> ')}")
        ):
            joined[-1] = f"{before} {line.lstrip('> ')}"
        else:
            joined.append(line)
    return joined


def _quotations(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the writer's lines and the quoted ones, introductions in neither."""
    own: list[str] = []
    quoted: list[str] = []
    below = False  # all that follows is an earlier message
    for at, line in enumerate(lines):
        bare = line.lstrip("> |")
        if _BELOW.match(bare):
            below = True
        elif _WROTE.match(bare):
            below = below or not any(_QUOTED.match(x) for x in lines[at + 1 :])
        elif not below and _block_of_headers(lines, at):
            below = True
        elif below or _QUOTED.match(line):
            if not _HEADER.match(line):
                quoted.append(bare)
        else:
            own.append(line)
    return own, quoted


def _block_of_headers(lines: Sequence[str], at: int) -> bool:
    """Return whether the head of an earlier message begins here."""
    if not _HEADER.match(lines[at]):
        return False
    following = lines[at + 1 : at + HEADER_LINES]
    heads = sum(bool(_HEADER.match(x) or _SUBJECT.match(x)) for x in following)
    return heads >= FEWEST_HEADS


def _without_signature(lines: Sequence[str]) -> tuple[list[str], bool]:
    end = len(lines)
    for at, line in enumerate(lines):
        if _DASHES.match(line) or _SMALL_PRINT.match(line):
            end = at
            break
    filled = [at for at in range(end) if lines[at].strip()]
    for at in filled[-LAST_LINES:]:
        if not CLOSING.match(lines[at]):
            continue
        after = [x for x in filled if x > at]
        if all(len(lines[x].split()) <= SIGNATURE_WORDS for x in after):
            end = after[0] + 1 if after else end
            break
    dropped = any(line.strip() for line in lines[end:])
    return list(lines[:end]), dropped
