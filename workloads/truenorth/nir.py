"""A chain of floats as layers of whole weights, exactly or rounded, and what it answers in steps.

A step of the chip is a time step of the graph. A neuron of the chip has whole weights of -8..7 and
a threshold in the same unit; only ratios to the threshold matter, so a layer fits if some threshold
makes all of them whole. Biases, constant currents, become what is added in every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldspike.model.truenorth.shared.image import LIMITS
from goldspike.workloads.nir.chain import Chain, FloatLayer, Misfit, Misfits
from goldspike.workloads.truenorth.mapping import level_spikes
from goldspike.workloads.truenorth.network import HIGH, LOW, Layers

__all__ = ["Fit", "fitted", "graph_counts", "misfits_of"]

Floats = NDArray[np.float64]

CLOSE = 1e-4
"""Distance from a whole number that rounding to 32 bits explains."""
TOP_BIAS = 127
BEYOND = np.geomspace(0.5, 32, 385)
"""Steps that a layer's largest weight may have, before it is clipped."""


@dataclass(frozen=True)
class Fit:
    """What became of a layer.

    Attributes
    ----------
    name : str
    threshold : int
        What its threshold became, in steps of a weight.
    weights, clipped, lost : int
        How many; beyond -8..7; no longer other than 0.
    relative_error : float
        Root of the squared error over the squared weights; 0 if it fits exactly.
    """

    name: str
    threshold: int
    weights: int
    clipped: int
    lost: int
    relative_error: float


def misfits_of(chain: Chain, *, drop_leak: bool) -> Misfits:
    """Return what no choice of numbers makes fit."""
    found: Misfits = []
    for layer in chain.layers:
        if layer.readout:
            found.append(
                (Misfit.KIND, f"expected neurons at the end that spike, IF or LIF, but "
                 f"{layer.name!r} is read by its potential")
            )  # fmt: skip
        if np.isfinite(layer.tau).any() and not drop_leak:
            found.append(
                (Misfit.LEAK, f"expected neurons that do not leak, as the chip's leak is no share "
                 f"of a potential, but {layer.name!r} does; --drop-leak imports it without")
            )  # fmt: skip
        if not layer.weight.any():
            found.append((Misfit.ROUNDING, f"every weight of {layer.name!r} is 0"))
    return found


def fitted(
    chain: Chain, dt: float, *, floor: int, rounded: bool
) -> tuple[Layers, tuple[Fit, ...], Misfits]:
    """Return whole layers, what became of each, and what does not fit.

    Parameters
    ----------
    chain : Chain
        Its layers have weights.
    dt : float
        Seconds in a step.
    floor : int
        Lowest potential.
    rounded : bool
        Whether to round to the nearest threshold and weights where a layer does not fit exactly.
    """
    weights, biases, thresholds, fits = [], [], [], []
    misfits: Misfits = []
    for layer in chain.layers:
        ratio, slope = ratios(layer, dt)
        found = exact(layer, ratio, slope)
        if found is None and not rounded:
            misfits.append(
                (Misfit.ROUNDING, f"expected a threshold of {layer.name!r} that makes its weights "
                 f"whole, {LOW}..{HIGH}, and its biases, -{TOP_BIAS}..{TOP_BIAS}; --gain fit "
                 "rounds them")
            )  # fmt: skip
        threshold = nearest(ratio) if found is None else found
        wanted = ratio * threshold
        got = np.clip(np.rint(wanted), LOW, HIGH)
        weights.append(got.astype(np.int8))
        biases.append(np.clip(np.rint(slope * threshold), -TOP_BIAS, TOP_BIAS).astype(np.int64))
        thresholds.append(threshold)
        error = np.linalg.norm(got - wanted) / np.linalg.norm(wanted)
        fits.append(
            Fit(
                name=layer.name,
                threshold=threshold,
                weights=got.size,
                clipped=int(np.count_nonzero(np.rint(wanted) != got)),
                lost=int(np.count_nonzero((got == 0) & (wanted != 0))),
                relative_error=0.0 if found else float(error),
            )
        )
        if not got.any():
            misfits.append((Misfit.ROUNDING, f"no weight of {layer.name!r} survives rounding"))
    net = Layers(
        weights=tuple(weights),
        thresholds=tuple(thresholds),
        biases=tuple(biases) if any(b.any() for b in biases) else (),
        floor=floor,
    )
    return net, tuple(fits), misfits


def ratios(layer: FloatLayer, dt: float) -> tuple[Floats, Floats]:
    """Return weights (inputs, outputs) and biases (outputs,) as parts of the threshold."""
    slope = np.zeros_like(layer.threshold) if layer.slope is None else layer.slope * dt
    return layer.weight / layer.threshold, slope / layer.threshold


def exact(layer: FloatLayer, ratio: Floats, slope: Floats) -> int | None:
    """Return a threshold that makes all weights and biases whole and none too large, if any.

    The layer's own, if it does; else the least. The largest weight, whole, names them all.
    """
    largest = np.arange(1, -LOW + 1) / np.abs(ratio).max()
    for threshold in (layer.threshold[0], *largest.tolist()):
        whole = round(threshold)
        near = abs(threshold - whole) <= CLOSE * threshold
        if not near or not 1 <= whole <= LIMITS["alpha"][1]:
            continue
        weights, biases = ratio * whole, slope * whole
        if (
            np.rint(weights).any()
            and max(np.abs(part - np.rint(part)).max() for part in (weights, biases)) <= CLOSE
            and weights.min() >= LOW - CLOSE
            and weights.max() <= HIGH + CLOSE
            and np.abs(biases).max() <= TOP_BIAS + CLOSE
        ):
            return whole
    return None


def nearest(ratio: Floats) -> int:
    """Return the threshold at which rounding and clipping cost the least squared error."""
    tried = np.unique(np.rint(BEYOND / np.abs(ratio).max()).clip(1, LIMITS["alpha"][1]))
    errors = [np.sum((np.clip(np.rint(t * ratio), LOW, HIGH) / t - ratio) ** 2) for t in tried]
    return int(tried[np.argmin(errors)])


def graph_counts(
    layers: Sequence[FloatLayer], levels: NDArray[np.integer], dt: float, floors: Sequence[float]
) -> NDArray[np.int64]:
    """Return how often the last layer spikes, (n, outputs): the graph in floats, step by step.

    A neuron fires once per step at most and keeps what is beyond its threshold.

    Parameters
    ----------
    layers : sequence of FloatLayer
    levels : integer array (n, inputs)
        0..15, that many spikes in 15 steps.
    dt : float
        Seconds in a step.
    floors : sequence of float
        Lowest potential of a layer's neurons, by their threshold.
    """
    active = np.moveaxis(level_spikes(levels), 2, 0).astype(float)
    for k, (layer, floor) in enumerate(zip(layers, floors, strict=True)):
        ratio, slope = ratios(layer, dt)
        if k:  # a layer sees the one before it a step later
            active = np.concatenate([np.zeros_like(active[:1]), active])
        potential = np.zeros((len(levels), slope.size))
        fired = []
        for spikes in active:
            potential = np.maximum(potential + spikes @ ratio + slope, floor)
            fired.append(potential >= 1 - CLOSE / LIMITS["alpha"][1])
            potential = potential - fired[-1]
        active = np.array(fired, float)
    return active.sum(axis=0).astype(np.int64)
