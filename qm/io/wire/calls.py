"""The audio topic: a call's start, its audio records, its end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast, get_args

import msgspec

from qm.errors import DecodeError
from qm.io.topics import AUDIO
from qm.io.wire.envelope import (
    Outgoing,
    SealingKey,
    check_language,
    check_opaque,
    check_plain,
    header,
    header_texts,
    measured,
    opaque_key,
    opened,
    outgoing,
    sealed,
)
from qm.io.wire.jsons import VERSION, from_object, parse_object
from qm.stages.audio import RATES_HZ
from qm.types import (
    AudioRecord,
    CallEnd,
    CallId,
    CallMeta,
    CallRecord,
    CallStart,
    Channel,
    Codec,
)

_NUMBER = re.compile(r"[0-9]{1,15}")  # fits every reader's 64-bit integer, no sign


def encode_call_record(record: CallRecord, seal: SealingKey | None = None) -> Outgoing:
    """
    Return the Kafka record of a call's start, audio or end.

    Args:
        record: what to send.
        seal: encrypts the value where given.

    Raises:
        InputError: an id is not opaque, a field is not as the contract says, or it is too large.
    """
    match record:
        case CallStart(meta=meta):
            _check_meta(meta)
            call_id, kind, fields = meta.call_id, "start", {}
            value = msgspec.json.encode(meta)
        case AudioRecord():
            call_id, kind, value = record.call_id, "audio", record.payload
            fields = {
                "channel": record.channel,
                "seq": str(record.seq),
                "offset_ms": str(record.offset_ms),
                "sent_at": _rfc3339(record.sent_at),
                "rate": str(record.rate_hz),
                "codec": record.codec,
            }
        case CallEnd():
            call_id, kind = record.call_id, "end"
            fields = {"sent_at": _rfc3339(record.sent_at)}
            value = msgspec.json.encode({"duration_ms": record.duration_ms})
    headers = {"v": str(VERSION), "kind": kind} | fields
    return sealed(outgoing(AUDIO, call_id, value, headers), seal)


def decode_call_record(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    keys: Mapping[str, bytes] | None = None,
) -> CallRecord:
    """
    Return the call record that Kafka delivered.

    Args:
        topic: where it was read.
        key: the record's key: the call id.
        value: its payload.
        headers: its headers.
        keys: by ``key_id``, for values that their producer encrypted.

    Raises:
        DecodeError: with a reason listed in ``streams/README.md``.
    """
    if topic != AUDIO:
        raise DecodeError("wrong_topic")
    call_id = CallId(opaque_key(key))
    data = measured(topic, value)
    texts = header_texts(headers)
    if header(texts, "v") != str(VERSION):
        raise DecodeError("unknown_version")
    data = opened(call_id.encode(), data, headers, keys or {})
    match header(texts, "kind"):
        case "start":
            return CallStart(meta=_decode_meta(data, call_id))
        case "audio":
            return _decode_audio(data, call_id, texts)
        case "end":
            return _decode_end(data, call_id, texts)
    raise DecodeError("unknown_kind")


def _decode_meta(data: bytes, call_id: CallId) -> CallMeta:
    meta = from_object(parse_object(data), CallMeta)
    if meta.call_id != call_id:
        raise DecodeError("key_mismatch")
    _check_meta(meta)
    return meta


def _check_meta(meta: CallMeta) -> None:
    channels = set(meta.channels)
    if not channels or len(channels) != len(meta.channels) or channels > {"mixed"}:
        raise DecodeError("bad_field:channels")
    check_opaque(meta, "call_id", "contact_id")
    check_opaque(meta, "customer_ref", empty=True)
    check_plain(meta, "agent_id", "queue", "disposition")
    check_language(meta.language)


def _decode_audio(data: bytes, call_id: CallId, texts: Mapping[str, str]) -> AudioRecord:
    channel, codec = header(texts, "channel"), header(texts, "codec")
    if channel not in get_args(Channel):
        raise DecodeError("unknown_channel")
    if codec not in get_args(Codec):
        raise DecodeError("unknown_codec")
    rate_hz = _whole(texts, "rate")
    if rate_hz not in RATES_HZ:
        raise DecodeError("unknown_rate")
    return AudioRecord(
        call_id=call_id,
        channel=cast(Channel, channel),
        seq=_whole(texts, "seq"),
        offset_ms=_whole(texts, "offset_ms"),
        sent_at=_instant(texts, "sent_at"),
        codec=cast(Codec, codec),
        rate_hz=rate_hz,
        payload=data,
    )


def _decode_end(data: bytes, call_id: CallId, texts: Mapping[str, str]) -> CallEnd:
    duration_ms = parse_object(data).get("duration_ms")
    if not isinstance(duration_ms, int) or isinstance(duration_ms, bool) or duration_ms < 0:
        raise DecodeError("bad_field:duration_ms")
    return CallEnd(call_id=call_id, duration_ms=duration_ms, sent_at=_instant(texts, "sent_at"))


def _whole(texts: Mapping[str, str], name: str) -> int:
    text = header(texts, name)
    if not _NUMBER.fullmatch(text):
        raise DecodeError(f"bad_header:{name}")
    return int(text)


def _instant(texts: Mapping[str, str], name: str) -> datetime:
    try:
        instant = msgspec.convert(header(texts, name), datetime)
        if instant.tzinfo is None:
            raise DecodeError(f"bad_header:{name}")
        return instant.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise DecodeError(f"bad_header:{name}") from None


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
