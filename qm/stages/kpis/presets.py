"""The text of a preset file -> the thresholds and targets that measures are counted with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from qm.errors import ConfigError
from qm.fields import Fields
from qm.stages.kpis.measures import BY_NAME

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Named thresholds: a number is never shown without the preset that it was counted with."""

    name: str
    title: str
    service_level_s: int = 30  #: answered within this counts as in time
    short_abandon_s: int = 10  #: who left before this is left out of both sides
    fcr_window_days: int = 7  #: x 24 h
    targets: Mapping[str, float] = field(default_factory=dict)  #: by measure, in its unit


def parse_preset(text: str) -> Preset:
    """
    Read a preset.

    Raises:
        ConfigError: names the preset and the field that is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError(f"kpi preset: not TOML: {wrong}") from None
    row = Fields(document, f"kpi preset {document.get('name', '?')}")
    if row.whole("schema") != SCHEMA:
        raise row.wrong("schema", f"must be {SCHEMA}")
    preset = Preset(
        name=row.text("name"),
        title=row.text("title"),
        service_level_s=row.whole("service_level_s"),
        short_abandon_s=row.whole("short_abandon_s"),
        fcr_window_days=row.whole("fcr_window_days"),
        targets=_targets(Fields(row.table("targets"), f"{row.where}: targets")),
    )
    if preset.fcr_window_days < 1:
        raise row.wrong("fcr_window_days", "must be 1 or more")
    row.done()
    return preset


def _targets(row: Fields) -> Mapping[str, float]:
    found = {name: row.number(name) for name in BY_NAME if row.has(name)}
    row.done()
    return found
