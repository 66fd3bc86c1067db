"""Opaque references: what stands for a customer or an author on every topic and in the store."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from qm.errors import ConfigError

REFERENCE_CHARACTERS = 32
"""128 bits: two customers of one site never meet, and a key or a row stays short."""


def opaque_reference(key: bytes, text: str) -> str:
    """
    Return the reference that stands for ``text``; "" stays "".

    The same customer gets the same reference in calls, events and messages.  HMAC-SHA-256, since
    phone and record numbers are few enough to try them all against a plain hash.

    >>> opaque_reference(b"k" * 32, " 555-0100 ") == opaque_reference(b"k" * 32, "555-0100")
    True
    >>> opaque_reference(b"k" * 32, "")
    ''
    """
    text = text.strip()
    if not text:
        return ""
    digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return digest[:REFERENCE_CHARACTERS]


def customer_key(given: str, path: Path) -> bytes:
    """
    Return the key of the references: the one that is set, else that of a file, made where missing.

    Args:
        given: the setting; "" for none.
        path: of the file.

    Raises:
        ConfigError: the file can be neither read nor made.
    """
    if given:
        return given.encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):  # made before, or by another process a moment ago
            draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            try:
                path.hardlink_to(draft)
            finally:
                draft.unlink()
        return path.read_bytes()
    except OSError as wrong:
        raise ConfigError(f"customer key: {wrong.strerror}") from None
