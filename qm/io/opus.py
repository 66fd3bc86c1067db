"""
Opus packets on the wire: 20 ms each, each behind its length in two bytes, big-endian.

A decoder remembers the packets before.  To be a pure function of what it is given, so that a call
that is read again sounds the same, decoding begins with the packets of the record before.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np

from qm.errors import AudioError
from qm.types import Pcm

PACKET_MS = 20
OPUS_RATE_HZ = 48_000
"""Opus decodes at 48 kHz whatever it was made from; what comes out is thinned to the rate asked."""


def packets(payload: bytes) -> Iterator[bytes]:
    r"""
    Yield the packets of a payload.

    Raises:
        AudioError: a length that does not fit.

    >>> list(packets(b"\x00\x02ab\x00\x01c"))
    [b'ab', b'c']
    """
    position = 0
    while position < len(payload):
        if position + 2 > len(payload):
            raise AudioError("opus: cut off in a length")
        (length,) = struct.unpack_from(">H", payload, position)
        position += 2
        if length == 0 or position + length > len(payload):
            raise AudioError("opus: a packet does not fit its payload")
        yield payload[position : position + length]
        position += length


def decode_packets(payload: bytes, before: bytes, rate_hz: int) -> Pcm:
    """
    Decode one record's packets.

    Args:
        payload: of this record.
        before: of the record before on the same channel; b"" at the start.
        rate_hz: 8, 12, 16, 24 or 48 kHz.

    Returns:
        int16, shape (packets * rate_hz / 50,).

    Raises:
        AudioError: not Opus, or a rate it does not have.
    """
    if OPUS_RATE_HZ % rate_hz:
        raise AudioError("opus: 8, 12, 16, 24 or 48 kHz")
    own = list(packets(payload))
    earlier = list(packets(before)) if before else []
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate = OPUS_RATE_HZ
    decoder.layout = "mono"
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
    blocks: list[Pcm] = []
    try:
        for data in (*earlier, *own):
            for frame in decoder.decode(av.Packet(data)):
                blocks += [_samples(out) for out in resampler.resample(frame)]
        blocks += [_samples(out) for out in resampler.resample(None)]
    except av.FFmpegError as wrong:
        raise AudioError(f"opus: {type(wrong).__name__}") from None
    wanted = len(own) * rate_hz * PACKET_MS // 1000
    decoded = np.concatenate(blocks).astype(np.int16) if blocks else np.zeros(0, np.int16)
    tail = decoded[-wanted:] if wanted else decoded[:0]
    return np.concatenate([np.zeros(wanted - len(tail), np.int16), tail])


def _samples(frame: av.AudioFrame) -> Pcm:
    return frame.to_ndarray().reshape(-1).astype(np.int16)


def encode_packets(pcm: Pcm, rate_hz: int) -> bytes:
    """
    Encode samples for the wire: what a gateway would send.

    Args:
        pcm: int16, whole packets of 20 ms.
        rate_hz: 8, 12, 16, 24 or 48 kHz.
    """
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = rate_hz
    encoder.layout = "mono"
    encoder.format = "s16"
    encoder.time_base = Fraction(1, rate_hz)
    encoder.bit_rate = 24_000  # telephone speech is transparent at this rate
    size = rate_hz * PACKET_MS // 1000
    out: list[bytes] = []
    for begin in range(0, len(pcm) - size + 1, size):
        frame = av.AudioFrame.from_ndarray(
            pcm[begin : begin + size].reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = rate_hz
        frame.pts = begin
        out += [bytes(packet) for packet in encoder.encode(frame)]
    out += [bytes(packet) for packet in encoder.encode(None)]
    return b"".join(struct.pack(">H", len(packet)) + packet for packet in out)
