"""Numbers that identify, by cue, by question, by what was said before, by shape."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qm.engines.phi_ids import find_ids, find_phones, find_things, like_time, like_year
from qm.engines.phi_reading import Found, Reading
from tests.engines.phi import reading, shown


def find_all(text: Reading) -> Sequence[Found]:
    return [*find_phones(text), *find_ids(text), *find_things(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call me at five five five, oh one two two", "call me at [PHONE]"),
        ("the fax is 555-0188", "the fax is [FAX]"),
        ("my social is three three one, two two, nine oh oh four", "my social is [SSN]"),
        ("the last four are six six two nine", "the last four are [SSN]"),
        ("medical record number is H oh four seven nine", "medical record number is [MRN]"),
        ("my member you know id is X R H four four", "my member you know id is [HEALTH_PLAN_ID]"),
        ("card ending three one one eight", "card ending [ACCOUNT]"),
        ("claim four four one, eight eight oh", "claim [OTHER_ID]"),
        ("Rx number 771 0422", "Rx number [OTHER_ID]"),
        ("driver's license D oh nine four four one", "driver's license [LICENSE]"),
        ("plate seven K B, nine oh three", "plate [VEHICLE]"),
        ("serial zero G H nine four", "serial [DEVICE]"),
        (
            "voiceprint enrollment id is victor bravo six one",
            "voiceprint enrollment id is [BIOMETRIC]",
        ),
        ("four four one nine two is my policy number", "[HEALTH_PLAN_ID] is my policy number"),
        ("it's extension two two seven oh", "it's [PHONE]"),
        ("it ends in four six", "it ends in [OTHER_ID]"),
        ("three three no wait three four is the account", "[ACCOUNT] is the account"),
    ],
)
def test_a_cue_names_the_number(text: str, expected: str) -> None:
    assert shown(reading(text), find_all) == expected


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("five five five, oh one two two", "PHONE"),
        ("7043 2219 8830 1177", "ACCOUNT"),
        ("oh one four two", "OTHER_ID"),
        ("Q R seven seven oh", "OTHER_ID"),
    ],
)
def test_a_shape_that_nothing_else_has(text: str, entity: str) -> None:
    assert shown(reading(text), find_all) == f"[{entity}]"


@pytest.mark.parametrize(
    "text",
    [
        "forty milligrams, two refills, ninety days",
        "it's four hundred twelve, sixty on the claim",
        "call nine one one or nine eight eight",
        "page three, section nine, box twenty-two",
        "my policy from nineteen ninety eight",
        "call me at ten forty",
        "between two and three weeks",
        "press one, then two",
        "an M R I and the A one C",
        "blood pressure was one twenty over eighty",
        "open twenty four seven",
        "she's sixteen",
    ],
)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert shown(reading(text), find_all) == text


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Six six two nine.", "SSN", "[SSN]."),
        ("it's six six, uh, two nine", "SSN", "it's [SSN]"),
        ("8 or 3, 2, 9", "PHONE", "[PHONE]"),
        ("Nine.", "ACCOUNT", "[ACCOUNT]."),
        ("I paid four hundred for it", "ACCOUNT", "I paid four hundred for it"),
        ("I called at nine forty about it", "PHONE", "I called at nine forty about it"),
    ],
)
def test_an_answer_is_what_was_asked_for(text: str, asked: str, expected: str) -> None:
    assert shown(reading(text, asked), find_all) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oh one four two.", "[PHONE]."),  # the rest of the number
        ("No, nine two.", "No, [PHONE]."),  # a correction
        ("Nine's right.", "[PHONE] right."),  # a read-back
        ("See you at two fifteen, then.", "See you at two fifteen, then."),
        ("Three of them came.", "Three of them came."),
    ],
)
def test_an_open_number_goes_on(text: str, expected: str) -> None:
    assert shown(reading(text, after="PHONE"), find_all) == expected


def test_years_and_times_are_known_by_how_they_are_said() -> None:
    (year,) = reading("nineteen sixty two").runs
    (time,) = reading("ten oh five").runs
    assert like_year(year) and not like_year(time)
    assert like_time(time) and not like_time(year)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "mi número de miembro es erre, cuatro, cuatro, dos",
            "mi número de miembro es [HEALTH_PLAN_ID]",
        ),
        ("llámeme al cinco cinco cinco, cero uno dos dos", "llámeme al [PHONE]"),
        ("de cincuenta miligramos, dos veces al día", "de cincuenta miligramos, dos veces al día"),
        ("a las ocho y diez", "a las ocho y diez"),
    ],
)
def test_spanish(text: str, expected: str) -> None:
    assert shown(reading(text, language="es"), find_all) == expected
