"""A chain of floats as layers of binary weights, exactly or rounded, and what it answers.

A neuron of the chip takes steps of -1 and +1, and a layer has one threshold. So a layer fits if
every neuron's weights have one magnitude, and thresholds, in steps of it, are the same whole number
for all its neurons; they fall back to 0, as NIR's IF nodes with `v_reset` 0 do. The last layer's
potentials are read, so its neurons must have the same magnitude, and no threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldspike.model.alwayson.neuron_fsm import NeuronFsmParams
from goldspike.workloads.alwayson.network import BinaryNetwork
from goldspike.workloads.nir.chain import Chain, FloatLayer, Misfit, Misfits

__all__ = ["Fit", "fitted", "graph_potentials", "misfits_of"]

Floats = NDArray[np.float64]

CLOSE = 1e-4
"""Relative difference that rounding to 32 bits explains."""
HIGHEST = NeuronFsmParams().highest


@dataclass(frozen=True)
class Fit:
    """What became of a layer.

    Attributes
    ----------
    name : str
    threshold : int
        In steps; 0 of the last layer, which has none.
    weights : int
        How many.
    relative_error : float
        Root of the squared error over the squared weights; 0 if it fits exactly.
    """

    name: str
    threshold: int
    weights: int
    relative_error: float


def misfits_of(chain: Chain, *, drop_leak: bool) -> Misfits:
    """Return what no choice of numbers makes fit."""
    found: Misfits = []
    for layer in chain.layers:
        if layer.slope is not None:
            found.append(
                (Misfit.VALUE, f"expected no bias, as the chip adds none, but {layer.name!r} has "
                 "one")
            )  # fmt: skip
        if np.isfinite(layer.tau).any() and not drop_leak:
            found.append(
                (Misfit.LEAK, f"expected neurons that do not leak, as the chip's do not, but "
                 f"{layer.name!r} does; --drop-leak imports it without")
            )  # fmt: skip
        if not layer.weight.any(axis=0).all():
            found.append((Misfit.ROUNDING, f"every weight of a neuron of {layer.name!r} is 0"))
    return found


def fitted(chain: Chain, *, rounded: bool) -> tuple[BinaryNetwork, tuple[Fit, ...], Misfits]:
    """Return binary layers, what became of each, and what does not fit.

    Parameters
    ----------
    chain : Chain
        Every neuron of it has a weight.
    rounded : bool
        Whether to take signs, and the nearest threshold, where a layer does not fit exactly.
    """
    fits, thresholds, misfits = [], [1], Misfits()
    for layer in chain.layers:
        last = layer is chain.layers[-1]
        size = np.abs(layer.weight).mean(axis=0)
        if last:
            size[:] = size.mean()
        steps = np.ceil(layer.threshold / size - CLOSE)
        binary = bool((np.abs(np.abs(layer.weight) - size) <= CLOSE * size).all())
        exact = binary and (last or bool((steps == steps[0]).all()))
        if not exact and not rounded:
            alike = "" if last else ", and the same threshold in units of it for all neurons"
            misfits.append(
                (Misfit.ROUNDING, f"expected weights of one magnitude in {layer.name!r}{alike}; "
                 "--gain fit takes their signs")
            )  # fmt: skip
        threshold = int(steps[0] if exact else np.rint(np.mean(layer.threshold / size)))
        if not last and not 1 <= threshold <= HIGHEST:
            misfits.append(
                (Misfit.VALUE, f"expected a threshold of 1..{HIGHEST} steps in {layer.name!r}, not "
                 f"{threshold}")
            )  # fmt: skip
        off = np.linalg.norm(signs(layer) * size - layer.weight)
        error = 0.0 if exact else float(off / np.linalg.norm(layer.weight))
        fits.append(Fit(layer.name, 0 if last else threshold, layer.weight.size, error))
        thresholds.append(threshold)
    net = BinaryNetwork(weights=tuple(map(signs, chain.layers)), thresholds=tuple(thresholds[:-1]))
    return net, tuple(fits), misfits


def signs(layer: FloatLayer) -> NDArray[np.int8]:
    """Return the signs of a layer's weights; 0 counts as positive."""
    return np.where(layer.weight < 0, np.int8(-1), np.int8(1))


def graph_potentials(
    layers: Sequence[FloatLayer], address: NDArray[np.int64], bounds: NDArray[np.int64]
) -> Floats:
    """Return the last layer's potentials, (n, outputs): the graph in floats, spike by spike.

    A spike is through all layers before the next one comes; neurons that fire at once do so in the
    order of their numbers.

    Parameters
    ----------
    layers : sequence of FloatLayer
    address : int64 array (events,)
        Which input spikes, in the order of time.
    bounds : int64 array (n + 1,)
        Which events are of which sample.
    """
    found = np.zeros((len(bounds) - 1, layers[-1].threshold.size))
    for sample, end in zip(found, np.split(address, bounds[1:-1]), strict=True):
        potentials = [*(np.zeros(layer.threshold.size) for layer in layers[:-1]), sample]
        for row in end:
            spikes = np.array([row])
            for layer, potential in zip(layers, potentials, strict=True):
                after = []
                for one in spikes:
                    np.add(potential, layer.weight[one], out=potential)
                    if layer is not layers[-1]:
                        fires = np.flatnonzero(potential >= layer.threshold * (1 - CLOSE))
                        potential[fires] = 0
                        after.append(fires)
                if not after or layer is layers[-1]:
                    break
                spikes = np.concatenate(after)
    return found
