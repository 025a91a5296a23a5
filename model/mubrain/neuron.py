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
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import step
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = [
    "SPIKE_PS",
    "NeuronModel",
    "NeuronParams",
    "NeuronsState",
    "fires",
    "integrate",
    "make_neurons",
    "scaled_words",
]

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


BLOCK = 16
"""Neurons that compiled code looks at together; rows are filled up to a multiple of it."""
COUNT = 20
ONE_FIRES = 1 << COUNT
"""In one sum: how many neurons fire, and in the bits below their numbers added up."""


class NeuronsState(NamedTuple):
    """A layer's neurons over arrays, filled up to whole blocks with neurons of weight 0."""

    potential: np.ndarray  # as narrow as the sums allow
    over: np.ndarray  # uint8: 1 where the last sum reached the threshold
    fired: np.ndarray  # uint16: the numbers of those that fire


def make_neurons(neurons: int, dtype: np.dtype) -> NeuronsState:
    """Return cleared neurons whose sums fit in `dtype`."""
    filled = -(-neurons // BLOCK) * BLOCK
    return NeuronsState(
        np.zeros(filled, dtype), np.zeros(filled, np.uint8), np.zeros(filled, np.uint16)
    )


def scaled_words(weights: np.ndarray, params: NeuronParams) -> np.ndarray:
    """Return what a grant adds: (2, sources, neurons in whole blocks), without and with *scale*.

    The words, and so the potentials, are of the narrowest type that has the threshold and in which
    no sum overflows: int8 for potentials of 6 bits.
    """
    sources, neurons = weights.shape
    scaled = weights.astype(np.int64) << params.scale_shift
    highest = params.threshold - 1 + max(1, int(scaled.max(initial=0)))
    lowest = int(scaled.min(initial=0))
    dtype = next(
        t for t in (np.int8, np.int16, np.int32)
        if np.iinfo(t).min <= lowest and highest <= np.iinfo(t).max
    )  # fmt: skip
    words = np.zeros((2, sources, -(-neurons // BLOCK) * BLOCK), dtype)
    words[0, :, :neurons], words[1, :, :neurons] = weights, scaled
    return words


@step
def integrate(potential: np.ndarray, word: np.ndarray, threshold: int) -> bool:
    """Add one grant's word to all potentials of a layer; return whether any neuron is to fire.

    Parameters
    ----------
    potential : int (neurons,), changed in place
        Sums below zero are clamped to zero; sums at or above the threshold wait for :func:`fires`.
    word : int (neurons,)
        The granted source's weights, scaled; of the same type.
    """
    number = potential.dtype.type
    least = number(threshold)
    reached = False
    for j in range(potential.size):
        total = max(number(potential[j] + word[j]), number(0))
        potential[j] = total
        reached |= total >= least
    return reached


@step
def fires(neurons: NeuronsState, threshold: int) -> int:
    """Let every neuron at or above the threshold fire and keep the remainder.

    Writes the numbers of the neurons that fire to the front of `fired`, in order; returns how many.
    """
    potential, over, fired = neurons
    number = potential.dtype.type
    least = number(threshold)
    found = np.uint32(0)
    for j in range(potential.size):
        over[j] = potential[j] >= least
        found = np.uint32(found + np.uint32(over[j]) * np.uint32(ONE_FIRES + j))
        potential[j] = number(potential[j] - number(over[j]) * least)
    if found >> COUNT == 1:  # as a rule; a sum needs no branch, which nobody could foresee
        fired[0] = found & (ONE_FIRES - 1)
        return 1
    count = 0
    for j in range(over.size):
        if over[j]:
            fired[count] = j
            count += 1
    return count


class NeuronModel:
    """One golden neuron, one call per tick on which it integrates or is cleared."""

    def __init__(self, params: NeuronParams) -> None:
        self.params = params
        self.state = make_neurons(1, np.dtype(np.int16))

    @property
    def potential(self) -> np.ndarray:
        """The potential: int16 (1,)."""
        return self.state.potential[:1]

    def tick(self, weight: int, *, strobe: bool, scale: bool = False, clear: bool = False) -> bool:
        """Advance one tick; return whether the neuron fires on it. Clear wins over a strobe."""
        if clear:
            self.potential[0] = 0
            return False
        if not strobe:
            return False
        gain = 1 << self.params.scale_shift if scale else 1
        word = np.zeros(BLOCK, np.int16)
        word[0] = weight * gain
        reached = integrate(self.state.potential, word, self.params.threshold)
        return reached and fires(self.state, self.params.threshold) > 0
