"""What every record has in common: key, size, headers, and the encryption of its value."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qm.errors import ConfigError, DecodeError, InputError
from qm.io.topics import ALERTS, AUDIO, DEAD, EVENTS, MESSAGES, SCORECARDS, SCORES, TURNS
from qm.types import MAX_CALL_ID

MAX_BYTES: Final = {
    AUDIO: 65_536,
    EVENTS: 16_384,
    MESSAGES: 1_048_576,
    TURNS: 1_048_576,
    SCORES: 262_144,
    ALERTS: 65_536,
    SCORECARDS: 1_048_576,
    DEAD: 4_096,
}
"""Largest value of a record; ``streams/topics.toml`` says why (a test holds the two together)."""

SEALING: Final = "aes-256-gcm"
NONCE_BYTES: Final = 12
"""The nonce size that GCM is defined for (NIST SP 800-38D, 8.2)."""
SEALED_BYTES: Final = NONCE_BYTES + 16
"""What sealing adds to a value: the nonce before it and the tag behind it."""

Headers = tuple[tuple[str, bytes], ...]

OPAQUE: Final = rf"[A-Za-z0-9_-]{{1,{MAX_CALL_ID}}}"
"""Pattern of an id that can hold no name: no space, no punctuation."""
PLAIN: Final = r"[\w .:/&()+-]{0,64}"
"""Pattern of the names of queues, roster ids, dispositions and reasons: no sentence, no line."""
LANGUAGE: Final = r"[a-z]{2,3}"
"""Pattern of an ISO 639 code."""

_OPAQUE = re.compile(OPAQUE)
_PLAIN = re.compile(PLAIN)
_LANGUAGE = re.compile(LANGUAGE)


class Outgoing(NamedTuple):
    """A record ready to send.  Its value may be PHI, so it is not in the ``repr``."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers

    def __repr__(self) -> str:
        return f"Outgoing(topic={self.topic!r}, value={len(self.value)} bytes)"


class SealingKey(NamedTuple):
    """A named key under which a producer encrypts values."""

    key_id: str
    key: bytes  #: 32 bytes

    def __repr__(self) -> str:
        return f"SealingKey(key_id={self.key_id!r})"


def outgoing(topic: str, key: str, value: bytes, headers: Mapping[str, str]) -> Outgoing:
    """
    Return the record of ``value``.

    Raises:
        InputError: the key is not opaque, or the value is larger than the topic takes.
    """
    if not _OPAQUE.fullmatch(key):
        raise InputError("a key is not opaque")
    if len(value) + SEALED_BYTES > MAX_BYTES[topic]:
        raise InputError(f"{len(value)} bytes are too large for {topic}")
    return Outgoing(topic, key.encode(), value, tuple((k, v.encode()) for k, v in headers.items()))


def sealed(record: Outgoing, seal: SealingKey | None) -> Outgoing:
    """
    Return ``record`` with its value encrypted (AES-256-GCM), bound to its key and headers.

    Raises:
        ConfigError: the key is not 32 bytes.
    """
    if seal is None:
        return record
    _check_sealing_key(seal.key)
    added = (("enc", SEALING.encode()), ("key_id", seal.key_id.encode()))
    headers = (*record.headers, *added)
    nonce = os.urandom(NONCE_BYTES)
    bound = _bound(record.key or b"", headers)
    return record._replace(
        value=nonce + AESGCM(seal.key).encrypt(nonce, record.value, bound), headers=headers
    )


def opened(
    key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]], keys: Mapping[str, bytes]
) -> bytes:
    """
    Return the value of a record, decrypted where its headers say that it is encrypted.

    Raises:
        DecodeError: ``unknown_encryption``, ``unknown_key``, ``missing_header:key_id``,
            ``not_authentic`` (altered, under another key, or moved to another record), ``empty``.
        ConfigError: a key of ``keys`` is not 32 bytes.
    """
    named = dict(headers)
    if "enc" not in named:
        return value
    if named["enc"] != SEALING.encode():
        raise DecodeError("unknown_encryption")
    found = keys.get(header(header_texts(headers), "key_id"))
    if found is None:
        raise DecodeError("unknown_key")
    _check_sealing_key(found)
    if len(value) <= SEALED_BYTES:
        raise DecodeError("empty")
    try:
        return AESGCM(found).decrypt(value[:NONCE_BYTES], value[NONCE_BYTES:], _bound(key, headers))
    except InvalidTag:
        raise DecodeError("not_authentic") from None


def _check_sealing_key(key: bytes) -> None:
    if len(key) != 32:
        raise ConfigError("a key of stream values must have 32 bytes")


def _bound(key: bytes, headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Return what an encrypted value is bound to: its key and every header, one a line, sorted."""
    return b"\n".join([key, *sorted(name.encode() + b"=" + text for name, text in headers)])


def opaque_key(key: bytes | None) -> str:
    """
    Return the key of a record that was read.

    Raises:
        DecodeError: ``bad_key``: missing, or more than an opaque id.
    """
    text = (key or b"").decode("ascii", errors="replace")
    if not _OPAQUE.fullmatch(text):
        raise DecodeError("bad_key")
    return text


def measured(topic: str, value: bytes | None) -> bytes:
    """
    Return the value of a record that was read.

    Raises:
        DecodeError: ``empty``, ``too_large``.
    """
    if not value:
        raise DecodeError("empty")
    if len(value) > MAX_BYTES[topic]:
        raise DecodeError("too_large")
    return value


def header_texts(headers: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """
    Return the headers of a record that was read.

    Raises:
        DecodeError: ``bad_header`` (not ASCII), ``duplicate_header``.
    """
    texts: dict[str, str] = {}
    for name, value in headers:
        if name in texts:
            raise DecodeError("duplicate_header")
        try:
            texts[name] = (value or b"").decode("ascii")
        except UnicodeDecodeError:
            raise DecodeError("bad_header") from None
    return texts


def header(texts: Mapping[str, str], name: str) -> str:
    """
    Return one header.

    Raises:
        DecodeError: ``missing_header:<name>``.
    """
    if not texts.get(name):
        raise DecodeError(f"missing_header:{name}")
    return texts[name]


def check_opaque(value: object, *names: str, empty: bool = False) -> None:
    """
    Refuse fields of ``value`` that hold more than an opaque id.

    Raises:
        DecodeError: ``bad_field:<name>``.
    """
    for name in names:
        text = getattr(value, name)
        if not (_OPAQUE.fullmatch(text) or (empty and text == "")):
            raise DecodeError(f"bad_field:{name}")


def check_plain(value: object, *names: str) -> None:
    """
    Refuse fields of ``value`` that are too long or too odd for the name of a queue or a kind.

    Raises:
        DecodeError: ``bad_field:<name>``.
    """
    for name in names:
        if not _PLAIN.fullmatch(getattr(value, name)):
            raise DecodeError(f"bad_field:{name}")


def check_language(language: str | None) -> None:
    """
    Refuse what is no ISO 639 code; unknown (None or empty) is allowed.

    Raises:
        DecodeError: ``bad_field:language``.
    """
    if language and not _LANGUAGE.fullmatch(language):
        raise DecodeError("bad_field:language")
