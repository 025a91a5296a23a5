"""Training of a network on images: what the trainers of fully connected layers share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.epochs import EpochParams, Progress, check_images, held_back, run_epochs

__all__ = ["ImageParams", "ImageTraining"]

Floats = NDArray[Any]
Index = NDArray[np.int64]


class ImageParams(EpochParams, Protocol):
    """Parameters of a network of fully connected layers."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, inputs first."""
        ...

    @property
    def learning_rate(self) -> float:
        """First step of Adam."""
        ...


N = TypeVar("N")
P = TypeVar("P", bound=ImageParams)


class ImageTraining(ABC, Generic[P, N]):
    """A training run from scratch; a chip fills in its shadow weights and what they stand for.

    Parameters
    ----------
    x : uint8 array (n, sizes[0])
        Grey levels.
    y : int64 array (n,)
        Classes, 0 to sizes[-1] - 1.
    params : ImageParams

    Raises
    ------
    ValueError
        If the data do not fit ``params.sizes``, or none are left to train on.
    """

    bound: float
    """Largest shadow weight."""
    unit: float = 1.0
    """What the learning rate is in parts of."""

    def __init__(self, x: NDArray[np.uint8], y: NDArray[np.integer[Any]], params: P) -> None:
        self.x, self.y, self.params = x, y, params
        self.inputs = self.prepare()
        check_images(self.inputs, y, params.sizes)
        self.rng = np.random.default_rng(params.seed)
        self.kept, self.used = held_back(len(y), params, self.rng)
        self.shadow = self.first()

    def prepare(self) -> NDArray[Any]:
        """Return what the network sees of the images, (n, sizes[0])."""
        return self.x

    @abstractmethod
    def first(self) -> list[Floats]:
        """Draw the shadow weights, and set `bound` and `unit`."""

    @abstractmethod
    def gradients(self, index: Index, epoch: int) -> Sequence[Floats]:
        """Return the gradient of every array of the shadow, for a batch, after so many epochs."""

    @abstractmethod
    def network(self, shadow: Sequence[Floats]) -> N:
        """Return the network that a shadow stands for."""

    @abstractmethod
    def accuracy(self, net: N) -> float:
        """Return the part of the answers about the images held back that are right."""

    def score(self) -> float:
        """Return the accuracy as it is now; the epoch that does best is kept."""
        return self.accuracy(self.network(self.shadow))

    def run(
        self, progress: Progress | None = None, checkpoint: Checkpoint | None = None
    ) -> tuple[N, float | None]:
        """Train; return the network and its accuracy on the images held back, None without any.

        Raises
        ------
        InputError
            If the checkpoint cannot be gone on from.
        """
        state = run_epochs(
            self.shadow, self.rng, self.params,
            bound=self.bound, rate=self.params.learning_rate * self.unit,
            data=(self.x, self.y), used=self.used, gradients=self.gradients,
            score=lambda _epoch: self.score() if self.kept.size else None,
            progress=progress, checkpoint=checkpoint,
        )  # fmt: skip
        net = self.network(state.best)
        return net, self.accuracy(net) if self.kept.size else None

    @classmethod
    def train(
        cls,
        x: NDArray[np.uint8],
        y: NDArray[np.integer[Any]],
        params: P,
        progress: Progress | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> tuple[N, float | None]:
        """Train a network from scratch; equal arguments give equal networks.

        Parameters
        ----------
        x, y, params
            See the class.
        progress : callable, optional
            Called after every epoch with the epochs done and the accuracy on the images held back.
        checkpoint : Checkpoint, optional
            Kept after the epochs; a run that goes on from it ends with the same network.

        Returns
        -------
        net
        held_back : float or None
            Its accuracy on the images held back; None without any.

        Raises
        ------
        ValueError
            If the data do not fit, or none are left to train on.
        InputError
            If the checkpoint cannot be gone on from.
        """
        return cls(x, y, params).run(progress, checkpoint)
