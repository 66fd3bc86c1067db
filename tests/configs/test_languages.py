"""``configs/languages.toml`` says of each language what the code does, and no more."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from qm.calls.state import LABEL_LANGUAGES, PHI_LANGUAGES
from qm.engines import presidio
from qm.settings import Settings
from qm.stages.forms import parse_words
from qm.web.call import VALIDATED_LANGUAGES
from qm.web.messages import LANGUAGES as PAGES

ROOT = Path(__file__).parents[2]
STATED: list[dict[str, Any]] = tomllib.loads((ROOT / "configs" / "languages.toml").read_text())[
    "languages"
]


def those(**wanted: object) -> set[str]:
    return {s["code"] for s in STATED if all(s[k] == v for k, v in wanted.items())}


def test_redaction_is_stated_where_text_is_released() -> None:
    assert those(redaction="validated") == PHI_LANGUAGES == set(presidio.LANGUAGES)


def test_scores_are_stated_where_labels_are_validated() -> None:
    head = tomllib.loads((ROOT / "models" / "turn-labels" / "labels.toml").read_text())
    scored = those(labels="validated", scored=True)
    assert scored == LABEL_LANGUAGES == VALIDATED_LANGUAGES == set(head["languages"])
    assert those(labels="none", scored=True) == set()


def test_pages_and_forms_are_there_in_the_languages_that_are_stated() -> None:
    folder = ROOT / "configs" / "forms" / "words"
    words = {parse_words(path.read_text("utf-8")).language for path in folder.glob("*.toml")}
    assert those(interface=True) == set(PAGES)
    assert those(forms=True) == words | {"en"}


@pytest.mark.parametrize("stated", STATED, ids=lambda s: s["code"])
def test_the_recogniser_is_the_one_that_is_set(stated: dict[str, Any]) -> None:
    settings = Settings()
    english = stated["code"] == "en"
    assert stated["hearing"] == (settings.asr_model if english else settings.asr_model_other)
    assert stated["measured"]
