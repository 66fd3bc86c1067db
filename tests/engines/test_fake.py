"""The fakes: what is written as tones is read back through the real codec and resampler."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.engines.base import AsrRequest, LabelRequest, PhiRequest, SpeechRequest
from qm.engines.fake import (
    FakeClassifier,
    FakeDetector,
    FakeRecognizer,
    FakeRedactor,
    spoken,
    track,
)
from qm.errors import RedactionError
from qm.stages.audio import decode, encode, resample, to_float
from qm.types import CallId, Role, Turn, Word


def through_the_line(pcm):
    """Return what the engines get of 8 kHz samples sent in mu-law."""
    received = decode("mulaw", encode("mulaw", pcm))
    resampled, _ = resample(received, 8000, np.zeros(0, np.int16))
    return to_float(resampled)


texts = st.text("abcdefghijklmnopqrstuvwxyz0123456789.,'-", min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
def test_what_is_said_is_heard(words):
    samples = through_the_line(track([(300, " ".join(words))], 9000))

    (result,) = FakeRecognizer().recognize([AsrRequest(samples=samples, language="en")])

    assert [w.text for w in result.words] == words


def test_words_come_with_their_times():
    samples = through_the_line(track([(500, "ab cd")], 2000))

    first, second = FakeRecognizer().read(samples)

    assert first.start_ms == pytest.approx(500, abs=5)
    assert second.start_ms - first.start_ms == 3 * 80


def test_silence_says_nothing():
    assert FakeRecognizer().read(np.zeros(16000, np.float32)) == ()


def test_speech_is_what_is_loud():
    samples = through_the_line(track([(512, "a")], 1024))
    whole = samples[: len(samples) // 512 * 512]

    (result,) = FakeDetector().detect([SpeechRequest(samples=whole)])

    assert result.speech_probs[:15].max() == 0
    assert result.speech_probs[16:18].min() == 1


def test_the_redactor_finds_what_it_is_told_and_fails_when_told():
    words = (Word(start_ms=0, end_ms=1, text="call"), Word(start_ms=1, end_ms=2, text="5550142"))
    turn = Turn(
        call_id=CallId("c"), utterance=0, role=Role.AGENT, speaker=0, language="en", words=words
    )
    found = FakeRedactor({"5550142": "PHONE"}).find(PhiRequest(turn=turn))

    assert [(s.start, s.end, s.entity) for s in found.spans] == [(5, 12, "PHONE")]
    with pytest.raises(RedactionError):
        FakeRedactor({}, failing=lambda: True).find(PhiRequest(turn=turn))


def test_the_classifier_goes_by_key_words():
    classifier = FakeClassifier({"greeting": ["good morning"], "closing": ["bye"]})

    (probs,) = classifier.classify([LabelRequest(role=Role.AGENT, text="ok bye")])

    assert list(np.round(probs)) == [0, 1]


def test_tones_are_eighty_milliseconds_a_byte():
    assert len(spoken("ab")) == 2 * 80 * 8
