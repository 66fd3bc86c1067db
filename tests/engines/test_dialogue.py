"""A dialogue as text: turn by turn, or once more knowing its end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.base import PhiRequest, PhiResult, PhiRevision
from qm.engines.dialogue import redact_dialogue
from qm.engines.phi_memory import PhiMemory, decode, encode
from qm.errors import RedactionError
from qm.types import PhiSpan, Role


class Listener:
    """A redactor that knows a name once somebody says "name" before it; no models."""

    def __init__(self) -> None:
        self.asked: list[PhiRequest] = []

    def find(self, request: PhiRequest) -> PhiResult:
        self.asked.append(request)
        names = {p[0] for p in decode(request.memory).people}
        words = request.turn.text.split(" ")
        new = {b for a, b in itertools.pairwise(words) if a == "name"}
        if "?!" in words:
            raise RedactionError("told to fail")
        names |= new
        earlier = [
            PhiRevision(utterance=r.turn.utterance, spans=spans_of(r.turn.text, new))
            for r in self.asked[:-1]
            if r.turn.utterance < request.turn.utterance and spans_of(r.turn.text, new)
        ]
        return PhiResult(
            spans=spans_of(request.turn.text, names),
            memory=encode(PhiMemory(people=tuple((n,) for n in sorted(names)))),
            revisions=tuple(earlier),
        )


def spans_of(text: str, names: set[str]) -> tuple[PhiSpan, ...]:
    found, at = [], 0
    for word in text.split(" "):
        if word in names:
            found.append(
                PhiSpan(start=at, end=at + len(word), entity="NAME", placeholder="[NAME_1]")
            )
        at += len(word) + 1
    return tuple(found)


def covered(turns: Sequence[tuple[Role, str]], *, live: bool) -> list[list[str]]:
    found = redact_dialogue(Listener(), turns, "en", live=live)
    return [
        [text[s.start : s.end] for s in spans]
        for (_, text), spans in zip(turns, found, strict=True)
    ]


TALK = (
    (Role.AGENT, "hello ann"),
    (Role.CUSTOMER, "my name ann it is"),
    (Role.AGENT, "thanks ann"),
)


def test_live_each_turn_knows_only_what_came_before() -> None:
    assert covered(TALK, live=True) == [[], ["ann"], ["ann"]]


def test_a_late_discovery_reaches_the_first_turn() -> None:
    assert covered(TALK, live=False) == [["ann"], ["ann"], ["ann"]]


def test_the_second_reading_begins_with_what_the_first_learnt() -> None:
    listener = Listener()
    redact_dialogue(listener, TALK, "en", live=False)
    assert len(listener.asked) == 2 * len(TALK)
    assert decode(listener.asked[len(TALK)].memory).people == (("ann",),)


def test_speakers_and_language_are_told() -> None:
    listener = Listener()
    redact_dialogue(listener, TALK, "es", live=True)
    assert [(r.turn.role, r.turn.speaker) for r in listener.asked] == [
        (Role.AGENT, 0),
        (Role.CUSTOMER, 1),
        (Role.AGENT, 0),
    ]
    assert {r.turn.language for r in listener.asked} == {"es"}


@pytest.mark.parametrize("live", [True, False])
def test_offsets_refer_to_the_text_as_it_was_given(live: bool) -> None:
    turns = [(Role.CUSTOMER, "  my  name\tann\n"), (Role.AGENT, "ann,  hi  ann ")]
    assert covered(turns, live=live) == [["ann"], ["ann"]]
    (first, _) = redact_dialogue(Listener(), turns, "en", live=live)
    assert (first[0].start, first[0].end, first[0].placeholder) == (11, 14, "[NAME_1]")


@pytest.mark.parametrize("live", [True, False])
def test_empty_turns_have_no_spans_and_nobody_asks_for_them(live: bool) -> None:
    turns = [(Role.AGENT, ""), (Role.CUSTOMER, "name ann"), (Role.AGENT, " \n")]
    assert covered(turns, live=live) == [[], ["ann"], []]
    assert redact_dialogue(Listener(), [], "en", live=live) == []


def test_a_turn_that_cannot_be_judged_stops_all() -> None:
    with pytest.raises(RedactionError):
        redact_dialogue(Listener(), [(Role.AGENT, "name ?! ann")], "en", live=True)


@given(
    st.lists(
        st.lists(st.sampled_from(["name", "ann", "bo", "hi", " ", "\t", "\u00a0"]), max_size=8).map(
            " ".join
        ),
        max_size=5,
    )
)
def test_only_whole_words_are_covered_whatever_the_spaces(texts: list[str]) -> None:
    turns = [(Role.AGENT, text) for text in texts]
    for live in (True, False):
        for words, text in zip(covered(turns, live=live), texts, strict=True):
            assert all(w in text.split() for w in words)
