"""One utterance as the recognisers read it."""

from __future__ import annotations

import re

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from presidio_analyzer.nlp_engine import NlpArtifacts

from qm.engines.phi_reading import Found, Hint, PhiRecognizer, Reading, read
from tests.engines.phi import bare_lexicon, reading


@given(st.text(max_size=60))
def test_cues_stand_where_their_tokens_stand(text: str) -> None:
    r = reading(text)
    assert len(r.plain) == len(r.text.lower())
    for token, at in zip(r.tokens, r.at, strict=True):
        if at >= 0:
            assert r.line[at:].startswith(r.plain[token.start : token.end])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("My, uh, member  number", "my, member number"),
        ("it's, you know, Ana’s", "it's, ana's"),
        ("Um. Okay", ". okay"),
        ("", ""),
    ],
)
def test_fillers_and_double_spaces_are_left_out_of_the_line(text: str, line: str) -> None:
    assert reading(text).line == line


def test_numbers_are_read_over_fillers() -> None:
    (run,) = reading("five five, um, five").runs
    assert run.value == "555"


@pytest.mark.parametrize(
    ("text", "at", "begins"),
    [
        ("Ann called", 0, True),
        ("so Ann called", 1, False),
        ("Yes. Ann called", 2, True),
        ("yes, Ann called", 2, False),
        ("«Ann»", 1, False),
        ('"Ann" called', 1, True),
    ],
)
def test_a_sentence_begins_after_its_stop(text: str, at: int, begins: bool) -> None:
    assert reading(text).begins_sentence(at) is begins


def test_beyond_the_ends_there_is_no_word() -> None:
    r = reading("Ann")
    assert (r.low(-1), r.low(0), r.low(1)) == ("", "ann", "")


@pytest.mark.parametrize(("text", "words"), [("", 0), ("it's five, okay?", 3), ("...", 0)])
def test_signs_are_no_words(text: str, words: int) -> None:
    assert reading(text).words == words


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("the B U N", True), ("the b u n", False), ("B, U, N", False), ("B U N D T", False)],
)
def test_an_abbreviation_stands_together_in_capitals(text: str, is_one: bool) -> None:
    r = reading(text)
    assert r.runs and all(r.abbreviation(run) is is_one for run in r.runs)


def test_a_run_knows_its_cue() -> None:
    r = reading("my fax, uh, is five five five")
    cue = r.cue(r.runs[0])
    assert cue is not None and cue.entity == "FAX"


def test_what_stands_before_a_token_and_where_the_next_begins() -> None:
    r = reading("so my fax is five")
    assert r.before(4, 7) == "fax is "
    assert r.token_from(3) == 1 and r.token_from(99) is None


def test_without_capitals_case_means_nothing() -> None:
    assert not reading("ann lee").cased and reading("Ann lee").cased


def test_the_text_is_in_no_repr() -> None:
    assert "Bettina" not in repr(reading("Bettina Rusk, five five five"))


def test_tags_come_from_the_language_model_by_their_place() -> None:
    doc = spacy.blank("en")("Ann can't")
    for token, tag in zip(doc, ("NNP", "MD", "RB"), strict=True):
        token.tag_ = tag
    artifacts = NlpArtifacts([], doc, [t.idx for t in doc], [], None, "en")
    assert read("Ann can't", bare_lexicon(), artifacts=artifacts).tags == ("NNP", "MD")


def fives(r: Reading) -> list[Found]:
    return [
        Found(first=i, stop=i + 1, entity="PHONE" if r.hint.asked else "OTHER_ID", score=0.5)
        for i, t in enumerate(r.tokens)
        if re.fullmatch("five", t.low)
    ]


def test_a_recogniser_answers_in_characters_and_only_what_it_is_asked_for() -> None:
    recogniser = PhiRecognizer("fives", ("PHONE", "OTHER_ID"), fives, bare_lexicon())
    recogniser.load()
    (result,) = recogniser.analyze("uh, five", ["OTHER_ID"])
    assert (result.start, result.end, result.score) == (4, 8, 0.5)
    assert recogniser.analyze("uh, five", ["PHONE"]) == []


def test_a_recogniser_uses_the_reading_that_travels_along_if_it_is_of_this_text() -> None:
    recogniser = PhiRecognizer("fives", ("PHONE", "OTHER_ID"), fives, bare_lexicon())
    artifacts = NlpArtifacts([], spacy.blank("en")("five"), [0], [], None, "en")
    artifacts.reading = read("five", bare_lexicon(), hint=Hint(asked=frozenset({"PHONE"})))
    both = ["PHONE", "OTHER_ID"]
    assert [r.entity_type for r in recogniser.analyze("five", both, artifacts)] == ["PHONE"]
    assert [r.entity_type for r in recogniser.analyze("five 5", both, artifacts)] == ["OTHER_ID"]
