"""Real models hear a sample call, the same words in every batch, and nothing in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qm.engines.base import AsrRequest, AsrResult
from qm.engines.whisper import Recognizers, WhisperOptions, WhisperRecognizer
from qm.errors import ConfigError, EngineError
from qm.evaluate.asr import raw_errors
from qm.types import Samples

SAMPLES = Path(__file__).parents[2] / "streams/samples"

pytestmark = pytest.mark.needs_models


@pytest.fixture(scope="module")
def tiny(model: Callable[[str], Path]) -> WhisperRecognizer:
    return WhisperRecognizer(model("whisper-tiny.en"), WhisperOptions())


@pytest.fixture(scope="module")
def base(model: Callable[[str], Path]) -> WhisperRecognizer:
    return WhisperRecognizer(model("whisper-base"), WhisperOptions())


@pytest.fixture(scope="module")
def said(sample_call: tuple[Samples, Samples]) -> list[tuple[dict, Samples]]:
    """The first turns of the agent in a sample call, with what was said."""
    call = json.loads((SAMPLES / "sample-01.json").read_text())
    turns = [t for t in call["turns"] if t["role"] == "agent"][:5]
    return [
        (t, sample_call[0][(t["start_ms"] - 100) * 16 : (t["end_ms"] + 100) * 16]) for t in turns
    ]


def request(samples: Samples, language: str | None = "en", hotwords: str = "") -> AsrRequest:
    return AsrRequest(samples=samples, language=language, hotwords=hotwords)


def text(result: AsrResult) -> str:
    return " ".join(w.text for w in result.words)


def test_telephone_speech_is_recognised(
    tiny: WhisperRecognizer, said: list[tuple[dict, Samples]]
) -> None:
    results = tiny.recognize([request(s) for _, s in said])
    truth = [(t["text"], [(p["start"], p["end"]) for p in t["phi"]]) for t, _ in said]
    errors = raw_errors(truth, [text(r) for r in results])
    assert errors.words > 40
    assert errors.rate is not None and errors.rate < 0.25
    for (_, samples), result in zip(said, results, strict=True):
        edges = [t for w in result.words for t in (w.start_ms, w.end_ms)]
        assert edges == sorted(edges) and edges[-1] <= len(samples) // 16
        assert all(0 <= w.word_prob <= 1 for w in result.words)


def test_a_batch_hears_what_each_hears_alone(
    tiny: WhisperRecognizer, said: list[tuple[dict, Samples]]
) -> None:
    """Hotwords and none, long and short, and one too short to hold a word, in one call."""
    requests = [
        request(said[0][1]),
        request(said[1][1][:500]),
        request(said[2][1], hotwords="colonoscopy metoprolol"),
        request(said[3][1], None),
    ]
    together = tiny.recognize(requests)
    assert [text(r) for r in together] == [text(tiny.recognize([r])[0]) for r in requests]
    assert together[1].words == ()
    assert {r.language for r in together} == {"en"}


def test_the_spliced_window_hears_nearly_the_same(
    model: Callable[[str], Path], said: list[tuple[dict, Samples]]
) -> None:
    spliced = WhisperRecognizer(model("whisper-tiny.en"), WhisperOptions(encoder_window="splice"))
    truth = [(t["text"], [(p["start"], p["end"]) for p in t["phi"]]) for t, _ in said]
    errors = raw_errors(truth, [text(r) for r in spliced.recognize([request(s) for _, s in said])])
    assert errors.rate is not None and errors.rate < 0.25


@pytest.mark.parametrize("level_db", [None, -60, -40])
def test_nothing_spoken_is_nothing_written(tiny: WhisperRecognizer, level_db: float | None) -> None:
    noise = np.random.default_rng(2).standard_normal((4, 48_000))
    level = 0.0 if level_db is None else 10 ** (level_db / 20)
    results = tiny.recognize([request((level * n).astype(np.float32)) for n in noise])
    assert [text(r) for r in results] == [""] * 4


def test_language_is_found_and_each_goes_to_its_model(
    tiny: WhisperRecognizer, base: WhisperRecognizer, said: list[tuple[dict, Samples]]
) -> None:
    loads: list[WhisperRecognizer] = []

    def other() -> WhisperRecognizer:
        loads.append(base)
        return base

    recognizers = Recognizers(tiny, other)
    english = request(said[0][1])
    assert text(recognizers.recognize([english])[0]) == text(tiny.recognize([english])[0])
    assert not loads, "English alone never loads the other model"
    found, asked = recognizers.recognize([request(said[0][1], None), request(said[1][1], "es")])
    assert found.language == "en" and 0.5 < found.language_prob <= 1
    assert text(found) == text(tiny.recognize([english])[0])
    assert asked.language == "es"


def test_what_a_model_cannot_read_is_refused(
    tiny: WhisperRecognizer, base: WhisperRecognizer
) -> None:
    second = np.zeros(16_000, np.float32)
    with pytest.raises(EngineError):
        tiny.recognize([request(second, "es")])
    with pytest.raises(EngineError):
        base.recognize([request(second, "xx")])


def test_options_come_from_the_card_and_the_site() -> None:
    options = WhisperOptions.of({"beam_size": 5, "languages": ["en"]}, device="cuda")
    assert (options.beam_size, options.languages, options.device) == (5, ("en",), "cuda")
    with pytest.raises(ConfigError, match="beams"):
        WhisperOptions.of({"beams": 5})


def test_no_request_is_no_answer(tiny: WhisperRecognizer) -> None:
    assert tiny.recognize([]) == []
