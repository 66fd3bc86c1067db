"""Utterances end at pauses, whole, and the same however the windows arrived."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.stages.speech import (
    DEFAULT,
    WINDOW_MS,
    Boundary,
    EndpointState,
    advance,
    flush,
    keep_from_ms,
)

EVERYTHING = replace(DEFAULT, speech_ms=0)  # clicks count too

runs = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.19, 0.2, 0.29, 0.3, 0.7, 0.95]), st.integers(1, 60)),
    max_size=30,
)


def spread(of: list[tuple[float, int]]) -> list[float]:
    return [prob for prob, count in of for _ in range(count)]


def said(*stretches: float) -> list[float]:
    """Windows of silence, speech, silence, ... for so many seconds each."""
    return spread([(0.9 * (i % 2), round(s * 1000 / WINDOW_MS)) for i, s in enumerate(stretches)])


def heard(probs: list[float]) -> list[Boundary]:
    state, found = advance(EndpointState(), probs)
    return [*found, *flush(state)]


def lengths_s(probs: list[float]) -> list[float]:
    return [round((b.end_ms - b.start_ms) / 1000, 1) for b in heard(probs)]


@pytest.mark.parametrize(
    ("what", "probs", "lengths"),
    [
        ("nothing is said", said(5), []),
        ("a click is no speech", said(1, 0.1, 2), []),
        ("a remark with its padding", said(1, 4, 1), [4.4]),
        ("a remark at the very start has no padding before it", said(0, 4, 1), [4.2]),
        ("a pause of half a second ends a long remark", said(1, 4, 0.6, 4, 1), [4.4, 4.4]),
        ("a breath does not", said(1, 4, 0.4, 4, 1), [8.8]),
        ("a short remark waits a little longer", said(1, 1, 0.6, 1, 1), [3.0]),
        ("but not for ever", said(1, 1, 0.8, 1, 1), [1.4, 1.4]),
        ("the end of the call ends it", said(1, 4), [4.2]),
    ],
)
def test_utterances(what: str, probs: list[float], lengths: list[float]) -> None:
    assert lengths_s(probs) == pytest.approx(lengths, abs=0.11), what


def test_a_monologue_is_cut_at_its_quietest_moment() -> None:
    probs = spread([(0.9, 280), (0.4, 5), (0.9, 300)])
    first = heard(probs)[0]
    assert first.end_ms == pytest.approx(282.5 * WINDOW_MS, abs=2 * WINDOW_MS)
    assert heard(probs)[1].start_ms == first.end_ms


def test_the_end_of_a_cut_word_is_kept() -> None:
    probs = [*spread([(0.9, 368), (0.6, 1), (0.9, 5)]), *[0.0] * 40]
    first, second = heard(probs)
    assert second.start_ms == first.end_ms and second.end_ms >= 374 * WINDOW_MS


def test_speech_that_fades_is_still_speech() -> None:
    assert lengths_s(spread([(0.6, 60), (0.25, 60), (0.0, 30)])) == [4.0]
    assert lengths_s(spread([(0.25, 60), (0.0, 30)])) == []


@settings(deadline=None)
@given(runs, st.integers(1, 40))
def test_any_cutting_into_pieces_gives_the_same_utterances(
    of: list[tuple[float, int]], piece: int
) -> None:
    probs = spread(of)
    state, found = EndpointState(), []
    for at in range(0, len(probs), piece):
        state, more = advance(state, probs[at : at + piece])
        found += more
        state = EndpointState.from_dict(json.loads(json.dumps(state.to_dict())))
    assert [*found, *flush(state)] == heard(probs)


@settings(deadline=None)
@given(runs)
def test_utterances_are_in_order_and_never_overlap(of: list[tuple[float, int]]) -> None:
    found = heard(spread(of))
    for one, after in pairwise(found):
        assert one.end_ms <= after.start_ms
        assert one.decided_ms <= after.decided_ms
    for one in found:
        assert 0 <= one.start_ms < one.end_ms <= one.decided_ms <= len(spread(of)) * WINDOW_MS
        assert one.end_ms - one.start_ms <= DEFAULT.longest_ms


@settings(deadline=None)
@given(runs)
def test_all_speech_is_in_an_utterance(of: list[tuple[float, int]]) -> None:
    probs = spread(of)
    state, found = advance(EndpointState(), probs, EVERYTHING)
    found = (*found, *flush(state, EVERYTHING))
    for window, prob in enumerate(probs):
        if prob >= DEFAULT.begin_prob:
            begin, end = window * WINDOW_MS, (window + 1) * WINDOW_MS
            inside = sum(max(0, min(end, b.end_ms) - max(begin, b.start_ms)) for b in found)
            assert inside == WINDOW_MS


@settings(deadline=None)
@given(runs, runs)
def test_audio_that_may_go_is_never_asked_for(
    before: list[tuple[float, int]], after: list[tuple[float, int]]
) -> None:
    state, _ = advance(EndpointState(), spread(before))
    kept_ms = keep_from_ms(state)
    state, found = advance(state, spread(after))
    assert all(b.start_ms >= kept_ms for b in (*found, *flush(state)))
    assert keep_from_ms(state) >= kept_ms
