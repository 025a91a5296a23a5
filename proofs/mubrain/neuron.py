"""Proof of the neuron: against the sum written out in whole numbers."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.neuron import Neuron
from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "NeuronProof"]


@bug_in(Neuron)
def saturates(m, dut, inside):
    """Keep nothing back when it fires."""
    with m.If(dut.fire):
        m.d.comb += dut.potential.eq(0)


@bug_in(Neuron)
def fires_below_zero(m, dut, inside):
    """Fire on underflow as well."""
    m.d.comb += dut.fire.eq(inside("accumulator")[-1])


@bug_in(Neuron)
def wraps_below_zero(m, dut, inside):
    """Wrap where it should clamp."""
    m.d.comb += dut.potential.eq(inside("accumulator"))


@bug_in(Neuron)
def remembers(m, dut, inside):
    """Ignore clear when a weight comes with it."""
    with m.If(dut.clear & dut.strobe):
        m.d.sync += inside("accumulator").eq(dut.potential + dut.weight)


class NeuronProof(Proof):
    """Every potential, weight and scale there is."""

    rtl = Neuron
    configs: ClassVar = {
        "smallest": NeuronParams(weight_bits=2, potential_bits=1, scale_shift=0),
        "published": NeuronParams(),
        "scaled-to-threshold": NeuronParams(weight_bits=2, potential_bits=3, scale_shift=3),
        "odd": NeuronParams(weight_bits=3, potential_bits=5, scale_shift=2),
        "widest": NeuronParams(weight_bits=8, potential_bits=13, scale_shift=6),
    }
    quick = ("smallest", "published")
    bugs: ClassVar = {
        "fires exactly when the sum reaches the threshold": fires_below_zero,
        "keeps the remainder when it fires": saturates,
        "stays at zero when the sum is below": wraps_below_zero,
        "holds the sum in between, and while nothing comes": remembers,
    }

    def properties(self, m: Module) -> None:
        """Add up."""
        dut, params = self.dut, self.params
        beyond = params.largest_weight + 1
        if beyond << params.scale_shift > params.threshold:
            self.assumes("weights are symmetric", dut.weight != -beyond)
        wide = params.potential_bits + params.weight_bits + params.scale_shift + 2
        before = Signal(signed(wide))  # the potential that the sum was added to
        total = Signal(signed(wide))
        added = Signal()
        held = Signal(params.potential_bits)
        fired = Signal()
        potential = Signal(signed(wide))
        m.d.comb += potential.eq(dut.potential)
        m.d.sync += [
            before.eq(potential),
            added.eq(dut.strobe & ~dut.clear),
            total.eq(potential + dut.weight * Mux(dut.scale, 1 << params.scale_shift, 1)),
            held.eq(Mux(dut.clear, 0, dut.potential)),
            fired.eq(Mux(dut.clear, 0, dut.fire)),
        ]
        limit = params.threshold
        self.holds(
            "fires exactly when the sum reaches the threshold",
            dut.fire == Mux(added, total >= limit, fired),
        )
        over, under = added & (total >= limit), added & (total < 0)
        inside = added & (total >= 0) & (total < limit)
        self.holds("keeps the remainder when it fires", ~over | (potential == total - limit))
        self.holds("stays at zero when the sum is below", ~under | (potential == 0))
        self.holds(
            "holds the sum in between, and while nothing comes",
            (~inside | (potential == total)) & (added | (dut.potential == held)),
        )
        self.reaches("the remainder is 0", over & (total == limit))
        self.reaches("a remainder is left", over & (potential != 0) | (limit == 2))
        self.reaches("the sum is below zero", under)
        self.reaches("the sum is one below the threshold", added & (total == limit - 1))


PROOF = NeuronProof
