"""Preset files of the measures."""

from __future__ import annotations

from pathlib import Path

from qm.errors import ConfigError
from qm.stages.kpis import Preset, parse_preset


def load_preset(configs: Path, name: str) -> Preset:
    """
    Read a preset from the folder of configurations.

    Raises:
        ConfigError: there is none of that name, or it says something impossible.
    """
    try:
        return parse_preset((configs / "kpis" / Path(name).name).read_text())
    except OSError:
        raise ConfigError(f"configs: kpis/{Path(name).name} cannot be read") from None
