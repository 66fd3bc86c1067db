"""A form file is read strictly, and every form that ships is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from qm.errors import ConfigError
from qm.stages.forms import parse_form

FORMS = sorted((Path(__file__).parents[3] / "configs" / "forms").glob("*.toml"))
SHIPPED = [parse_form(p.read_text()) for p in FORMS]


@pytest.mark.parametrize("form", SHIPPED, ids=lambda f: f.name)
def test_every_form_that_ships_is_sound(form) -> None:  # type: ignore[no-untyped-def]
    assert sum(q.weight for q in form.questions if not q.bonus) == form.points
    assert form.points == 100 or form.meant.media in (("sms",), ("social",))
    assert form.fail_policy == "flag_only"
    assert form.bands[-1].least == 0
    assert all(q.text.endswith((".", "?")) and q.guidance for q in form.questions)
    assert all(q.who != "M" for q in form.questions if q.critical)
    assert all(q.source for q in form.questions if q.who == "M")
    assert all(any(o.fails for o in q.options) for q in form.questions if q.critical)
    assert [q.number for q in form.questions] == sorted(q.number for q in form.questions)


def test_files_are_named_for_their_forms_and_no_form_ships_twice() -> None:
    assert [p.stem for p in FORMS] == [f.name for f in SHIPPED]


def test_the_default_form_starts_with_52_34_and_14_points() -> None:
    form = next(f for f in SHIPPED if f.name == "patient-access")
    points = {who: sum(q.weight for q in form.questions if q.who == who) for who in "MSP"}
    assert points == {"M": 52, "S": 34, "P": 14}
    assert [q.number for q in form.questions if q.critical] == [3, 7, 17, 18]


FORM = """
schema = 1
name = "f"
version = 1
title = "F"
sections = [{ id = "a", title = "A" }]
bands = [{ id = "ok", title = "Fine", from = 0 }]

[[questions]]
id = "q"
number = 1
section = "a"
text = "?"
weight = 100
who = "P"
guidance = ""
options = [{ id = "yes", text = "Yes", points = 100 }, { id = "no", text = "No" }]
"""


def test_the_small_form_is_sound() -> None:
    assert parse_form(FORM).key == "f@1"


TWICE = FORM[FORM.index("[[questions]]") :].replace("100", "0")
MACHINE = 'guidance = ""\nmachine = {{ source = "{}" }}'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema = 1", "schema = ", "not TOML"),
        ("schema = 1", "schema = 7", "form f: schema: must be 1"),
        ("title =", "titel =", "form f: title: is missing"),
        ("version = 1", 'version = 1\ncolour = "red"', "form f: unknown field colour"),
        ("weight = 100", "weight = 90", "question q: weight: is not what the best answer earns"),
        ("100", "90", "weights sum to 90, not 100"),
        ("points = 100 }, {", "points = -1 }, {", "question q: weight"),
        ('section = "a"', 'section = "b"', "q: no section b"),
        ('id = "no"', 'id = "yes"', "question q: options: an id is used twice"),
        ('who = "P"', 'who = "X"', "question q: who: must be one of M, S, P"),
        ('who = "P"', 'who = "P"\ncritical = true', "question q: weight: a critical question"),
        ('who = "P"', 'who = "P"\ntype = "text"', "question q: weight: a text cannot be scored"),
        ('who = "P"', 'who = "P"\ntype = "numeric"', "question q: ranges: needs one or more"),
        (FORM, FORM + TWICE, "question used twice: q"),
        (FORM, FORM + TWICE.replace('"q"', '"r"'), "number used twice: 1"),
        ('guidance = ""', MACHINE.format("telepathy"), "machine: source must be one of"),
        ('guidance = ""', MACHINE.format("opening"), "opening may answer part, which is no option"),
        ('guidance = ""', MACHINE.format("label"), "label needs absent, label, present, role"),
        (
            'guidance = ""',
            'guidance = ""\nmachine = { source = "closing", last = 3 }',
            "closing does not take last",
        ),
        (
            'guidance = ""',
            'guidance = ""\nasked_if = { question = "z", is = ["yes"] }',
            "q: asked_if needs an earlier question",
        ),
        ('guidance = ""', 'guidance = ""\nasked_if = { is = ["yes"] }', "needs question or meta"),
        ('guidance = ""', 'guidance = ""\nasked_if = { meta = "x", is = ["y"] }', "no such field"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, says: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse_form(FORM.replace(old, new))
    assert says in str(wrong.value)
