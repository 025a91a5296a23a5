"""A sparseRec layer on one core: few learned inputs, a fixed recurrence, a read-out by the host.

Muller Eq. 5: ``y_0 = W_in x``, ``y_t = f(y_0* + W_rec y_{t-1})`` up to t = tmax, the input kept,
``y_0*`` padded with zeros: W_in has columns for the first k neurons only. Here f is a count of
spikes in a window of 15 steps, 0 to 15, and tmax + 1 windows follow each other.

The core's axons are two per pixel, of weights -2u and u (so that W_in is -2..1, in units of u), and
one per neuron. Neuron i is there twice: one copy sends to axon 128 + i, 15 steps later, which is
the same step of the next window; the other is output i. A source of the recurrence either excites
or inhibits; what it adds is a weight of its target, which has one for each kind, drawn uniformly. A
fifth of the pairs is connected. Thresholds above and below are the matrix's spectral radius by
0.95, so that the recurrence in spikes has the paper's 0.95. Potentials stay from window to window.

The last window's counts times whole numbers of 8 bits are the classes' scores, on the host.

A layer's file is an .npz without pickles: ``inputs`` (pixels, k), -2..1; ``connected`` (128, 128),
0 or 1, from a source to a target; ``inhibits`` (128,), 0 or 1; ``weights`` (128, 2), 1..31 for a
source that excites and -31..-1 for one that inhibits; ``outputs`` (128, classes), 8 bits;
``recurrent``, 0 or 1; ``tmax``. Further keys are kept as they are.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.params import require_int
from goldspike.model.paths import user_path
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.steps import SPIKE, Steps
from goldspike.workloads.metadata import read_whole
from goldspike.workloads.truenorth.mapping import WINDOW, counts, level_spikes

__all__ = [
    "MOST_WINDOWS",
    "NEURONS",
    "PIXELS",
    "Layer",
    "Recurrence",
    "core_image",
    "input_spikes",
    "last_counts",
    "layer_counts",
    "load_layer",
    "save_layer",
    "scores",
]

NEURONS = 128
PIXELS = 64
"""At most, of two axons each."""
MOST_WINDOWS = 1000
MOST_CLASSES = 1000
FORMAT = "goldspike-truenorth-sparse-1"
DENSITY, RADIUS = 0.2, 0.95
STRONGEST = 31
"""Largest weight of the recurrence."""
BITS = (-2, 1)
"""What an input's two axons are worth, in units."""
GAIN = 8
"""Units in a threshold, about."""


@dataclass(frozen=True, eq=False)
class Recurrence:
    """A fixed recurrence.

    Parameters
    ----------
    connected : bool array (neurons, neurons)
        From a source to a target.
    inhibits : bool array (neurons,)
        Sources.
    weights : int64 array (neurons, 2)
        Of targets, for a source that excites and one that inhibits: above 0, below 0.
    """

    connected: NDArray[np.bool_]
    inhibits: NDArray[np.bool_]
    weights: NDArray[np.int64]

    @classmethod
    def drawn(cls, seed: int) -> "Recurrence":
        """Return one at random: a fifth of all pairs, half of the sources inhibit."""
        rng = np.random.default_rng(seed)
        connected = np.zeros(NEURONS * NEURONS, bool)
        connected[rng.permutation(connected.size)[: round(DENSITY * connected.size)]] = True
        inhibits = rng.permutation(NEURONS) < NEURONS // 2
        weights = rng.integers(1, STRONGEST, (NEURONS, 1), endpoint=True) * (1, -1)
        return cls(connected.reshape(NEURONS, NEURONS), inhibits, weights)

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """The weights, int64 (sources, targets)."""
        return self.connected * self.weights[:, self.inhibits.astype(int)].T

    @cached_property
    def threshold(self) -> int:
        """For a spectral radius of 0.95, in spikes."""
        return round(float(abs(np.linalg.eigvals(self.matrix)).max()) / RADIUS)


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """A layer with its read-out.

    Parameters
    ----------
    inputs : int8 array (pixels, k)
        W_in, -2..1.
    outputs : int8 array (neurons, classes)
    recurrence : Recurrence
    recurrent : bool
        Whether it is used; if not, windows follow each other all the same.
    tmax : int
    """

    inputs: NDArray[np.int8]
    outputs: NDArray[np.int8]
    recurrence: Recurrence
    recurrent: bool = True
    tmax: int = 1

    def __post_init__(self) -> None:
        pixels, k = self.inputs.shape
        require_int("pixels", pixels, 1, PIXELS)
        require_int("k", k, 1, NEURONS)
        require_int("tmax", self.tmax, 0, MOST_WINDOWS - 1)
        if self.inputs.min() < sum(b for b in BITS if b < 0) or self.inputs.max() > BITS[1]:
            raise ValueError(f"inputs must be -2..1, not {self.inputs.min()}..{self.inputs.max()}")

    @property
    def windows(self) -> int:
        """How many windows an input is there."""
        return self.tmax + 1

    @property
    def unit(self) -> int:
        """What 1 in `inputs` adds to a potential."""
        return max(1, self.recurrence.threshold // GAIN)


def core_image(layer: Layer) -> CoreImage:
    """Return the core that holds a layer."""
    recurrence, unit = layer.recurrence, layer.unit
    pixels, k = layer.inputs.shape
    image = blank()
    connected, types = image.connected.copy(), image.types.copy()
    own = np.arange(NEURONS)
    bits = np.stack([layer.inputs < 0, layer.inputs % 2 == 1], axis=1).reshape(2 * pixels, k)
    types[:NEURONS] = own % 2
    types[NEURONS:] = 2 + recurrence.inhibits
    for copy in (0, NEURONS):
        connected[: 2 * pixels, copy : copy + k] = bits
        if layer.recurrent:
            connected[NEURONS:, copy : copy + NEURONS] = recurrence.connected
    fields = image.neurons.copy()
    fields["weights"][:, :2] = np.array(BITS) * unit
    fields["weights"][:, 2:] = np.tile(recurrence.weights, (2, 1))
    fields["alpha"] = fields["beta"] = recurrence.threshold
    fields["gamma"], fields["kappa"] = 1, True
    fields["axon"] = np.concatenate([NEURONS + own, own])
    fields["dx"] = np.repeat([0, 1], NEURONS)
    fields["delay"] = np.repeat([WINDOW, 1], NEURONS)
    return CoreImage(connected=connected, types=types, neurons=fields)


def input_spikes(levels: NDArray[Any], windows: int) -> NDArray[np.void]:
    """Return inputs as spikes in every window, SPIKE.

    Parameters
    ----------
    levels : integer array (n, pixels)
        0..15.
    windows : int
    """
    active = np.tile(level_spikes(levels).transpose(0, 2, 1), (1, windows, 1))
    sample, step, pixel = np.nonzero(active)
    found = np.zeros((len(sample), len(BITS)), SPIKE)
    found["sample"], found["step"] = sample[:, None], step[:, None]
    found["axon"] = len(BITS) * pixel[:, None] + np.arange(len(BITS))
    return found.reshape(-1)


def layer_counts(layer: Layer, levels: NDArray[Any]) -> tuple[NDArray[np.int64], float]:
    """Run the core; return the last window's counts and the events per sample.

    Parameters
    ----------
    layer : Layer
    levels : integer array (n, pixels)

    Returns
    -------
    int64 array (n, neurons), float
    """
    array = Steps([core_image(layer)])
    run = array.run(input_spikes(levels, layer.windows), WINDOW * layer.windows, len(levels))
    found = last_counts(layer, run.outputs, len(levels))
    return found, float(run.events.sum() / len(levels))


def last_counts(layer: Layer, outputs: NDArray[Any], samples: int) -> NDArray[np.int64]:
    """Return the last window's counts of a run's outputs, int64 (samples, neurons)."""
    return counts(outputs, samples, layer.windows, NEURONS)[:, -1]


def scores(layer: Layer, found: NDArray[Any]) -> NDArray[np.int64]:
    """Return what the host makes of counts: the classes' scores, int64 (n, classes)."""
    return found.astype(np.int64) @ layer.outputs.astype(np.int64)


def save_layer(path: str | os.PathLike[str], layer: Layer, meta: Mapping[str, Any]) -> None:
    """Write a layer; equal layers give equal bytes."""
    fixed = layer.recurrence
    save_npz(
        user_path(path), inputs=layer.inputs, outputs=layer.outputs,
        connected=fixed.connected.astype(np.int8), inhibits=fixed.inhibits.astype(np.int8),
        weights=fixed.weights.astype(np.int8), recurrent=int(layer.recurrent), tmax=layer.tmax,
        **{"format": FORMAT, **meta},
    )  # fmt: skip


def load_layer(path: str | os.PathLike[str]) -> Layer:
    """Read a layer.

    Raises
    ------
    InputError
        If the file is missing or damaged, or holds something else; the sentence names it.
    """
    path = user_path(path)
    arrays = load_npz(path)
    wanted = {
        "inputs": ((PIXELS, NEURONS), sum(b for b in BITS if b < 0), BITS[1]),
        "outputs": ((NEURONS, MOST_CLASSES), -127, 127),
        "connected": ((NEURONS, NEURONS), 0, 1),
        "inhibits": ((NEURONS,), 0, 1),
        "weights": ((NEURONS, 2), -STRONGEST, STRONGEST),
    }
    loose = {"inputs": (0, 1), "outputs": (1,)}  # axes that may be shorter
    for name in (*wanted, "recurrent", "tmax"):
        if name not in arrays:
            raise InputError(f"{path}: expected a sparseRec layer, but {name} is missing.")
    for name, (shape, low, high) in wanted.items():
        array = arrays[name]
        fits = array.ndim == len(shape) and all(
            1 <= size <= most if axis in loose.get(name, ()) else size == most
            for axis, (size, most) in enumerate(zip(array.shape, shape, strict=True))
        )
        if array.dtype.kind not in "iub" or not fits:
            most = "at most " if name in loose else ""
            raise InputError(
                f"{path}: expected {name} as whole numbers of the shape {most}{shape}, not "
                f"{array.dtype} of {array.shape}."
            )
        if not low <= int(array.min()) <= int(array.max()) <= high:
            raise InputError(
                f"{path}: expected {low}..{high} in {name}, not {array.min()}..{array.max()}."
            )
    weights = arrays["weights"].astype(np.int64)
    if weights[:, 0].min() < 1 or weights[:, 1].max() > -1:
        raise InputError(f"{path}: expected weights above 0, and below 0 in the second column.")
    fixed = Recurrence(arrays["connected"].astype(bool), arrays["inhibits"].astype(bool), weights)
    if not fixed.threshold:
        raise InputError(f"{path}: expected a recurrence with loops, whose spectral radius counts.")
    return Layer(
        inputs=arrays["inputs"].astype(np.int8),
        outputs=arrays["outputs"].astype(np.int8),
        recurrence=fixed,
        recurrent=bool(read_whole(path, "recurrent", arrays["recurrent"], 0, 1)),
        tmax=read_whole(path, "tmax", arrays["tmax"], 0, MOST_WINDOWS - 1),
    )
