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

import numpy as np
from numpy.typing import NDArray

from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.epochs import (
    Progress,
    check_images,
    held_back,
    run_epochs,
    softmax_error,
)
from goldspike.workloads.truenorth.mapping import TOP_LEVEL
from goldspike.workloads.truenorth.network import Layers, levels, spike_counts
from goldspike.workloads.truenorth.training_params import TrainParams

__all__ = ["train"]

Floats = NDArray[np.float64]

BOUND = 7.49
"""Of a shadow weight: just inside the rounding boundary of the largest weight."""
SPREAD = 2.5
"""Standard deviation of the first weights, in weight steps."""


def train(
    x: NDArray[np.uint8],
    y: NDArray[np.int64],
    params: TrainParams,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[Layers, float | None]:
    """Train a network from scratch; equal arguments give equal networks.

    Parameters
    ----------
    x : uint8 array (n, sizes[0])
        Grey levels.
    y : int64 array (n,)
        Classes, 0 to sizes[-1] - 1.
    params : TrainParams
    progress : callable, optional
        Called after every epoch with the epochs done and the accuracy on the images held back.
    checkpoint : Checkpoint, optional
        Kept after the epochs; a run that goes on from it ends with the same network.

    Returns
    -------
    net : Layers
    held_back : float or None
        Its accuracy on the images held back, by spikes; None without any.

    Raises
    ------
    ValueError
        If the data do not fit ``params.sizes``, or none are left to train on.
    InputError
        If the checkpoint cannot be gone on from.
    """
    check_images(x, y, params.sizes)
    rng = np.random.default_rng(params.seed)
    kept, used = held_back(len(x), params, rng)
    inputs = levels(x)
    shadow: list[Floats] = [
        rng.normal(0, SPREAD, shape).clip(-BOUND, BOUND) for shape in pairwise(params.sizes)
    ]

    def batch_gradients(index: NDArray[np.int64], epoch: int) -> list[Floats]:
        stepped = epoch >= round((1 - params.stepped) * params.epochs)
        noise = params.input_noise * rng.standard_normal((len(index), inputs.shape[1]))
        seen, drives = forward(shadow, inputs[index] + noise, params, rng, stepped=stepped)
        return gradients(shadow, seen, drives, y[index], params)

    def score(_epoch: int) -> float | None:
        return accuracy(quantised(shadow, params), inputs[kept], y[kept]) if kept.size else None

    state = run_epochs(
        shadow,
        rng,
        params,
        bound=BOUND,
        rate=params.learning_rate * SPREAD,
        data=(x, y),
        used=used,
        gradients=batch_gradients,
        score=score,
        progress=progress,
        checkpoint=checkpoint,
    )
    net = quantised(state.best, params)
    return net, accuracy(net, inputs[kept], y[kept]) if kept.size else None


def quantised(shadow: Sequence[Floats], params: TrainParams) -> Layers:
    """Return the network that a shadow stands for."""
    weights = tuple(np.rint(a).astype(np.int8) for a in shadow)
    return Layers(weights=weights, thresholds=(params.threshold,) * len(weights))


def accuracy(net: Layers, inputs: NDArray[np.int64], y: NDArray[np.int64]) -> float:
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
    y: NDArray[np.int64],
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
