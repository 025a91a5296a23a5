"""Fully connected networks for TrueNorth-like cores: the file, grey levels, spikes by plain sums.

An .npz without pickles: ``w1``, ``w2``, ... (inputs x outputs), whole numbers -8..7, and
``thresholds`` (layers,), 1 or more: what a spike of a layer's neurons stands for, in steps of a
weight. Further keys, of which our tools write ``chip``, ``made_by``, ``data`` and ``format``, are
kept as they are.

An input is a level of 0..15, that many spikes in a window of 15 steps, spread evenly. A neuron adds
the weights of what spikes, fires once per step at most, is then lowered by its threshold, and is
never below 0. The next layer sees a spike a step later, so that two layers take 16 steps. The
answer is the class with most spikes, of equals the first.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.truenorth.shared.image import LIMITS
from goldspike.workloads import network
from goldspike.workloads.metadata import read_wholes
from goldspike.workloads.truenorth.mapping import AXON_WEIGHTS, TOP_LEVEL, WINDOW, level_spikes

__all__ = ["GREY_TOP", "Layers", "levels", "load_network", "save_network", "spike_counts"]

GREY_TOP = 255
LOW, HIGH = AXON_WEIGHTS[0], sum(AXON_WEIGHTS[1:])


@dataclass(frozen=True, eq=False, kw_only=True)
class Layers:
    """A network; the arrays are those of the file.

    Attributes
    ----------
    weights : tuple of int8 arrays (inputs, outputs)
        -8..7.
    thresholds : tuple of int
        One per layer.
    """

    weights: tuple[NDArray[np.int8], ...]
    thresholds: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, inputs first."""
        return (self.weights[0].shape[0], *(w.shape[1] for w in self.weights))

    @property
    def steps(self) -> int:
        """How many steps an input takes: a window, and a step per layer but the first."""
        return WINDOW + len(self.weights) - 1


def levels(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return grey levels 0..255 as levels 0..15, rounded half up."""
    step = GREY_TOP // TOP_LEVEL
    return (2 * grey.astype(np.int64) + step) // (2 * step)


def spike_counts(net: Layers, inputs: NDArray[Any]) -> list[NDArray[np.float64]]:
    """Return how often every neuron spikes, by plain sums, no core in sight.

    Parameters
    ----------
    net : Layers
    inputs : integer array (n, inputs)
        Levels.

    Returns
    -------
    list of float64 arrays (n, neurons)
        Whole numbers 0..15, a layer each, the inputs' levels first.
    """
    count = len(inputs)
    active = np.moveaxis(level_spikes(inputs), 2, 0).astype(np.float32)  # exact below 2**24
    found = [inputs.astype(np.float64)]
    for weights, threshold in zip(net.weights, net.thresholds, strict=True):
        flat = active.reshape(WINDOW * count, -1)
        active = (flat @ weights.astype(np.float32)).reshape(WINDOW, count, -1)
        potential = np.zeros(active.shape[1:], np.float32)
        for drive in active:  # becomes the spikes, in place
            potential += drive
            np.greater_equal(potential, threshold, out=drive, casting="unsafe")
            potential -= threshold * drive
            np.maximum(potential, 0, out=potential)
        found.append(active.sum(axis=0, dtype=np.float64))
    return found


def save_network(path: str | os.PathLike[str], net: Layers, meta: Mapping[str, Any]) -> None:
    """Write a network file; equal networks give equal bytes."""
    kept = {"thresholds": np.array(net.thresholds, np.int64), **meta}
    network.save_network(path, network.Network(net.weights, kept))


def load_network(path: str | os.PathLike[str]) -> tuple[Layers, dict[str, Any]]:
    """Read a network file; return the network and the further keys.

    Raises
    ------
    InputError
        If the file is missing, damaged, or holds no valid network; the sentence names it.
    """
    path = Path(path)
    read = network.load_network(path)
    meta = dict(read.meta)
    for k, (weights, inputs) in enumerate(zip(read.weights, read.sizes, strict=False), start=1):
        if weights.min() < LOW or weights.max() > HIGH:
            raise InputError(
                f"{path}: expected weights {LOW}..{HIGH} in w{k}, but they span "
                f"{weights.min()}..{weights.max()}."
            )
        if len(weights) != inputs:
            raise InputError(
                f"{path}: expected w{k} to have {inputs} rows, for neurons without bias or "
                f"recurrence, not {len(weights)}."
            )
    if "thresholds" not in meta:
        raise InputError(f"{path}: expected a threshold per layer as thresholds.")
    thresholds = read_wholes(path, "thresholds", meta.pop("thresholds"), 1, LIMITS["alpha"][1])
    if len(thresholds) != len(read.weights):
        raise InputError(
            f"{path}: expected {len(read.weights)} numbers in thresholds, one per layer, not "
            f"{len(thresholds)}."
        )
    return Layers(weights=read.weights, thresholds=thresholds), meta
