"""Training of fully connected networks of binary weights for the always-on chip.

Weights are the signs of float shadow weights in every forward pass, and the gradient passes the
sign unchanged; shadow weights stay within -1..1. Neurons fire as often as
:func:`~goldspike.workloads.alwayson.network.spike_counts` says: the excess of a reset to zero is
lost, and what is below 0 is not. The gradient passes the rounding and stops where a sum is not
above 0.

A wider float network may stand in for the labels (:mod:`goldspike.workloads.alwayson.teacher`). It
learns first, again so if a run goes on from a checkpoint.

What is random on the chip, the phases, is not drawn here: with frames long enough, the counts of
the golden model are those sums but for a few steps.

Everything is computed in 32-bit floats; counts and sums are whole numbers below 2**24, and exact.
As for the other chips, matrix products run in one thread.

Ref: signs as weights: Courbariaux et al., arXiv:1511.00363; straight-through gradient: Bengio et
al., arXiv:1308.3432.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.limits import require_room
from goldspike.workloads.alwayson.encoding import EncodingParams, levels
from goldspike.workloads.alwayson.network import BinaryNetwork, arrange, spike_counts
from goldspike.workloads.alwayson.teacher import taught
from goldspike.workloads.alwayson.training_params import TrainParams
from goldspike.workloads.epochs import softmax_error
from goldspike.workloads.image_training import ImageTraining

__all__ = ["train"]

Floats = NDArray[Any]

SPREAD = 0.3
"""Standard deviation of the first shadow weights, which stay within -1..1."""
SHIFTS = ((0, 0), (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


class Training(ImageTraining[TrainParams, BinaryNetwork]):
    """Shadow weights of -1..1.

    Images are as the data set has them, (n, h, w): they are moved before they are pooled.
    """

    bound = 1.0

    def prepare(self) -> NDArray[np.uint8]:
        """Return the images' levels, and keep those of moved ones."""
        shifts = SHIFTS if self.params.shifted else SHIFTS[:1]
        self.moved = moved(self.x, math.isqrt(self.params.sizes[0]), shifts)
        return self.moved[0]

    def first(self) -> list[Floats]:
        """Draw weights, and have the teacher learn."""
        shapes = list(pairwise(self.params.sizes))
        shadow: list[Floats] = [
            (SPREAD * self.rng.standard_normal(shape)).clip(-1, 1).astype(np.float32)
            for shape in shapes
        ]
        if self.params.teacher:
            self.targets = taught(self.moved, self.y, self.used, self.params)
        else:
            classes = self.params.sizes[-1]
            shape = (*self.moved.shape[:2], classes)
            self.targets = np.broadcast_to(one_hot(self.y, classes), shape)
        return shadow

    def gradients(self, index: NDArray[np.int64], epoch: int) -> list[Floats]:
        """See :func:`gradients`; some of the images are moved."""
        which = np.zeros(len(index), np.int64)
        if self.params.shifted:
            chosen = self.rng.random(len(index)) < self.params.shifted
            which = np.where(chosen, self.rng.integers(1, len(SHIFTS), len(index)), 0)
        net = self.network(self.shadow)
        return gradients(net, self.moved[which, index], self.targets[which, index], self.params)

    def network(self, shadow: Sequence[Floats]) -> BinaryNetwork:
        """Return the signs."""
        weights = tuple(np.where(a < 0, np.int8(-1), np.int8(1)) for a in shadow)
        return BinaryNetwork(weights=weights, thresholds=self.params.thresholds)

    def accuracy(self, net: BinaryNetwork) -> float:
        """Return the accuracy by plain sums."""
        answers = spike_counts(net, self.inputs[self.kept])[1][-1].argmax(axis=1)
        return float((answers == self.y[self.kept]).mean())


train = Training.train


def moved(x: NDArray[np.uint8], side: int, shifts: Sequence[tuple[int, int]]) -> NDArray[np.uint8]:
    """Return the levels of images moved by so many pixels, uint8 (shifts, n, side * side)."""
    n, height, width = x.shape
    require_room(f"Moving {n} images", len(shifts) * n * side * side)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    found = np.empty((len(shifts), n, side * side), np.uint8)
    for k, (down, right) in enumerate(shifts):
        image = padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]
        found[k] = levels(arrange(image, side), EncodingParams.bits).reshape(n, -1)
    return found


def one_hot(y: NDArray[np.integer[Any]], classes: int) -> NDArray[np.float32]:
    """Return labels as probabilities."""
    return np.eye(classes, dtype=np.float32)[y]


def gradients(
    net: BinaryNetwork, inputs: NDArray[np.uint8], targets: NDArray[np.float32], params: TrainParams
) -> list[Floats]:
    """Return the gradient of the mean cross entropy for every array of the shadow.

    Parameters
    ----------
    net : BinaryNetwork
        What the shadow stands for.
    inputs : uint8 array (n, inputs)
        Levels.
    targets : float32 array (n, classes)
        Probabilities.
    params : TrainParams
    """
    counts, sums = spike_counts(net, inputs)
    y = targets.argmax(axis=1)
    outputs: Floats = sums[-1]
    delta: Floats = softmax_error(outputs, y, params.sharpness)
    delta += np.float32(params.sharpness / len(y)) * (one_hot(y, targets.shape[1]) - targets)
    found: list[Floats] = []
    for k in reversed(range(len(net.weights))):
        found.append(counts[k].T @ delta)
        if k:
            delta = delta @ net.weights[k].T.astype(np.float32)
            delta *= (sums[k - 1] > 0) / np.float32(params.thresholds[k])
    return found[::-1]
