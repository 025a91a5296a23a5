"""Training of a sparseRec layer: its k columns and the read-out; the recurrence is fixed.

W_in is rounded to -2..1 in every forward pass and kept in that range, as the paper keeps its own
in -1..1 (Muller, section 3.2.1). The first epochs take a neuron's count in a window as its drive by
the threshold, 0 to 15, rounded up or down by chance; the last ones count spikes step by step. The
gradient is that of the drives, through all windows. The read-out is rounded once, at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from goldspike.model.params import require_int
from goldspike.workloads.adam import Adam
from goldspike.workloads.epochs import softmax_error
from goldspike.workloads.truenorth.mapping import TOP_LEVEL, WINDOW, level_spikes
from goldspike.workloads.truenorth.sparse_recurrent import NEURONS, Layer, Recurrence

__all__ = ["SparseParams", "train"]

Floats = NDArray[np.float64]

MIDDLE, BOUND = -0.5, 1.99
"""W_in is a shadow of -1.99..1.99, moved by -0.5 and rounded."""
INT8 = 127


@dataclass(frozen=True, kw_only=True)
class SparseParams:
    """What one training run depends on, besides the data.

    Parameters
    ----------
    k : int
        Neurons that see the input.
    tmax : int
        Steps of the recurrence.
    recurrent : bool
    epochs, batch : int
    learning_rate : float
        First step of Adam.
    input_noise : float
        Added to inputs, in levels.
    dropout : float
        Part of the neurons that the read-out does not see.
    stepped : float
        Part of the epochs that count step by step, the last ones.
    seed : int
        Of the training; the recurrence has its own.
    drawn : int
        Seed of the recurrence.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its range.
    """

    k: int = 32
    tmax: int = 1
    recurrent: bool = True
    epochs: int = 150
    batch: int = 64
    learning_rate: float = 0.01
    input_noise: float = 3.0
    dropout: float = 0.1
    stepped: float = 0.3
    seed: int = 0
    drawn: int = 0

    def __post_init__(self) -> None:
        require_int("k", self.k, 1, NEURONS)
        for name, low in (("tmax", 0), ("epochs", 1), ("batch", 1), ("seed", 0), ("drawn", 0)):
            require_int(name, getattr(self, name), low)
        if not 0 <= self.dropout < 1 or not 0 <= self.stepped <= 1:
            raise ValueError(
                f"dropout must be below 1 and stepped at most 1, neither below 0, not "
                f"{self.dropout!r} and {self.stepped!r}"
            )


def train(levels: NDArray[Any], y: NDArray[np.int64], classes: int, params: SparseParams) -> Layer:
    """Train a layer; equal arguments give equal layers.

    Parameters
    ----------
    levels : integer array (n, pixels)
        0..15.
    y : int64 array (n,)
        Classes.
    classes : int
    params : SparseParams
    """
    rng = np.random.default_rng(params.seed)
    recurrence = Recurrence.drawn(params.drawn)
    shadow = [
        rng.normal(-MIDDLE, 0.8, (levels.shape[1], params.k)).clip(-BOUND, BOUND),
        rng.normal(0, 0.05, (NEURONS, classes)),
    ]
    total = params.epochs * -(-len(levels) // params.batch)
    optimiser = Adam(shadow, bound=BOUND, rate=params.learning_rate, steps=total)
    with threadpool_limits(1, "blas"):
        for epoch in range(params.epochs):
            stepped = epoch >= round((1 - params.stepped) * params.epochs)
            order = rng.permutation(len(levels))
            for start in range(0, len(order), params.batch):
                index = order[start : start + params.batch]
                noisy = levels[index] + params.input_noise * rng.standard_normal(
                    (len(index), levels.shape[1])
                )
                layer = _rounded(shadow, recurrence, params)
                seen, drives = (
                    windows_of_spikes(layer, np.rint(noisy).clip(0, TOP_LEVEL).astype(np.int64))
                    if stepped
                    else windows_of_drives(layer, noisy, rng)
                )
                kept = (rng.random(seen[-1].shape) >= params.dropout) / (1 - params.dropout)
                optimiser.step(
                    gradients(layer, shadow[1], noisy, seen[-1] * kept, drives, kept, y[index])
                )
    return _rounded(shadow, recurrence, params)


def _rounded(shadow: Sequence[Floats], recurrence: Recurrence, params: SparseParams) -> Layer:
    """Return the layer that a shadow stands for."""
    scale = INT8 / max(float(abs(shadow[1]).max()), 1e-9)
    return Layer(
        inputs=np.rint(shadow[0] + MIDDLE).astype(np.int8),
        outputs=np.rint(shadow[1] * scale).astype(np.int8),
        recurrence=recurrence,
        recurrent=params.recurrent,
        tmax=params.tmax,
    )


def _drive(layer: Layer, levels: Floats) -> Floats:
    """Return what inputs add in a window, in thresholds, padded with zeros: y_0*."""
    found = np.zeros((len(levels), NEURONS))
    gain = layer.unit / layer.recurrence.threshold
    found[:, : layer.inputs.shape[1]] = levels @ layer.inputs.astype(np.float64) * gain
    return found


def windows_of_drives(
    layer: Layer, levels: Floats, rng: np.random.Generator
) -> tuple[list[Floats], list[Floats]]:
    """Return every window's counts and drives, (n, neurons) each, by Eq. 5."""
    first = _drive(layer, levels)
    matrix = layer.recurrence.matrix / layer.recurrence.threshold
    seen, drives = [], []
    for window in range(layer.windows):
        drive = first + seen[-1] @ matrix if window and layer.recurrent else first
        drives.append(drive)
        seen.append(np.floor(drive + rng.random(drive.shape)).clip(0, TOP_LEVEL))
    return seen, drives


def windows_of_spikes(layer: Layer, levels: NDArray[np.int64]) -> tuple[list[Floats], list[Floats]]:
    """Return the same, counted step by step, as the core does."""
    threshold, count = layer.recurrence.threshold, len(levels)
    matrix = layer.recurrence.matrix.astype(np.float32)
    active = np.moveaxis(level_spikes(levels), 2, 0).astype(np.float32)
    fed = np.zeros((WINDOW, count, NEURONS), np.float32)
    fed[..., : layer.inputs.shape[1]] = active @ (layer.inputs.astype(np.float32) * layer.unit)
    potential = np.zeros((count, NEURONS), np.float32)
    spikes = np.zeros_like(fed)
    seen, drives = [], []
    for window in range(layer.windows):
        added = fed.copy()
        if window and layer.recurrent:
            added += (spikes.reshape(-1, NEURONS) @ matrix).reshape(fed.shape)
        drives.append(added.sum(axis=0, dtype=np.float64) / threshold)
        for step, some in enumerate(added):
            potential += some
            spikes[step] = potential >= threshold
            potential -= threshold * spikes[step]
            np.maximum(potential, -threshold, out=potential)
        seen.append(spikes.sum(axis=0, dtype=np.float64))
    return seen, drives


def gradients(
    layer: Layer,
    outputs: Floats,
    levels: Floats,
    counted: Floats,
    drives: Sequence[Floats],
    kept: Floats,
    y: NDArray[np.int64],
) -> list[Floats]:
    """Return the gradient of the mean cross entropy for W_in's shadow and the read-out."""
    delta = softmax_error(counted @ outputs, y)
    read = counted.T @ delta
    back = (delta @ outputs.T) * kept
    matrix = layer.recurrence.matrix.T / layer.recurrence.threshold
    into = np.zeros_like(back)
    for window, drive in reversed(list(enumerate(drives))):
        back = back * ((drive > 0) & (drive < TOP_LEVEL))
        into += back
        if not layer.recurrent or not window:
            break
        back = back @ matrix
    gain = layer.unit / layer.recurrence.threshold
    return [levels.T @ into[:, : layer.inputs.shape[1]] * gain, read]
