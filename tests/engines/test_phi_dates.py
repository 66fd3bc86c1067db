"""Dates as they are said and written; what only sounds like one stays."""

from __future__ import annotations

import pytest

from qm.engines.phi_dates import find_dates
from tests.engines.phi import reading, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("born March ninth, nineteen sixty-one", "born [DATE]"),
        ("on the fourteenth of June, oh nine", "on [DATE]"),
        ("it was March of ninety", "it was [DATE]"),
        ("since October", "since [DATE]"),
        ("Thursday the twentieth at nine", "[DATE] at nine"),
        ("this Monday, the, um, the sixth at ten", "[DATE] at ten"),
        ("cut off on the third with no call", "cut off on [DATE] with no call"),
        ("not the ninth, the tenth", "not [DATE], [DATE]"),
        ("Nineteenth. Sorry.", "[DATE]. Sorry."),
        ("April 9th, 1981", "[DATE]"),
        ("born 04/09/1981 or 4-9-81", "born [DATE] or [DATE]"),
        ("eleven, two, fifty-seven", "[DATE]"),
        ("date of birth four nine eighty one", "date of birth [DATE]"),
        ("ten slash three slash nineteen seventy six", "[DATE]"),
        ("may the fourteenth", "[DATE]"),
        ("december eight", "[DATE]"),
    ],
)
def test_a_date(text: str, expected: str) -> None:
    assert shown(reading(text), find_dates) == expected


@pytest.mark.parametrize(
    "text",
    [
        "you may call, and I may not",
        "on Monday at nine thirty",
        "in nineteen ninety eight",
        "the second time this happened",
        "the third floor, the first one",
        "from the first of the year",
        "twice a day for ten days",
        "two fifteen in the afternoon",
        "a seven out of ten",
        "I'm seventy-three years old",
    ],
)
def test_no_date(text: str) -> None:
    assert shown(reading(text), find_dates) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Six, four, seventy-one.", "[DATE]."),
        ("oh four twelve eighty", "[DATE]"),
        ("Sixty-two.", "[DATE]."),
        ("I'm sixty-two.", "I'm sixty-two."),  # an age
    ],
)
def test_an_answer_to_the_question_for_a_date(text: str, expected: str) -> None:
    assert shown(reading(text, "DATE"), find_dates) == expected


def test_a_date_is_corrected_in_a_short_utterance() -> None:
    assert shown(reading("No, sixty-three.", after="DATE"), find_dates) == "No, [DATE]."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nació el doce de junio de mil novecientos ochenta y tres", "nació el [DATE]"),
        ("el 4 de marzo del 2001", "el [DATE]"),
        ("en octubre", "en [DATE]"),
    ],
)
def test_spanish_dates(text: str, expected: str) -> None:
    assert shown(reading(text, language="es"), find_dates) == expected
