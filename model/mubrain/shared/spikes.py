"""Spikes of many samples in a few arrays, and room for them that is used again.

A golden circuit serves a batch of samples in one call: spikes in, spikes out, one sample after the
other. Whoever calls it owns all arrays, so that a long run needs no more memory than its largest
batch.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

__all__ = ["Room", "Spikes", "one_sample"]

S = TypeVar("S")


class Spikes(NamedTuple):
    """Spikes of a batch of samples, or room for them.

    Attributes
    ----------
    tick : int64 (spikes,)
        Sorted within each sample.
    line : uint16 (spikes,)
    bounds : int64 (samples + 1,)
        Sample s has the spikes ``bounds[s] .. bounds[s + 1] - 1``.
    """

    tick: np.ndarray
    line: np.ndarray
    bounds: np.ndarray

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.bounds.size - 1

    @property
    def per_sample(self) -> np.ndarray:
        """Spikes of each sample: int64 (samples,)."""
        return np.diff(self.bounds)

    @property
    def total(self) -> int:
        """Spikes of all samples."""
        return int(self.bounds[-1])

    def filled(self) -> "Spikes":
        """Return what is filled of this room."""
        return Spikes(self.tick[: self.total], self.line[: self.total], self.bounds)

    def summed(self, worth: np.ndarray) -> np.ndarray:
        """Return the sum of each sample's spikes, one on a line being worth `worth[line]`."""
        sums = np.concatenate([[0], np.cumsum(worth[self.line[: self.total]])])
        return np.diff(sums[self.bounds])

    def last(self, rest: int) -> np.ndarray:
        """Return the tick of each sample's last spike, `rest` where it has none: int64."""
        ends = np.full(self.samples, rest, np.int64)
        some = self.per_sample > 0
        ends[some] = self.tick[self.bounds[1:][some] - 1]
        return ends


def one_sample(tick: np.ndarray, line: np.ndarray) -> Spikes:
    """Return one sample's spikes as a batch."""
    tick = np.ascontiguousarray(tick, np.int64)
    return Spikes(tick, np.ascontiguousarray(line, np.uint16), np.array([0, tick.size]))


class Room:
    """Arrays by name that grow and are used again; of one thread at a time.

    Whatever was taken under a name is overwritten by the next taker of that name.
    """

    def __init__(self) -> None:
        self._arrays: dict[str, np.ndarray] = {}
        self._states: dict[Any, Any] = {}

    def take(self, name: str, size: int, dtype: Any) -> np.ndarray:
        """Return `size` elements with whatever they held last."""
        array = self._arrays.get(name)
        if array is None or array.size < size or array.dtype != dtype:
            # a little more, because no two batches are of one size
            array = self._arrays[name] = np.empty(size + size // 4, dtype)
        return array[:size]

    def spikes(self, name: str, size: int, samples: int) -> Spikes:
        """Return room for `size` spikes of `samples` samples."""
        bounds = self.take(f"{name} bounds", samples + 1, np.int64)
        bounds[0] = 0
        return Spikes(
            self.take(f"{name} tick", size, np.int64),
            self.take(f"{name} line", size, np.uint16),
            bounds,
        )

    def keep(self, name: str, params: Any, make: Callable[[Any], S]) -> S:
        """Return the state that `make` made of `params`, as whoever had it last left it."""
        if (name, params) not in self._states:
            self._states[name, params] = make(params)
        return self._states[name, params]
