"""A training run on disk, complete to the last bit, so that it can go on after an interruption."""

import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.workloads.adam import Adam
from goldspike.workloads.metadata import read_whole, read_word

__all__ = ["Checkpoint", "TrainState", "fingerprint"]

Floats = NDArray[np.float64]


@dataclass
class TrainState:
    """All that a training run carries from one epoch to the next.

    Parameters
    ----------
    epoch : int
        Epochs done.
    shadow : list of float64 arrays
        The weights before rounding; the optimiser changes them in place.
    optimiser : Adam
    rng : numpy.random.Generator
    best : list of arrays
        The weights that would be kept if training ended here.
    score : float
        Their accuracy on the held-back images; minus infinity without one.
    """

    epoch: int
    shadow: list[Floats]
    optimiser: Adam
    rng: np.random.Generator
    best: list[NDArray[Any]]
    score: float

    def arrays(self) -> dict[str, Any]:
        """Return everything as arrays for a file."""
        groups = {
            "shadow": self.shadow,
            "first": self.optimiser.first,
            "second": self.optimiser.second,
            "best": self.best,
        }
        return {
            "epoch": self.epoch,
            "steps": self.optimiser.done,
            "score": self.score,
            "rng": json.dumps(self.rng.bit_generator.state),
            **{f"{name}{k}": a for name, group in groups.items() for k, a in enumerate(group)},
        }

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Take over what :meth:`arrays` returned.

        Raises
        ------
        KeyError, ValueError, TypeError, OverflowError
            If anything is missing, of another shape, or no number.
        """
        for name, group in (
            ("shadow", self.shadow),
            ("first", self.optimiser.first),
            ("second", self.optimiser.second),
            ("best", self.best),
        ):
            for k, array in enumerate(group):
                kept = arrays[f"{name}{k}"]
                if kept.shape != array.shape or kept.dtype != array.dtype:
                    raise ValueError(f"{name}{k} has another shape")
                if not np.isfinite(kept).all():
                    raise ValueError(f"{name}{k} holds a NaN or inf")
                array[...] = kept
        most = self.optimiser.steps
        self.optimiser.done = read_whole("", "steps", arrays["steps"], 0, most)
        self.epoch = read_whole("", "epoch", arrays["epoch"], 0, most)
        self.score = arrays["score"].astype(np.float64).item()  # minus infinity is a score
        self.rng.bit_generator.state = json.loads(read_word("", "rng", arrays["rng"]))


def fingerprint(x: NDArray[Any], y: NDArray[Any], params: object) -> str:
    """Return a hash of all that determines a training run."""
    digest = hashlib.sha256(repr(params).encode())
    for array in (x, y):
        digest.update(array.tobytes())
    return digest.hexdigest()


class Checkpoint:
    """The file of a run under way.

    Parameters
    ----------
    path : Path
        The file, replaced atomically.
    seconds : float
        Least distance of two writes.
    resume : bool
        Whether the run starts from what the file holds.
    """

    def __init__(self, path: Path, *, seconds: float = 2.0, resume: bool = False) -> None:
        self.path, self.seconds, self.resume = path, seconds, resume
        self.written = -math.inf  # the first state is written at once

    def begin(self, state: TrainState, run: str) -> None:
        """Take over the state from the file, if asked to.

        Parameters
        ----------
        state : TrainState
            Fresh, of the same sizes.
        run : str
            The run's :func:`fingerprint`.

        Raises
        ------
        InputError
            If the file is missing, damaged, or of another run.
        """
        if not self.resume:
            return
        arrays = load_npz(self.path)
        if str(arrays.get("run")) != run:
            raise InputError(
                f"{self.path}: expected a checkpoint of these data and settings, "
                "but it is of another run."
            )
        try:
            state.restore(arrays)
        except (KeyError, ValueError, TypeError, OverflowError, AttributeError):
            raise InputError(f"{self.path}: expected an intact checkpoint.") from None

    def keep(self, state: TrainState, run: str) -> None:
        """Write the state, unless the last write is too recent."""
        if time.monotonic() - self.written >= self.seconds:
            save_npz(self.path, run=run, **state.arrays())
            self.written = time.monotonic()

    def remove(self) -> None:
        """Remove the file: the run is complete."""
        self.path.unlink(missing_ok=True)
