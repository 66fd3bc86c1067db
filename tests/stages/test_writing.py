"""Written text keeps its words, one space between them, and its lines in the times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qm.stages.writing import EMPTY, written_turn
from qm.types import CallId, Role

CALL = CallId("c1")


@given(st.text(), st.integers(0, 10**9))
def test_every_word_is_kept_in_order(text: str, at_ms: int) -> None:
    turn = written_turn(CALL, 3, Role.CUSTOMER, "en", text, at_ms)
    assert turn.text == (" ".join(text.split()) or EMPTY)
    times = [w.start_ms for w in turn.words]
    assert times == sorted(times)
    assert times[0] == turn.start_ms == at_ms
    assert all(w.end_ms == w.start_ms + 1 for w in turn.words)


def test_lines_show_in_the_times_and_empty_lines_do_not() -> None:
    turn = written_turn(CALL, 0, Role.AGENT, "en", "Dear you,\n\n\nall is well.\nBye")
    assert [w.start_ms for w in turn.words] == [0, 0, 1, 1, 1, 2]
    assert turn.speaker == 0
