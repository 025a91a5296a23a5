"""Proof of the clock gate: whole pulses or none, by the enable on the tick of the rise."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.clock_gate import ClockGate
from goldspike.model.timing.clock_gate import ClockGateParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ClockGateProof"]


@bug_in(ClockGate)
def cuts(m, dut, inside):
    """Drop the latch: the enable counts while the clock is high, too."""
    m.d.sync += dut.gated.eq(dut.gated & dut.enable & ~dut.falls | dut.rises)


@bug_in(ClockGate)
def rises_always(m, dut, inside):
    """Tell a rise of every gated clock, enabled or not."""
    m.d.comb += dut.rises.eq(dut.clock_rises.replicate(dut.params.width))


@bug_in(ClockGate)
def falls_always(m, dut, inside):
    """Tell a fall of every gated clock, up or not."""
    m.d.comb += dut.falls.eq(dut.clock_falls.replicate(dut.params.width))


class ClockGateProof(Proof):
    """One arbitrary gate; the clock's strobes come by turns."""

    rtl = ClockGate
    configs: ClassVar = {str(n): ClockGateParams(width=n) for n in (1, 7, 65, 512)}
    quick = ("1", "7")
    bugs: ClassVar = {
        "a gated pulse is a whole pulse of the clock": cuts,
        "rises shows which pulses begin": rises_always,
        "falls shows which pulses end": falls_always,
    }

    def properties(self, m: Module) -> None:
        """Follow one gate through the pulses of the clock."""
        dut = self.dut
        gate = self.any_value("gate", self.params.width)
        enable, gated, rises, falls = (
            port.bit_select(gate, 1) for port in (dut.enable, dut.gated, dut.rises, dut.falls)
        )
        clock = Signal()
        passes = Signal()  # the enable on the tick on which the clock rose
        with m.If(dut.clock_rises):
            m.d.sync += [clock.eq(1), passes.eq(enable)]
        with m.Elif(dut.clock_falls):
            m.d.sync += clock.eq(0)
        self.assumes(
            "the clock rises and falls by turns", ~Mux(clock, dut.clock_rises, dut.clock_falls)
        )
        self.holds("a gated pulse is a whole pulse of the clock", gated == (clock & passes))
        self.holds("rises shows which pulses begin", rises == (dut.clock_rises & enable))
        self.holds("falls shows which pulses end", falls == (dut.clock_falls & passes & clock))
        self.reaches("the enable goes while the pulse is up", gated & ~enable)
        self.reaches("the enable comes while the clock is up", clock & ~gated & enable)


PROOF = ClockGateProof
