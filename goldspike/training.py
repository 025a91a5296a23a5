"""Train a network, with a bar and a checkpoint: what all chips' trainers share."""

import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from goldspike.model.errors import InputError
from goldspike.model.guard import guard_files
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.dataset import digits, load_dataset, prepare

__all__ = ["Training", "TrainingRun", "checkpoint_path"]

T = TypeVar("T")
Show = Callable[[int, float | None], None]
Trainer = Callable[[Show, Checkpoint], T]
ImageTrainer = Callable[[np.ndarray, np.ndarray, Show, Checkpoint], T]


def checkpoint_path(out: Path) -> Path:
    """Return where the state of a run is kept while it lasts: ``<out>.checkpoint``."""
    return out.with_name(f"{out.name}.checkpoint") if out.name else out


class TrainingRun:
    """A run whose network goes to `out`, with a bar and a checkpoint.

    Parameters
    ----------
    out : Path
        The network file to be written.
    data : str, optional
        The data set, which must not be written over.
    name : str
        What the data set is called in sentences.

    Raises
    ------
    InputError
        If a file would be written over.
    """

    def __init__(self, out: Path, data: str | None, name: str) -> None:
        guard_files(reads=[data], writes=[out, checkpoint_path(out)])
        self.out, self.name = out, name

    def follow(self, train: Trainer[T], epochs: int, *, resume: bool) -> T:
        """Train, with a bar of so many epochs; an interrupted run leaves its checkpoint.

        Raises
        ------
        InputError
            If the data do not fit, or the checkpoint cannot be gone on from.
        """
        checkpoint = Checkpoint(checkpoint_path(self.out), resume=resume)
        with tqdm(
            total=epochs, desc="training", unit="epoch", delay=2, leave=False,
            disable=not sys.stderr.isatty(),
        ) as bar:  # fmt: skip

            def show(epoch: int, score: float | None) -> None:
                bar.update(epoch - bar.n)
                if score is not None:
                    bar.set_postfix(held_back=f"{100 * score:.2f} %")

            try:
                return train(show, checkpoint)
            except InputError:
                raise
            except ValueError as error:
                raise InputError(f"{self.name}: {error}") from None
            except KeyboardInterrupt:
                if checkpoint.path.exists():
                    kept = f"{checkpoint.path} keeps what was done; --resume goes on"
                    bar.write(kept, sys.stderr)
                raise

    def done(self) -> None:
        """Remove the checkpoint: the network is written."""
        Checkpoint(checkpoint_path(self.out)).remove()


class Training(TrainingRun):
    """The training part of a data set, scaled to a network's inputs.

    Parameters
    ----------
    out : Path
        The network file to be written.
    data : str, optional
        Data set (folder of IDX files or .npz); the shipped digits by default.
    inputs : int
        Of the network: a square number.

    Attributes
    ----------
    name : str
        Of the data set.
    x : uint8 (n, inputs), y : int64 (n,)

    Raises
    ------
    InputError
        If the data cannot be had, or a file would be written over.
    """

    def __init__(self, out: Path, data: str | None, inputs: int) -> None:
        super().__init__(out, data, data or "digits")
        side = math.isqrt(inputs)
        if side * side != inputs:
            raise InputError(f"Expected a square number of inputs for images, not {inputs}.")
        part = load_dataset(data, "train") if data else digits("train")
        self.name = part.name
        self.x, self.y = prepare(part.x, side), part.y

    def run(self, train: ImageTrainer[T], epochs: int, *, resume: bool) -> T:
        """Train as :meth:`follow` does, on the images.

        Raises
        ------
        InputError
            If the data do not fit, or the checkpoint cannot be gone on from.
        """
        return self.follow(
            lambda show, checkpoint: train(self.x, self.y, show, checkpoint), epochs, resume=resume
        )

    def rows(self, sizes: Sequence[int], held: int) -> list[tuple[str, str]]:
        """Return what was written and what it was trained on, as rows of a table."""
        return [
            ("network", f"{self.out}, {'-'.join(map(str, sizes))}"),
            ("data", f"{self.name}, {len(self.x)} images, {held} of them held back"),
        ]
