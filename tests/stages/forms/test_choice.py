"""Which form a call is scored on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qm.stages.forms import choose_form, parse_form
from qm.stages.forms.model import Form, Meant
from qm.types import CallMeta
from tests.stages.spoken import call

SHIPPED = [
    parse_form(p.read_text())
    for p in (Path(__file__).parents[3] / "configs" / "forms").glob("*.toml")
]
BASE = next(f for f in SHIPPED if f.name == "patient-access")


def meta(queue: str = "scheduling", **more: str) -> CallMeta:
    return call(queue=queue, **more).meta


def form(name: str, version: int = 1, **meant: tuple[str, ...]) -> Form:
    return replace(BASE, name=name, version=version, meant=Meant(**meant))  # type: ignore[arg-type]


ANY = form("any", queues=("*",), except_queues=("private*",))
NURSE = form("nurse", queues=("nurse*", "triage"))
NURSE_2 = form("nurse", 2, queues=("nurse*", "triage"))
KIDS = form("kids", queues=("nurse_kids",))
OUT = form("out", queues=("*",), directions=("outbound",))


@pytest.mark.parametrize(
    ("queue", "key"),
    [
        ("billing", "any@1"), ("", "any@1"), ("nurse_line", "nurse@2"), ("triage", "nurse@2"),
        ("nurse_kids", "kids@1"), ("private_1", None),
    ],
)  # fmt: skip
def test_the_form_that_names_the_queue_most_closely_and_newest(queue: str, key: str | None) -> None:
    chosen = choose_form([NURSE_2, ANY, KIDS, NURSE], meta(queue))
    assert (chosen.key if chosen else None) == key


def test_direction_and_medium_must_fit() -> None:
    assert choose_form([OUT], meta()) is None
    assert choose_form([OUT], meta(direction="outbound")) is OUT
    assert choose_form([ANY], meta(medium="chat")) is None


@pytest.mark.parametrize(
    ("queue", "medium", "name"),
    [
        ("scheduling", "voice", "patient-access"),
        ("front_desk", "voice", "patient-access"),
        ("nurse_line", "voice", "nurse-line"),
        ("triage-night", "voice", "nurse-line"),
        ("pharmacy", "voice", "pharmacy"),
        ("billing", "voice", "billing"),
        ("member_services", "voice", "member-line"),
        ("behavioral_health", "voice", None),
        ("scheduling", "chat", "chat"),
        ("billing", "email", "email"),
        ("scheduling", "sms", "sms"),
        ("scheduling", "social", "social"),
    ],
)
def test_what_ships(queue: str, medium: str, name: str | None) -> None:
    chosen = choose_form(SHIPPED, meta(queue, medium=medium))
    assert (chosen.name if chosen else None) == name
