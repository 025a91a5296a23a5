"""Sparse weight memory: one word per source, registers only for the synapses that there are.

Ref: Stuijt 2021, sections 2.1 and 3.1. One shift register runs through the synapses, source by
source; a read spreads a source's weights over the neurons that they belong to. Order of loading:
:mod:`goldspike.model.mubrain.sparse_memory`.
"""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value

from goldspike.hdl.mubrain.weight_memory import WeightMemory
from goldspike.hdl.verilog import KEEP_CASES
from goldspike.model.mubrain.sparse_memory import SparseMemoryParams

__all__ = ["SparseMemory"]


class SparseMemory(WeightMemory):
    """Words of weights. A read takes one tick; loading takes one tick per synapse.

    Bit-exact against :class:`goldspike.model.mubrain.sparse_memory.SparseMemoryModel`. Ports as
    those of :class:`goldspike.hdl.mubrain.weight_memory.WeightMemory`; reset does not touch the
    weights.
    """

    params: SparseMemoryParams  # type: ignore[assignment]

    def __init__(self, params: SparseMemoryParams, *, trace: bool = False) -> None:
        super().__init__(params, trace=trace)  # type: ignore[arg-type]

    def targets(self, source: int) -> list[int]:
        """Return the neurons that a source has a synapse to, lowest first."""
        return np.flatnonzero(self.params.mask[source]).tolist()

    def shift_registers(self, m: Module) -> None:
        """Build one long shift register, a row per source that has synapses."""
        bits = self.params.neuron.weight_bits
        entering: Value = self.weight
        words = {}
        for source in range(self.params.sources):
            targets = self.targets(source)
            if not targets:
                continue  # reads as zero
            row = Signal(bits * len(targets), name=f"row_{source}", reset_less=True)
            with m.If(self.load):
                m.d.sync += row.eq(self.shifted(entering, row))
            entering = row[-bits:]
            words[source] = self.spread(row, targets)
        m.submodules.choice = choice = Module()
        chosen = Signal(len(self.word), attrs=KEEP_CASES)
        with choice.If(self.read), choice.Switch(self.address):
            for source, word in words.items():
                with choice.Case(source):
                    choice.d.comb += chosen.eq(word)
        with m.If(self.read):
            m.d.sync += self.word.eq(chosen)

    def spread(self, row: Value, targets: list[int]) -> Value:
        """Return the word of a row: each weight at its neuron, zero where there is no synapse."""
        bits = self.params.neuron.weight_bits
        parts: list[Value] = [Const(0, bits)] * self.params.neurons
        for place, neuron in enumerate(targets):
            parts[neuron] = row.word_select(place, bits)
        return Cat(*parts)
