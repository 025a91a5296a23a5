"""Quantisation-aware training of fully connected layers for TrueNorth-like cores.

Weights are whole numbers -7..7 in every forward pass: float shadow weights are rounded, and the
gradient passes the rounding unchanged. At first a neuron's count of spikes is its drive over the
window by its threshold, 0 to 15, rounded up or down by chance; the last epochs count spikes step by
step (:func:`~goldspike.workloads.truenorth.network.spike_counts`), where inhibition that comes when
a potential is 0 is lost. The gradient is that of the drive in both.

As for the other chips, matrix products run in one thread.

Ref: straight-through gradient: Bengio et al., arXiv:1308.3432; levels of 4 bits for weights and
activities: Diehl et al., section 'Mapping'.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.workloads.epochs import softmax_error
from goldspike.workloads.image_training import ImageTraining
from goldspike.workloads.truenorth.mapping import TOP_LEVEL
from goldspike.workloads.truenorth.network import Layers, levels, spike_counts
from goldspike.workloads.truenorth.training_params import TrainParams

__all__ = ["train"]

Floats = NDArray[np.float64]

BOUND = 7.49
"""Of a shadow weight: just inside the rounding boundary of the largest weight."""
SPREAD = 2.5
"""Standard deviation of the first weights, in weight steps."""


class Training(ImageTraining[TrainParams, Layers]):
    """Shadow weights in weight steps."""

    bound = BOUND
    unit = SPREAD

    def prepare(self) -> NDArray[np.int64]:
        """Return levels, 0 to 15."""
        return levels(self.x)

    def first(self) -> list[Floats]:
        """Draw weights."""
        shapes = pairwise(self.params.sizes)
        return [self.rng.normal(0, SPREAD, shape).clip(-BOUND, BOUND) for shape in shapes]

    def gradients(self, index: NDArray[np.int64], epoch: int) -> list[Floats]:
        """See :func:`gradients`."""
        params, inputs = self.params, self.inputs[index]
        stepped = epoch >= round((1 - params.stepped) * params.epochs)
        noise = params.input_noise * self.rng.standard_normal(inputs.shape)
        seen, drives = forward(self.shadow, inputs + noise, params, self.rng, stepped=stepped)
        return gradients(self.shadow, seen, drives, self.y[index], params)

    def network(self, shadow: Sequence[Floats]) -> Layers:
        """See :func:`quantised`."""
        return quantised(shadow, self.params)

    def accuracy(self, net: Layers) -> float:
        """Return the accuracy by spikes."""
        return accuracy(net, self.inputs[self.kept], self.y[self.kept])


train = Training.train


def quantised(shadow: Sequence[Floats], params: TrainParams) -> Layers:
    """Return the network that a shadow stands for."""
    weights = tuple(np.rint(a).astype(np.int8) for a in shadow)
    return Layers(weights=weights, thresholds=(params.threshold,) * len(weights))


def accuracy(net: Layers, inputs: NDArray[np.int64], y: NDArray[np.integer[Any]]) -> float:
    """Return the part of the answers that are right."""
    return float((spike_counts(net, inputs)[-1].argmax(axis=1) == y).mean())


def forward(
    shadow: Sequence[Floats],
    inputs: Floats,
    params: TrainParams,
    rng: np.random.Generator,
    *,
    stepped: bool,
) -> tuple[list[Floats], list[Floats]]:
    """Return every layer's counts, the inputs' levels first, and every layer's drive in spikes."""
    net = quantised(shadow, params)
    if stepped:
        seen = spike_counts(net, np.rint(inputs).clip(0, TOP_LEVEL).astype(np.int64))
        pairs = zip(seen, net.weights, strict=False)
        return seen, [a @ w.astype(np.float64) / params.threshold for a, w in pairs]
    seen, drives = [inputs], []
    for weights in net.weights:
        drives.append(seen[-1] @ weights.astype(np.float64) / params.threshold)
        counts = np.floor(drives[-1] + rng.random(drives[-1].shape))
        seen.append(counts.clip(0, TOP_LEVEL))
    return seen, drives


def gradients(
    shadow: Sequence[Floats],
    seen: Sequence[Floats],
    drives: Sequence[Floats],
    y: NDArray[np.integer[Any]],
    params: TrainParams,
) -> list[Floats]:
    """Return the gradient of the mean cross entropy for every array of the shadow.

    Outputs that are silent or saturated are moved back into their range, but not further out.
    """
    delta = softmax_error(seen[-1], y, params.sharpness)
    outwards = np.where(delta > 0, drives[-1] < 0, drives[-1] > TOP_LEVEL)
    delta[outwards] = 0
    found: list[Floats] = []
    for k in reversed(range(len(shadow))):
        delta = delta / params.threshold
        found.append(seen[k].T @ delta)
        if k:
            active = ((seen[k] > 0) | (drives[k - 1] > 0)) & (drives[k - 1] < TOP_LEVEL)
            delta = (delta @ np.rint(shadow[k]).T) * active
    return found[::-1]
