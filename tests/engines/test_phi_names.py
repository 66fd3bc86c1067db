"""Names of people, and the many capitals that are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qm.engines.phi_lexicon import Lexicon
from qm.engines.phi_names import find_names
from tests.engines.phi import reading, redactor_of, shown

pytestmark = pytest.mark.needs_models  # ordinary words come from the language model


@pytest.fixture(scope="module")
def words(model: Callable[[str], Path]) -> Lexicon:
    return redactor_of(model("spacy-en"))._lexicons["en"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this is Bettina Rusk, I called", "this is [NAME], I called"),
        ("Records, Norbert speaking.", "Records, [NAME] speaking."),
        ("Doctor Achebe said so", "Doctor [NAME] said so"),
        ("ask for Missus O'Dell-Varga", "ask for Missus [NAME]"),
        ("my son Will Okoro is sick", "my son [NAME] is sick"),
        ("it's in Grace's name", "it's in [NAME] name"),
        ("you've got Odalys in billing", "you've got [NAME] in billing"),
        ("Thuy. I'm his wife.", "[NAME]. I'm his wife."),
        ("that's Lamar D Quick", "that's [NAME]"),
        ("Sun-hee Pak, please", "[NAME], please"),
        ("the letter names Winston page.", "the letter names [NAME]."),
    ],
)
def test_a_name_with_its_capital(text: str, expected: str, words: Lexicon) -> None:
    assert shown(reading(text, words=words), find_names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my name is guy day and i need help", "my name is [NAME] and i need help"),
        (
            "let me transfer you to um sunita in billing",
            "let me transfer you to um [NAME] in billing",
        ),
        ("thanks mr young i see it", "thanks mr [NAME] i see it"),
        ("this is hitesh coronado", "this is [NAME]"),
        ("hi becky how are you", "hi [NAME] how are you"),
    ],
)
def test_a_name_without_it_needs_a_cue(text: str, expected: str, words: Lexicon) -> None:
    assert shown(reading(text, words=words), find_names) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Caprock Family Medicine, front desk.",
        "Thank you for choosing Copperline.",
        "I take Ozempic and Lisinopril.",
        "Medicare and Blue Cross of Texas",
        "Somebody'll call you. Whew. Okay.",
        "On Monday I saw the Spanish page.",
        "will someone mark that in the system",
        "doctor will call, the grace period ends",
        "she has Parkinson's and Crohn's",
    ],
)
def test_other_capitals_and_words_stay(text: str, words: Lexicon) -> None:
    assert shown(reading(text, words=words), find_names) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Joy Page.", "[NAME]."),
        ("sure it's wriddhish pandya", "sure it's [NAME] [NAME]"),
        ("Under page and it's late", "Under [NAME] and it's late"),
        ("Born in spring.", "Born in spring."),
    ],
)
def test_an_answer_to_the_question_for_a_name(text: str, expected: str, words: Lexicon) -> None:
    assert shown(reading(text, "NAME", words=words), find_names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("me llamo Jesús Ortega", "me llamo [NAME]"),
        ("habla Marisol, ¿bueno?", "habla [NAME], ¿bueno?"),
        ("a nombre de Tomás de la Cruz", "a nombre de [NAME]"),
        ("la señora Robles llamó", "la señora [NAME] llamó"),
        ("mi hijo Beto tiene fiebre", "mi hijo [NAME] tiene fiebre"),
        ("me llamo xochitl", "me llamo [NAME]"),
        ("Hoy no. Mañana sí.", "Hoy no. Mañana sí."),
        ("Pues, Dios mío", "Pues, Dios mío"),
    ],
)
def test_spanish(text: str, expected: str) -> None:
    assert shown(reading(text, language="es"), find_names) == expected
