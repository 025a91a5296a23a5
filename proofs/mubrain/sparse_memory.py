"""Proof of the sparse weight memory: where a weight is after so many loads, and what is read.

Synapses are numbered as the model's docstring loads them: source by source, neurons upwards, absent
ones left out.
"""

from typing import ClassVar

import numpy as np
from amaranth.hdl import Array, Cat, Const, Module, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.sparse_memory import SparseMemory
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import SparseMemoryParams
from goldspike.proofs.mubrain.weight_memory import reads_always, wears_out
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "SparseMemoryProof"]


def sized(neurons: int, synapses: int) -> SparseMemoryParams:
    """Return the parameters of a memory with so many lateral synapses."""
    return SparseMemoryParams(lateral=Connectivity(neurons=neurons, synapses=synapses))


@bug_in(SparseMemory)
def gives_to_the_neighbour(m, dut, inside):
    """Give every weight to the neuron above, as if no synapse were absent below it."""
    with m.If(dut.read):
        m.d.sync += dut.word.eq(inside("choice.chosen").rotate_left(4))


@bug_in(SparseMemory)
def invents(m, dut, inside):
    """Read a weight of 1 where all are absent."""
    with m.If(dut.read & ~inside("choice.chosen").any()):
        m.d.sync += dut.word.eq(~Const(0, len(dut.word)))


class SparseMemoryProof(Proof):
    """Any weight, marked as it is loaded on any tick, followed through the shift register."""

    rtl = SparseMemory
    configs: ClassVar = {
        "1-1": sized(1, 1),
        "3-4": sized(3, 4),
        "5-0": sized(5, 0),
        "7-15": sized(7, 15),
        "16-77": sized(16, 77),
    }
    quick = ("1-1", "3-4")
    search = 20
    bugs: ClassVar = {
        "a weight is read where so many loads have brought it": gives_to_the_neighbour,
        "an absent synapse reads as zero": invents,
        "reads do not disturb": bug_in(SparseMemory)(wears_out),
        "the word holds until the next read": bug_in(SparseMemory)(reads_always),
    }

    def properties(self, m: Module) -> None:
        """Follow one weight; reset leaves it where it is."""
        dut, params = self.dut, self.params
        bits, total = params.neuron.weight_bits, params.synapses
        sources, neurons = np.nonzero(params.mask)
        chain = Cat(self.inside(f"row_{k}") for k in np.unique(sources))
        enters = self.any_event("enters")
        marked = Signal(reset_less=True)
        weight = Signal(bits, reset_less=True)
        place = Signal(range(total + 1), reset_less=True)  # the synapse that it has come to
        gone = place == total
        with m.If(dut.load):
            with m.If(~marked & enters):
                m.d.sync += [marked.eq(1), weight.eq(dut.weight)]
            with m.Elif(marked & ~gone):
                m.d.sync += place.eq(place + 1)

        asked, held, fresh = Signal(), Signal(), Signal(init=1)
        expected = Signal(bits)
        neuron = Signal(range(max(2, params.neurons)))
        before = Signal.like(dut.word)
        there = marked & ~gone
        m.d.sync += [
            asked.eq(dut.read & there & (dut.address == at(sources, place))),
            expected.eq(weight),
            neuron.eq(at(neurons, place)),
            before.eq(dut.word),
            held.eq(~dut.read),
            fresh.eq(0),
        ]
        absent = Signal(len(dut.word))  # ones where the word read last has no synapse
        ones = (1 << bits) - 1
        masks = [sum(ones << bits * int(k) for k in np.flatnonzero(~row)) for row in params.mask]
        with m.If(dut.read):
            m.d.sync += absent.eq(at(masks, dut.address))
        self.holds(
            "a weight is read where so many loads have brought it",
            ~asked | (dut.word.word_select(neuron, bits) == expected),
        )
        self.holds("an absent synapse reads as zero", ~(dut.word & absent).any())
        self.holds("reads do not disturb", ~there | (chain.word_select(place, bits) == weight))
        self.holds("the word holds until the next read", ~held | (dut.word == before) | fresh)
        self.helps("in range", place <= total)
        self.helps("not marked, not moved", marked | (place == 0))
        self.reaches("a weight is read", asked & (expected != 0))
        if total < self.search - 2:
            self.reaches("a weight comes to the end", marked & gone)


def at(table, index):
    """Return what stands in a table of numbers; the first behind its end."""
    width = max(1, max(map(int, table)).bit_length())
    room = 1 << len(index)
    return Array([Const(int(v), width) for v in [*table, *[0] * room][:room]])[index]


PROOF = SparseMemoryProof
