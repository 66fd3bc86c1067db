"""Spanish days of the month are cardinals, and so is everything else that is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.phi_dates_es import find_days
from tests.engines.phi import reading, shown


def seen(text: str, *asked: str) -> str:
    return shown(reading(text, *asked, language="es"), find_days)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("el miércoles veintidós a las dos", "el [DATE] a las dos"),
        ("nos vemos lunes 3", "nos vemos [DATE]"),
        ("hasta el día quince.", "hasta el [DATE]."),
        ("en fecha cuatro", "en [DATE]"),
    ],
)
def test_behind_a_weekday_or_the_word_day(text: str, expected: str) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿El treinta? No puedo.", "¿El [DATE]? No puedo."),
        ("el treinta y uno.", "el [DATE]."),
        ("del trece al veinte", "del [DATE] al [DATE]"),
        ("el trece o el catorce", "el [DATE] o el [DATE]"),
        ("hasta el 28 y ya", "hasta el [DATE] y ya"),
        ("el quince", "el [DATE]"),
    ],
)
def test_behind_an_article_with_nothing_counted(text: str, expected: str) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "tengo treinta años",
        "son las dos y diez",
        "a las diez",
        "el quince por ciento",
        "el veinte personas",
        "el dos",
        "el cuarenta.",
        "el cero cinco",
        "quince",
    ],
)
def test_no_day(text: str) -> None:
    assert seen(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quince", "[DATE]"),
        ("el tres", "el [DATE]"),
        ("treinta y dos", "treinta y dos"),
        ("son como quince cajas", "son como quince cajas"),
    ],
)
def test_a_short_answer_to_the_question_for_a_date(text: str, expected: str) -> None:
    assert seen(text, "DATE") == expected


@given(st.integers(0, 99))
def test_a_month_has_thirty_one_days(day: int) -> None:
    assert (seen(f"el día {day}") != f"el día {day}") == (1 <= day <= 31)
