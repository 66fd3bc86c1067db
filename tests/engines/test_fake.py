"""Text in sound survives everything between a telephone and a recogniser."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.engines.base import AsrRequest, LabelRequest, PhiRequest, SpeechRequest
from qm.engines.fake import (
    FakeClassifier,
    FakeDetector,
    FakeDiarizer,
    FakeRecognizer,
    FakeRedactor,
    encode,
)
from qm.errors import EngineError, RedactionError
from qm.io.opus import decode_packets, encode_packets
from qm.stages.audio import decode, resample, to_float
from qm.stages.audio import encode as to_wire
from qm.stages.speech import EndpointState, advance, flush
from qm.types import CallId, Pcm, PhiSpan, Role, Samples, SpeakerSpan, Turn, Word

FRESH = np.zeros(0, np.int16)
TEXT = "Thanks for calling, this is Yolanda. ¿Cómo está?"


def silence(seconds: float, rate_hz: int = 8_000) -> Pcm:
    return np.zeros(int(seconds * rate_hz), np.int16)


def heard(pcm: Pcm, rate_hz: int = 8_000) -> Samples:
    return to_float(resample(pcm, rate_hz, FRESH)[0])


def read(samples: Samples) -> str:
    (result,) = FakeRecognizer().recognize([AsrRequest(samples=samples, language=None)])
    return " ".join(w.text for w in result.words)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_words_are_read_at_any_rate(rate_hz: int) -> None:
    assert read(heard(encode(TEXT, rate_hz), rate_hz)) == TEXT


@pytest.mark.parametrize("codec", ["mulaw", "alaw", "pcm_s16le"])
def test_words_survive_the_codec(codec: str) -> None:
    assert read(heard(decode(codec, to_wire(codec, encode(TEXT))))) == TEXT


def test_words_survive_opus() -> None:
    pcm = np.concatenate([silence(0.2, 16_000), encode(TEXT, 16_000), silence(0.3, 16_000)])
    whole = pcm[: len(pcm) // 320 * 320]
    assert read(heard(decode_packets(encode_packets(whole, 16_000), b"", 16_000), 16_000)) == TEXT


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=9))
def test_any_word_is_read(word: str) -> None:
    if word.split() == [word]:
        assert read(heard(encode(word))) == word


def test_words_come_through_endpointing_whole_and_in_their_place() -> None:
    text = " ".join(f"word{i}" for i in range(60))  # 17 s: a forced cut lies between
    pcm = np.concatenate([silence(1.0), encode(text), silence(1.5), encode("bye"), silence(1.0)])
    samples = heard(pcm)
    windows = len(samples) // 512
    request = SpeechRequest(samples=samples[: windows * 512])
    state, found = advance(EndpointState(), FakeDetector().detect([request])[0].speech_probs)
    pieces = [*found, *flush(state)]
    assert len(pieces) == 3
    said = [read(samples[p.start_ms * 16 : p.end_ms * 16]) for p in pieces]
    assert " ".join(said) == text + " bye"


def test_words_stand_where_they_sound() -> None:
    samples = heard(np.concatenate([silence(0.5), encode("one two")]))
    (result,) = FakeRecognizer(word_prob=0.8).recognize(
        [AsrRequest(samples=samples, language="en")]
    )
    one, two = result.words
    assert (one.start_ms, one.end_ms) == (pytest.approx(503, abs=5), pytest.approx(663, abs=5))
    assert two.start_ms == pytest.approx(743, abs=5) and two.word_prob == 0.8


def test_a_damaged_word_is_not_read() -> None:
    pcm = encode("secret plain")
    pcm[800:1200] = 0  # inside "secret"
    assert read(heard(pcm)) == "plain"


@pytest.mark.parametrize("level_db", [-60, -30, -10])
def test_noise_holds_no_words(level_db: float) -> None:
    noise = np.random.default_rng(1).standard_normal(160_000) * 10 ** (level_db / 20)
    assert read(noise.astype(np.float32)) == ""


def test_the_detector_counts_windows_and_refuses_pieces() -> None:
    first = FakeDetector().detect([SpeechRequest(samples=np.zeros(1024, np.float32))])[0]
    again = SpeechRequest(samples=np.full(512, 0.5, np.float32), memory=first.memory)
    second = FakeDetector().detect([again])[0]
    assert int.from_bytes(second.memory, "big") == 3
    assert max(first.speech_probs) == 0 and min(second.speech_probs) > 0.9
    with pytest.raises(EngineError):
        FakeDetector().detect([SpeechRequest(samples=np.zeros(100, np.float32))])


def test_the_redactor_finds_what_it_is_told_to_or_fails() -> None:
    word = Word(start_ms=0, end_ms=100, text="Yolanda")
    turn = Turn(
        call_id=CallId("c"), utterance=0, role=Role.AGENT, speaker=0, language="en", words=(word,)
    )
    name = PhiSpan(start=0, end=7, entity="NAME")
    found = FakeRedactor(lambda _: [name]).find(PhiRequest(turn=turn))
    assert found.spans == (name,) and int.from_bytes(found.memory, "big") == 1
    with pytest.raises(RedactionError):
        FakeRedactor(lambda _: None).find(PhiRequest(turn=turn))


def test_the_classifier_goes_by_key_words() -> None:
    classifier = FakeClassifier({"apology": ["sorry"], "anger": ["ridiculous", "angry"]})
    (probs,) = classifier.classify([LabelRequest(role=Role.AGENT, text="I am SORRY")])
    assert classifier.labels == ("apology", "anger")
    assert list(probs) == [FakeClassifier.PRESENT, FakeClassifier.ABSENT]


def test_the_diarizer_knows_as_many_voices_as_asked_for() -> None:
    spans = [SpeakerSpan(start_ms=0, end_ms=9, speaker=n) for n in (0, 1, 2)]
    assert FakeDiarizer(spans).diarize(np.zeros(0, np.float32), 2) == spans[:2]
