"""Frozen values <-> what columns hold: JSON text, instants, and text that both databases take."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from qm.errors import StoreError

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def encode(value: Any) -> str:
    """
    Return the JSON text of a value of ``qm.types``: equal values give equal text.

    >>> from qm.types import Redaction
    >>> encode((Redaction(entity="NAME", start=0, end=8, start_ms=100, end_ms=700),))
    '[{"entity":"NAME","start":0,"end":8,"start_ms":100,"end_ms":700}]'
    """
    return msgspec.json.encode(value, order="deterministic").decode()


def decode(text: str, kind: type[T]) -> T:
    """
    Return the value of type ``kind`` that :func:`encode` wrote.

    Raises:
        StoreError: the text is not such a value (which is not shown).
    """
    try:
        value: T = _decoder(cast(Any, kind)).decode(text)
    except msgspec.DecodeError:  # its message may quote the content
        raise StoreError("a stored document is damaged") from None
    return value


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def to_ms(at: datetime) -> int:
    """
    Return an aware instant as UTC milliseconds.

    >>> to_ms(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC))
    1999
    """
    return (at - _EPOCH) // timedelta(milliseconds=1)


def to_datetime(at: int) -> datetime:
    """
    Return UTC milliseconds as an aware instant.

    >>> to_datetime(1999)
    datetime.datetime(1970, 1, 1, 0, 0, 1, 999000, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + timedelta(milliseconds=at)


def storable(text: str) -> str:
    r"""
    Return ``text`` with what the databases refuse replaced, one character for one.

    PostgreSQL has no NUL and neither has lone surrogates; a message from outside may hold both, and
    one that can never be saved would stop its partition.

    >>> storable("a\x00b")
    'a\ufffdb'
    """
    if text.isprintable():  # true for nearly every turn, and for none that needs the search
        return text
    return _UNSTORABLE.sub("\ufffd", text)
