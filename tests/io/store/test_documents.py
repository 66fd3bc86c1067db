"""Values survive being columns: JSON text, instants, text of any kind."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.errors import StoreError
from qm.io.store.documents import decode, encode, storable, to_datetime, to_ms
from qm.types import CallFacts, CallOutcome, Label, Scorecard, Verdict
from tests.io.store.samples import facts, outcome, scorecard

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(facts(), CallFacts), (outcome(), CallOutcome), (scorecard(), Scorecard)],
    ids=lambda x: "" if isinstance(x, type) else type(x).__name__,
)
def test_what_a_worker_gives_out_comes_back_equal(value: object, kind: type) -> None:
    assert decode(encode(value), kind) == value


@given(st.lists(st.builds(Label, label=words, label_prob=st.floats(0, 1), on=st.booleans())))
def test_labels_come_back_to_the_last_bit(labels: list[Label]) -> None:
    assert decode(encode(labels), list[Label]) == labels


@pytest.mark.parametrize("value", [True, False, 2, "resolved", None])
def test_a_verdict_keeps_its_kind(value: str | bool | int | None) -> None:
    got = decode(encode(Verdict(value=value)), Verdict).value
    assert got == value
    assert type(got) is type(value)


def test_equal_values_give_equal_text() -> None:
    assert encode({"b": 1, "a": 2}) == encode({"a": 2, "b": 1})


@pytest.mark.parametrize("text", ["", "{", '{"value": [1]}', '["Maria"]', '{"value": "x'])
def test_a_damaged_document_is_an_error_that_quotes_nothing(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        decode(text, Verdict)
    assert "Maria" not in "".join(traceback.format_exception(caught.value))


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_instants_keep_their_millisecond(at: datetime) -> None:
    whole = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
    assert to_datetime(to_ms(at)) == whole


def test_an_instant_is_the_same_in_every_zone() -> None:
    local = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York"))
    assert to_ms(local) == to_ms(local.astimezone(UTC))


@given(st.text())
def test_storable_text_has_the_same_length_and_is_left_alone_where_it_can_be(text: str) -> None:
    stored = storable(text)
    assert len(stored) == len(text)
    assert "\x00" not in stored
    assert stored.encode().decode() == stored
    assert all(a == b for a, b in zip(text, stored, strict=True) if b != "\ufffd")
