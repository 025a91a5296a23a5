"""Rounding a network of floats to µBrain's weights, and what that costs, layer by layer.

Ref: Stuijt 2021, section 3.1: 4-bit weights -7..7, neurons that fire at 64 and keep the remainder.
A weight w in front of a neuron with the threshold v becomes ``64 g w / v``, rounded to the nearest
integer (halves to even) and clipped. The gain g is 1 unless asked for otherwise: then potentials in
units of the threshold mean the same on both sides. Another gain of a layer scales the rate of all
its neurons alike, so that which neuron fires most survives, but rates do not.

A bias is a constant current; the chip has a bias input per layer instead, which strobes at a period
for all layers alike. Its weight is what the bias adds in a period, ``64 g slope period / v``,
rounded and clipped like others: a ramp becomes a staircase that steps at the end of each period.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.workloads.nir.chain import Chain, FloatLayer

__all__ = [
    "STROBES",
    "LayerReport",
    "best_gain",
    "best_period",
    "quantise",
    "scaled",
    "scaled_bias",
]

STROBES = 16
"""Strobes of a bias input in a window, at least: a bias acts throughout it."""

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
    largest : float
        The largest weight before rounding, in LSBs.
    biases : int
        Biases other than 0.
    bias_clipped, bias_lost : int
        Those beyond the range, and those that are 0 now.
    bias_error : float
        Root of the biases' squared error over their squares.
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
    largest: float
    biases: int = 0
    bias_clipped: int = 0
    bias_lost: int = 0
    bias_error: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the report by name."""
        return asdict(self)


def scaled(layer: FloatLayer, neuron: NeuronParams) -> NDArray[np.float64]:
    """Return a layer's weights in LSBs of the potential, before rounding."""
    return layer.weight * (neuron.threshold / layer.threshold)


def scaled_bias(layer: FloatLayer, neuron: NeuronParams) -> NDArray[np.float64]:
    """Return by how many LSBs a layer's biases lift the potentials per second."""
    slope = np.zeros_like(layer.threshold) if layer.slope is None else layer.slope
    return slope * (neuron.threshold / layer.threshold)


def best_period(
    chain: Chain, gains: Sequence[float], window_s: float, neuron: NeuronParams | None = None
) -> float:
    """Return the period of the bias inputs in seconds; 0 if no layer has a bias.

    The longest at which no bias is clipped, as that loses the fewest to rounding, but at most a
    :data:`STROBES` th of the window.
    """
    neuron = neuron or NeuronParams()
    largest = max(
        (gain * float(np.abs(scaled_bias(layer, neuron)).max(initial=0.0))
         for layer, gain in zip(chain.layers, gains, strict=True)),
        default=0.0,
    )  # fmt: skip
    if largest == 0:
        return 0.0
    return min(window_s / STROBES, neuron.largest_weight / largest)


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
    chain: Chain,
    gains: Sequence[float],
    window_s: float,
    neuron: NeuronParams | None = None,
    period_s: float = 0.0,
) -> tuple[list[NDArray[np.int8]], list[LayerReport]]:
    """Return a chain's integer weights and a report on every layer.

    The last row of a layer with a bias is the bias's, what a strobe adds.

    Parameters
    ----------
    chain : Chain
    gains : sequence of float
        One per layer; 1 keeps the thresholds' meaning.
    window_s : float
        Length of a sample in seconds, for the leak.
    neuron : NeuronParams, optional
    period_s : float
        Period of the bias inputs in seconds.
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
        meant = gain * period_s * scaled_bias(layer, neuron)
        bias = _rounded(meant, limit)
        rows = got if layer.slope is None else np.vstack([got, bias])
        weights.append(rows.astype(np.int8))
        size = float(np.sqrt(np.sum(meant**2)))
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
                leak=-math.expm1(-window_s / max(layer.tau.min().item(), sys.float_info.min)),
                largest=float(np.abs(wanted).max(initial=0.0)),
                biases=int(np.count_nonzero(meant)),
                bias_clipped=int(np.count_nonzero(np.abs(np.rint(meant)) > limit)),
                bias_lost=int(np.count_nonzero((bias == 0) & (meant != 0))),
                bias_error=float(np.sqrt(np.sum((bias - meant) ** 2)) / size) if size else 0.0,
            )
        )
    return weights, reports


def _rounded(weight: NDArray[np.float64], limit: int) -> NDArray[np.float64]:
    """Round to the nearest integer within +-limit."""
    return np.clip(np.rint(weight), -limit, limit)
