"""
A form in another language: each sentence that it prints, and what it is in that language.

Forms are kept in one language, so that a version is one file and one meaning; what people read is
looked up by the sentence.  A sentence that nobody has translated is shown as the form has it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from qm.errors import ConfigError

_BREAK = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """The sentences of one language."""

    language: str
    sentences: Mapping[str, str] = field(default_factory=dict)

    def say(self, text: str) -> str:
        """
        Return ``text`` in this language, sentence by sentence.

        >>> words = FormWords(language="es", sentences={"Yes.": "Sí.", "Any time.": "Siempre."})
        >>> words.say("Yes. Any time. At noon.")
        'Sí. Siempre. At noon.'
        """
        whole = self.sentences.get(text)
        if whole is not None:
            return whole
        return " ".join(self.sentences.get(part, part) for part in _BREAK.split(text))

    def missing(self, text: str) -> tuple[str, ...]:
        """Return the sentences of ``text`` that nobody has translated."""
        if not text or text in self.sentences:
            return ()
        return tuple(part for part in _BREAK.split(text) if part not in self.sentences)


def parse_words(text: str) -> FormWords:
    """
    Read a file of ``configs/forms/words``.

    Raises:
        ConfigError: no TOML, or not a language with sentences.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"words of forms: {error}") from None
    language, sentences = data.get("language"), data.get("sentences")
    if not isinstance(language, str) or not isinstance(sentences, dict) or len(data) > 2:
        raise ConfigError("words of forms: language and sentences are needed, and nothing else")
    if not all(isinstance(said, str) and said for said in sentences.values()):
        raise ConfigError("words of forms: a sentence is no text")
    return FormWords(language=language, sentences=sentences)
