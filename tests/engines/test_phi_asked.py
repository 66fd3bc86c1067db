"""What a question opens."""

from __future__ import annotations

import pytest

from qm.engines.phi_asked import asked_in, trailing_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what's your date of birth?", {"DATE"}),
        ("birthday.", {"DATE"}),
        ("name, birth date, last four of your social.", {"NAME", "DATE", "SSN"}),
        ("what's a good callback number?", {"PHONE"}),
        ("can you read me the member id", {"HEALTH_PLAN_ID"}),
        ("and the e-mail we have?", {"EMAIL"}),
        ("what street do you live on?", {"LOCATION"}),
        ("who am i speaking with", {"NAME"}),
        ("i told the doctor about it and then we left for the day", set()),
    ],
)
def test_asked(text: str, expected: set[str]) -> None:
    assert set(asked_in(text, "en")) == expected


def test_who_gives_a_name_does_not_ask_for_one() -> None:
    assert asked_in("my name is ann.", "en", frozenset({"NAME"})) == ()
    both = "this is ann may i have your full name please"
    assert asked_in(both, "en", frozenset({"NAME"})) == ("NAME",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("okay my social is", ("SSN",)),
        ("the member number,", ("HEALTH_PLAN_ID",)),
        ("what is your social?", ()),
        ("thanks, that is all i wanted to know today", ()),
    ],
)
def test_the_end_of_an_utterance_announces(text: str, expected: tuple[str, ...]) -> None:
    assert trailing_in(text, "en") == expected


def test_spanish() -> None:
    assert asked_in("¿me da su fecha de nacimiento?", "es") == ("DATE",)
