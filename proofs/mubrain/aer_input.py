"""Proof of the AER input: one spike per event, on the line that its address names."""

from typing import ClassVar

from amaranth.hdl import Const, Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.aer_input import AerInput
from goldspike.model.mubrain.aer_input import AerInputParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "AerInputProof"]


@bug_in(AerInput)
def repeats(m, dut, inside):
    """Launch a spike per tick of the strobe."""
    m.d.comb += inside("rises").eq(dut.strobe)


@bug_in(AerInput)
def swallows(m, dut, inside):
    """Say nothing about addresses beyond the lines."""
    m.d.sync += dut.invalid.eq(0)


@bug_in(AerInput)
def sleeps(m, dut, inside):
    """Rest while a spike is up."""
    m.d.comb += dut.busy.eq(inside("rises"))


class AerInputProof(Proof):
    """All lines at once."""

    rtl = AerInput
    configs: ClassVar = {str(n): AerInputParams(lines=n) for n in (1, 7, 65, 256, 300)}
    quick = ("1", "7")
    bugs: ClassVar = {
        "an event becomes a spike of one tick on its line": repeats,
        "an event beyond the lines is reported": swallows,
        "busy from the event to the end of its spike": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Remember the event of the tick before."""
        dut, lines = self.dut, self.params.lines
        up = Signal()
        event = Signal()
        address = Signal.like(dut.address)
        m.d.sync += [up.eq(dut.strobe), event.eq(dut.strobe & ~up), address.eq(dut.address)]
        named = Signal(1 << len(address))
        m.d.comb += named.eq(Mux(event, Const(1) << address, 0))
        spikes, beyond = named[:lines], named[lines:].any()
        self.holds("an event becomes a spike of one tick on its line", dut.spikes == spikes)
        self.holds("an event beyond the lines is reported", dut.invalid == beyond)
        self.holds(
            "busy from the event to the end of its spike",
            dut.busy == ((dut.strobe & ~up) | event),
        )
        self.helps("the strobe was sampled", self.inside("sampled") == up)
        self.helps("an event was launched", self.inside("launched") == event)
        self.reaches("the last line spikes", dut.spikes[-1])
        if lines < 1 << len(address):
            self.reaches("an event beyond the lines", dut.invalid)


PROOF = AerInputProof
