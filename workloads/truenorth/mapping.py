"""Layers of 16-level weights and activities as images of cores and spikes on their axons.

A source (an input, or a neuron of another layer) has four axons, one of each type, whose weights
are -8, 4, 2 and 1: the synapses of a target are the two's complement of its weight, -8..7. What a
source gives, a level of 0..15, is that many spikes in a window of 15 steps. A neuron of a core has
one destination, so it is there once per axon that it must reach: its copies do the same at once.

A neuron adds its window's events, fires once per threshold, and is never below 0: ReLU.

Ref: Diehl et al. (16 levels of weights and activities, fan-in 64); Cassidy 2013 for the neuron. The
four types are ours: 64 sources of four axons are the 256 of a core.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.truenorth.shared.image import LIMITS, CoreImage, blank
from goldspike.model.truenorth.shared.steps import SPIKE

__all__ = [
    "AXON_WEIGHTS",
    "TOP_LEVEL",
    "WINDOW",
    "Target",
    "counts",
    "layer",
    "level_spikes",
    "source",
    "spikes",
]

AXON_WEIGHTS = (-8, 4, 2, 1)
"""Weight of an axon, by its type."""
WINDOW = 15
"""Steps."""
TOP_LEVEL = WINDOW

_BITS = np.array([8, 4, 2, 1])  # of two's complement, in the order of the types
PER_SOURCE = len(AXON_WEIGHTS)


@dataclass(frozen=True)
class Target:
    """Where one copy of a neuron sends its spikes: an axon, `delay` steps later.

    ``dx`` and ``dy`` count cores to the east and north; beyond the array's east link, `axon` is the
    number of an output.
    """

    axon: int
    dx: int = 0
    dy: int = 0
    delay: int = 1


def source(number: int, *, dx: int = 0, dy: int = 0, delay: int = 1) -> list[Target]:
    """Return the four axons that a neuron must reach to be source `number` of a layer."""
    return [Target(PER_SOURCE * number + k, dx, dy, delay) for k in range(PER_SOURCE)]


def layer(
    weights: NDArray[Any],
    thresholds: int | Sequence[int] | NDArray[Any],
    targets: Sequence[Sequence[Target]],
    *,
    biases: NDArray[Any] | None = None,
    floor: int = 0,
    axons: int = 256,
    neurons: int = 256,
) -> CoreImage:
    """Return a core that holds a layer.

    Parameters
    ----------
    weights : integer array (sources, n)
        -8..7. Source s has the axons 4 s to 4 s + 3.
    thresholds : int, or one per neuron
        What a spike stands for, in steps of a weight: 1 or more.
    targets : sequence of n sequences of Target
        A neuron of the layer is there once per target, in their order; once without any.
    biases : integer array (n,), optional
        What is added in every step, -256..255: the chip's leak.
    floor : int
        Lowest potential, 0 or below.
    axons, neurons : int
        Of the core.

    Raises
    ------
    InputError
        If the layer does not fit; the sentence names the neuron or axon.
    """
    weights = np.asarray(weights)
    sources, size = weights.shape
    if len(targets) != size:
        raise ValueError(f"targets must name those of {size} neurons, not of {len(targets)}")
    wanted = np.array([max(1, len(some)) for some in targets], int)
    alpha = np.broadcast_to(np.asarray(thresholds), size)
    check_layer(weights, alpha, wanted, axons, neurons)
    of = np.repeat(np.arange(size), wanted)  # the neuron of each copy
    image = blank(axons, neurons)
    bits = (weights[:, None, :] & _BITS[:, None]) > 0  # source, type, neuron
    connected = image.connected.copy()
    connected[: PER_SOURCE * sources, : of.size] = bits.reshape(-1, size)[:, of]
    fields = image.neurons.copy()
    used = fields[: of.size]
    used["weights"] = AXON_WEIGHTS
    used["alpha"], used["gamma"], used["kappa"], used["beta"] = alpha[of], 1, True, -floor
    used["leak"] = 0 if biases is None else biases[of]
    sent = [target for some in targets for target in (some or [Target(0, delay=0)])]
    for name, low, high in (
        ("axon", 0, axons - 1),
        ("dx", *LIMITS["dx"]),
        ("dy", *LIMITS["dy"]),
        ("delay", *LIMITS["delay"]),
    ):
        values = np.array([getattr(target, name) for target in sent], np.int64)
        bad = np.flatnonzero((values < low) | (values > high))
        if bad.size:
            raise InputError(
                f"neuron {of[bad[0]]}: expected {name} {low}..{high} of where it sends, not "
                f"{values[bad[0]]}."
            )
        used[name] = values
    return CoreImage(
        connected=connected,
        types=(np.arange(axons) % PER_SOURCE).astype(np.uint8),
        neurons=fields,
    )


def check_layer(
    weights: NDArray[Any], alpha: NDArray[Any], wanted: NDArray[Any], axons: int, neurons: int
) -> None:
    """Refuse a layer that a core cannot hold: `wanted` are the copies of each neuron."""
    sources = len(weights)
    wrong = np.argwhere((weights < AXON_WEIGHTS[0]) | (weights > sum(AXON_WEIGHTS[1:])))
    if wrong.size:
        s, n = wrong[0]
        raise InputError(
            f"neuron {n}: expected weights -8..7, not {weights[s, n]} from source {s}."
        )
    if PER_SOURCE * sources > axons:
        raise InputError(
            f"axon {axons}: a core has {axons} axons, but {sources} sources need "
            f"{PER_SOURCE * sources}; expected at most {axons // PER_SOURCE} sources."
        )
    beyond = np.flatnonzero(np.cumsum(wanted) > neurons)
    if beyond.size:
        raise InputError(
            f"neuron {beyond[0]}: expected room for its {wanted[beyond[0]]} copies, but those of "
            f"all neurons are {wanted.sum()}, and the core has {neurons}."
        )
    top = LIMITS["alpha"][1]
    wrong = np.flatnonzero((alpha < 1) | (alpha > top))
    if wrong.size:
        raise InputError(
            f"neuron {wrong[0]}: expected a threshold of 1..{top}, not {alpha[wrong[0]]}."
        )


def level_spikes(levels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the windows of levels, bool (..., 15): n spikes, spread evenly.

    Raises
    ------
    ValueError
        If a level is not 0..15.
    """
    levels = np.asarray(levels)
    if levels.size and (levels.min() < 0 or levels.max() > TOP_LEVEL):
        raise ValueError(f"levels must be 0..{TOP_LEVEL}, not {levels.min()}..{levels.max()}")
    reached = np.arange(WINDOW + 1) * levels[..., None].astype(np.int64) // WINDOW
    return np.diff(reached, axis=-1) > 0


def spikes(
    levels: NDArray[Any], samples: NDArray[Any], windows: NDArray[Any], *, core: int = 0
) -> NDArray[Any]:
    """Return levels as spikes on the axons of a core's first sources.

    Parameters
    ----------
    levels : integer array (n, sources)
        0..15.
    samples, windows : integer arrays (n,)
        Whose levels they are and in which of its windows; ascending by sample, then by window.
    core : int

    Returns
    -------
    SPIKE array
        By sample, then by step, as the step model takes them.
    """
    row, step, number = np.nonzero(level_spikes(levels).transpose(0, 2, 1))
    found = np.zeros((row.size, PER_SOURCE), SPIKE)
    found["sample"] = samples[row, None]
    found["step"] = (windows[row] * WINDOW + step)[:, None]
    found["core"] = core
    found["axon"] = PER_SOURCE * number[:, None] + np.arange(PER_SOURCE)
    return found.reshape(-1)


def counts(
    outputs: NDArray[Any], samples: int, windows: int, neurons: int, *, delay: int = 1
) -> NDArray[np.int64]:
    """Return how many spikes left per window, int64 (samples, windows, neurons).

    Parameters
    ----------
    outputs : OUTPUT array
        What the step model gave; axon k is neuron k's.
    samples, windows, neurons : int
    delay : int
        Of the copies that send them: a spike counts in the window in which it was sent.
    """
    window = (outputs["step"] - delay) // WINDOW
    found = np.zeros((samples, windows, neurons), np.int64)
    np.add.at(found, (outputs["sample"], window, outputs["axon"]), 1)
    return found
