"""A wider network in floats, whose answers teach the binary one what else an image looks like.

Two hidden layers of rectifiers with biases, and dropout in training. Its class probabilities stand
in for the labels of all images, moved or not.

Ref: Hinton et al., arXiv:1503.02531; dropout: Srivastava et al., JMLR 15 (2014).
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from goldspike.workloads.alwayson.training_params import TrainParams
from goldspike.workloads.epochs import Progress, run_epochs, softmax_error

__all__ = ["taught"]

Floats = NDArray[Any]

RATE = 0.002
"""First step of Adam."""
DROPOUT = 0.3
"""Part of the hidden neurons that sit out a step."""
FAR = 1e3
"""A bound that no weight comes near."""
PIECE = 8192
"""Images answered at once."""


def taught(
    inputs: NDArray[np.uint8],
    y: NDArray[np.integer[Any]],
    used: NDArray[np.int64],
    params: TrainParams,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Return the class probabilities of a teacher, float32 (shifts, n, classes).

    Parameters
    ----------
    inputs : uint8 array (shifts, n, inputs)
        Levels of images moved by so many pixels.
    y : int64 array (n,)
    used : int64 array
        Numbers of the images to train on.
    params : TrainParams
        For the teacher's width and epochs, the batch, and the seed; its draws are not the
        network's.
    progress : callable, optional
        Called after every epoch.
    """
    rng = np.random.default_rng((params.seed, 1))
    own = replace(params, epochs=params.teacher_epochs)
    sizes = (inputs.shape[2], params.teacher, params.teacher, params.sizes[-1])
    top = np.float32(max(1, inputs.max(initial=1)))
    layers: list[Floats] = []
    for shape in pairwise(sizes):
        spread = np.float32((2 / shape[0]) ** 0.5)
        layers += [spread * rng.standard_normal(shape, np.float32), np.zeros(shape[1], np.float32)]

    def batch_gradients(index: NDArray[np.int64], _epoch: int) -> list[Floats]:
        which = rng.integers(0, len(inputs), len(index))
        seen, passed, outputs = forward(layers, inputs[which, index] / top, rng)
        delta = softmax_error(outputs, y[index])
        found: list[Floats] = []
        for k in reversed(range(len(seen))):
            found += [delta.sum(axis=0), seen[k].T @ delta]
            if k:
                delta = (delta @ layers[2 * k].T) * passed[k - 1]
        return found[::-1]

    run_epochs(
        layers,
        rng,
        own,
        bound=FAR,
        rate=RATE,
        data=(inputs, y),
        used=used,
        gradients=batch_gradients,
        score=lambda _epoch: None,
        progress=progress,
    )
    found = np.empty((*inputs.shape[:2], sizes[-1]), np.float32)
    with threadpool_limits(1, "blas"):
        for k, first in np.ndindex(len(inputs), -(-inputs.shape[1] // PIECE)):
            piece = slice(first * PIECE, (first + 1) * PIECE)
            outputs = forward(layers, inputs[k, piece] / top)[2]
            odds = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            found[k, piece] = odds / odds.sum(axis=1, keepdims=True)
    return found


def forward(
    layers: Sequence[Floats], inputs: Floats, rng: np.random.Generator | None = None
) -> tuple[list[Floats], list[Floats], Floats]:
    """Return every layer's inputs, what a hidden layer passes on, and the outputs.

    With `rng`, hidden neurons sit out by chance, and the others count for them.
    """
    seen, passed = [inputs], []
    for k in range(0, len(layers) - 2, 2):
        sums = seen[-1] @ layers[k] + layers[k + 1]
        passing = (sums > 0).astype(np.float32)
        if rng is not None:
            passing *= (rng.random(sums.shape, np.float32) >= DROPOUT) / np.float32(1 - DROPOUT)
        passed.append(passing)
        seen.append(sums * passing)
    return seen, passed, seen[-1] @ layers[-2] + layers[-1]
