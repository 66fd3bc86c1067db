"""Diarization errors are seconds; roles are counted by words."""

from __future__ import annotations

import pytest

from qm.evaluate.diarization import (
    DiarizationErrors,
    WordRoles,
    diarization_errors,
    word_roles,
)
from qm.types import Role, SpeakerSpan

Spans = list[tuple[int, int, int]]

TALK: Spans = [(0, 4_000, 0), (5_000, 9_000, 1)]


def spans(of: Spans) -> list[SpeakerSpan]:
    return [SpeakerSpan(start_ms=a, end_ms=b, speaker=s) for a, b, s in of]


@pytest.mark.parametrize(
    ("what", "found", "missed_s", "false_s", "confused_s"),
    [
        ("right", TALK, 0, 0, 0),
        ("numbers of voices do not matter", [(0, 4_000, 7), (5_000, 9_000, 3)], 0, 0, 0),
        ("one voice is missed", [(0, 4_000, 0)], 4, 0, 0),
        ("a pause is taken for speech", [(0, 5_000, 0), (5_000, 9_000, 1)], 0, 1, 0),
        ("all is one voice", [(0, 4_000, 0), (5_000, 9_000, 0)], 0, 0, 4),
        ("speech after the end", [*TALK, (9_000, 10_500, 0)], 0, 1.5, 0),
        ("nothing found", [], 8, 0, 0),
    ],
)
def test_errors(
    what: str, found: Spans, missed_s: float, false_s: float, confused_s: float
) -> None:
    errors = diarization_errors(spans(TALK), spans(found))
    expected = DiarizationErrors(
        speech_s=8, missed_s=missed_s, false_s=false_s, confused_s=confused_s
    )
    for name in ("speech_s", "missed_s", "false_s", "confused_s"):
        assert getattr(errors, name) == pytest.approx(getattr(expected, name)), what
    assert errors.rate == pytest.approx((missed_s + false_s + confused_s) / 8)


def test_speech_of_two_at_once_counts_twice() -> None:
    errors = diarization_errors(spans([(0, 4_000, 0), (2_000, 4_000, 1)]), spans([(0, 4_000, 0)]))
    assert (errors.speech_s, errors.missed_s) == (6, 2)


def test_a_collar_forgives_boundaries() -> None:
    late = spans([(200, 4_000, 0), (5_200, 9_000, 1)])
    assert diarization_errors(spans(TALK), late).rate == pytest.approx(0.05)
    assert diarization_errors(spans(TALK), late, collar_ms=250).rate == 0


def test_silence_has_no_errors() -> None:
    assert diarization_errors([], []).rate == 0
    assert diarization_errors([], spans([(0, 1_000, 0)])).rate == 1


def test_calls_add_up_by_seconds() -> None:
    short = diarization_errors(spans([(0, 1_000, 0)]), [])
    assert (short + diarization_errors(spans(TALK), spans(TALK))).rate == pytest.approx(1 / 9)


def test_words_by_role() -> None:
    truth = [(Role.AGENT, 0, 2_000), (Role.CUSTOMER, 1_800, 4_000)]
    words = [
        (Role.AGENT, 100, 400),
        (Role.CUSTOMER, 500, 900),
        (Role.CUSTOMER, 1_850, 1_950),  # both speak: right with either
        (Role.UNKNOWN, 3_000, 3_200),
        (Role.AGENT, 9_000, 9_200),
    ]
    counts = word_roles(truth, words)
    assert counts == WordRoles(right=2, wrong=1, unknown=1, outside=1)
    assert counts.right_share == 0.5
    assert (counts + counts).right == 4
    assert WordRoles().right_share is None
