"""Presets are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from qm.errors import ConfigError
from qm.stages.kpis import parse_preset

CONFIGS = Path(__file__).resolve().parents[3] / "configs" / "kpis"
GOOD = (CONFIGS / "default.toml").read_text()


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda p: p.stem)
def test_presets_that_ship_can_be_read(path: Path) -> None:
    assert parse_preset(path.read_text()).name == path.stem


def test_the_default_is_what_the_contract_says() -> None:
    preset = parse_preset(GOOD)
    assert (preset.service_level_s, preset.short_abandon_s, preset.fcr_window_days) == (30, 10, 7)


BAD = {
    "is missing": GOOD.replace("service_level_s = 30", ""),
    "unknown field colour": GOOD.replace("schema = 1", 'schema = 1\ncolour = "red"'),
    "unknown field speed": GOOD + "\nspeed = 1",
    "must be a whole number": GOOD.replace("fcr_window_days = 7", "fcr_window_days = 0.5"),
    "must be 1 or more": GOOD.replace("fcr_window_days = 7", "fcr_window_days = 0"),
    "schema: must be 1": GOOD.replace("schema = 1", "schema = 2"),
    "not TOML": "schema =",
}


@pytest.mark.parametrize("problem", BAD)
def test_a_mistake_stops_the_start_and_is_named(problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_preset(BAD[problem])
