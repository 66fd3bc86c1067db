"""Opaque references: what stands for a customer or an author on every topic and in the store."""

from __future__ import annotations

import hashlib
import hmac

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
