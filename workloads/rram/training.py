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
from goldspike.workloads.rram.network import INPUT_TOP, MULTIPLIER_BITS, MultiLayer, scores
from goldspike.workloads.rram.training_params import TrainParams

__all__ = ["train"]

Floats = NDArray[np.float64]

SPREAD = {8: 25.0, 4: 2.5, 2: 0.9, 1: 1.0}
"""Standard deviation of the first weights, by their bits, in weight steps."""
BIAS_RANGE = 4.0
"""Largest bias, in units of the inputs' range: a shadow bias at the bound of the weights."""
CLIP = 99.9


def train(
    x: NDArray[np.uint8],
    y: NDArray[np.int64],
    params: TrainParams,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[MultiLayer, float | None]:
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
    net : MultiLayer
    held_back : float or None
        Its accuracy on the images held back, in whole numbers; None without any.

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
    bound, spread = params.bound, SPREAD[params.weight_bits]
    shadow: list[Floats] = []
    for shape in pairwise(params.sizes):
        shadow += [rng.normal(0, spread, shape).clip(-bound, bound), np.zeros(shape[1])]

    def score(_epoch: int) -> float | None:
        if not kept.size:
            return None
        return float((forward(shadow, x[kept], params)[-1].argmax(1) == y[kept]).mean())

    state = run_epochs(
        shadow,
        rng,
        params,
        bound=bound,
        rate=params.learning_rate * spread,
        data=(x, y),
        used=used,
        gradients=lambda index, _: gradients(shadow, x[index], y[index], params, rng),
        score=score,
        progress=progress,
        checkpoint=checkpoint,
    )
    net = quantise(state.best, x[used], params)
    if not kept.size:
        return net, None
    return net, float((scores(net, x[kept]).argmax(axis=1) == y[kept]).mean())


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
    y: NDArray[np.int64],
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
