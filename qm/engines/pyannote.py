"""
A mixed call -> who speaks when, by pyannote.audio's pipeline with CAM++ voices.

Importing this module loads torch (seconds, and 400 MB): only what diarizes imports it.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

# Read by the libraries when they are imported: nothing is reported or fetched from anywhere.
os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
os.environ["HF_HUB_OFFLINE"] = "1"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that its decoder of files is missing: it gets samples
    import torch
    from pyannote.audio import Model
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.pipelines import SpeakerDiarization
    from torch.nn import functional
    from torchaudio.compliance import kaldi

from qm.engines.campplus import EMBEDDING, MELS, load_campplus
from qm.errors import EngineError, ModelAltered
from qm.types import MODEL_RATE_HZ, Samples, SpeakerSpan

SAME_VOICE_DISTANCE = 0.65
"""Where the number of voices is not given: centroids this near are one voice.  Not tuned: seven of
ten simulated calls come out as two voices with it.  Callers that know the number give it."""

_SHORTEST_FRAMES = 20  # 0.2 s: less holds no voice
_STEP = 0.2  # share of the 10 s window: each moment is judged five times
_BATCH = 8


class _Voice(Model):
    """CAM++ as a pyannote embedding: waveforms (batch, 1, samples), weights (batch, frames)."""

    def __init__(self, weights: Path) -> None:
        super().__init__(sample_rate=MODEL_RATE_HZ, num_channels=1)
        self.network = load_campplus(weights)

    @property
    def dimension(self) -> int:
        return EMBEDDING

    def forward(  # type: ignore[override]  # as pyannote calls an embedding
        self, waveforms: torch.Tensor, weights: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return embeddings, (batch, 192); not-a-number where a voice is hardly heard."""
        out = torch.full((len(waveforms), EMBEDDING), float("nan"), device=waveforms.device)
        for i, wave in enumerate(waveforms):
            features = kaldi.fbank(
                wave, num_mel_bins=MELS, sample_frequency=MODEL_RATE_HZ, dither=0.0
            )
            if weights is not None:
                # Only frames where this voice is the one that speaks.
                heard = functional.interpolate(weights[i][None, None].float(), len(features))
                features = features[heard[0, 0] > 0.5]
            if len(features) >= _SHORTEST_FRAMES:
                centred = features - features.mean(0, keepdim=True)
                out[i] = self.network(centred[None])[0]
        return out


class PyannoteDiarizer:
    """
    ``Diarizer`` on the folders of ``pyannote-segmentation-3.0`` and ``speaker-campplus``.

    One thread.  The folders' files are verified by the registry before they come here.

    Raises:
        ModelAltered: the weights do not fit the networks.
    """

    def __init__(self, segmentation: Path, voices: Path, device: str = "cpu") -> None:
        torch.set_num_threads(1)
        try:
            model = Model.from_pretrained(segmentation / "pytorch_model.bin")
            voice = _Voice(voices / "campplus.pt").eval()
        except (RuntimeError, KeyError, ValueError) as wrong:
            raise ModelAltered(f"diarization: {type(wrong).__name__}") from None
        if model is None:
            raise ModelAltered("diarization: no segmentation model in its file")
        self._pipeline = SpeakerDiarization(
            segmentation=model,
            embedding=voice,
            plda=PLDA.__new__(PLDA),  # asked for, and not used by this clustering
            clustering="AgglomerativeClustering",
            segmentation_step=_STEP,
            embedding_exclude_overlap=True,
            segmentation_batch_size=_BATCH,
            embedding_batch_size=_BATCH,
        )
        self._pipeline.instantiate(
            {
                "segmentation": {"min_duration_off": 0.0},
                "clustering": {
                    "method": "centroid",
                    "min_cluster_size": 3,
                    "threshold": SAME_VOICE_DISTANCE,
                },
            }
        )
        self._pipeline.to(torch.device(device))

    def diarize(self, samples: Samples, speakers: int) -> list[SpeakerSpan]:
        """
        Return who speaks when in a whole call.

        Args:
            samples: shape (n,), 16 kHz.
            speakers: how many there are; 0 where it is not known.

        Returns:
            Spans by time; voices are numbered in the order in which they are first heard, and two
            may speak at once.

        Raises:
            EngineError: the pipeline failed.
        """
        if not len(samples):
            return []
        audio = {
            "waveform": torch.from_numpy(samples.copy())[None],
            "sample_rate": MODEL_RATE_HZ,
        }
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of means over voices that were not heard
                found: Any = self._pipeline(audio, num_speakers=speakers or None)
        except (RuntimeError, ValueError) as wrong:
            raise EngineError(f"diarization: {type(wrong).__name__}") from None
        numbers: dict[str, int] = {}
        spans = []
        for segment, _, label in found.speaker_diarization.itertracks(yield_label=True):
            spans.append(
                SpeakerSpan(
                    start_ms=round(segment.start * 1000),
                    end_ms=round(segment.end * 1000),
                    speaker=numbers.setdefault(label, len(numbers)),
                )
            )
        return spans
