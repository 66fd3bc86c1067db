"""Words that redaction missed go, wherever they stand, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.missed import marked, without
from qm.types import CallId, RedactedTurn, RedactedWord, Redaction, Role


def turn(index: int, text: str, pass_: int = 0, role: Role = Role.CUSTOMER) -> RedactedTurn:
    words = tuple(
        RedactedWord(start_ms=index * 9_000 + 300 * i, end_ms=index * 9_000 + 300 * i + 260,
                     text=word, entity="NAME" if word.startswith("[NAME") else "")
        for i, word in enumerate(text.split())
    )  # fmt: skip
    places = [(text.index(w.text), w) for w in words if w.entity]
    redactions = tuple(
        Redaction(entity="NAME", start=at, end=at + len(w.text), start_ms=w.start_ms,
                  end_ms=w.end_ms)
        for at, w in places
    )  # fmt: skip
    return RedactedTurn(
        call_id=CallId("c1"), pass_=pass_, index=index, role=role, speaker=1,
        start_ms=words[0].start_ms, end_ms=words[-1].end_ms, text=text, words=words,
        redactions=redactions,
    )  # fmt: skip


def taken(turns: list[RedactedTurn], at: int, first: int, last: int) -> dict[tuple[int, int], str]:
    missed = marked(turns[at], first, last, "NAME")
    key = (turns[at].pass_, turns[at].index, first, last)
    return {(t.pass_, t.index): t.text for t in without(turns, missed, at=key, one_line=False)}


def test_the_marked_words_become_one_placeholder_and_punctuation_stays() -> None:
    assert taken([turn(0, "I am Ada Quill, hello.")], 0, 2, 3) == {(0, 0): "I am [NAME], hello."}


def test_they_go_wherever_else_they_stand_and_in_every_recognition() -> None:
    turns = [turn(0, "I am Ada Quill"), turn(1, "Mrs Quill's file"), turn(0, "I am Ada Kwill", 1)]
    assert taken(turns, 0, 2, 3) == {
        (0, 0): "I am [NAME]",
        (0, 1): "Mrs [NAME] file",
        (1, 0): "I am [NAME]",
    }


def test_a_common_word_goes_where_it_was_marked_and_stays_elsewhere() -> None:
    turns = [turn(0, "Call me May"), turn(1, "You may call")]
    assert taken(turns, 0, 2, 2) == {(0, 0): "Call me [NAME]"}


def test_what_was_taken_out_before_keeps_its_place_in_the_text() -> None:
    before = turn(0, "so [NAME_1] knows Quill well [NAME_2]")
    missed = marked(before, 3, 3, "NAME")
    (after,) = without([before], missed, at=(0, 0, 3, 3), one_line=False)
    assert [after.text[r.start : r.end] for r in after.redactions] == [
        "[NAME_1]", "[NAME]", "[NAME_2]",
    ]  # fmt: skip
    assert after.redaction_version == 1


def test_words_that_a_turn_does_not_have_are_refused() -> None:
    with pytest.raises(IndexError):
        marked(turn(0, "one two"), 1, 2, "NAME")


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), min_size=2, max_size=12),
       st.data())  # fmt: skip
def test_no_marked_word_is_left_and_text_and_words_agree(
    words: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    given_turn = turn(0, " ".join(words))
    missed = marked(given_turn, first, last, "NAME")
    (after,) = without([given_turn], missed, at=(0, 0, first, last), one_line=False)
    assert not set(words[first : last + 1]) & set(after.text.split())
    assert after.text == " ".join(word.text for word in after.words)
    assert all(after.text[r.start : r.end] == "[NAME]" for r in after.redactions)
