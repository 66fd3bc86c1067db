"""The audio topic: what is read back, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.errors import DecodeError, InputError
from qm.io.wire import SealingKey, decode_call_record, encode_call_record
from qm.stages.audio import RATES_HZ
from qm.types import AudioRecord, CallEnd, CallId, CallMeta, CallStart

AT = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)
META = CallMeta(
    call_id=CallId("call-1"),
    started_at=AT,
    contact_id="contact-1",
    channels=("agent", "customer"),
    agent_id="a.014",
    queue="Atención al paciente",
    language="es",
)
START = CallStart(meta=META)
AUDIO = AudioRecord(
    call_id=CallId("call-1"),
    channel="customer",
    seq=7,
    offset_ms=1400,
    sent_at=AT,
    codec="mulaw",
    rate_hz=8000,
    payload=b"\x7f" * 1600,
)
END = CallEnd(call_id=CallId("call-1"), duration_ms=90_000, sent_at=AT)
SEAL = SealingKey("2026-03", bytes(range(32)))

ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True).map(CallId)
first, last = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  as hypothesis wants it
instants = st.datetimes(first, last, timezones=st.just(UTC))
plain = st.from_regex(r"[A-Za-z0-9 .:/&()+-]{0,64}", fullmatch=True)
starts = st.builds(
    lambda meta: CallStart(meta=meta),
    st.builds(
        CallMeta,
        call_id=ids,
        started_at=instants,
        contact_id=ids,
        channels=st.sampled_from([("agent", "customer"), ("customer", "agent"), ("mixed",)]),
        agent_id=plain,
        queue=plain,
        language=st.sampled_from([None, "en", "es"]),
        practice=st.booleans(),
        customer_ref=ids | st.just(""),
        disposition=plain,
    ),
)
audios = st.builds(
    AudioRecord,
    call_id=ids,
    sent_at=instants,
    seq=st.integers(0, 10**12),
    offset_ms=st.integers(0, 10**9),
    rate_hz=st.sampled_from(RATES_HZ),
    payload=st.binary(min_size=1, max_size=300),
)
ends = st.builds(CallEnd, call_id=ids, duration_ms=st.integers(0, 10**9), sent_at=instants)


@given(record=starts | audios | ends, seal=st.sampled_from([None, SEAL]))
def test_what_is_sent_is_what_is_read(record, seal):
    sent = encode_call_record(record, seal)
    assert decode_call_record(*sent, keys=dict([SEAL])) == record


def test_a_start_in_any_offset_is_read_in_utc():
    sent = encode_call_record(START)
    value = sent.value.replace(b"2026-03-01T12:30:00.250000Z", b"2026-03-01T07:30:00.25-05:00")
    assert value != sent.value
    meta = decode_call_record(sent.topic, sent.key, value, sent.headers).meta
    assert meta.started_at == AT and meta.started_at.utcoffset() == timedelta(0)


def changed(sent, **headers):
    """Return the headers of a record with some replaced or, where None, left out."""
    named = dict(sent.headers) | headers
    return tuple((name, value) for name, value in named.items() if value is not None)


@pytest.mark.parametrize(
    ("record", "headers", "reason"),
    [
        (AUDIO, {"v": b"2"}, "unknown_version"),
        (AUDIO, {"v": None}, "missing_header:v"),
        (AUDIO, {"kind": None}, "missing_header:kind"),
        (AUDIO, {"kind": b"middle"}, "unknown_kind"),
        (AUDIO, {"channel": b"maria"}, "unknown_channel"),
        (AUDIO, {"channel": None}, "missing_header:channel"),
        (AUDIO, {"codec": b"mp3"}, "unknown_codec"),
        (AUDIO, {"codec": b""}, "missing_header:codec"),
        (AUDIO, {"seq": None}, "missing_header:seq"),
        (AUDIO, {"seq": b"-1"}, "bad_header:seq"),
        (AUDIO, {"seq": b"seven"}, "bad_header:seq"),
        (AUDIO, {"seq": b"1e3"}, "bad_header:seq"),
        (AUDIO, {"seq": b"9" * 40}, "bad_header:seq"),
        (AUDIO, {"seq": "٣".encode()}, "bad_header"),
        (AUDIO, {"offset_ms": b"-200"}, "bad_header:offset_ms"),
        (AUDIO, {"offset_ms": None}, "missing_header:offset_ms"),
        (AUDIO, {"rate": b"8k"}, "bad_header:rate"),
        (AUDIO, {"rate": b"0"}, "unknown_rate"),
        (AUDIO, {"rate": b"12345"}, "unknown_rate"),
        (AUDIO, {"rate": b"96000"}, "unknown_rate"),
        (AUDIO, {"sent_at": None}, "missing_header:sent_at"),
        (AUDIO, {"sent_at": b"2026-03-01T12:30:00"}, "bad_header:sent_at"),
        (AUDIO, {"sent_at": b"yesterday"}, "bad_header:sent_at"),
        (AUDIO, {"enc": b"rot13", "key_id": b"k"}, "unknown_encryption"),
        (AUDIO, {"enc": b"aes-256-gcm"}, "missing_header:key_id"),
        (AUDIO, {"enc": b"aes-256-gcm", "key_id": b"other"}, "unknown_key"),
        (AUDIO, {"enc": b"aes-256-gcm", "key_id": b"2026-03"}, "not_authentic"),
        (END, {"sent_at": None}, "missing_header:sent_at"),
    ],
)
def test_bad_headers_are_refused_with_a_reason(record, headers, reason):
    sent = encode_call_record(record)
    with pytest.raises(DecodeError) as refused:
        decode_call_record(
            sent.topic, sent.key, sent.value, changed(sent, **headers), keys=dict([SEAL])
        )
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("record", "value", "reason"),
    [
        (AUDIO, b"", "empty"),
        (AUDIO, None, "empty"),
        (AUDIO, b"x" * 65_537, "too_large"),
        (START, b"{", "bad_json"),
        (START, b"\xff\xfe", "bad_json"),
        (START, b"[]", "bad_json"),
        (START, b"[" * 60_000, "bad_json"),
        (START, b"{}", "bad_field:call_id"),
        (START, b'{"call_id": 5}', "bad_field:call_id"),
        (END, b'{"duration_ms": "long"}', "bad_field:duration_ms"),
        (END, b'{"duration_ms": -1}', "bad_field:duration_ms"),
        (END, b'{"duration_ms": true}', "bad_field:duration_ms"),
        (END, b"{}", "bad_field:duration_ms"),
        (END, b"null", "bad_json"),
    ],
)
def test_bad_values_are_refused_with_a_reason(record, value, reason):
    sent = encode_call_record(record)
    with pytest.raises(DecodeError) as refused:
        decode_call_record(sent.topic, sent.key, value, sent.headers)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"call_id": "call-2"}, "key_mismatch"),
        ({"contact_id": "Maria Lopez"}, "bad_field:contact_id"),
        ({"contact_id": ""}, "bad_field:contact_id"),
        ({"customer_ref": "(555) 010-9999"}, "bad_field:customer_ref"),
        ({"started_at": "2026-03-01T12:30:00"}, "bad_field:started_at"),
        ({"started_at": "9999-12-31T23:59:59-14:00"}, "bad_field"),
        ({"channels": []}, "bad_field:channels"),
        ({"channels": ["agent", "agent"]}, "bad_field:channels"),
        ({"channels": ["agent", "mixed"]}, "bad_field:channels"),
        ({"channels": ["maria"]}, "bad_field:channels[0]"),
        ({"direction": "sideways"}, "bad_field:direction"),
        ({"language": "Spanish, I think"}, "bad_field:language"),
        ({"queue": "she said\nher name"}, "bad_field:queue"),
        ({"disposition": "x" * 65}, "bad_field:disposition"),
        ({"practice": "no"}, "bad_field:practice"),
    ],
)
def test_bad_call_metadata_is_refused_with_a_reason(change, reason):
    import msgspec

    sent = encode_call_record(START)
    value = msgspec.json.encode(msgspec.json.decode(sent.value) | change)
    with pytest.raises(DecodeError) as refused:
        decode_call_record(sent.topic, sent.key, value, sent.headers)
    assert str(refused.value) == reason


@pytest.mark.parametrize("key", [None, b"", b"maria lopez", b"a" * 65, "ñ".encode(), b"a\n"])
def test_a_key_that_is_no_opaque_id_is_refused(key):
    sent = encode_call_record(AUDIO)
    with pytest.raises(DecodeError, match="^bad_key$"):
        decode_call_record(sent.topic, key, sent.value, sent.headers)


def test_a_record_of_another_topic_is_refused():
    sent = encode_call_record(AUDIO)
    with pytest.raises(DecodeError, match="^wrong_topic$"):
        decode_call_record("qm.turns.v1", sent.key, sent.value, sent.headers)


def test_a_header_given_twice_is_refused():
    sent = encode_call_record(AUDIO)
    with pytest.raises(DecodeError, match="^duplicate_header$"):
        decode_call_record(sent.topic, sent.key, sent.value, (*sent.headers, ("seq", b"8")))


def test_an_encrypted_value_cannot_be_moved_to_another_place_in_the_call():
    sent = encode_call_record(AUDIO, SEAL)
    assert AUDIO.payload not in sent.value
    for headers in (changed(sent, seq=b"8"), changed(sent, channel=b"agent")):
        with pytest.raises(DecodeError, match="^not_authentic$"):
            decode_call_record(sent.topic, sent.key, sent.value, headers, dict([SEAL]))
    with pytest.raises(DecodeError, match="^not_authentic$"):
        decode_call_record(sent.topic, b"call-2", sent.value, sent.headers, dict([SEAL]))


@pytest.mark.parametrize(
    "record",
    [
        replace(AUDIO, call_id=CallId("Maria Lopez")),
        replace(AUDIO, payload=b"x" * 65_536),
        CallStart(meta=replace(META, contact_id="555-0100 ext 3")),
        CallStart(meta=replace(META, channels=())),
    ],
)
def test_what_a_reader_would_refuse_is_not_sent(record):
    with pytest.raises(InputError):
        encode_call_record(record)


@given(
    key=st.none() | st.binary(max_size=70),
    value=st.none() | st.binary(max_size=200),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["v", "kind", "channel", "seq", "enc", "key_id", "codec", "rate"]),
            st.binary(max_size=8) | st.sampled_from([b"1", b"audio", b"start", b"aes-256-gcm"]),
        )
    ),
)
def test_no_bytes_whatever_raise_anything_but_a_decode_error(key, value, headers):
    with pytest.raises(DecodeError):
        decode_call_record("qm.audio.v1", key, value, headers, dict([SEAL]))


def test_nothing_that_was_said_shows_in_a_repr():
    sent = encode_call_record(replace(AUDIO, payload=b"spoken words"))
    assert "spoken" not in repr(sent) and "call-1" not in repr(sent)
    assert "key_id='2026-03'" in repr(SEAL) and "\\x" not in repr(SEAL)
