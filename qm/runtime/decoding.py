"""Packets of any codec of the wire -> samples."""

from __future__ import annotations

from qm.io.opus import decode_packets
from qm.stages import audio
from qm.types import Codec, Pcm


def decode(codec: Codec, rate_hz: int, payload: bytes, before: bytes) -> Pcm:
    """
    Decode a packet of any codec of the wire.

    Raises:
        AudioError: the payload is not of this codec.
    """
    if codec == "opus":
        return decode_packets(payload, before, rate_hz)
    return audio.decode(codec, payload)
