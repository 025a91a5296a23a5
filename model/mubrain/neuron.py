"""Integrate-and-fire neuron: add, wrap, clamp.

Ref: Stuijt 2021, section 3.1. The accumulator holds 0..63. Each granted spike adds the 4-bit
weight of its source, times 8 while the layer's global *scale* input is on. Overflow: the neuron
fires and keeps the remainder (the accumulator wraps). Underflow: the accumulator stays at zero. So
n spikes of a weight w > 0 from zero give floor(n w / 64) output spikes.

The paper prints the weight range as -(2^(W-1) - 1)..2^(W-1) - 1 with a sign missing; -7..7 is what
its 4-bit text says. A neuron integrates one tick after the grant, and its spike is up for one tick.
In ``cell`` its spike leaves a delay cell: it rises :data:`SPIKE_PS` after the strobe that made it
and lasts as long as the strobe.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["SPIKE_PS", "NeuronModel", "NeuronParams", "fires", "integrate"]

SPIKE_PS = 2_000
"""Picoseconds from a strobe to the neuron's spike in ``cell``; longer than the adder's carry."""


@dataclass(frozen=True, kw_only=True)
class NeuronParams:
    """An integrate-and-fire neuron.

    Parameters
    ----------
    weight_bits : int
        Width W of a two's complement weight, 2..8; values -(2**(W-1) - 1)..2**(W-1) - 1.
    potential_bits : int
        Width of the potential, 1..13; it fires at ``2**potential_bits``.
    scale_shift : int
        *scale* multiplies a weight by ``2**scale_shift``.

    Raises
    ------
    ValueError
        If a scaled weight could make one spike overflow the potential twice.
    """

    weight_bits: int = 4
    potential_bits: int = 6
    scale_shift: int = 3

    def __post_init__(self) -> None:
        require_int("weight_bits", self.weight_bits, 2, 8)
        require_int("potential_bits", self.potential_bits, 1, 13)
        require_int("scale_shift", self.scale_shift, 0, 12)
        if self.largest_weight << self.scale_shift > self.threshold:
            raise ValueError(
                f"a scaled weight must not exceed the threshold {self.threshold}, "
                f"not {self.largest_weight << self.scale_shift}"
            )

    @property
    def threshold(self) -> int:
        """Potential at which the neuron fires, and what it then subtracts."""
        return 1 << self.potential_bits

    @property
    def largest_weight(self) -> int:
        """Largest magnitude of a weight."""
        return (1 << (self.weight_bits - 1)) - 1

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which the neuron integrates or is cleared."""
        return TraceLayout((Field("potential", self.potential_bits), Field("fired", 1)))

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows: counters of events, and the potential."""
        counters = tuple(Field(name, 8) for name in ("strobes", "clears", "spikes"))
        return TraceLayout((*counters, Field("potential", self.potential_bits)))


@njit
def integrate(potential: np.ndarray, weight: np.ndarray, gain: int) -> int:
    """Add one grant's weights to all potentials of a layer; return the highest sum.

    Parameters
    ----------
    potential : int16 (neurons,), changed in place
        Sums below zero are clamped to zero; sums at or above the threshold wait for :func:`fires`.
    weight : int8 (neurons,)
        The granted source's word.
    gain : int
        1, or 8 while *scale* is on.
    """
    highest = np.int16(0)
    gain16 = np.int16(gain)
    for j in range(potential.size):
        total = np.int16(potential[j] + np.int16(np.int16(weight[j]) * gain16))
        total = max(total, np.int16(0))
        potential[j] = total
        highest = max(highest, total)
    return int(highest)


@njit
def fires(potential: np.ndarray, threshold: int, fired: np.ndarray) -> int:
    """Let every neuron at or above the threshold fire and keep the remainder.

    Writes the numbers of the neurons that fire to the front of `fired`, in order; returns how many.
    """
    count = 0
    for j in range(potential.size):
        if potential[j] >= threshold:
            potential[j] -= np.int16(threshold)
            fired[count] = j
            count += 1
    return count


class NeuronModel:
    """One golden neuron, one call per tick on which it integrates or is cleared."""

    def __init__(self, params: NeuronParams) -> None:
        self.params = params
        self.potential = np.zeros(1, np.int16)
        self.fired = np.zeros(1, np.int64)

    def tick(self, weight: int, *, strobe: bool, scale: bool = False, clear: bool = False) -> bool:
        """Advance one tick; return whether the neuron fires on it. Clear wins over a strobe."""
        if clear:
            self.potential[0] = 0
            return False
        if not strobe:
            return False
        gain = 1 << self.params.scale_shift if scale else 1
        integrate(self.potential, np.array([weight], np.int8), gain)
        return fires(self.potential, self.params.threshold, self.fired) > 0
