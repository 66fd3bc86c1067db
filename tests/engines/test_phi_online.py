"""E-mail, web and IP addresses and user names, written and spoken."""

from __future__ import annotations

import pytest

from qm.engines.phi_online import find_online
from tests.engines.phi import reading, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it's jane.doe@mail.example", "it's [EMAIL]"),
        ("it's jane dot doe at gmail dot com", "it's [EMAIL]"),
        ("send it to S boone, B, O, O, N, E, two six, at outlook dot com", "send it to [EMAIL]"),
        ("use lupe seven at proton mail dot com please", "use [EMAIL] please"),
        ("frado underscore berry at gmail", "[EMAIL]"),
        ("go to my dot clinic dot com slash reset", "go to [URL]"),
        ("w w w dot quilts dot org", "[URL]"),
        ("see www.quilts.example/gallery", "see [URL]"),
        ("from ninety-eight dot two one four dot six dot thirty", "from [IP]"),
        ("from 98.214.6.30", "from [IP]"),
        ("my username is rachel oh nine, I think", "my username is [OTHER_ID], I think"),
        ("the file is lee underscore face dot j p g", "the file is [PHOTO]"),
    ],
)
def test_an_address(text: str, expected: str) -> None:
    assert shown(reading(text), find_online) == expected


@pytest.mark.parametrize(
    "text",
    ["it's at the front desk", "we dot every i", "version two point five", "meet me at noon"],
)
def test_no_address(text: str) -> None:
    assert shown(reading(text), find_online) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Beau dot T at, hang on.", "[EMAIL]."),
        ("Uh, it's M, B, C, nine.", "Uh, it's [EMAIL]."),
        ("I don't have one of those, I'm afraid.", "I don't have one of those, I'm afraid."),
    ],
)
def test_half_an_answer_is_covered(text: str, expected: str) -> None:
    assert shown(reading(text, "EMAIL"), find_online) == expected


def test_spanish() -> None:
    text = reading("es marta punto ruiz arroba correo punto com", language="es")
    assert shown(text, find_online) == "es [EMAIL]"
