"""Quantisation-aware training of fully connected layers for the RRAM macro.

Weights are whole numbers of `weight_bits` bits in every forward pass: float shadow weights, in
units of one weight step, are rounded, and the gradient passes the rounding unchanged. Weights of
one bit are signs. What a layer gives is ``max(0, gain * inputs @ weights + bias)``, in floats, with
a gain per layer that is fixed at the start so that the layer's outputs spread as its inputs do.

Once trained, activations are rounded to 0..255 with a scale per layer, the :data:`CLIP`-th
percentile of what the training images give; what is left between two scales is the multiplier, the
shift and the bias of the arithmetic beside the macro.

As for µBrain, the forward pass sees rounded weights only, and matrix products run in one thread.

Ref: straight-through gradient: Bengio et al., arXiv:1308.3432; signs as weights: Courbariaux et
al., arXiv:1511.00363; integer-only inference: Jacob et al., arXiv:1712.05877.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.workloads.epochs import softmax_error
from goldspike.workloads.image_training import ImageTraining
from goldspike.workloads.rram.network import INPUT_TOP, MULTIPLIER_BITS, MultiLayer, scores
from goldspike.workloads.rram.training_params import TrainParams

__all__ = ["train"]

Floats = NDArray[np.float64]

SPREAD = {8: 25.0, 4: 2.5, 2: 0.9, 1: 1.0}
"""Standard deviation of the first weights, by their bits, in weight steps."""
BIAS_RANGE = 4.0
"""Largest bias, in units of the inputs' range: a shadow bias at the bound of the weights."""
CLIP = 99.9


class Training(ImageTraining[TrainParams, MultiLayer]):
    """Shadow weights in weight steps, and shadow biases beside them."""

    def first(self) -> list[Floats]:
        """Draw weights; biases are 0."""
        self.bound, self.unit = self.params.bound, SPREAD[self.params.weight_bits]
        shadow: list[Floats] = []
        for shape in pairwise(self.params.sizes):
            weights = self.rng.normal(0, self.unit, shape).clip(-self.bound, self.bound)
            shadow += [weights, np.zeros(shape[1])]
        return shadow

    def gradients(self, index: NDArray[np.int64], epoch: int) -> list[Floats]:
        """See :func:`gradients`."""
        return gradients(self.shadow, self.x[index], self.y[index], self.params, self.rng)

    def score(self) -> float:
        """Return the accuracy in floats: scales of activations are set at the end only."""
        outputs = forward(self.shadow, self.x[self.kept], self.params)[-1]
        return float((outputs.argmax(1) == self.y[self.kept]).mean())

    def network(self, shadow: Sequence[Floats]) -> MultiLayer:
        """Return the network in whole numbers."""
        return quantise(shadow, self.x[self.used], self.params)

    def accuracy(self, net: MultiLayer) -> float:
        """Return the accuracy in whole numbers."""
        answers = scores(net, self.x[self.kept]).argmax(axis=1)
        return float((answers == self.y[self.kept]).mean())


train = Training.train


def rounded(weights: Floats, bits: int) -> Floats:
    """Return the whole numbers that a shadow stands for; the optimiser keeps the range."""
    return np.where(weights < 0, -1.0, 1.0) if bits == 1 else np.rint(weights)


def gains(params: TrainParams) -> list[float]:
    """Return what a weight step is worth, layer by layer."""
    spread = SPREAD[params.weight_bits]
    return [(2 / inputs) ** 0.5 / spread for inputs in params.sizes[:-1]]


def forward(
    shadow: Sequence[Floats], x: NDArray[np.uint8] | Floats, params: TrainParams
) -> list[Floats]:
    """Return every layer's inputs, 0..1 at the first, and the logits as the last."""
    seen = [x / float(INPUT_TOP)]
    for k, gain in enumerate(gains(params)):
        weights = rounded(shadow[2 * k], params.weight_bits)
        bias = shadow[2 * k + 1] * (BIAS_RANGE / params.bound)
        outputs = seen[-1] @ weights * gain + bias
        seen.append(outputs if 2 * k + 2 == len(shadow) else np.maximum(outputs, 0))
    return seen


def gradients(
    shadow: Sequence[Floats],
    x: NDArray[np.uint8],
    y: NDArray[np.integer[Any]],
    params: TrainParams,
    rng: np.random.Generator,
) -> list[Floats]:
    """Return the gradient of the mean cross entropy for every array of the shadow."""
    noisy = x * (1 + params.input_noise * rng.standard_normal(x.shape))
    seen = forward(shadow, noisy, params)
    delta = softmax_error(seen[-1], y, params.sharpness)
    found: list[Floats] = []
    for k, gain in reversed(list(enumerate(gains(params)))):
        found += [delta.sum(axis=0) * (BIAS_RANGE / params.bound), seen[k].T @ delta * gain]
        if k:
            weights = rounded(shadow[2 * k], params.weight_bits)
            delta = delta @ weights.T * gain * (seen[k] > 0)
    return found[::-1]


def quantise(shadow: Sequence[Floats], x: NDArray[np.uint8], params: TrainParams) -> MultiLayer:
    """Return the network in whole numbers; `x` are the training images, for the scales."""
    seen = forward(shadow, x, params)
    weights, biases, multipliers, shifts = [], [], [], []
    scale = 1 / INPUT_TOP  # what an input's step is worth
    for k, gain in enumerate(gains(params)):
        weights.append(rounded(shadow[2 * k], params.weight_bits).astype(np.int8))
        bias = shadow[2 * k + 1] * (BIAS_RANGE / params.bound)
        biases.append(np.rint(bias / (scale * gain)).astype(np.int64))
        if 2 * k + 2 == len(shadow):
            break
        next_scale = float(np.percentile(seen[k + 1], CLIP)) / INPUT_TOP
        ratio = scale * gain / next_scale
        shift = MULTIPLIER_BITS - 2 - math.floor(math.log2(ratio))
        biases[-1] += np.rint(next_scale / (2 * scale * gain)).astype(np.int64)  # rounds to nearest
        multipliers.append(np.full(len(bias), round(ratio * 2**shift), np.int64))
        shifts.append(shift)
        scale = next_scale
    return MultiLayer(
        weights=tuple(weights),
        biases=tuple(biases),
        multipliers=tuple(multipliers),
        shifts=tuple(shifts),
        weight_bits=params.weight_bits,
    )
