"""What is remembered of a call, and what that gives away later."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.engines.phi_memory import (
    ANSWER_WORDS,
    OPEN_TURNS,
    SLOT_TURNS,
    Past,
    PhiMemory,
    ask,
    decode,
    encode,
    hint,
    known,
    learn,
    reread,
)
from qm.engines.phi_policy import Policy
from qm.engines.phi_reading import Found, Reading
from qm.errors import RedactionError
from qm.types import Role
from tests.engines.phi import reading, shown

POLICY = Policy(entities={"NAME": "placeholder", "PHONE": "placeholder", "DATE": "category"})
words = st.text(max_size=8)
memories = st.builds(
    PhiMemory,
    people=st.lists(st.lists(words, max_size=3).map(tuple), max_size=3).map(tuple),
    values=st.lists(st.tuples(words, words), max_size=3).map(tuple),
    places=st.lists(st.tuples(words, words), max_size=3).map(tuple),
    numbered=st.lists(st.tuples(words, words), max_size=3).map(tuple),
    asked=st.lists(words, max_size=3).map(tuple),
    asked_by=words,
    asked_ago=st.integers(0, 99),
    answers=st.integers(0, 99),
    open=words,
    open_ago=st.integers(0, 99),
    tail=st.lists(
        st.builds(
            Past,
            utterance=st.integers(0, 99),
            text=words,
            spans=st.lists(
                st.tuples(st.integers(0, 9), st.integers(0, 9), words, words), max_size=2
            ).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
)


def named(text: Reading, *stretches: tuple[int, int], entity: str = "NAME") -> list[Found]:
    return [Found(first=a, stop=b, entity=entity, score=1.0) for a, b in stretches]


def told(memory: PhiMemory, text: str, *stretches: tuple[int, int], entity: str = "NAME") -> tuple:
    """Learn that ``stretches`` of ``text`` are identifiers."""
    r = reading(text)
    return learn(memory, r, named(r, *stretches, entity=entity), POLICY)


def again(memory: PhiMemory, text: str) -> str:
    return shown(reading(text), lambda r: known(r, memory))


# ------------------------------------------------------------------------------ as bytes


@given(memories)
def test_a_memory_survives_as_bytes(memory: PhiMemory) -> None:
    assert decode(encode(memory)) == memory


def test_no_bytes_are_the_start_of_a_call() -> None:
    assert decode(b"") == PhiMemory()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{", "cannot be read"),
        (b'{"people": "Bettina"}', "cannot be read"),
        (msgspec.json.encode({"version": 2}), "has version 2"),
    ],
)
def test_bytes_that_are_no_memory_are_refused_without_their_content(data: bytes, says: str) -> None:
    with pytest.raises(RedactionError, match=says) as refused:
        decode(data)
    assert "Bettina" not in str(refused.value)


def test_a_memory_shows_nothing_of_itself() -> None:
    memory = PhiMemory(people=(("bettina",),), values=(("PHONE", "5550142"),))
    assert "bettina" not in repr(memory) and "5550142" not in repr(memory)


def test_for_a_second_reading_only_what_was_learnt_stays() -> None:
    memory = PhiMemory(
        people=(("ann",),),
        values=(("PHONE", "5550142"),),
        places=(("LOCATION", "quillback"),),
        asked=("NAME",),
        open="PHONE",
        tail=(Past(utterance=0, text="hi", spans=()),),
    )
    again_ = decode(reread(encode(memory)))
    assert (again_.people, again_.values, again_.places) == (
        memory.people,
        memory.values,
        memory.places,
    )
    assert (again_.asked, again_.open, again_.tail) == ((), "", ())


# ------------------------------------------------------------------------------ people


def test_one_person_has_one_number() -> None:
    memory, first = told(PhiMemory(), "this is Odalys Brack", (2, 4))
    memory, other = told(memory, "and my husband Omar", (3, 4))
    memory, back = told(memory, "thanks, Odalys", (2, 3))
    assert (first, other, back) == (("[NAME_1]",), ("[NAME_2]",), ("[NAME_1]",))


@pytest.mark.parametrize(
    ("text", "stretch", "expected"),
    [
        ("Mrs Brack called", (0, 2), "[NAME_1]"),  # a title is no part of a name
        ("Odalyss Brack called", (0, 2), "[NAME_1]"),  # misheard
        ("B R A C K it is", (0, 5), "[NAME_1]"),  # spelled
        ("Ramon Brack called", (0, 2), "[NAME_2]"),  # another first name is another person
    ],
)
def test_who_is_the_same(text: str, stretch: tuple[int, int], expected: str) -> None:
    memory, _ = told(PhiMemory(), "this is Odalys Brack", (2, 4))
    assert told(memory, text, stretch)[1] == (expected,)


def test_a_person_is_known_by_every_part_heard_so_far() -> None:
    memory, _ = told(PhiMemory(), "this is Odalys", (2, 3))
    memory, _ = told(memory, "Odalys Brack", (0, 2))
    assert memory.people == (("odalys", "brack"),)
    assert memory.names == {"odalys", "brack"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so Odalys said", "so [NAME] said"),
        ("so odalys said", "so [NAME] said"),
        ("Odalys's card", "[NAME] card"),
        ("is odalyss there", "is [NAME] there"),
        ("is the page there", "is the page there"),
        ("on Page Street", "on [NAME] Street"),
        ("nobody else", "nobody else"),
    ],
)
def test_a_known_name_is_found_again(text: str, expected: str) -> None:
    memory = PhiMemory(people=(("odalys", "page"),))
    assert again(memory, text) == expected


# ------------------------------------------------------------------------------ numbers


def test_part_of_a_known_number_gives_it_away() -> None:
    memory, _ = told(PhiMemory(), "it's five five five oh one four two", (1, 8), entity="PHONE")
    assert memory.values == (("PHONE", "5550142"),)
    assert again(memory, "that ends in oh one four two, right") == "that ends in [PHONE], right"
    assert again(memory, "so four two") == "so [PHONE]"
    assert again(memory, "it took me about four two hours or so") == (
        "it took me about four two hours or so"
    )
    assert again(memory, "nine nine eight") == "nine nine eight"


def test_a_public_number_is_nobodys() -> None:
    memory = PhiMemory(values=(("PHONE", "4911222"),))
    assert again(memory, "call nine one one") == "call nine one one"


def test_one_value_has_one_number_also_in_part() -> None:
    memory, first = told(PhiMemory(), "five five five oh one four two", (0, 7), entity="PHONE")
    memory, other = told(memory, "three two one nine nine eight seven", (0, 7), entity="PHONE")
    memory, back = told(memory, "oh one four two", (0, 4), entity="PHONE")
    assert (first, other, back) == (("[PHONE_1]",), ("[PHONE_2]",), ("[PHONE_1]",))


def test_a_category_has_no_number() -> None:
    assert told(PhiMemory(), "on March ninth", (1, 3), entity="DATE")[1] == ("",)


def test_a_number_stays_open_for_a_few_utterances() -> None:
    memory, _ = told(PhiMemory(), "five five five", (0, 3), entity="PHONE")
    for _ in range(OPEN_TURNS):
        assert hint(memory, Role.CUSTOMER).open == "PHONE"
        memory, _ = told(memory, "mhm")
    assert hint(memory, Role.CUSTOMER).open == ""


# ------------------------------------------------------------------------------ places


def test_a_word_of_a_place_gives_it_away() -> None:
    memory, _ = told(PhiMemory(), "on Quillback Lane", (1, 3), entity="LOCATION")
    assert again(memory, "is it quillback") == "is it [LOCATION]"


# ------------------------------------------------------------------------------ questions


def asked(*entities: str) -> PhiMemory:
    return ask(PhiMemory(), Role.AGENT, entities, (), 4)


def test_a_question_opens_a_slot_for_the_other() -> None:
    memory = asked("DATE")
    assert hint(memory, Role.CUSTOMER).asked == {"DATE"}
    assert hint(memory, Role.CUSTOMER).fresh
    assert hint(memory, Role.AGENT).asked == frozenset()


def test_who_asked_reads_back_what_was_answered() -> None:
    memory = ask(asked("DATE"), Role.CUSTOMER, (), (), 3)
    assert hint(memory, Role.AGENT).asked == {"DATE"}
    assert not hint(memory, Role.AGENT).fresh


def test_the_end_of_an_utterance_opens_a_slot_for_whoever_speaks_on() -> None:
    memory = ask(PhiMemory(), Role.CUSTOMER, (), ("SSN",), 4)
    assert hint(memory, Role.CUSTOMER).asked == hint(memory, Role.AGENT).asked == {"SSN"}


def test_the_slot_closes_with_time() -> None:
    memory = asked("DATE")
    for _ in range(SLOT_TURNS - 1):
        memory = ask(memory, Role.AGENT, (), (), 2)
    assert hint(memory, Role.CUSTOMER).asked == {"DATE"}
    assert hint(ask(memory, Role.AGENT, (), (), 2), Role.CUSTOMER).asked == frozenset()


def test_and_with_the_words_of_the_answer() -> None:
    memory = ask(asked("DATE"), Role.CUSTOMER, (), (), ANSWER_WORDS)
    assert hint(memory, Role.CUSTOMER).asked == frozenset()


def test_a_second_question_in_one_breath_is_added_and_a_later_one_replaces() -> None:
    both = ask(asked("NAME"), Role.AGENT, ("DATE",), (), 4)
    assert hint(both, Role.CUSTOMER).asked == {"NAME", "DATE"}
    answered = ask(asked("NAME"), Role.CUSTOMER, (), (), 2)
    assert hint(ask(answered, Role.AGENT, ("DATE",), (), 4), Role.CUSTOMER).asked == {"DATE"}
