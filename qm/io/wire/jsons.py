"""
JSON objects on the wire <-> the frozen types of ``qm.types``.

An object carries ``v`` and ``type`` and the fields of the type by their names; a name that ends in
an underscore in Python (``pass_``) stands without it.  Unknown fields are ignored, so that a
producer may be newer than a reader.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from qm.errors import DecodeError

VERSION = 1
"""Of every record on every topic.  A breaking change makes a new topic (``.v2``)."""

T = TypeVar("T")

_PATH = re.compile(r" - at `\$\.([a-z_.\[\]0-9]{1,64})`$")
_MISSING = re.compile(r"missing required field `([a-z_]{1,32})`")


def to_json(kind: str, value: Any) -> bytes:
    """
    Return the record of one dataclass value as UTF-8 JSON.

    >>> from qm.types import CallClosed, CallId
    >>> to_json("closed", CallClosed(
    ...     call_id=CallId("c1"), duration_ms=5, complete=True, reason="ended", held=False))
    b'{"v":1,"type":"closed","call_id":"c1","duration_ms":5,"complete":true,"reason":"ended","held":false}'
    """
    fields = msgspec.to_builtins(value)
    body = {name.removesuffix("_"): item for name, item in fields.items()}
    return msgspec.json.encode({"v": VERSION, "type": kind} | body)


def parse_object(data: bytes) -> dict[str, Any]:
    """
    Return the JSON object in ``data``.

    Raises:
        DecodeError: ``bad_json``.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise DecodeError("bad_json") from None
    if not isinstance(value, dict):
        raise DecodeError("bad_json")
    return value


def from_object(body: Mapping[str, Any], kind: type[T]) -> T:
    """
    Return the value of dataclass ``kind`` that a JSON object describes.

    Instants come out in UTC.

    Raises:
        DecodeError: ``bad_field:<path>``; field names only, since the library's own message
            may quote the value.
    """
    fields = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    named = {f"{name}_" if f"{name}_" in fields else name: item for name, item in body.items()}
    try:
        value = msgspec.convert(named, kind)
        return _in_utc(value)
    except msgspec.ValidationError as wrong:
        raise DecodeError(_reason(str(wrong))) from None
    except (RecursionError, OverflowError):
        raise DecodeError("bad_field") from None


def from_json(data: bytes, kind: type[T], name: str) -> T:
    """
    Return the value that ``to_json(name, value)`` wrote.

    Raises:
        DecodeError: ``bad_json``, ``unknown_version``, ``unknown_type``, ``bad_field:<path>``.
    """
    body = parse_object(data)
    if body.get("v") != VERSION or isinstance(body["v"], bool):
        raise DecodeError("unknown_version")
    if body.get("type") != name:
        raise DecodeError("unknown_type")
    return from_object(body, kind)


def _reason(message: str) -> str:
    if path := _PATH.search(message):
        return f"bad_field:{path[1]}"
    if missing := _MISSING.search(message):
        return f"bad_field:{missing[1]}"
    return "bad_field"


def _in_utc(value: T) -> T:
    """Return ``value`` with its own instants in UTC; naive ones are an error."""
    instants: dict[str, datetime] = {}
    for field in dataclasses.fields(value):  # type: ignore[arg-type]
        instant = getattr(value, field.name)
        if isinstance(instant, datetime):
            if instant.tzinfo is None:
                raise DecodeError(f"bad_field:{field.name}")
            instants[field.name] = instant.astimezone(UTC)
    return dataclasses.replace(value, **instants) if instants else value  # type: ignore[type-var]
