"""
CAM++, a network that turns a voice into 192 numbers (Wang et al., Interspeech 2023).

A small residual network over time and frequency feeds a densely connected time-delay network; each
of its layers is masked by what the segment and the whole recording around it sound like.  Written
from the paper for the weights of ``models/speaker-campplus``: the names of the modules are theirs.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

MELS = 80
EMBEDDING = 192

_GROWTH = 32  # channels that each dense layer adds
_NARROW = 128  # channels inside a dense layer
_HEAD_CHANNELS = 32
_SEGMENT = 100  # frames that a segment's context is taken from: 2 s after the stride of 2
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers and dilation of each dense block


def load_campplus(weights: Path) -> CamPlusPlus:
    """Return the network with its weights, ready to use."""
    network = CamPlusPlus()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return network.eval()


class CamPlusPlus(nn.Module):
    """Mel features (batch, frames, 80) -> embeddings (batch, 192)."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _Head()
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        channels = _HEAD_CHANNELS * MELS // 8
        parts["tdnn"] = _Delay(channels, _NARROW)
        channels = _NARROW
        for number, (layers, dilation) in enumerate(_BLOCKS, 1):
            parts[f"block{number}"] = _DenseBlock(channels, layers, dilation)
            channels += layers * _GROWTH
            parts[f"transit{number}"] = _Transit(channels, channels // 2)
            channels //= 2
        parts["out_nonlinear"] = _nonlinear(channels)
        parts["stats"] = _Statistics()
        parts["dense"] = _Dense(2 * channels, EMBEDDING)
        self.xvector = nn.Sequential(parts)

    def forward(self, features: Tensor) -> Tensor:
        """Return one embedding for each row of features."""
        embeddings: Tensor = self.xvector(self.head(features.transpose(1, 2)))
        return embeddings


class _Head(nn.Module):
    """(batch, 80, frames) -> (batch, 320, frames): frequency folded into channels."""

    def __init__(self) -> None:
        super().__init__()
        wide = _HEAD_CHANNELS
        self.conv1 = nn.Conv2d(1, wide, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(wide)
        self.layer1 = nn.Sequential(_Residual(wide, 2), _Residual(wide, 1))
        self.layer2 = nn.Sequential(_Residual(wide, 2), _Residual(wide, 1))
        self.conv2 = nn.Conv2d(wide, wide, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(wide)

    def forward(self, features: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(features.unsqueeze(1))))
        out = self.layer2(self.layer1(out))
        out = functional.relu(self.bn2(self.conv2(out)))
        return out.flatten(1, 2)


class _Residual(nn.Module):
    """Two convolutions beside a shortcut; the stride is over frequency only."""

    def __init__(self, wide: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(wide, wide, 3, stride=(stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(wide)
        self.shortcut = nn.Sequential()
        if stride != 1:
            conv = nn.Conv2d(wide, wide, 1, stride=(stride, 1), bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(wide))

    def forward(self, given: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(given)))
        return functional.relu(self.bn2(self.conv2(out)) + self.shortcut(given))


def _nonlinear(channels: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU()))


class _Delay(nn.Module):
    """The first time-delay layer; it halves the number of frames."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, out, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _nonlinear(out)

    def forward(self, given: Tensor) -> Tensor:
        out: Tensor = self.nonlinear(self.linear(given))
        return out


class _DenseBlock(nn.Module):
    """Layers that each see the outputs of all before them."""

    def __init__(self, channels: int, layers: int, dilation: int) -> None:
        super().__init__()
        for i in range(layers):
            self.add_module(f"tdnnd{i + 1}", _DenseLayer(channels + i * _GROWTH, dilation))

    def forward(self, given: Tensor) -> Tensor:
        for layer in self.children():
            given = torch.cat([given, layer(given)], dim=1)
        return given


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _nonlinear(channels)
        self.linear1 = nn.Conv1d(channels, _NARROW, 1, bias=False)
        self.nonlinear2 = _nonlinear(_NARROW)
        self.cam_layer = _Mask(dilation)

    def forward(self, given: Tensor) -> Tensor:
        out: Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(given))))
        return out


class _Mask(nn.Module):
    """A convolution whose output is weighed by the context around each frame."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(
            _NARROW, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(_NARROW, _NARROW // 2, 1)
        self.linear2 = nn.Conv1d(_NARROW // 2, _GROWTH, 1)

    def forward(self, given: Tensor) -> Tensor:
        segments = functional.avg_pool1d(given, _SEGMENT, _SEGMENT, ceil_mode=True)
        around = segments.repeat_interleave(_SEGMENT, dim=-1)[..., : given.shape[-1]]
        context = given.mean(-1, keepdim=True) + around
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
        out: Tensor = self.linear_local(given) * mask
        return out


class _Transit(nn.Module):
    """Half as many channels."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.nonlinear = _nonlinear(channels)
        self.linear = nn.Conv1d(channels, out, 1, bias=False)

    def forward(self, given: Tensor) -> Tensor:
        out: Tensor = self.linear(self.nonlinear(given))
        return out


class _Statistics(nn.Module):
    """Mean and standard deviation over time."""

    def forward(self, given: Tensor) -> Tensor:
        return torch.cat([given.mean(-1), given.std(-1)], dim=1)


class _Dense(nn.Module):
    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, out, 1, bias=False)
        self.nonlinear = nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(out, affine=False)))

    def forward(self, given: Tensor) -> Tensor:
        out: Tensor = self.nonlinear(self.linear(given.unsqueeze(-1)).squeeze(-1))
        return out
