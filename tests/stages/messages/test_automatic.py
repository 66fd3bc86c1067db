"""A machine's answer is none of a person."""

import pytest

from qm.stages.messages import is_automatic


@pytest.mark.parametrize(
    ("text", "subject", "automatic"),
    [
        ("We've received your message. This is an automated response.", "", True),
        ("Back on Monday.", "Automatic reply: your bill", True),
        ("Hemos recibido su mensaje.", "", True),
        ("I have received your form and will call you.", "", False),
        ("", "", False),
    ],
)
def test_it_says_so_itself(text: str, subject: str, *, automatic: bool) -> None:
    assert is_automatic(text, subject) is automatic


def test_what_somebody_on_the_roster_sent_is_theirs() -> None:
    assert not is_automatic("This is an automated response, just kidding.", agent="a-1")
