"""Write what the service reads: ``labels.toml``, and ``model.toml`` for the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from measure import Head
from scheme import ROLE_OF


def write_head(folder: Path, name: str, version: str, heads: Sequence[Head]) -> None:
    """Write ``labels.toml``: how a logit of the encoder becomes a probability and a decision."""
    lines = [
        "# Written by train.py: how a logit of the encoder becomes a probability and a decision.",
        f'name = "{name}"', f'version = "{version}"', 'languages = ["en"]',
    ]  # fmt: skip
    for head in heads:
        lines += ["", "[[labels]]", f'label = "{head.label}"', f'role = "{ROLE_OF[head.label]}"']
        for key in ("slope", "offset", "on_prob", "unsure_prob", "alert_prob"):
            if getattr(head, key) is not None:
                lines.append(f"{key} = {getattr(head, key):.4f}")
    (folder / "labels.toml").write_text("\n".join(lines) + "\n")


def write_model(folder: Path, version: str, engine: str, files: Sequence[str]) -> None:
    """Write ``model.toml`` of a model whose files lie in the repository, with their sha256."""
    lines = [
        f'name = "{folder.name}"', f'version = "{version}"', f'engine = "{engine}"',
        'licence = "Apache-2.0"', "", "[source]", 'kind = "repository"',
    ]  # fmt: skip
    for name in files:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        lines += ["", "[[files]]", f'path = "{name}"', f'sha256 = "{digest}"']
    (folder / "model.toml").write_text("\n".join(lines) + "\n")
