"""Fully connected networks for TrueNorth-like cores: the file, grey levels, spikes by plain sums.

An .npz without pickles: ``w1``, ``w2``, ... (inputs x outputs), whole numbers -8..7, and
``thresholds`` (layers,), 1 or more: what a spike of a layer's neurons stands for, in steps of a
weight. ``bias`` (layers,), 0 or 1, says which matrices end in a row of biases, -127..127, and
``floor`` how low potentials may go, 0 if it is missing. Further keys, of which our tools write
``chip``, ``made_by``, ``data`` and ``format``, are kept as they are.

An input is a level of 0..15, that many spikes in a window of 15 steps, spread evenly. A neuron adds
the weights of what spikes, and its bias, fires once per step at most, is then lowered by its
threshold, and is never below the floor. The next layer sees a spike a step later, so that two
layers take 16 steps. The answer is the class with most spikes, of equals the first.
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
from goldspike.workloads.metadata import read_whole, read_wholes
from goldspike.workloads.truenorth.mapping import AXON_WEIGHTS, TOP_LEVEL, WINDOW, level_spikes

__all__ = [
    "GREY_TOP",
    "HIGH",
    "LOW",
    "LOWEST",
    "Layers",
    "levels",
    "load_network",
    "save_network",
    "spike_counts",
]

GREY_TOP = 255
LOW, HIGH = AXON_WEIGHTS[0], sum(AXON_WEIGHTS[1:])
LOWEST = -LIMITS["beta"][1]
"""Floor of potentials that need none: windows are too short to reach it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Layers:
    """A network; the arrays are those of the file.

    Attributes
    ----------
    weights : tuple of int8 arrays (inputs, outputs)
        -8..7.
    thresholds : tuple of int
        One per layer.
    biases : tuple of integer arrays (outputs,), or empty
        What is added in every step, -127..127; one array per layer if there is any.
    floor : int
        Lowest potential, 0 or below.
    """

    weights: tuple[NDArray[np.int8], ...]
    thresholds: tuple[int, ...]
    biases: tuple[NDArray[Any], ...] = ()
    floor: int = 0

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
        Whole numbers, a layer each, the inputs' levels first; 0..15 without biases, with which
        later layers may spike before anything reaches them.
    """
    count = len(inputs)
    active = np.moveaxis(level_spikes(inputs), 2, 0).astype(np.float32)  # exact below 2**24
    found = [inputs.astype(np.float64)]
    for k, (weights, threshold) in enumerate(zip(net.weights, net.thresholds, strict=True)):
        if net.biases and k:
            active = np.concatenate([np.zeros_like(active[:1]), active])
        flat = active.reshape(len(active) * count, -1)
        active = (flat @ weights.astype(np.float32)).reshape(len(active), count, -1)
        if net.biases:
            active += net.biases[k].astype(np.float32)
        potential = np.zeros(active.shape[1:], np.float32)
        for drive in active:  # becomes the spikes, in place
            potential += drive
            np.greater_equal(potential, threshold, out=drive, casting="unsafe")
            potential -= threshold * drive
            np.maximum(potential, net.floor, out=potential)
        found.append(active.sum(axis=0, dtype=np.float64))
    return found


def save_network(path: str | os.PathLike[str], net: Layers, meta: Mapping[str, Any]) -> None:
    """Write a network file; equal networks give equal bytes."""
    kept = {"thresholds": np.array(net.thresholds, np.int64), **meta}
    weights: tuple[NDArray[Any], ...] = net.weights
    if net.biases:
        kept["bias"] = np.ones(len(weights), np.int64)
        weights = tuple(
            np.vstack([w, b]).astype(np.int8) for w, b in zip(weights, net.biases, strict=True)
        )
    if net.floor:
        kept["floor"] = net.floor
    network.save_network(path, network.Network(weights, kept))


def load_network(path: str | os.PathLike[str]) -> tuple[Layers, dict[str, Any]]:
    """Read a network file; return the network and the further keys.

    Raises
    ------
    InputError
        If the file is missing, damaged, or holds no valid network; the sentence names it.
    """
    path = Path(path)
    read = network.load_network(path)
    meta, layers = dict(read.meta), len(read.weights)
    floor = read_whole(path, "floor", meta.pop("floor", 0), LOWEST, 0)
    given = read_wholes(path, "bias", meta.pop("bias", [0] * layers), 0, 1)
    if "thresholds" not in meta:
        raise InputError(f"{path}: expected a threshold per layer as thresholds.")
    thresholds = read_wholes(path, "thresholds", meta.pop("thresholds"), 1, LIMITS["alpha"][1])
    for name, values in (("thresholds", thresholds), ("bias", given)):
        if len(values) != layers:
            raise InputError(
                f"{path}: expected {layers} numbers in {name}, one per layer, not {len(values)}."
            )
    weights, biases = [], []
    inputs = len(read.weights[0]) - given[0]
    for k, (matrix, has_bias) in enumerate(zip(read.weights, given, strict=True), start=1):
        if len(matrix) != inputs + has_bias or not inputs:
            raise InputError(
                f"{path}: expected w{k} to have {inputs + has_bias} rows, for neurons "
                f"{'with a' if has_bias else 'without'} bias or recurrence, not {len(matrix)}."
            )
        part = matrix[:inputs]
        if part.min() < LOW or part.max() > HIGH:
            raise InputError(
                f"{path}: expected weights {LOW}..{HIGH} in w{k}, but they span "
                f"{part.min()}..{part.max()}."
            )
        inputs = matrix.shape[1]
        weights.append(part)
        biases.append(matrix[-1].astype(np.int64) * has_bias)
    net = Layers(
        weights=tuple(weights),
        thresholds=thresholds,
        biases=tuple(biases) if any(given) else (),
        floor=floor,
    )
    return net, meta
