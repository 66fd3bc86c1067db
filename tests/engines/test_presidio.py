"""The redactor on talk: questions and answers, numbers over utterances, late discoveries."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.engines.base import PhiRequest
from qm.engines.phi_policy import parse_policy
from qm.engines.phi_reading import Found
from qm.engines.presidio import PresidioRedactor, merged
from qm.errors import ConfigError, RedactionError
from tests.engines.phi import redactor_of, replaced, talk, turn

found = st.builds(
    lambda first, length, entity, score: Found(
        first=first, stop=first + length, entity=entity, score=score
    ),
    st.integers(0, 20),
    st.integers(1, 5),
    st.sampled_from(["NAME", "DATE", "PHONE"]),
    st.sampled_from([0.5, 0.8, 1.0]),
)


@given(st.lists(found, max_size=8))
def test_what_overlaps_is_joined_and_all_of_it_is_covered(finds: list[Found]) -> None:
    out = merged(finds)
    assert all(a.stop <= b.first for a, b in itertools.pairwise(out))
    covered = {i for f in out for i in range(f.first, f.stop)}
    assert covered == {i for f in finds for i in range(f.first, f.stop)}


def test_the_surest_says_what_the_joined_is() -> None:
    name = Found(first=0, stop=2, entity="NAME", score=0.6)
    date = Found(first=1, stop=4, entity="DATE", score=0.8)
    assert merged([date, name]) == [Found(first=0, stop=4, entity="DATE", score=0.8)]


def test_a_folder_without_a_pipeline_cannot_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no spaCy pipeline"):
        PresidioRedactor(tmp_path)


pytestmark = pytest.mark.needs_models


@pytest.fixture(scope="module")
def redactor(model: Callable[[str], Path]) -> PresidioRedactor:
    return redactor_of(model("spacy-en"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            ("a: What's your date of birth?", "c: six four seventy one"),
            ["What's your date of birth?", "[DATE]"],
            id="a question says what the answer is",
        ),
        pytest.param(
            ("c: my member number is", "c: a, one two, nine nine, four"),
            ["my member number is", "a, [HEALTH_PLAN_ID]"],
            id="an announcement too",
        ),
        pytest.param(
            ("a: And your phone?", "c: five five five", "a: mhm", "c: oh one four two"),
            ["And your phone?", "[PHONE]", "mhm", "[PHONE]"],
            id="a number goes on over utterances",
        ),
        pytest.param(
            ("c: call 555 0142 please", "a: that is 0142"),
            ["call [PHONE] please", "that is [PHONE]"],
            id="a part read back gives it away",
        ),
        pytest.param(
            ("c: this is bettina", "a: how do you spell that", "c: B E T T I N A"),
            ["this is [NAME_1]", "how do you spell that", "[NAME_1]"],
            id="a spelled name is the same person",
        ),
        pytest.param(
            ("c: my sister Ann and my brother Omar", "a: hi Omar", "c: Ann too"),
            ["my sister [NAME_1] and my brother [NAME_2]", "hi [NAME_2]", "[NAME_1] too"],
            id="two people keep their numbers",
        ),
        pytest.param(
            ("c: ten milligrams of lisinopril at nine thirty", "c: I'm seventy three, in Texas"),
            ["ten milligrams of lisinopril at nine thirty", "I'm seventy three, in Texas"],
            id="doses, times, ages and states stay",
        ),
    ],
)
def test_a_call(lines: tuple[str, ...], expected: list[str], redactor: PresidioRedactor) -> None:
    assert talk(redactor, *lines) == expected


def test_a_spanish_call(redactor: PresidioRedactor) -> None:
    lines = (
        "a: ¿Me da su fecha de nacimiento?",
        "c: el quince de mayo de mil novecientos ochenta",
        "a: Gracias, ¿y su nombre?",
        "c: Jesús Ortega",
        "a: Vive en calle Mesquite, ciento dos, señor Ortega.",
    )
    assert talk(redactor, *lines, language="es") == [
        "¿Me da su fecha de nacimiento?",
        "el [DATE]",
        "Gracias, ¿y su nombre?",
        "[NAME_1]",
        "Vive en [LOCATION], señor [NAME_1].",
    ]


def test_what_is_found_late_reaches_back(redactor: PresidioRedactor) -> None:
    first = redactor.find(PhiRequest(turn=turn("well page told me that")))
    assert first.spans == ()
    later = redactor.find(
        PhiRequest(turn=turn("my name is Quint Wibblert", utterance=1), memory=first.memory)
    )
    assert later.revisions == ()
    third = redactor.find(
        PhiRequest(turn=turn("and wibblert is my sister too", utterance=2), memory=later.memory)
    )
    assert replaced("and wibblert is my sister too", third.spans) == "and [NAME_1] is my sister too"


def test_a_revision_holds_all_spans_of_its_utterance(redactor: PresidioRedactor) -> None:
    early = "on March ninth the sonoraville people called"
    first = redactor.find(PhiRequest(turn=turn(early)))
    text = "I live at twelve Sonoraville Road"
    second = redactor.find(PhiRequest(turn=turn(text, utterance=1), memory=first.memory))
    assert replaced(early, first.spans) == "on [DATE] the sonoraville people called"
    (revision,) = second.revisions
    assert revision.utterance == 0
    assert replaced(early, revision.spans) == "on [DATE] the [LOCATION] people called"


def test_the_policy_says_what_becomes_of_a_kind(model: Callable[[str], Path]) -> None:
    policy = parse_policy(
        'version = 1\n[entities]\nNAME = "category"\nPHONE = "placeholder"\nDATE = "keep"'
    )
    site = PresidioRedactor(model("spacy-en"), policy)
    said = "a: this is Ann Lee, call 555 0142 before March ninth"
    assert talk(site, said) == ["this is [NAME], call [PHONE_1] before March ninth"]


def test_any_order_of_threads_finds_the_same(redactor: PresidioRedactor) -> None:
    texts = [f"this is Ann Lee, call 555 {n:04} please" for n in range(24)]

    def find(text: str) -> str:
        return replaced(text, redactor.find(PhiRequest(turn=turn(text))).spans)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(find, texts)) == {"this is [NAME_1], call [PHONE] please"}


@pytest.mark.parametrize("language", ["fr", "und", ""])
def test_another_language_is_withheld(language: str, redactor: PresidioRedactor) -> None:
    with pytest.raises(RedactionError, match="is not validated"):
        redactor.find(PhiRequest(turn=turn("je suis Bettina", language=language)))


def test_whatever_goes_wrong_withholds_and_says_nothing_of_the_words(
    redactor: PresidioRedactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("Bettina")

    monkeypatch.setattr(redactor._analyzer, "analyze", fail)
    with pytest.raises(RedactionError) as withheld:
        redactor.find(PhiRequest(turn=turn("this is Bettina", utterance=7)))
    assert str(withheld.value) == "utterance 7: KeyError in the redactor"
    assert withheld.value.__suppress_context__


def test_a_foreign_memory_is_withheld(redactor: PresidioRedactor) -> None:
    with pytest.raises(RedactionError, match="cannot be read"):
        redactor.find(PhiRequest(turn=turn("hello"), memory=b"\x00"))


@pytest.mark.parametrize(
    "text",
    ["²²", "a¹b ①②, my number is 4³5", "... ?! --", "\u200b", "𝔅𝔢𝔱𝔱𝔦𝔫𝔞 🙂", "x" * 400, "٣٤٥ ٦٧٨٩"],
)
def test_odd_signs_are_judged_too(text: str, redactor: PresidioRedactor) -> None:
    redactor.find(PhiRequest(turn=turn(text)))


@settings(max_examples=15)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1))
def test_spans_are_in_order_and_inside_the_text(text: str, redactor: PresidioRedactor) -> None:
    spans = redactor.find(PhiRequest(turn=turn(text))).spans
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
