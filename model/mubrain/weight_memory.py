"""Weight memory: one word per source, all fan-out weights of it; loaded through a shift register.

Ref: Stuijt 2021, sections 2.1 and 3.1: weights are "runtime re-programmable in local flip-flops,
organized via a shift register circuit". The paper does not give the order. Here one weight enters
per tick, at source 0, neuron 0; the weights already there move on by one neuron, and from the last
neuron of a source to neuron 0 of the next source. So a matrix is loaded *from its end*:
:func:`loading_order`. Every layer has a register of its own.

Storage is ``registers`` (the shift register itself, as on the chip) or ``memory`` (block memory of
an FPGA, filled row by row from the last one). After a whole load the two hold the same and every
read takes the same tick; in the middle of a load only ``registers`` looks like the chip.
"""

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["Storage", "WeightMemoryModel", "WeightMemoryParams", "loading_order"]


class Storage(Enum):
    """What holds the weights."""

    REGISTERS = "registers"
    MEMORY = "memory"


@dataclass(frozen=True, kw_only=True)
class WeightMemoryParams:
    """A weight memory.

    Parameters
    ----------
    sources : int
        Number of words, 1..1024.
    neurons : int
        Weights per word, 1..512.
    neuron : NeuronParams
        Gives the width of a weight.
    storage : Storage or str
        What holds the weights.
    """

    sources: int = 256
    neurons: int = 64
    neuron: NeuronParams = field(default_factory=NeuronParams)
    storage: Storage = Storage.REGISTERS

    def __post_init__(self) -> None:
        require_int("sources", self.sources, 1, 1024)
        require_int("neurons", self.neurons, 1, 512)
        try:
            object.__setattr__(self, "storage", Storage(self.storage))
        except ValueError:
            raise ValueError(f"storage must be registers or memory, not {self.storage!r}") from None

    @property
    def synapses(self) -> int:
        """Number of weights."""
        return self.sources * self.neurons

    @property
    def address_bits(self) -> int:
        """Width of a source's address, in bits."""
        return max(1, (self.sources - 1).bit_length())

    @property
    def trace(self) -> TraceLayout:
        """Traced after every read: the word, each weight as its two's complement bits."""
        return TraceLayout((Field("word", self.neuron.weight_bits, self.neurons),))


def loading_order(weights: np.ndarray) -> np.ndarray:
    """Return a matrix (sources, neurons) as the stream that loads it, first weight first."""
    return np.ascontiguousarray(weights.reshape(-1)[::-1])


class WeightMemoryModel:
    """Golden weight memory: a shift register seen as a matrix.

    Attributes
    ----------
    weights : int8 (sources, neurons)
    """

    def __init__(self, params: WeightMemoryParams) -> None:
        self.params = params
        self.weights = np.zeros((params.sources, params.neurons), np.int8)

    def shift(self, weight: int) -> None:
        """Shift one weight in (one tick)."""
        self.shift_all(np.array([weight]))

    def shift_all(self, stream: np.ndarray) -> None:
        """Shift weights in one after the other, the first of `stream` first."""
        chain = self.weights.reshape(-1)
        chain[:] = np.concatenate([stream[::-1], chain])[: chain.size]

    def read(self, source: int) -> np.ndarray:
        """Return the trace word of a read of `source`."""
        word = np.zeros((), self.params.trace.dtype)
        mask = (1 << self.params.neuron.weight_bits) - 1
        word["word"] = self.weights[source].astype(np.int64) & mask
        return word
