"""The result topics and the dead-letter topic."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.errors import DecodeError, InputError
from qm.io.wire import (
    RESULTS,
    DeadLetter,
    dead_letter,
    decode_dead_letter,
    decode_event,
    encode_event,
)
from tests.io.wire.examples import EVENTS

TURN = EVENTS["turn"]


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_that_is_sent_is_read(name):
    event = EVENTS[name]
    sent = encode_event(event)
    assert sent.topic == RESULTS[name][1]
    assert sent.key == event.call_id.encode()
    assert decode_event(*sent) == event


def test_fields_keep_their_names_and_pass_is_called_pass():
    value = encode_event(TURN).value
    assert value.startswith(b'{"v":1,"type":"turn","call_id":"call-1","pass":0,"index":3,')
    assert b"pass_" not in value


@given(
    st.text(),
    st.floats(0, 1),
    st.booleans(),
    st.sampled_from(list(type(TURN.role))),
)
def test_any_text_and_number_survives(text, prob, held, role):
    turn = replace(TURN, text=text, asr_confidence=prob, withheld=held, role=role)
    assert decode_event(*encode_event(turn)) == turn


def test_a_newer_writer_may_add_fields():
    sent = encode_event(TURN)
    newer = sent.value[:-1] + b',"mood":"sunny"}'
    assert decode_event(sent.topic, sent.key, newer, sent.headers) == TURN


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"topic": "qm.scores.v1"}, "wrong_topic"),
        ({"key": b"call-2"}, "key_mismatch"),
        ({"key": None}, "bad_key"),
        ({"value": b""}, "empty"),
        ({"value": b"{"}, "bad_json"),
        ({"value": b'{"v":1,"type":"turn"}'}, "bad_field:call_id"),
        ({"value": b'{"v":9,"type":"turn"}'}, "unknown_version"),
        ({"value": b'{"v":1,"type":"alert"}'}, "unknown_type"),
        ({"headers": (("type", b"song"),)}, "unknown_type"),
        ({"headers": ()}, "missing_header:type"),
    ],
)
def test_a_bad_result_is_refused_with_a_reason(part, reason):
    sent = encode_event(TURN)._replace(**part)
    with pytest.raises(DecodeError) as refused:
        decode_event(*sent)
    assert str(refused.value) == reason


def test_the_reason_never_quotes_what_was_said():
    sent = encode_event(TURN)
    value = sent.value.replace(b'"role":"agent"', b'"role":"Maria Lopez"')
    with pytest.raises(DecodeError) as refused:
        decode_event(sent.topic, sent.key, value, sent.headers)
    assert str(refused.value) == "bad_field:role"
    assert refused.value.__cause__ is None


def test_a_turn_that_is_too_long_for_its_topic_is_not_sent():
    with pytest.raises(InputError, match="too large"):
        encode_event(replace(TURN, text="x" * 1_100_000))


def test_a_dead_letter_says_where_and_why_and_nothing_else():
    sent = dead_letter("qm.audio.v1", 3, 17, "bad_header:seq", b"call-1")
    assert sent.topic == "qm.dead.v1" and sent.key == b"call-1"
    assert decode_dead_letter(sent.topic, sent.value) == DeadLetter(
        topic="qm.audio.v1", partition=3, offset=17, reason="bad_header:seq"
    )


@pytest.mark.parametrize("key", [None, b"", b"Maria Lopez", b"\xff"])
def test_a_dead_letter_leaves_out_a_key_that_may_be_a_name(key):
    sent = dead_letter("qm.audio.v1", 3, 17, "bad_key", key)
    assert sent.key is None


@pytest.mark.parametrize("reason", ["", "Maria Lopez", "bad_field:$.x", "x" * 200])
def test_a_dead_letter_takes_only_a_short_code_for_a_reason(reason):
    with pytest.raises(InputError):
        dead_letter("qm.audio.v1", 3, 17, reason, b"call-1")
