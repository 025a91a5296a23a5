"""Quantisation-aware training of µBrain's fully connected layers.

The trainer follows the chip's mean-rate law: a neuron without bias that adds w[i] on
every spike of source i and fires once per `threshold` has the rate
``max(0, sum_i w[i] * rate[i]) / threshold``.  Float shadow weights are rounded to
integers in every forward pass, and the gradient passes the rounding unchanged.

What the chip reads is a spike train, not a rate, and the shortest inter-spike interval
of a whole run decides, so one badly timed spike can.  Three terms widen the margin:
noise on the input rates; noise on the hidden counts with the variance of a count; and a
further class of `quiet` output spikes that the right neuron must beat too, without
which the softmax would be content with outputs that are all below zero and never fire.

Everything is computed in 64-bit floats.  The forward pass sees rounded weights only, so
that what BLAS libraries and thread counts change in the last bit stays in the last bit
of the shadow weights, and the same seed gives the same network on another machine.

Ref: Stuijt et al., µBrain, Frontiers in Neuroscience 15 (2021), sections 2.2 and 3.1;
straight-through gradient: Bengio et al., arXiv:1308.3432.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.timebase import seconds
from goldspike.workloads.epochs import softmax_error
from goldspike.workloads.image_training import ImageTraining
from goldspike.workloads.mubrain.training_params import TrainParams
from goldspike.workloads.network import FORMAT, Network
from goldspike.workloads.trainer_settings import made_by

__all__ = ["TrainParams", "output_counts", "rate_accuracy", "train"]

Floats = NDArray[np.float64]

_EVALUATION_BATCH = 8192


class Training(ImageTraining[TrainParams, Network]):
    """Shadow weights in LSBs of a weight."""

    def first(self) -> list[Floats]:
        """Draw weights."""
        # Just inside the rounding boundary: a weight further out could not come back.
        self.bound = self.params.limit + 0.49
        shapes = pairwise(self.params.sizes)
        return [self.rng.normal(0, 1.5, shape).clip(-self.bound, self.bound) for shape in shapes]

    def gradients(self, index: NDArray[np.int64], epoch: int) -> list[Floats]:
        """See :func:`_gradients`; images are moved by some pixels."""
        images = _shifted(self.x[index], self.params.shift, self.rng)
        return _gradients(self.shadow, images, self.y[index], self.params, self.rng)

    def network(self, shadow: Sequence[Floats]) -> Network:
        """Return the network, with the input coding in ``meta``."""
        params = self.params
        meta = {
            "format": FORMAT,
            "chip": "mubrain",
            "made_by": made_by("mubrain", params),
            "rate_min": params.rate_min,
            "rate_max": params.rate_max,
            "window": params.window,
        }
        for name in ("threshold", "weight_bits"):  # the chip's own need not be said
            if getattr(params, name) != getattr(TrainParams, name):
                meta[name] = getattr(params, name)
        # the optimiser keeps the range
        return Network(tuple(np.rint(v).astype(np.int8) for v in shadow), meta)

    def accuracy(self, net: Network) -> float:
        """Return the accuracy by the mean-rate law."""
        return rate_accuracy(net.weights, self.x[self.kept], self.y[self.kept], self.params)


train = Training.train


def output_counts(
    weights: Sequence[NDArray[Any]], x: NDArray[np.uint8], params: TrainParams
) -> Floats:
    """Return the output spikes per window by the mean-rate law.

    Parameters
    ----------
    weights : sequence of arrays (inputs, outputs)
        One matrix per layer.
    x : uint8 array (n, inputs)
        Grey levels.
    params : TrainParams
        For the coding and the threshold.

    Returns
    -------
    float64 array (n, outputs)
        Below zero where a neuron stays below: what is left to its first spike.
    """
    counts = _input_counts(x, params)
    for w in weights[:-1]:
        counts = np.maximum(counts @ w.astype(float) / params.threshold, 0)
    return counts @ weights[-1].astype(float) / params.threshold


def rate_accuracy(
    weights: Sequence[NDArray[Any]],
    x: NDArray[np.uint8],
    y: NDArray[np.integer[Any]],
    params: TrainParams,
) -> float:
    """Return the part of the images that the mean-rate law gets right."""
    right = 0
    for start in range(0, len(x), _EVALUATION_BATCH):
        part = slice(start, start + _EVALUATION_BATCH)
        right += int((output_counts(weights, x[part], params).argmax(1) == y[part]).sum())
    return right / len(x)


def _input_counts(x: NDArray[np.uint8], params: TrainParams) -> Floats:
    """Input spikes per window: linear in the grey level."""
    window = seconds(params.window)
    grey = x.astype(np.float64)
    return grey * ((params.rate_max - params.rate_min) * window / 255) + params.rate_min * window


def _shifted(x: NDArray[np.uint8], shift: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Move each image by up to `shift` pixels each way; what comes in is background."""
    if shift == 0:
        return x
    n, side = len(x), math.isqrt(x.shape[1])
    padded = np.pad(x.reshape(n, side, side), ((0, 0), (shift, shift), (shift, shift)))
    row = rng.integers(0, 2 * shift + 1, (n, 1)) + np.arange(side)
    column = rng.integers(0, 2 * shift + 1, (n, 1)) + np.arange(side)
    moved = padded[np.arange(n)[:, None, None], row[:, :, None], column[:, None, :]]
    return moved.reshape(n, -1)


def _gradients(
    shadow: Sequence[Floats],
    x: NDArray[np.uint8],
    y: NDArray[np.integer[Any]],
    params: TrainParams,
    rng: np.random.Generator,
) -> list[Floats]:
    """Return the gradient of the mean cross entropy for every weight matrix."""
    gain = 1 / params.threshold
    weights = [np.rint(v) * gain for v in shadow]

    counts = _input_counts(x, params)
    counts *= 1 + params.input_noise * rng.standard_normal(counts.shape)
    seen = [counts]  # what each layer received, noise included
    firing = []  # where a hidden neuron is above zero
    for w in weights[:-1]:
        mean = np.maximum(seen[-1] @ w, 0)
        firing.append(mean > 0)
        noise = params.hidden_noise * rng.standard_normal(mean.shape)
        seen.append(mean + noise * np.sqrt(mean))

    outputs = seen[-1] @ weights[-1]
    logits = np.full((len(x), outputs.shape[1] + 1), params.quiet)
    logits[:, :-1] = outputs
    delta = softmax_error(logits, y, params.sharpness)[:, :-1]

    # The noise is treated as a constant: its own gradient would only shrink the counts.
    gradients = []
    for layer in range(len(weights) - 1, -1, -1):
        gradients.append(seen[layer].T @ delta * gain)
        if layer:
            delta = delta @ weights[layer].T * firing[layer - 1]
    return gradients[::-1]
