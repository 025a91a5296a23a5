"""Rounding a network of floats to µBrain's weights, and what that costs, layer by layer.

Ref: Stuijt 2021, section 3.1: 4-bit weights -7..7, neurons that fire at 64 and keep the remainder.
A weight w in front of a neuron with the threshold v becomes ``64 g w / v``, rounded to the nearest
integer (halves to even) and clipped. The gain g is 1 unless asked for otherwise: then potentials in
units of the threshold mean the same on both sides. Another gain of a layer scales the rate of all
its neurons alike, so that which neuron fires most survives, but rates do not.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.workloads.nir_graph import Chain, FloatLayer

__all__ = ["LayerReport", "best_gain", "quantise", "scaled"]

_BEYOND = np.geomspace(1, 64, 193)  # 32 per factor of two
"""How far beyond its range the best gain may scale a layer's largest weight."""


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """What became of one layer's weights.

    Attributes
    ----------
    name : str
    weights : int
        How many there are.
    gain : float
        The factor beyond threshold = 64.
    scale_min, scale_max : float
        By what the node's weights were multiplied in all, over the layer's neurons.
    clipped : int
        Weights beyond +-7 after scaling.
    lost : int
        Weights that were not 0 and are now.
    error_rms, error_max : float
        Rounded minus scaled, in LSBs, over the weights that were not clipped.
    relative_error : float
        Root of the squared error over the squared weights, clipped ones included.
    leak : float
        Largest part of a potential that the leak, which the chip has not, would take in a window.
    """

    name: str
    weights: int
    gain: float
    scale_min: float
    scale_max: float
    clipped: int
    lost: int
    error_rms: float
    error_max: float
    relative_error: float
    leak: float

    def as_dict(self) -> dict[str, Any]:
        """Return the report by name."""
        return asdict(self)


def scaled(layer: FloatLayer, neuron: NeuronParams) -> NDArray[np.float64]:
    """Return a layer's weights in LSBs of the potential, before rounding."""
    return layer.weight * (neuron.threshold / layer.threshold)


def best_gain(layer: FloatLayer, neuron: NeuronParams) -> float:
    """Return the gain at which rounding and clipping cost the least squared error."""
    weight = scaled(layer, neuron)
    if not np.any(weight):
        return 1.0
    limit = neuron.largest_weight
    gains = limit / np.abs(weight).max() * _BEYOND
    errors = [np.sum((_rounded(g * weight, limit) / g - weight) ** 2) for g in gains]
    return float(gains[int(np.argmin(errors))])


def quantise(
    chain: Chain, gains: Sequence[float], window_s: float, neuron: NeuronParams | None = None
) -> tuple[list[NDArray[np.int8]], list[LayerReport]]:
    """Return a chain's integer weights and a report on every layer.

    Parameters
    ----------
    chain : Chain
    gains : sequence of float
        One per layer; 1 keeps the thresholds' meaning.
    window_s : float
        Length of a sample in seconds, for the leak.
    neuron : NeuronParams, optional
    """
    neuron = neuron or NeuronParams()
    limit = neuron.largest_weight
    weights, reports = [], []
    for layer, gain in zip(chain.layers, gains, strict=True):
        wanted = gain * scaled(layer, neuron)
        got = _rounded(wanted, limit)
        clipped = np.abs(np.rint(wanted)) > limit
        error = (got - wanted)[~clipped]
        norm = float(np.sqrt(np.sum(wanted**2)))
        factor = gain * neuron.threshold / layer.threshold
        weights.append(got.astype(np.int8))
        reports.append(
            LayerReport(
                name=layer.name,
                weights=got.size,
                gain=float(gain),
                scale_min=float(factor.min()),
                scale_max=float(factor.max()),
                clipped=int(np.count_nonzero(clipped)),
                lost=int(np.count_nonzero((got == 0) & (wanted != 0))),
                error_rms=float(np.sqrt(np.mean(error**2))) if error.size else 0.0,
                error_max=float(np.abs(error).max(initial=0.0)),
                relative_error=float(np.sqrt(np.sum((got - wanted) ** 2)) / norm) if norm else 0.0,
                leak=float(-np.expm1(-window_s / layer.tau.min())),
            )
        )
    return weights, reports


def _rounded(weight: NDArray[np.float64], limit: int) -> NDArray[np.float64]:
    """Round to the nearest integer within +-limit."""
    return np.clip(np.rint(weight), -limit, limit)
