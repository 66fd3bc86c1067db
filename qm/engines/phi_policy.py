"""What becomes of each kind of identifier: ``configs/redaction/*.toml`` -> a policy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from qm.errors import ConfigError

Treatment = Literal["placeholder", "category", "keep"]

ENTITIES = (
    "NAME", "LOCATION", "DATE", "AGE_90_PLUS", "PHONE", "FAX", "EMAIL", "SSN", "MRN",
    "HEALTH_PLAN_ID", "ACCOUNT", "LICENSE", "VEHICLE", "DEVICE", "URL", "IP", "EMPLOYER",
    "BIOMETRIC", "PHOTO", "OTHER_ID",
)  # fmt: skip
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Treatment by entity; one that is not named is a category."""

    entities: Mapping[str, Treatment] = field(default_factory=lambda: {"NAME": "placeholder"})

    def of(self, entity: str) -> Treatment:
        """Return what becomes of ``entity``."""
        return self.entities.get(entity, "category")


def parse_policy(text: str) -> Policy:
    r"""
    Read a policy.

    Args:
        text: TOML: ``version``, and a table ``entities`` of treatments.

    Raises:
        ConfigError: no TOML, another version, an unknown entity or treatment, an unknown key.

    >>> policy = parse_policy('version = 1\n[entities]\nNAME = "placeholder"\nURL = "keep"')
    >>> policy.of("NAME"), policy.of("URL"), policy.of("PHONE")
    ('placeholder', 'keep', 'category')
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"redaction policy: {error}") from None
    unknown = sorted(set(data) - {"version", "entities"})
    if unknown:
        raise ConfigError(f"redaction policy: unknown key {unknown[0]}")
    if data.get("version") != VERSION:
        raise ConfigError(f"redaction policy: version must be {VERSION}")
    entities = data.get("entities", {})
    if not isinstance(entities, dict):
        raise ConfigError("redaction policy: entities must be a table")
    for entity, treatment in entities.items():
        if entity not in ENTITIES:
            raise ConfigError(f"redaction policy: unknown entity {entity}")
        if treatment not in get_args(Treatment):
            raise ConfigError(f"redaction policy: {entity} must be one of {get_args(Treatment)}")
    return Policy(entities=entities)
