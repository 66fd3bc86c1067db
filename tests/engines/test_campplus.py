"""The network takes its weights, and voices differ more than words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torchaudio.compliance import kaldi

from qm.engines.campplus import EMBEDDING, MELS, CamPlusPlus, load_campplus
from qm.types import Samples

torch.set_num_threads(1)  # threads that wait for each other are slower than one


def test_every_length_has_one_embedding() -> None:
    network = CamPlusPlus().eval()
    with torch.no_grad():
        for frames in (20, 199, 200, 450):
            assert network(torch.zeros(2, frames, MELS)).shape == (2, EMBEDDING)


@pytest.mark.needs_models
def test_a_voice_is_nearer_to_itself_than_to_another(
    model: Callable[[str], Path], sample_call: tuple[Samples, Samples]
) -> None:
    network = load_campplus(model("speaker-campplus") / "campplus.pt")

    def voices(channel: Samples) -> np.ndarray:
        loud = channel[np.abs(channel) > 0.01]  # pauses hold no voice
        pieces = torch.from_numpy(loud[: 4 * 32_000].reshape(4, 1, -1).copy())
        features = torch.stack([kaldi.fbank(p, num_mel_bins=MELS, dither=0.0) for p in pieces])
        with torch.no_grad():
            found = network(features - features.mean(1, keepdim=True)).numpy()
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    agent, customer = (voices(channel) for channel in sample_call)
    own = min((agent @ agent.T).min(), (customer @ customer.T).min())
    assert own > (agent @ customer.T).max()
