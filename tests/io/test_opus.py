"""Opus: packets come back as sound, the same every time, and broken ones are refused."""

import numpy as np
import pytest

from qm.errors import AudioError
from qm.io.opus import decode_packets, encode_packets, packets


def tone(length_ms, rate_hz=16_000):
    t = np.arange(length_ms * rate_hz // 1000) / rate_hz
    return (8000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_sound_comes_back_at_the_rate_asked(rate_hz):
    sent = encode_packets(tone(200, rate_hz), rate_hz)

    back = decode_packets(sent, b"", rate_hz)

    assert len(back) == len(list(packets(sent))) * rate_hz // 50
    assert np.abs(back[len(back) // 2 :]).max() > 4000


def test_the_same_record_decodes_to_the_same_samples():
    first = encode_packets(tone(200), 16_000)
    second = encode_packets(tone(200), 16_000)

    again = [decode_packets(second, first, 16_000) for _ in range(2)]

    assert np.array_equal(*again)


@pytest.mark.parametrize("payload", [b"\x00", b"\x00\x09abc", b"\x00\x00"])
def test_a_broken_payload_is_refused(payload):
    with pytest.raises(AudioError, match="opus"):
        decode_packets(payload, b"", 16_000)


def test_a_rate_that_opus_does_not_have_is_refused():
    with pytest.raises(AudioError, match="kHz"):
        decode_packets(b"\x00\x01a", b"", 11_025)
