"""What a site may say of identifiers; a slip of the pen stops the start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.phi_policy import ENTITIES, Policy, parse_policy
from qm.errors import ConfigError

DEFAULT = Path(__file__).parents[2] / "configs/redaction/default.toml"


def test_a_kind_that_is_not_named_is_a_category() -> None:
    policy = parse_policy('version = 1\n[entities]\nNAME = "placeholder"')
    assert policy.of("PHONE") == "category"


def test_without_a_file_people_are_numbered_and_nothing_is_kept() -> None:
    policy = Policy()
    assert policy.of("NAME") == "placeholder"
    assert {policy.of(e) for e in ENTITIES if e != "NAME"} == {"category"}


def test_the_default_names_every_kind_and_keeps_none() -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    assert set(parse_policy(text).entities) == set(ENTITIES)
    assert all(parse_policy(text).of(e) != "keep" for e in ENTITIES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version =", "redaction policy: "),
        ("", "version must be 1"),
        ("version = 2", "version must be 1"),
        ("version = 1\ncolour = 'red'", "unknown key colour"),
        ("version = 1\n[entities]\nNAMES = 'keep'", "unknown entity NAMES"),
        ("version = 1\n[entities]\nNAME = 'hide'", "NAME must be one of"),
        ("version = 1\n[entities]\nNAME = ['keep']", "NAME must be one of"),
        ("version = 1\nentities = 'keep'", "entities must be a table"),
    ],
)
def test_a_mistake_is_named(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        parse_policy(text)


@given(
    st.dictionaries(st.sampled_from(ENTITIES), st.sampled_from(["placeholder", "category", "keep"]))
)
def test_what_is_written_is_what_holds(entities: dict[str, str]) -> None:
    lines = [f'{entity} = "{treatment}"' for entity, treatment in entities.items()]
    policy = parse_policy("\n".join(["version = 1", "[entities]", *lines]))
    assert {e: policy.of(e) for e in ENTITIES} == {e: entities.get(e, "category") for e in ENTITIES}
