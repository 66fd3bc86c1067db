"""Every sentence that a shipped form prints is there in Spanish, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qm.errors import ConfigError
from qm.stages.forms import Form, FormWords, parse_form, parse_words

FOLDER = Path(__file__).parents[3] / "configs" / "forms"
FORMS = tuple(parse_form(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml")))
WORDS = tuple(parse_words(path.read_text("utf-8")) for path in sorted(FOLDER.glob("words/*.toml")))


def printed(form: Form) -> Iterator[str]:
    yield from (form.title, form.not_met, *form.head)
    yield from (section.title for section in form.sections)
    yield from (band.title for band in form.bands)
    for question in form.questions:
        yield from (question.text, question.guidance)
        yield from (*question.not_applicable, *question.cannot_tell)
        yield from (option.text for option in question.options)


@pytest.mark.parametrize("words", WORDS, ids=lambda w: w.language)
@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.key)
def test_a_form_can_be_read_whole(form: Form, words: FormWords) -> None:
    assert [s for text in printed(form) for s in words.missing(text)] == []


def test_spanish_is_there() -> None:
    assert "es" in {words.language for words in WORDS}


def test_nothing_is_translated_that_no_form_prints() -> None:
    texts = {text for form in FORMS for text in printed(form)}
    for words in WORDS:
        spare = FormWords(language="x")
        sentences = texts | {part for text in texts for part in spare.missing(text)}
        assert set(words.sentences) <= sentences


def test_what_a_site_adds_is_shown_as_it_is() -> None:
    assert WORDS[0].say("Was the parking explained?") == "Was the parking explained?"
    assert FormWords(language="en").say("Yes. No.") == "Yes. No."


@pytest.mark.parametrize(
    "text",
    ["language =", 'language = "es"', '[sentences]\n"a" = "b"', 'language = 1\n[sentences]',
     'language = "es"\n[sentences]\n"a" = ""', 'language = "es"\nmore = 1\n[sentences]'],
)  # fmt: skip
def test_a_file_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="words of forms"):
        parse_words(text)
