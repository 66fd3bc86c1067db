"""What is said in the scripted calls of the fault tests, and where."""

from __future__ import annotations

import numpy as np

from qm.engines.fake import encode
from tests.e2e.site import RATE_HZ, call_records

LENGTH_MS = 40_000
AGENT = [
    (500, "good morning clinic ann speaking"),
    (8_000, "let me verify your birthday"),
    (16_000, "your result is fine"),
    (24_000, "one moment"),
    (34_000, "bye now"),
]
CUSTOMER = [
    (4_000, "hello this is zanzibar quill"),
    (11_500, "five five oh one four two"),
    (20_000, "i have pain in my chest"),
    (28_000, "can i have your supervisor"),
]
VALUES = {"zanzibar quill": "NAME", "five five oh one four two": "PHONE", "ann": "NAME"}


def track(said, length_ms):
    """Return a channel on which each text is said at its time, and nothing else."""
    samples = np.zeros(length_ms * RATE_HZ // 1000, np.int16)
    for start_ms, text in said:
        tones = encode(text, RATE_HZ)
        begin = start_ms * RATE_HZ // 1000
        samples[begin : begin + len(tones)] = tones[: len(samples) - begin]
    return samples


def scripted_call(call_id: str, shift_ms: int = 0, **meta):
    """Return the records of one call; ``shift_ms`` makes its words fall elsewhere."""
    tracks = {
        "agent": track([(at + shift_ms, said) for at, said in AGENT], LENGTH_MS),
        "customer": track([(at + shift_ms, said) for at, said in CUSTOMER], LENGTH_MS),
    }
    return call_records(call_id, tracks, **meta)
