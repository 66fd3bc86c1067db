"""Placeholders stand for whole words, and nothing of a muted stretch can be heard."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.errors import RedactionError
from qm.stages.redaction import mute, mute_spans, redact
from qm.types import (
    CallId,
    PhiSpan,
    RedactedUtterance,
    RedactedWord,
    Role,
    SpeechSpan,
    Turn,
    Word,
)


def turn(text: str) -> Turn:
    words = tuple(
        Word(start_ms=i * 300, end_ms=i * 300 + 250, text=w) for i, w in enumerate(text.split())
    )
    return Turn(
        call_id=CallId("c1"), utterance=3, role=Role.CUSTOMER, speaker=1, language="en", words=words
    )


def span(text: str, part: str, entity: str, placeholder: str = "") -> PhiSpan:
    start = text.index(part)
    return PhiSpan(start=start, end=start + len(part), entity=entity, placeholder=placeholder)


def utterance(*words: RedactedWord, withheld: bool = False) -> RedactedUtterance:
    return RedactedUtterance(
        utterance=0, role=Role.CUSTOMER, speaker=1, language="en", words=words, withheld=withheld
    )


def said(start_ms: int, end_ms: int, entity: str = "", prob: float = 1.0) -> RedactedWord:
    text = f"[{entity}]" if entity else "word"
    return RedactedWord(start_ms=start_ms, end_ms=end_ms, text=text, entity=entity, word_prob=prob)


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("call 555-0142, please", "555", "call [PHONE] please"),  # widened to the word
        ("call five five five oh one", "five five five oh one", "call [PHONE]"),
        ("that's it", "'s", "[PHONE] it"),
    ],
)
def test_a_span_takes_whole_words(text: str, part: str, expected: str) -> None:
    safe = redact(turn(text), [span(text, part, "PHONE")])
    assert " ".join(w.text for w in safe.words) == expected


def test_a_placeholder_has_the_times_of_all_its_words() -> None:
    text = "my name is ann lee okay"
    safe = redact(turn(text), [span(text, "ann lee", "NAME", "[NAME_1]")])
    word = safe.words[3]
    assert (word.text, word.entity, word.start_ms, word.end_ms) == ("[NAME_1]", "NAME", 900, 1450)


def test_a_word_under_two_spans_belongs_to_the_first() -> None:
    text = "ann-marie smith"
    safe = redact(turn(text), [span(text, "marie smith", "LOCATION"), span(text, "ann", "NAME")])
    assert [w.text for w in safe.words] == ["[NAME]", "[LOCATION]"]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (0, 99), (4, 4), (5, 2)])
def test_a_span_of_another_text_is_refused_without_content(start: int, end: int) -> None:
    with pytest.raises(RedactionError) as error:
        redact(turn("call ann now"), [PhiSpan(start=start, end=end, entity="NAME")])
    assert "ann" not in str(error.value)


@given(
    st.lists(st.text("ab1", min_size=1, max_size=5), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 70), st.integers(1, 20)), max_size=4),
)
def test_no_character_of_a_span_is_left_and_the_rest_stands(
    words: list[str], pairs: list[tuple[int, int]]
) -> None:
    spoken = turn(" ".join(words))
    spans = [
        PhiSpan(start=s, end=min(s + n, len(spoken.text)), entity="NAME")
        for s, n in pairs
        if s < len(spoken.text)
    ]
    safe = redact(spoken, spans)
    position, kept = 0, []
    for word in spoken.words:
        if not any(s.start < position + len(word.text) and s.end > position for s in spans):
            kept.append(word.text)
        position += len(word.text) + 1
    assert [w.text for w in safe.words if not w.entity] == kept
    assert safe.words[0].start_ms == spoken.start_ms
    assert safe.words[-1].end_ms == spoken.end_ms


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([said(2000, 2500, "NAME")], [(1500, 3000)]),  # nobody near: the pad
        ([said(0, 1700), said(2000, 2500, "NAME")], [(1700, 3000)]),  # a pause: up to the word
        ([said(0, 1950), said(2000, 2500, "NAME")], [(1700, 3000)]),  # no pause: into the word
        ([said(0, 1700, prob=0.2), said(2000, 2500, "NAME")], [(1500, 3000)]),  # a guess
        ([said(100, 200, "NAME")], [(0, 700)]),  # never before the call
        (
            [said(1000, 1500, "PHONE"), said(1700, 1800), said(2000, 2500, "PHONE")],
            [(500, 3000)],  # one number said in two breaths
        ),
        (
            [said(1000, 1500, "NAME"), said(1750, 4000), said(4250, 4500, "NAME")],
            [(500, 1750), (4000, 5000)],
        ),
    ],
)
def test_muting_reaches_as_far_as_word_times_are_wrong(
    words: list[RedactedWord], expected: list[tuple[int, int]]
) -> None:
    spans = mute_spans([utterance(*words)])
    assert [(s.start_ms, s.end_ms) for s in spans] == expected


def test_a_withheld_utterance_is_muted_whole() -> None:
    spans = mute_spans([utterance(said(2000, 5000), withheld=True)])
    assert [(s.start_ms, s.end_ms) for s in spans] == [(1500, 5500)]


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 900), st.booleans()), max_size=12))
def test_every_placeholder_is_muted_and_spans_do_not_touch(
    drawn: list[tuple[int, int, bool]],
) -> None:
    words = [said(s, s + n, "DATE" if phi else "") for s, n, phi in sorted(drawn)]
    spans = mute_spans([utterance(*words)]) if words else ()
    for word in words:
        if word.entity:
            assert any(s.start_ms <= word.start_ms and s.end_ms >= word.end_ms for s in spans)
    assert all(a.end_ms < b.start_ms for a, b in itertools.pairwise(spans))


@given(st.integers(-200, 900), st.integers(1, 600), st.sampled_from([8000, 16000, 44100]))
def test_silence_stands_inside_the_span_and_nothing_else_changes(
    start_ms: int, length_ms: int, rate_hz: int
) -> None:
    samples = np.full(rate_hz // 2, 1000, dtype=np.int16)
    before = samples.copy()
    out = mute(samples, rate_hz, [SpeechSpan(start_ms=start_ms, end_ms=start_ms + length_ms)], 100)
    assert np.array_equal(samples, before)
    assert len(out) == len(samples)
    times = 100 + np.arange(len(out)) * 1000 / rate_hz
    inside = (times >= start_ms + 10) & (times < start_ms + length_ms - 10)
    outside = (times < start_ms - 1) | (times >= start_ms + length_ms + 1)
    assert not out[inside].any()
    assert (out[outside] == 1000).all()
