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
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.epochs import (
    Progress,
    check_images,
    held_back,
    run_epochs,
    softmax_error,
)

__all__ = ["train"]

Floats = NDArray[Any]

SPREAD = 0.3
"""Standard deviation of the first shadow weights, which stay within -1..1."""
SHIFTS = ((0, 0), (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def train(
    x: NDArray[np.uint8],
    y: NDArray[np.int64],
    params: TrainParams,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[BinaryNetwork, float | None]:
    """Train a network from scratch; equal arguments give equal networks.

    Parameters
    ----------
    x : uint8 array (n, h, w)
        Grey levels, as the data set has them: they are moved before they are pooled.
    y : int64 array (n,)
        Classes, 0 to sizes[-1] - 1.
    params : TrainParams
    progress : callable, optional
        Called after every epoch with the epochs done and the accuracy on the images held back.
    checkpoint : Checkpoint, optional
        Kept after the epochs; a run that goes on from it ends with the same network.

    Returns
    -------
    net : BinaryNetwork
    held_back : float or None
        Its accuracy on the images held back, by plain sums; None without any.

    Raises
    ------
    ValueError
        If the data do not fit ``params.sizes``, or none are left to train on.
    InputError
        If images are too large, or the checkpoint cannot be gone on from.
    """
    inputs = moved(x, math.isqrt(params.sizes[0]), SHIFTS if params.shifted else SHIFTS[:1])
    check_images(inputs[0], y, params.sizes)
    rng = np.random.default_rng(params.seed)
    kept, used = held_back(len(x), params, rng)
    shadow: list[Floats] = [
        (SPREAD * rng.standard_normal(shape)).clip(-1, 1).astype(np.float32)
        for shape in pairwise(params.sizes)
    ]

    if params.teacher:
        targets = taught(inputs, y, used, params)
    else:
        targets = np.broadcast_to(
            one_hot(y, params.sizes[-1]), (*inputs.shape[:2], params.sizes[-1])
        )

    def batch_gradients(index: NDArray[np.int64], _epoch: int) -> list[Floats]:
        which = np.zeros(len(index), np.int64)
        if params.shifted:
            chosen = rng.random(len(index)) < params.shifted
            which = np.where(chosen, rng.integers(1, len(SHIFTS), len(index)), 0)
        return gradients(
            binary(shadow, params), inputs[which, index], targets[which, index], params
        )

    def score(_epoch: int) -> float | None:
        return accuracy(binary(shadow, params), inputs[0, kept], y[kept]) if kept.size else None

    state = run_epochs(
        shadow,
        rng,
        params,
        bound=1.0,
        rate=params.learning_rate,
        data=(x, y),
        used=used,
        gradients=batch_gradients,
        score=score,
        progress=progress,
        checkpoint=checkpoint,
    )
    net = binary(state.best, params)
    return net, accuracy(net, inputs[0, kept], y[kept]) if kept.size else None


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


def binary(shadow: Sequence[Floats], params: TrainParams) -> BinaryNetwork:
    """Return the network that a shadow stands for."""
    weights = tuple(np.where(a < 0, np.int8(-1), np.int8(1)) for a in shadow)
    return BinaryNetwork(weights=weights, thresholds=params.thresholds)


def accuracy(net: BinaryNetwork, inputs: NDArray[np.uint8], y: NDArray[np.int64]) -> float:
    """Return the part of the answers that are right."""
    return float((spike_counts(net, inputs)[1][-1].argmax(axis=1) == y).mean())


def one_hot(y: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
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
