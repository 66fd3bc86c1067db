"""What the shape of a written text gives away, beyond what the redactor knows of talk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.stages.messages import named, names_in, shapes
from qm.stages.redaction import redact
from qm.stages.writing import written_turn
from qm.types import CallId, Role, Turn

FOUND = {
    "a link with a query": ("see https://p.example/v?name=kowalski&d=1.", {"URL"}, "kowalski"),
    "a link without a scheme": ("go to portal.example.org/kowalski/4", {"URL"}, "kowalski"),
    "an e-mail address": ("(kowalski_77@mail.example)", {"EMAIL"}, "kowalski"),
    "a file": ("attached lab_results_kowalski.pdf here", {"OTHER_ID"}, "kowalski"),
    "a handle": ("thanks @kowalski_77!", {"OTHER_ID"}, "kowalski"),
    "a name under the closing": ("Please call.\nThank you,\njo kowalski", {"NAME"}, "kowalski"),
    "a name with a post": ("Done.\nBest,\nJo Kowalski, RN", {"NAME"}, "Kowalski"),
    "a name alone at the end": ("I will come.\nKowalski", {"NAME"}, "Kowalski"),
    "a name and a department": ("I will come.\nJo Kowalski\nLab Services", {"NAME"}, "Kowalski"),
    "a field": ("Patient: jo kowalski", {"NAME"}, "kowalski"),
    "a name and a birth date": ("jo kowalski, 3/4/1961", {"NAME"}, "kowalski"),
    "a name, a slash and a date": ("jo kowalski / dob 03-04-61", {"NAME"}, "kowalski"),
}
KEPT = (
    "ok, see you at 5 @ the desk",
    "it costs 3.50 e.g. for the first one",
    "Thanks,\nI will call you",
    "To: be or not to be is not the question of my bill",
    "please call me\nwhen you can",
    "Monday, 3/4",
)


def said(text: str) -> Turn:
    return written_turn(CallId("c1"), 0, Role.CUSTOMER, "en", text)


@pytest.mark.parametrize(("text", "entities", "secret"), FOUND.values(), ids=FOUND)
def test_it_is_found_and_goes(text: str, entities: set[str], secret: str) -> None:
    turn = said(text)
    spans = shapes(turn)
    assert {s.entity for s in spans} == entities
    assert secret not in " ".join(w.text for w in redact(turn, spans).words)


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert shapes(said(text)) == ()


def test_the_kind_of_a_file_is_shown() -> None:
    assert shapes(said("my_scan.JPG"))[0].placeholder == "[FILE_JPG]"


def test_a_name_is_found_again_with_a_capital() -> None:
    names = names_in(said("Bye.\nThanks,\njo kowalski"))
    assert names == {"kowalski"}
    earlier = said("Mr. Kowalski's bill, kowalski, KOWALSKI and a kowalskian one")
    where = [earlier.text[s.start : s.end] for s in named(earlier, names)]
    assert where == ["Kowalski", "kowalski", "KOWALSKI"]


@given(st.text(alphabet=st.sampled_from("abK@.:/\n ,-_1?pdforgw<>()")))
def test_spans_lie_in_the_text(text: str) -> None:
    turn = said(text)
    redact(turn, shapes(turn))
    assert all(0 <= s.start < s.end <= len(turn.text) for s in shapes(turn))
