"""The words: complete in every language, and every word that a page asks for is there."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from qm.web.cards import OUTCOMES, REASONS
from qm.web.messages import LANGUAGES, catalogue, choose

ENGLISH = catalogue("en").texts
TEMPLATES = {
    path.name: path.read_text() for path in files("qm.web").joinpath("templates").iterdir()
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    from qm.web.messages import _read

    assert _read(language).keys() == ENGLISH.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_in_braces_are_the_same_in_every_language(language: str) -> None:
    texts = catalogue(language).texts
    names = {key: set(re.findall(r"{(\w+)}", text)) for key, text in texts.items()}
    assert names == {key: set(re.findall(r"{(\w+)}", text)) for key, text in ENGLISH.items()}


def test_every_key_that_a_template_names_is_in_the_catalogue() -> None:
    missing = []
    for name, text in TEMPLATES.items():
        for key in re.findall(r"""\bt\(["']([a-z_.0-9]+)["'](?!\s*~)""", text):
            if key not in ENGLISH and f"{key}.one" not in ENGLISH:
                missing.append((name, key))
    assert not missing


def test_codes_that_people_choose_from_have_words() -> None:
    assert all(f"outcome.{code}" in ENGLISH for code in OUTCOMES)
    assert all(f"reason.{code}" in ENGLISH for code in REASONS)


@pytest.mark.parametrize(("n", "said"), [(1, "1 call"), (0, "0 calls"), (2, "2 calls")])
def test_one_and_many(n: int, said: str) -> None:
    assert catalogue("en").say("calls.found", n=n) == said


def test_what_a_site_adds_is_shown_readably() -> None:
    assert catalogue("en").name("label", "parking_complaint") == "parking complaint"


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [("", "", "en"), ("es", "en", "es"), ("", "de, es;q=0.8", "es"), ("xx", "xx", "en")],
)
def test_the_persons_choice_comes_before_the_browsers(
    wanted: str, accepted: str, language: str
) -> None:
    assert choose(wanted, accepted) == language


def test_no_words_stand_in_the_templates_themselves() -> None:
    for name, text in TEMPLATES.items():
        plain = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", " ", text, flags=re.S)
        words = set(re.findall(r"[A-Za-z]{3,}", plain)) - {"qm", "bare"}  # the product, a class
        assert not words, (name, words)
