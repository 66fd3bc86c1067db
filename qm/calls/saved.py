"""State <-> bytes, of calls and of written conversations.  PHI: seal the bytes before storing."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import numpy as np

from qm.calls.conversation import Conversation
from qm.calls.state import CallState
from qm.errors import DecodeError

VERSION = b"\x01"
"""Raised when an old state cannot be read any more: such calls begin anew, marked incomplete."""


def save(state: CallState) -> bytes:
    """Return the state as bytes; ``restore`` gives back the same state, bit for bit."""
    return _pack(state)


def restore(data: bytes) -> CallState:
    """
    Return the state that was saved.

    Raises:
        DecodeError: other bytes, or the state of an older version.
    """
    state: CallState = _unpack(data, _DECODER)
    return state


def save_conversation(state: Conversation) -> bytes:
    """Return the state of a written conversation as bytes."""
    return _pack(state)


def restore_conversation(data: bytes) -> Conversation:
    """
    Return the written conversation that was saved.

    Raises:
        DecodeError: other bytes, or the state of an older version.
    """
    state: Conversation = _unpack(data, _CONVERSATIONS)
    return state


def _pack(state: object) -> bytes:
    return VERSION + zlib.compress(_ENCODER.encode(state), 1)


def _unpack(data: bytes, decoder: msgspec.msgpack.Decoder[Any]) -> Any:
    if data[:1] != VERSION:
        raise DecodeError("checkpoint: unknown version")
    try:
        return decoder.decode(zlib.decompress(data[1:]))
    except (zlib.error, msgspec.MsgspecError) as wrong:
        raise DecodeError(f"checkpoint: {type(wrong).__name__}") from None


def _array_to_bytes(value: Any) -> bytes:
    if isinstance(value, np.ndarray) and value.dtype == np.int16:
        return value.tobytes()
    raise NotImplementedError(type(value).__name__)


def _bytes_to_array(kind: Any, value: Any) -> Any:
    return np.frombuffer(value, np.int16)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_array_to_bytes)
_DECODER = msgspec.msgpack.Decoder(CallState, dec_hook=_bytes_to_array)
_CONVERSATIONS = msgspec.msgpack.Decoder(Conversation)
