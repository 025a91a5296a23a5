"""Fully connected networks of binary weights for the always-on chip: the file, images, plain sums.

An .npz without pickles: ``w1``, ``w2``, ... (inputs x outputs), int8, -1 and +1, and ``thresholds``
(layers,), of the input neurons, the hidden ones of the first layer, and so on; output neurons have
none. Further keys, of which our tools write ``chip``, ``made_by``, ``data`` and ``format``, are
kept as they are.

An image becomes a square of inputs: 2x2 max-pooled if it is larger, then with as wide a border as
it takes, so that MNIST's 28x28 pixels are 14x14 in 16x16. The 8x8 digits are 64 inputs, with no
border: neurons that never spike would only take rows.

A hidden neuron with threshold T takes steps of one and falls back from T to 0. So over a frame it
fires as often as the highest sum that it has seen holds T, and if spikes come evenly, that is the
sum at the end: :func:`spike_counts`, by which networks are trained.

Ref: Chundi 2021, "Synapse Block" (thresholds) and Fig. 2B; Cao et al. 2014 (rates as activations).
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.alwayson.neuron_fsm import NeuronFsmParams
from goldspike.model.errors import InputError
from goldspike.workloads import network
from goldspike.workloads.dataset import Dataset
from goldspike.workloads.metadata import read_wholes

__all__ = [
    "MNIST_THRESHOLDS",
    "BinaryNetwork",
    "arrange",
    "load_network",
    "network_images",
    "save_network",
    "spike_counts",
]

MNIST_THRESHOLDS = (1, 32, 16, 14)
HIGHEST = NeuronFsmParams(bits=16).highest
"""The highest threshold that any chip can hold; the chip in question may hold less."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BinaryNetwork:
    """A network; the arrays are those of the file.

    Attributes
    ----------
    weights : tuple of int8 arrays (inputs, outputs)
        -1 and +1.
    thresholds : tuple of int
        One per layer of weights: of the neurons that it leads away from.
    meta : mapping of str to value
        What else the file holds.
    """

    weights: tuple[NDArray[np.int8], ...]
    thresholds: tuple[int, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, inputs first."""
        return (self.weights[0].shape[0], *(w.shape[1] for w in self.weights))


def arrange(x: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return images as squares of inputs, uint8 (n, side, side).

    Parameters
    ----------
    x : uint8 array (n, h, w)
        Grey levels.
    side : int

    Raises
    ------
    InputError
        If an image is still larger than the square once it is pooled.
    """
    n, *shape = x.shape
    if max(shape) > side:
        x = np.pad(x, ((0, 0), (0, shape[0] % 2), (0, shape[1] % 2)))
        x = np.maximum(
            np.maximum(x[:, ::2, ::2], x[:, 1::2, ::2]),
            np.maximum(x[:, ::2, 1::2], x[:, 1::2, 1::2]),
        )
    height, width = x.shape[1:]
    if max(height, width) > side:
        raise InputError(
            f"Expected images of at most {2 * side} x {2 * side} pixels for {side * side} inputs, "
            f"not {shape[0]} x {shape[1]}."
        )
    found = np.zeros((n, side, side), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    found[:, top : top + height, left : left + width] = x
    return found


def network_images(data: Dataset, inputs: int, path: object) -> NDArray[np.uint8]:
    """Return a data set's grey levels as a network's inputs, uint8 (n, inputs).

    Raises
    ------
    InputError
        If `inputs`, of the network in the file `path`, make no square, or images are too large.
    """
    side = math.isqrt(inputs)
    if side * side != inputs:
        raise InputError(f"{path}: expected a square number of inputs for images, not {inputs}.")
    return arrange(data.x, side).reshape(len(data), inputs)


def spike_counts(
    net: BinaryNetwork, levels: NDArray[Any]
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Return how often every neuron spikes if spikes come evenly, and the sums at the frame's end.

    Parameters
    ----------
    net : BinaryNetwork
    levels : integer array (n, inputs)
        Spikes that every input gets per frame.

    Returns
    -------
    counts : list of float32 arrays (n, neurons)
        Whole numbers, a layer each but the last, the inputs first.
    sums : list of float32 arrays (n, neurons)
        What the weights of each layer lead to; the last are the output potentials.
    """
    counts, sums = [np.floor(levels.astype(np.float32) / np.float32(net.thresholds[0]))], []
    for weights, threshold in zip(net.weights, (*net.thresholds[1:], 0), strict=True):
        sums.append(counts[-1] @ weights.astype(np.float32))  # exact below 2**24
        if threshold:
            counts.append(np.floor(np.maximum(sums[-1], 0) / np.float32(threshold)))
    return counts, sums


def save_network(
    path: str | os.PathLike[str], net: BinaryNetwork, meta: Mapping[str, Any] | None = None
) -> None:
    """Write a network file, with further keys; equal networks give equal bytes."""
    kept = {**net.meta, **(meta or {}), "thresholds": np.array(net.thresholds, np.int64)}
    network.save_network(path, network.Network(net.weights, kept))


def load_network(path: str | os.PathLike[str]) -> BinaryNetwork:
    """Read a network file.

    Raises
    ------
    InputError
        If the file is missing, damaged, or holds no valid network; the sentence names it.
    """
    path = Path(path)
    read = network.load_network(path)
    meta = dict(read.meta)
    for k, (weights, inputs) in enumerate(zip(read.weights, read.sizes, strict=False), start=1):
        if not np.all(np.abs(weights) == 1):
            wrong = weights[np.abs(weights) != 1][0]
            raise InputError(f"{path}: expected weights of -1 and +1 in w{k}, but found {wrong}.")
        if len(weights) != inputs:
            raise InputError(
                f"{path}: expected w{k} to have {inputs} rows, for neurons without bias or "
                f"recurrence, not {len(weights)}."
            )
    if "thresholds" not in meta:
        raise InputError(f"{path}: expected thresholds, one per layer of weights.")
    thresholds = read_wholes(path, "thresholds", meta.pop("thresholds"), 1, HIGHEST)
    if len(thresholds) != len(read.weights):
        raise InputError(
            f"{path}: expected {len(read.weights)} numbers in thresholds, one per layer of "
            f"weights, not {len(thresholds)}."
        )
    return BinaryNetwork(weights=tuple(read.weights), thresholds=thresholds, meta=meta)
