"""A TOML table is read strictly, and an error names table and field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qm.errors import ConfigError
from qm.fields import Fields

Read = Callable[[Fields], Any]


@pytest.mark.parametrize(
    ("value", "read", "result"),
    [
        ("x", lambda f: f.text("a"), "x"),
        ("x", lambda f: f.texts("a"), ("x",)),
        (["x", "y"], lambda f: f.texts("a"), ("x", "y")),
        ("x", lambda f: f.choice("a", ("w", "x")), "x"),
        (["y", "x"], lambda f: f.choices("a", ("x", "y", "z")), ("x", "y")),
        (3, lambda f: f.whole("a"), 3),
        ([1, 2], lambda f: f.wholes("a"), (1, 2)),
        (3, lambda f: f.number("a"), 3.0),
        (1.5, lambda f: f.ms("a"), 1500),
        (True, lambda f: f.flag("a"), True),
        ({"b": 1}, lambda f: f.table("a"), {"b": 1}),
        ([{"b": 1}], lambda f: f.tables("a"), ({"b": 1},)),
        (None, lambda f: f.any("a"), None),
    ],
)
def test_a_field_of_the_right_kind_is_read(value: object, read: Read, result: object) -> None:
    fields = Fields({"a": value}, "here")
    assert read(fields) == result
    fields.done()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1, lambda f: f.text("a")),
        ([1], lambda f: f.texts("a")),
        ("v", lambda f: f.choice("a", ("w", "x"))),
        (["v"], lambda f: f.choices("a", ("w", "x"))),
        (-1, lambda f: f.whole("a")),
        (True, lambda f: f.whole("a")),
        (1.5, lambda f: f.whole("a")),
        ([True], lambda f: f.wholes("a")),
        ("1", lambda f: f.number("a")),
        (False, lambda f: f.number("a")),
        (-0.5, lambda f: f.ms("a")),
        (1, lambda f: f.flag("a")),
        ([], lambda f: f.table("a")),
        ([1], lambda f: f.tables("a")),
    ],
)
def test_a_field_of_another_kind_is_refused_by_name(value: object, read: Read) -> None:
    with pytest.raises(ConfigError, match="^here: a: "):
        read(Fields({"a": value}, "here"))


def test_a_missing_field_is_refused_unless_it_has_a_default() -> None:
    fields = Fields({}, "here")
    with pytest.raises(ConfigError, match="here: a: is missing"):
        fields.text("a")
    assert fields.text("a", "x") == "x"
    assert fields.ms("b", 5) == 5
    assert (fields.table("c"), fields.tables("d")) == ({}, ())


def test_what_nobody_asked_for_is_refused() -> None:
    fields = Fields({"a": 1, "b": 2}, "here")
    fields.whole("a")
    with pytest.raises(ConfigError, match="here: unknown field b"):
        fields.done()
