"""Every word has one speaker, and the words of a call stay in their order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.stages.speakers import by_speaker, speaker_of
from qm.types import SpeakerSpan, Word


def word(start_ms: int, end_ms: int, text: str = "w") -> Word:
    return Word(start_ms=start_ms, end_ms=end_ms, text=text)


def span(start_ms: int, end_ms: int, speaker: int) -> SpeakerSpan:
    return SpeakerSpan(start_ms=start_ms, end_ms=end_ms, speaker=speaker)


TALK = [span(0, 1_000, 0), span(1_200, 2_000, 1), span(1_800, 3_000, 0)]


@pytest.mark.parametrize(
    ("what", "start_ms", "end_ms", "speaker"),
    [
        ("inside one span", 200, 400, 0),
        ("more of it in the second", 950, 1_400, 1),
        ("both at once: the one heard longer", 1_700, 1_950, 1),
        ("just before a span", 1_100, 1_150, 1),
        ("just after a span", 3_100, 3_200, 0),
        ("250 ms away is near", 3_250, 3_300, 0),
        ("farther is nobody's", 3_251, 3_300, None),
    ],
)
def test_speaker_of_a_word(what: str, start_ms: int, end_ms: int, speaker: int | None) -> None:
    assert speaker_of(word(start_ms, end_ms), TALK) == speaker, what


def test_pieces_of_one_voice_count_together() -> None:
    cut = [span(0, 100, 1), span(100, 220, 0), span(220, 320, 1)]
    assert speaker_of(word(0, 320), cut) == 1


def test_stretches_begin_where_the_speaker_changes_or_has_paused() -> None:
    words = [
        word(0, 300),
        word(400, 900),
        word(1_300, 1_700),
        word(2_200, 2_500),
        word(4_000, 4_100),
    ]
    spans = [*TALK, span(3_900, 4_500, 0)]
    found = [(speaker, [w.start_ms for w in said]) for speaker, said in by_speaker(words, spans)]
    assert found == [(0, [0, 400]), (1, [1_300]), (0, [2_200]), (0, [4_000])]


def test_a_word_that_nobody_is_near_stays_with_the_words_before_it() -> None:
    words = [word(100, 200), word(1_300, 1_700), word(9_000, 9_100)]
    spans = [span(1_200, 2_000, 1)]
    assert [speaker for speaker, _ in by_speaker(words, spans)] == [1, 1, 1]
    assert by_speaker(words, [])[0][0] == 0


times = st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 600)), max_size=20)


@settings(deadline=None)
@given(times, st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 900), st.integers(0, 2))))
def test_no_word_is_lost_or_moved(
    said: list[tuple[int, int]], heard: list[tuple[int, int, int]]
) -> None:
    words = [word(a, a + b, str(i)) for i, (a, b) in enumerate(sorted(said))]
    spans = [span(a, a + b, s) for a, b, s in heard]
    stretches = by_speaker(words, spans)
    assert [w for _, part in stretches for w in part] == words
    assert {s for s, _ in stretches} <= {s.speaker for s in spans} | {0}
