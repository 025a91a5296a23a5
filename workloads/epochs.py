"""What the trainers of all chips share: samples held back, epochs, and the loss."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from goldspike.workloads.adam import Adam
from goldspike.workloads.checkpoint import Checkpoint, TrainState, fingerprint

__all__ = [
    "EpochParams",
    "Progress",
    "check_images",
    "held_back",
    "run_epochs",
    "shuffled",
    "softmax_error",
]

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Progress = Callable[[int, float | None], object]
Batches = Callable[[Index, int, np.random.Generator], Iterable[Index]]


class EpochParams(Protocol):
    """What every trainer's parameters have."""

    @property
    def epochs(self) -> int:
        """Passes over the training samples."""
        ...

    @property
    def batch(self) -> int:
        """Samples per step."""
        ...

    @property
    def validation(self) -> float:
        """Part of the samples held back."""
        ...

    @property
    def seed(self) -> int:
        """Of all that is drawn; the samples held back are drawn first."""
        ...


def check_images(x: NDArray[Any], y: NDArray[Any], sizes: Sequence[int]) -> None:
    """Refuse images or labels that do not fit a network's sizes.

    Raises
    ------
    ValueError
        If they do not.
    """
    if x.ndim != 2 or x.shape[1] != sizes[0] or len(x) != len(y):
        raise ValueError(
            f"x must have the shape ({len(y)}, {sizes[0]}) for these labels and sizes, "
            f"not {x.shape}."
        )
    if len(y) == 0 or y.min() < 0 or y.max() >= sizes[-1]:
        raise ValueError(f"y must hold at least one label, and only 0..{sizes[-1] - 1}.")


def held_back(
    n: int, params: EpochParams, rng: np.random.Generator | None = None, *, of: str = "images"
) -> tuple[Index, Index]:
    """Return the numbers of the samples held back, and of those to train on.

    Parameters
    ----------
    n : int
        Samples in all.
    params : EpochParams
    rng : numpy.random.Generator, optional
        As seeded: this is a run's first draw. A fresh one without.
    of : str
        What the samples are called in a sentence.

    Raises
    ------
    ValueError
        If none are left to train on.
    """
    order = (np.random.default_rng(params.seed) if rng is None else rng).permutation(n)
    held = round(params.validation * n)
    if held == n:
        raise ValueError(f"validation must leave {of} to train on, but all {held} are held back.")
    return order[:held], order[held:]


def shuffled(used: Index, size: int, rng: np.random.Generator) -> Iterable[Index]:
    """Give all of `used` once, in random order, in batches of `size`."""
    order = rng.permutation(used)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def run_epochs(
    shadow: list[Floats],
    rng: np.random.Generator,
    params: EpochParams,
    *,
    bound: float,
    rate: float,
    data: tuple[NDArray[Any], NDArray[Any]],
    used: Index,
    gradients: Callable[[Index, int], Sequence[Floats]],
    score: Callable[[int], float | None],
    batches: Batches = shuffled,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> TrainState:
    """Train in place, and return the last state, with the best shadow and its score.

    Parameters
    ----------
    shadow : list of float64 arrays
        The weights before rounding; changed in place.
    rng : numpy.random.Generator
        All that is drawn comes from it, so that a run that goes on draws the same.
    params : EpochParams
    bound, rate : float
        Of :class:`~goldspike.workloads.adam.Adam`: largest weight, first step.
    data : tuple of arrays
        Samples and labels, which a checkpoint must have been trained on.
    used : int64 array
        Numbers of the samples to train on.
    gradients : callable
        Takes a batch and the number of epochs done; returns one gradient per array of `shadow`.
    score : callable
        Takes the number of epochs done before this one; returns the accuracy on the samples held
        back, None without any.
    batches : callable
        Takes `used`, the size of a batch and `rng`; gives an epoch's batches.
    progress : callable, optional
        Called after every epoch with the number of epochs done and the score.
    checkpoint : Checkpoint, optional
        Kept after the epochs; a run that goes on from it ends with the same weights.

    Raises
    ------
    InputError
        If the checkpoint cannot be gone on from.
    """
    steps = params.epochs * -(-len(used) // params.batch)
    optimiser = Adam(shadow, bound=bound, rate=rate, steps=steps)
    state = TrainState(0, shadow, optimiser, rng, [a.copy() for a in shadow], -math.inf)
    run = fingerprint(*data, params) if checkpoint else ""
    if checkpoint:
        checkpoint.begin(state, run)
    libraries = ThreadpoolController()  # looks through all that the process has loaded
    while state.epoch < params.epochs:
        # more threads would wait for each other on such small matrices
        with libraries.limit(limits=1, user_api="blas"):
            for index in batches(used, params.batch, rng):
                optimiser.step(gradients(index, state.epoch))
        found = score(state.epoch)
        state.epoch += 1
        if found is None or found >= state.score:  # of equals the later, which is smoother
            state.best = [a.copy() for a in shadow]
            state.score = -math.inf if found is None else found
        if checkpoint:
            checkpoint.keep(state, run)
        if progress is not None:
            progress(state.epoch, found)
    return state


def softmax_error(outputs: Floats, y: NDArray[np.integer[Any]], sharpness: float = 1.0) -> Floats:
    """Return the gradient, for the outputs, of the mean cross entropy of sharpened outputs.

    Parameters
    ----------
    outputs : float64 array (n, classes)
    y : integer array (n,)
        Classes.
    sharpness : float
        Logits per unit of an output.
    """
    error = sharpness * outputs
    error -= error.max(axis=1, keepdims=True)
    np.exp(error, out=error)
    error /= error.sum(axis=1, keepdims=True)
    error[np.arange(len(y)), y] -= 1
    error *= sharpness / len(y)
    return error
