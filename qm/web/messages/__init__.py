"""
Every word of the pages: a folder a language, a TOML file an area.

A message is text with ``{names}``, or a table ``{one, other}`` chosen by ``n``.  A key that a
language lacks is said in English; a key that English lacks is an error that the tests find.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words of one language."""

    language: str
    texts: Mapping[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """
        Return the text of ``key`` with its names filled in.

        Raises:
            KeyError: no such key, or a name without a value.

        >>> catalogue("en").say("moment.seconds_ago", n=12)
        '12 s ago'
        """
        if key not in self.texts and "n" in values:
            key += ".one" if values["n"] == 1 else ".other"
        return self.texts[key].format_map(values)

    def has(self, key: str) -> bool:
        """Return whether there is a text of ``key``."""
        return key in self.texts

    def name(self, group: str, key: str) -> str:
        """Return the text of ``group.key``, else ``key`` made readable: sites add their own."""
        return self.texts.get(f"{group}.{key}") or key.replace("_", " ").replace("-", " ")


@cache
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of ``language``; English where there is none."""
    texts = _read("en")
    if language in LANGUAGES and language != "en":
        texts = {**texts, **_read(language)}
    chosen = language if language in LANGUAGES else "en"
    return Catalogue(chosen, MappingProxyType(texts))


def choose(wanted: str, accepted: str) -> str:
    """
    Return the language of a page.

    Args:
        wanted: what the person chose, or "".
        accepted: the browser's ``Accept-Language``.

    >>> choose("", "fr;q=0.9, es-MX, en;q=0.5"), choose("en", "es"), choose("", "")
    ('es', 'en', 'en')
    """
    if wanted in LANGUAGES:
        return wanted
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().split("-")[0].lower()
        if tag in LANGUAGES:
            return tag
    return "en"


def _read(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    folder = files(__package__).joinpath(language)
    for area in sorted(folder.iterdir(), key=lambda area: area.name):
        if area.name.endswith(".toml"):
            found.update(_flat("", tomllib.loads(area.read_text(encoding="utf-8"))))
    return found


def _flat(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found.extend(_flat(f"{prefix}{key}.", value))
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found
