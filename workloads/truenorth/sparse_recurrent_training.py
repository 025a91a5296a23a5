"""Training of a sparseRec layer: its k columns and the read-out; the recurrence is fixed.

W_in is rounded to -2..1 in every forward pass and kept in that range, as the paper keeps its own
in -1..1 (Muller, section 3.2.1). The first epochs take a neuron's count in a window as its drive by
the threshold, 0 to 15, rounded up or down by chance; the last ones count spikes step by step. The
gradient is that of the drives, through all windows. The read-out is rounded once, at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from goldspike.model.params import require_int
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.epochs import Progress, held_back, run_epochs, softmax_error
from goldspike.workloads.trainer_settings import TrainerParams, settings_of
from goldspike.workloads.truenorth.mapping import TOP_LEVEL, WINDOW, level_spikes
from goldspike.workloads.truenorth.sparse_recurrent import (
    MOST_WINDOWS,
    NEURONS,
    PIXELS,
    Layer,
    Recurrence,
    layer_counts,
    scores,
)

__all__ = ["SETTINGS", "SparseParams", "train"]

Floats = NDArray[np.float64]

MIDDLE, BOUND = -0.5, 1.99
"""W_in is a shadow of -1.99..1.99, moved by -0.5 and rounded."""
INT8 = 127


@dataclass(frozen=True, kw_only=True)
class SparseParams(TrainerParams):
    """What one training run depends on, besides the data.

    Parameters
    ----------
    k : int
        Neurons that see the input.
    tmax : int
        Steps of the recurrence.
    recurrent : int
        1; 0 for as many windows without the recurrence.
    learning_rate : float
        First step of Adam.
    input_noise : float
        Added to inputs, in levels.
    dropout : float
        Part of the neurons that the read-out does not see.
    stepped : float
        Part of the epochs that count step by step, the last ones.
    drawn : int
        Seed of the recurrence.
    """

    at_least_zero: ClassVar = ("input_noise",)
    below_one: ClassVar = ("dropout", "validation")

    k: int = 32
    tmax: int = 1
    recurrent: int = 1
    epochs: int = 150
    learning_rate: float = 0.01
    input_noise: float = 3.0
    dropout: float = 0.1
    stepped: float = 0.3
    drawn: int = 0

    def __post_init__(self) -> None:
        require_int("k", self.k, 1, NEURONS)
        require_int("tmax", self.tmax, 0, MOST_WINDOWS - 1)
        require_int("recurrent", self.recurrent, 0, 1)
        require_int("drawn", self.drawn, 0)
        super().__post_init__()
        if not 0 <= self.stepped <= 1:
            raise ValueError(f"stepped must be 0..1, not {self.stepped!r}.")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, inputs first."""
        return PIXELS, NEURONS


HELP = {
    "k": "neurons of 128 that see the input",
    "tmax": "steps of the recurrence; there is a window more",
    "recurrent": "1; 0 for as many windows without the recurrence",
    "learning_rate": "first step of Adam",
    "input_noise": "standard deviation added to an input, in levels of 0..15",
    "dropout": "part of the neurons that the read-out does not see",
    "stepped": "part of the epochs, the last ones, that count spikes step by step",
    "drawn": "seed of the recurrence",
}
SETTINGS = settings_of(SparseParams, HELP)
"""What may be set for a training run, by name."""


def train(
    levels: NDArray[Any],
    y: NDArray[np.int64],
    classes: int,
    params: SparseParams,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[Layer, float | None]:
    """Train a layer; equal arguments give equal layers.

    Parameters
    ----------
    levels : integer array (n, pixels)
        0..15.
    y : int64 array (n,)
        Classes.
    classes : int
    params : SparseParams
    progress, checkpoint
        See :func:`~goldspike.workloads.epochs.run_epochs`.

    Returns
    -------
    layer : Layer
    held_back : float or None
        Its accuracy on the images held back, on the core; None without any.

    Raises
    ------
    ValueError
        If no images are left to train on.
    InputError
        If the checkpoint cannot be gone on from.
    """
    rng = np.random.default_rng(params.seed)
    kept, used = np.arange(0), np.arange(len(levels))
    if params.validation:
        kept, used = held_back(len(levels), params, rng)
    recurrence = Recurrence.drawn(params.drawn)
    shadow = [
        rng.normal(-MIDDLE, 0.8, (levels.shape[1], params.k)).clip(-BOUND, BOUND),
        rng.normal(0, 0.05, (NEURONS, classes)),
    ]

    def batch_gradients(index: NDArray[np.int64], epoch: int) -> list[Floats]:
        noise = params.input_noise * rng.standard_normal((len(index), levels.shape[1]))
        noisy = levels[index] + noise
        layer = _rounded(shadow, recurrence, params)
        if epoch >= round((1 - params.stepped) * params.epochs):
            whole = np.rint(noisy).clip(0, TOP_LEVEL).astype(np.int64)
            seen, drives = windows_of_spikes(layer, whole)
        else:
            seen, drives = windows_of_drives(layer, noisy, rng)
        kept = (rng.random(seen[-1].shape) >= params.dropout) / (1 - params.dropout)
        return gradients(layer, shadow[1], noisy, seen[-1] * kept, drives, kept, y[index])

    def right(shadow: Sequence[Floats]) -> float | None:
        if not kept.size:
            return None
        layer = _rounded(shadow, recurrence, params)
        found, _ = layer_counts(layer, levels[kept])
        return float((scores(layer, found).argmax(axis=1) == y[kept]).mean())

    state = run_epochs(
        shadow,
        rng,
        params,
        bound=BOUND,
        rate=params.learning_rate,
        data=(levels, y),
        used=used,
        gradients=batch_gradients,
        score=lambda _: right(shadow),
        progress=progress,
        checkpoint=checkpoint,
    )
    return _rounded(state.best, recurrence, params), right(state.best)


def _rounded(shadow: Sequence[Floats], recurrence: Recurrence, params: SparseParams) -> Layer:
    """Return the layer that a shadow stands for."""
    scale = INT8 / max(float(abs(shadow[1]).max()), 1e-9)
    return Layer(
        inputs=np.rint(shadow[0] + MIDDLE).astype(np.int8),
        outputs=np.rint(shadow[1] * scale).astype(np.int8),
        recurrence=recurrence,
        recurrent=bool(params.recurrent),
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
