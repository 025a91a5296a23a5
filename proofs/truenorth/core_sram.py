"""Proof of the core's memory: a row is what was stored last, over resets.

One arbitrary row and one axon's type are followed.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.core_sram import CoreSram
from goldspike.model.truenorth.core_sram import CoreSramParams
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "CoreSramProof"]

NARROW = NeuronParams(potential_bits=4, weight_bits=2, threshold_bits=1)


@bug_in(CoreSram, CoreSram.memory)
def writes_where_it_reads(self, m, name, store, neuron, value):
    """Write potentials to the row that is read."""
    return CoreSram.memory(self, m, name, store, Mux(self.load, neuron, self.read_neuron), value)


@bug_in(CoreSram, CoreSram.memory)
def loads_with_writes(self, m, name, store, neuron, value):
    """Store the constants with a potential, too."""
    return CoreSram.memory(self, m, name, store | self.write, neuron, value)


@bug_in(CoreSram)
def lets_go(m, dut, inside):
    """Show nothing while a row is loaded."""
    with m.If(dut.load):
        m.d.comb += dut.row.eq(0)


@bug_in(CoreSram)
def shows_the_neighbour(m, dut, inside):
    """Show the type of the axon above."""
    m.d.comb += dut.axon_type.eq(inside("kept").word_select(dut.axon + 1, 2))


class CoreSramProof(Proof):
    """Any reads, writes and loads, and any number of resets."""

    rtl = CoreSram
    configs: ClassVar = {
        "one": CoreSramParams(axons=1, neurons=1, neuron=NARROW),
        "5x3": CoreSramParams(axons=5, neurons=3, neuron=NARROW),
        "16x8": CoreSramParams(axons=16, neurons=8),
    }
    quick = ("5x3",)
    search = 8
    bugs: ClassVar = {
        "a row is what was stored last": writes_where_it_reads,
        "a write stores the potential alone": loads_with_writes,
        "what was read stays until the next read": lets_go,
        "a type is what was stored last": shows_the_neighbour,
    }

    def properties(self, m: Module) -> None:
        """Follow a row, then a type."""
        dut, params = self.dut, self.params
        neuron = self.any_value("neuron", params.neurons)
        bits, axons = params.neuron.potential_bits, params.axons
        row = Signal(params.row_bits, reset_less=True)  # as it was stored
        loaded = dut.load & (dut.load_neuron == neuron)
        written = dut.write & (dut.write_neuron == neuron)
        with m.If(loaded):
            m.d.sync += row.eq(dut.load_row)
        with m.Elif(written):
            m.d.sync += row[axons : axons + bits].eq(dut.potential)
        for name in ("read", "write", "load"):
            number = getattr(dut, f"{name}_neuron")
            self.assumes(f"neurons that there are: {name}", number < params.neurons)
        self.assumes("write and load do not come together", ~(dut.write & dut.load))

        before, shown = (Signal(params.row_bits, reset_less=True) for _ in range(2))
        read, any_read, begun = (Signal(reset_less=True) for _ in range(3))
        m.d.sync += [
            before.eq(row), shown.eq(dut.row), any_read.eq(dut.read), begun.eq(1),
            read.eq(dut.read & (dut.read_neuron == neuron)),
        ]  # fmt: skip
        self.holds("a row is what was stored last", ~read | (dut.row == before))
        self.holds(
            "what was read stays until the next read", any_read | ~begun | (dut.row == shown)
        )
        constants = self.contents("constants", neuron)
        earlier, stored = Signal.like(constants, reset_less=True), Signal(reset_less=True)
        m.d.sync += [earlier.eq(constants), stored.eq(loaded)]
        self.holds("a write stores the potential alone", stored | (constants == earlier))
        potential = self.contents("potentials", neuron)
        self.helps("the row", row == Cat(constants[:axons], potential, constants[axons:]))

        axon = self.any_value("axon", axons)
        self.assumes("axons that there are", dut.axon < axons)
        kind = Signal(2, reset_less=True)
        with m.If(dut.load_types):
            m.d.sync += kind.eq(dut.types.word_select(axon, 2))
        self.holds("a type is what was stored last", (dut.axon != axon) | (dut.axon_type == kind))
        self.helps("the type", self.inside("kept").word_select(axon, 2) == kind)
        self.reaches("a potential is read", read & (dut.row[axons : axons + bits] == 5))


PROOF = CoreSramProof
