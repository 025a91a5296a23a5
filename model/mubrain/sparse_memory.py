"""Sparse weight memory: one word per source, registers only for the synapses that there are.

Ref: Stuijt 2021, sections 2.1 and 3.1: connectivity is chosen at synthesis, weights are run-time
programmable in flip-flops "organized via a shift register circuit". An absent synapse has no
register and reads as zero.

Order of loading (the paper gives none): as in :mod:`goldspike.model.mubrain.weight_memory`, with
the absent synapses left out. One weight enters per tick, at the first synapse of the first source
that has one; the weights already there move on by one synapse, neurons upwards within a source,
then to the next source. So the synapses, read source by source, are loaded *from the last one*:
:func:`loading_order`.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.model.trace import Field, TraceLayout

__all__ = ["SparseMemoryModel", "SparseMemoryParams", "loading_order"]


@dataclass(frozen=True, kw_only=True)
class SparseMemoryParams:
    """The weights of a recurrent layer.

    Sources 0..neurons - 1 are the layer's inputs, one synapse each, input k to neuron k; the
    sources behind them are the layer's own neurons.

    Parameters
    ----------
    lateral : Connectivity
        Which neurons reach which; gives the number of neurons.
    neuron : NeuronParams
        Gives the width of a weight.
    """

    lateral: Connectivity = field(default_factory=Connectivity)
    neuron: NeuronParams = field(default_factory=NeuronParams)

    @property
    def storage(self) -> Storage:
        """What holds the weights: always registers, only they can be left out."""
        return Storage.REGISTERS

    @property
    def neurons(self) -> int:
        """Weights per word."""
        return self.lateral.neurons

    @property
    def sources(self) -> int:
        """Number of words: inputs, then neurons."""
        return 2 * self.neurons

    @cached_property
    def mask(self) -> np.ndarray:
        """Which synapses there are: bool (sources, neurons), read-only."""
        mask = np.vstack([np.eye(self.neurons, dtype=bool), self.lateral.mask])
        mask.flags.writeable = False
        return mask

    @property
    def fan_out(self) -> np.ndarray:
        """How many neurons each source reaches: int64 (sources,)."""
        return np.count_nonzero(self.mask, axis=1)

    @property
    def synapses(self) -> int:
        """Number of weights that have a register."""
        return self.neurons + self.lateral.synapses

    @property
    def address_bits(self) -> int:
        """Width of a source's address, in bits."""
        return (self.sources - 1).bit_length()

    @property
    def trace(self) -> TraceLayout:
        """Traced after every read: the word, each weight as its two's complement bits."""
        return TraceLayout((Field("word", self.neuron.weight_bits, self.neurons),))


def loading_order(weights: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a matrix (sources, neurons) as the stream that loads it, first weight first."""
    return np.ascontiguousarray(weights[mask][::-1])


class SparseMemoryModel:
    """Golden sparse memory.

    Attributes
    ----------
    weights : int8 (sources, neurons)
        Zero where there is no synapse.
    """

    def __init__(self, params: SparseMemoryParams) -> None:
        self.params = params
        self.weights = np.zeros((params.sources, params.neurons), np.int8)

    def shift(self, weight: int) -> None:
        """Shift one weight in (one tick)."""
        self.shift_all(np.array([weight]))

    def shift_all(self, stream: np.ndarray) -> None:
        """Shift weights in one after the other, the first of `stream` first."""
        chain = self.weights[self.params.mask]
        self.weights[self.params.mask] = np.concatenate([stream[::-1], chain])[: chain.size]

    def read(self, source: int) -> np.ndarray:
        """Return the trace word of a read of `source`."""
        word = np.zeros((), self.params.trace.dtype)
        bits = (1 << self.params.neuron.weight_bits) - 1
        word["word"] = self.weights[source].astype(np.int64) & bits
        return word
