"""Proof of the weight memory as registers: where a weight is after so many loads, and what is read.

(A block memory holds the same after whole loads only, and is left to the bench.)
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.weight_memory import WeightMemory
from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.model.mubrain.weight_memory import WeightMemoryParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "WeightMemoryProof", "reads_always", "wears_out"]


def sized(sources: int, neurons: int, bits: int = 4) -> WeightMemoryParams:
    """Return the parameters of a memory of this size."""
    shift = 3 if bits == 4 else 0
    neuron = NeuronParams(weight_bits=bits, scale_shift=shift)
    return WeightMemoryParams(sources=sources, neurons=neurons, neuron=neuron)


@bug_in(WeightMemory)
def turns_rows(m, dut, inside):
    """Load the first row from its other end."""
    row, bits = inside("row_0"), dut.params.neuron.weight_bits
    with m.If(dut.load):
        m.d.sync += row.eq(Cat(row[bits:], dut.weight))


def wears_out(m, dut, inside):
    """Clear the first row when it is read."""
    with m.If(dut.read & (dut.address == 0)):
        m.d.sync += inside("row_0").eq(0)


def reads_always(m, dut, inside):
    """Read whenever nothing is loaded."""
    with m.If(~dut.load):
        m.d.sync += dut.word.eq(inside("row_0"))


class WeightMemoryProof(Proof):
    """Any weight, marked as it is loaded on any tick, followed through the shift register."""

    rtl = WeightMemory
    configs: ClassVar = {
        "1x1": sized(1, 1),
        "2x3": sized(2, 3),
        "7x5": sized(7, 5, bits=3),
        "16x16": sized(16, 16),
        "65x5": sized(65, 5),
        "64x16": sized(64, 16),
    }
    quick = ("1x1", "2x3")
    search = 20
    bugs: ClassVar = {
        "a weight is read where so many loads have brought it": turns_rows,
        "reads do not disturb": bug_in(WeightMemory)(wears_out),
        "the word holds until the next read": bug_in(WeightMemory)(reads_always),
    }

    def properties(self, m: Module) -> None:
        """Follow one weight; reset leaves it where it is."""
        dut, params = self.dut, self.params
        bits, total = params.neuron.weight_bits, params.sources * params.neurons
        chain = Cat(self.inside(f"row_{k}") for k in range(params.sources))
        enters = self.any_event("enters")
        marked = Signal(reset_less=True)
        weight = Signal(bits, reset_less=True)
        source = Signal(range(params.sources + 1), reset_less=True)  # where it has come to
        neuron = Signal(range(max(2, params.neurons)), reset_less=True)
        place = Signal(range(total + 1), reset_less=True)  # the same, in the chain
        gone = source == params.sources
        with m.If(dut.load):
            with m.If(~marked & enters):
                m.d.sync += [marked.eq(1), weight.eq(dut.weight)]
            with m.Elif(marked & ~gone):
                m.d.sync += place.eq(place + 1)
                with m.If(neuron == params.neurons - 1):
                    m.d.sync += [neuron.eq(0), source.eq(source + 1)]
                with m.Else():
                    m.d.sync += neuron.eq(neuron + 1)

        asked = Signal()
        expected = Signal(bits)
        column = Signal.like(neuron)
        m.d.sync += [
            asked.eq(dut.read & marked & ~gone & (dut.address == source)),
            expected.eq(weight),
            column.eq(neuron),
        ]
        before = Signal.like(dut.word)
        held = Signal()
        m.d.sync += [before.eq(dut.word), held.eq(~dut.read)]
        fresh = Signal(init=1)
        m.d.sync += fresh.eq(0)

        there = marked & ~gone
        self.holds(
            "a weight is read where so many loads have brought it",
            ~asked | (dut.word.word_select(column, bits) == expected),
        )
        self.holds("reads do not disturb", ~there | (chain.word_select(place, bits) == weight))
        self.holds("the word holds until the next read", ~held | (dut.word == before) | fresh)
        self.helps("place", place == Mux(gone, total, source * params.neurons + neuron))
        self.helps("in range", (source <= params.sources) & (neuron < params.neurons))
        self.helps("not marked, not moved", marked | ((source == 0) & (neuron == 0)))
        self.reaches("a weight is read", asked & (expected != 0))
        if total < self.search - 2:
            self.reaches("a weight comes to the end", marked & gone)


PROOF = WeightMemoryProof
