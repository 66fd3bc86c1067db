"""
16 kHz audio -> speech probabilities, by Silero VAD in ONNX.

The export has a batch axis: one run judges the next window of every channel that has one.  What the
network remembers of a channel travels with the request as bytes, so a detector holds no call.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

from qm.engines.base import SpeechRequest, SpeechResult
from qm.errors import EngineError
from qm.types import MODEL_RATE_HZ, Samples

WINDOW = 512
"""Samples that one probability stands for: 32 ms."""

_CONTEXT = 64  # samples of the window before that the network sees again
_STATE = 128  # numbers in each of its two recurrent states
_MEMORY_BYTES = 4 * (2 * _STATE + _CONTEXT)


class SileroDetector:
    """
    ``SpeechDetector`` on the folder of the model ``silero-vad``.  One thread.

    The folder's files are verified by the registry before they come here.
    """

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(folder / "silero_vad.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._rate = np.array(MODEL_RATE_HZ, np.int64)

    def detect(self, batch: Sequence[SpeechRequest]) -> list[SpeechResult]:
        """
        Return the speech probability of each request's windows and its new memory.

        Raises:
            EngineError: a request that is no whole number of windows, a foreign memory, or the
                runtime failed.
        """
        if not batch:
            return []
        counts = [_windows(request) for request in batch]
        # Longest first: the rows that still have a window are always the first ones.
        order = sorted(range(len(batch)), key=lambda i: -counts[i])
        audio = np.zeros((len(batch), max(counts), WINDOW), np.float32)
        state = np.zeros((2, len(batch), _STATE), np.float32)
        context = np.zeros((len(batch), _CONTEXT), np.float32)
        for row, i in enumerate(order):
            audio[row, : counts[i]] = batch[i].samples.reshape(-1, WINDOW)
            state[:, row], context[row] = _remembered(batch[i].memory)
        probs = np.zeros(audio.shape[:2], np.float32)
        for window in range(audio.shape[1]):
            rows = sum(count > window for count in counts)
            seen = np.concatenate([context[:rows], audio[:rows, window]], axis=1)
            probs[:rows, window], state[:, :rows] = self._run(seen, state[:, :rows])
            context[:rows] = seen[:, -_CONTEXT:]
        return [
            SpeechResult(
                speech_probs=probs[row, : counts[i]].copy(),
                memory=state[:, row].tobytes() + context[row].tobytes(),
            )
            for i, row in sorted((i, row) for row, i in enumerate(order))
        ]

    def _run(self, seen: Samples, state: Samples) -> tuple[Samples, Samples]:
        """Judge one window of each row: (rows, 576), (2, rows, 128) -> (rows,), (2, rows, 128)."""
        given = {"input": seen, "state": np.ascontiguousarray(state), "sr": self._rate}
        try:
            probs, after = self._session.run(["output", "stateN"], given)
        except (Fail, InvalidArgument, RuntimeException) as error:
            raise EngineError(f"speech detector: {type(error).__name__}") from None
        return probs[:, 0], after


def _windows(request: SpeechRequest) -> int:
    if len(request.samples) % WINDOW:
        raise EngineError(f"speech detector: {len(request.samples)} samples are no whole windows")
    return len(request.samples) // WINDOW


def _remembered(memory: bytes) -> tuple[Samples, Samples]:
    """Return state (2, 128) and context (64,) of a channel; zeros at its start."""
    if not memory:
        return np.zeros((2, _STATE), np.float32), np.zeros(_CONTEXT, np.float32)
    if len(memory) != _MEMORY_BYTES:
        raise EngineError(f"speech detector: memory of {len(memory)} bytes")
    numbers = np.frombuffer(memory, np.float32)
    return numbers[: 2 * _STATE].reshape(2, _STATE), numbers[2 * _STATE :]
